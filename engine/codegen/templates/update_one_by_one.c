
$title
$declaration
$linkage void $symbol(const aml_context *context, int64_t begin, int64_t end) {
  $setup
  for (int64_t i = begin; i < end; ++i) {
    $body
  }
}
