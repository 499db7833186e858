AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 184)
  aml_meeting *meeting = (aml_meeting *)words[0];
  aml_report *report = (aml_report *)words[1];
  const aml_times *times = (const aml_times *)(words + 2);
  const aml_arrivals *arrivals = (const aml_arrivals *)(words + 4);
  const aml_rows *rows = (const aml_rows *)(words + 6);
  uint32_t *ends = (uint32_t *)words[9];
  aml_now now = aml_now_of(clock);
  uint64_t done = 0;
  while (done < count) {
    const uint64_t row = done++;
    const int seen = done == count;
    aml_advance(now, times);
    aml_clear_port((const aml_port *)(words + 78), now.number + 1);
    aml_clear_port((const aml_port *)(words + 87), now.number + 1);
    {
      const aml_context waiting_2 = aml_bind(now, false, 2, words + 41, 5, 6, 7);
      const aml_context waiting_3 = aml_bind(now, false, 3, words + 51, 5, 6, 7);
      const aml_context waiting_4 = aml_bind(now, false, 4, words + 61, 5, 6, 7);
      const aml_context waiting_5 = aml_bind(now, false, 5, words + 71, 5, 6, 7);
      aml_deliver_arrivals<aml_1_event_0_spread>(now, times, &waiting_2, (const aml_projection *)(words + 96), (const aml_port *)(words + 78));
      aml_deliver_arrivals<aml_1_event_0_spread>(now, times, &waiting_3, (const aml_projection *)(words + 117), (const aml_port *)(words + 78));
      aml_deliver_arrivals<aml_1_event_0_spread>(now, times, &waiting_4, (const aml_projection *)(words + 138), (const aml_port *)(words + 87));
      aml_deliver_arrivals<aml_1_event_0_spread>(now, times, &waiting_5, (const aml_projection *)(words + 159), (const aml_port *)(words + 87));
    }
    aml_meet(meeting);
    {
      const aml_context stepped_2 = aml_bind(now, true, 2, words + 41, 5, 6, 7);
      const aml_context stepped_4 = aml_bind(now, true, 4, words + 61, 5, 6, 7);
      const aml_context stepped_0 = aml_bind(now, true, 0, words + 13, 10, 10, 10);
      for (int64_t h = (int64_t)words[180] + aml_thread(); h < (int64_t)words[181]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        const aml_context *const contexts[] = {&stepped_0, &stepped_2, &stepped_4};
        if (words[11]) aml_family_0(contexts, i, seen);
      }
    }
    {
      const aml_context stepped_3 = aml_bind(now, true, 3, words + 51, 5, 6, 7);
      const aml_context stepped_5 = aml_bind(now, true, 5, words + 71, 5, 6, 7);
      const aml_context stepped_1 = aml_bind(now, true, 1, words + 27, 10, 10, 10);
      for (int64_t h = (int64_t)words[182] + aml_thread(); h < (int64_t)words[183]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        const aml_context *const contexts[] = {&stepped_1, &stepped_3, &stepped_5};
        if (words[25]) aml_family_0(contexts, i, seen);
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
