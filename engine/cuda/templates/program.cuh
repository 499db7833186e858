// A simulation printed by annarchy_ml in $precision precision; times in s, everything in SI units.
$prelude
typedef $real aml_real;
#define AML_ROUNDED(value) (value)
$events
$arithmetic
$laws
$kernels
// `given` are the words that say where everything is; the clock goes on by `count` steps.
AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  $words
  aml_meeting *meeting = (aml_meeting *)words[$meeting];
  aml_report *report = (aml_report *)words[$report];
  const aml_times *times = (const aml_times *)(words + $times);
  const aml_arrivals *arrivals = (const aml_arrivals *)(words + $arrivals);
  const aml_rows *rows = (const aml_rows *)(words + $rows);
  uint32_t *ends = (uint32_t *)words[$ends];
  aml_now now = aml_now_of(clock);
  uint64_t done = 0;
  $begin
  while (done < count) {
    const uint64_t row = done++;
    const int seen = $seen;
    aml_advance(now, times);
    $step
  }
  $end
  aml_keep_clock(now, clock, done);
}
