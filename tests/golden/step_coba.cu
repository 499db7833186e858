AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 218)
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
    aml_clear_port((const aml_port *)(words + 84), now.number + 1);
    aml_clear_port((const aml_port *)(words + 93), now.number + 1);
    {
      #pragma unroll 1
      for (uint32_t k = 0; k < 4; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 102 + k * 28);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 5, 6, 7);
        aml_deliver_arrivals<aml_1_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_2 = aml_bind(now, true, words[40], words + 44, 5, 6, 7);
        const aml_context stepped_4 = aml_bind(now, true, words[62], words + 66, 5, 6, 7);
        const aml_context stepped_0 = aml_bind(now, true, words[10], words + 14, 10, 10, 10);
        for (int64_t h = (int64_t)words[214] + aml_turned(turn); h < (int64_t)words[215]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          const aml_context *const contexts[] = {&stepped_0, &stepped_2, &stepped_4};
          if (words[12]) aml_family_0(contexts, i, seen);
        }
        turn = aml_turn_after(turn, (int64_t)words[215] - (int64_t)words[214]);
      }
      {
        const aml_context stepped_3 = aml_bind(now, true, words[51], words + 55, 5, 6, 7);
        const aml_context stepped_5 = aml_bind(now, true, words[73], words + 77, 5, 6, 7);
        const aml_context stepped_1 = aml_bind(now, true, words[25], words + 29, 10, 10, 10);
        for (int64_t h = (int64_t)words[216] + aml_turned(turn); h < (int64_t)words[217]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          const aml_context *const contexts[] = {&stepped_1, &stepped_3, &stepped_5};
          if (words[27]) aml_family_0(contexts, i, seen);
        }
        turn = aml_turn_after(turn, (int64_t)words[217] - (int64_t)words[216]);
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
