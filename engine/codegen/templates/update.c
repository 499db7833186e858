
$title
static __attribute__((noinline)) void ${symbol}_blocks(const aml_context *context, int64_t begin,
                                                       int64_t end) {
  $setup
  const int64_t stop = begin + (end - begin) / $unit * $unit;
  $loop
}
$general
AML_EXPORT void $symbol(const aml_context *context, int64_t begin, int64_t end);
void $symbol(const aml_context *context, int64_t begin, int64_t end) {
  static const aml_touched touched[] = {
    $touched
  };
  enum { TOUCHED = sizeof touched / sizeof touched[0] };
  void *tables[$n_tables];
  _Alignas(64) char rows[TOUCHED * AML_ROW];
  const aml_tail tail = {touched, TOUCHED, $n_fields, $n_indices, $n_emitted, $unit, tables, rows};
  $check
  aml_run_in_blocks(context, begin, end, ${symbol}_blocks, &tail);
}
