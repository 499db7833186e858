
$title
static inline __attribute__((always_inline)) void ${symbol}_loop(
    const aml_context *const *contexts, int64_t begin, int64_t end, const int seen) {
  const aml_context *context = contexts[0];
  const aml_real zero = aml_zero;
  $setup
  const int64_t stop = begin + (end - begin + $unit - 1) / $unit * $unit;
  $loop
}
AML_EXPORT void $symbol(const aml_context *const *contexts, int64_t begin, int64_t end, int32_t seen);
void $symbol(const aml_context *const *contexts, int64_t begin, int64_t end, int32_t seen) {
  if (seen) ${symbol}_loop(contexts, begin, end, 1);
  else ${symbol}_loop(contexts, begin, end, 0);
}
