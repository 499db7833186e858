
$title
AML_EXPORT void $symbol(const aml_context *context, int64_t begin, int64_t end);
static __attribute__((cold, noinline)) void ${symbol}_any_power(const aml_context *context,
                                                               int64_t begin, int64_t end) {
  $general_setup
  for (int64_t i = begin; i < end; ++i) {
    $general_body
  }
}
void $symbol(const aml_context *context, int64_t begin, int64_t end) {
  $setup
  if (!($check)) {
    ${symbol}_any_power(context, begin, end);
    return;
  }
$pragma  for (int64_t i = begin; i < end; ++i) {
    $body
  }
}
