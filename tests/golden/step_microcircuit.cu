AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 1896)
  aml_meeting *meeting = (aml_meeting *)words[0];
  aml_report *report = (aml_report *)words[1];
  const aml_times *times = (const aml_times *)(words + 2);
  const aml_arrivals *arrivals = (const aml_arrivals *)(words + 4);
  const aml_rows *rows = (const aml_rows *)(words + 9);
  uint32_t *ends = (uint32_t *)words[12];
  aml_now now = aml_now_of(clock);
  uint64_t done = 0;
  const aml_served served_0 = aml_served_of((const aml_projection *)(words + 285), 55);
  while (done < count) {
    const uint64_t row = done++;
    const int seen = done == count;
    aml_advance(now, times);
    aml_clear_ports((const aml_port *)(words + 205), 8, now.number + 1);
    {
      #pragma unroll 1
      for (uint32_t k = served_0.first; k < served_0.end; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 285 + k * 29);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 19, 19, 19);
        aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      #pragma unroll 1
      for (uint32_t k = 0; k < 8; ++k) {
        const aml_context stepped_0 = aml_bind(now, true, words[13 + k * 24], words + 17 + k * 24, 19, 19, 19);
        for (int64_t h = (int64_t)words[1880 + k * 2] + aml_turned(turn); h < (int64_t)words[1881 + k * 2]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[15 + k * 24]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[1881 + k * 2] - (int64_t)words[1880 + k * 2]));
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
