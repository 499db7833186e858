AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 222)
  aml_meeting *meeting = (aml_meeting *)words[0];
  aml_report *report = (aml_report *)words[1];
  const aml_times *times = (const aml_times *)(words + 2);
  const aml_arrivals *arrivals = (const aml_arrivals *)(words + 4);
  const aml_rows *rows = (const aml_rows *)(words + 8);
  uint32_t *ends = (uint32_t *)words[11];
  aml_now now = aml_now_of(clock);
  uint64_t done = 0;
  while (done < count) {
    const uint64_t row = done++;
    const int seen = done == count;
    aml_advance(now, times);
    aml_clear_port((const aml_port *)(words + 86), now.number + 1);
    aml_clear_port((const aml_port *)(words + 96), now.number + 1);
    {
      #pragma unroll 1
      for (uint32_t k = 0; k < 4; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 106 + k * 28);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 5, 6, 7);
        aml_deliver_arrivals<aml_1_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_2 = aml_bind(now, true, words[42], words + 46, 5, 6, 7);
        const aml_context stepped_4 = aml_bind(now, true, words[64], words + 68, 5, 6, 7);
        const aml_context stepped_0 = aml_bind(now, true, words[12], words + 16, 10, 10, 10);
        for (int64_t h = (int64_t)words[218] + aml_turned(turn); h < (int64_t)words[219]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          const aml_context *const contexts[] = {&stepped_0, &stepped_2, &stepped_4};
          if (words[14]) aml_family_0(contexts, i, seen);
        }
        turn = aml_turn_after(turn, (int64_t)words[219] - (int64_t)words[218]);
      }
      {
        const aml_context stepped_3 = aml_bind(now, true, words[53], words + 57, 5, 6, 7);
        const aml_context stepped_5 = aml_bind(now, true, words[75], words + 79, 5, 6, 7);
        const aml_context stepped_1 = aml_bind(now, true, words[27], words + 31, 10, 10, 10);
        for (int64_t h = (int64_t)words[220] + aml_turned(turn); h < (int64_t)words[221]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          const aml_context *const contexts[] = {&stepped_1, &stepped_3, &stepped_5};
          if (words[29]) aml_family_0(contexts, i, seen);
        }
        turn = aml_turn_after(turn, (int64_t)words[221] - (int64_t)words[220]);
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
