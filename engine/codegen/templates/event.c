
$title
AML_EXPORT void $symbol(const aml_context *context, const int32_t *targets, const void *weights,
                        int64_t count);
void $symbol(const aml_context *context, const int32_t *targets, const void *weights,
             int64_t count) {
  $setup
  for (int64_t entry = 0; entry < count; ++entry) {
    const int32_t i = targets[entry];
    $body
  }
}
