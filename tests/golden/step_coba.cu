AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 227)
  aml_meeting *meeting = (aml_meeting *)words[0];
  aml_report *report = (aml_report *)words[1];
  const aml_times *times = (const aml_times *)(words + 2);
  const aml_arrivals *arrivals = (const aml_arrivals *)(words + 4);
  const aml_rows *rows = (const aml_rows *)(words + 9);
  uint32_t *ends = (uint32_t *)words[12];
  aml_now now = aml_now_of(clock);
  uint64_t done = 0;
  const aml_served served_0 = aml_served_of((const aml_projection *)(words + 107), 4);
  while (done < count) {
    const uint64_t row = done++;
    const int seen = done == count;
    aml_advance(now, times);
    aml_clear_ports((const aml_port *)(words + 87), 2, now.number + 1);
    {
      #pragma unroll 1
      for (uint32_t k = served_0.first; k < served_0.end; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 107 + k * 29);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 5, 6, 7);
        aml_deliver_arrivals<aml_1_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      #pragma unroll 1
      for (uint32_t k = 0; k < 2; ++k) {
        const aml_context stepped_2 = aml_bind(now, true, words[43 + k * 11], words + 47 + k * 11, 5, 6, 7);
        const aml_context stepped_4 = aml_bind(now, true, words[65 + k * 11], words + 69 + k * 11, 5, 6, 7);
        const aml_context stepped_0 = aml_bind(now, true, words[13 + k * 15], words + 17 + k * 15, 10, 10, 10);
        for (int64_t h = (int64_t)words[223 + k * 2] + aml_turned(turn); h < (int64_t)words[224 + k * 2]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          const aml_context *const contexts[] = {&stepped_0, &stepped_2, &stepped_4};
          if (words[15 + k * 15]) aml_family_0(contexts, i, seen);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[224 + k * 2] - (int64_t)words[223 + k * 2]));
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
