AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 63)
  aml_meeting *meeting = (aml_meeting *)words[0];
  aml_report *report = (aml_report *)words[1];
  const aml_times *times = (const aml_times *)(words + 2);
  const aml_arrivals *arrivals = (const aml_arrivals *)(words + 4);
  const aml_rows *rows = (const aml_rows *)(words + 9);
  uint32_t *ends = (uint32_t *)words[12];
  aml_now now = aml_now_of(clock);
  uint64_t done = 0;
  while (done < count) {
    const uint64_t row = done++;
    const int seen = done == count;
    aml_advance(now, times);
    aml_set_all((aml_real *)words[27], (int64_t)words[22], 0);
    aml_meet(meeting);
    if (((const aml_weighted_rows *)(words + 45))->transmits) {
      aml_context context = aml_bind(now, false, words[29], words + 33, 4, 6, 8);
      context.step -= 1;
      for (int64_t i = aml_thread(); i < (int64_t)words[30]; i += aml_threads())
        aml_2_terms(&context, (int32_t)i);
    }
    aml_meet(meeting);
    aml_couple<AML_SUM>((const aml_weighted_rows *)(words + 45), (const aml_real *)words[36]);
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 4, 4, 4);
        for (int64_t h = (int64_t)words[41] + aml_turned(turn); h < (int64_t)words[42]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[15]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[42] - (int64_t)words[41]));
      }
      {
        const aml_context stepped_1 = aml_bind(now, true, words[21], words + 25, 4, 4, 4);
        for (int64_t h = (int64_t)words[43] + aml_turned(turn); h < (int64_t)words[44]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[23]) aml_1_update(&stepped_1, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[44] - (int64_t)words[43]));
      }
    }
    aml_meet(meeting);
    if (words[31] && words[60] && (int64_t)now.number - 1 - (int64_t)words[62] >= 0 && ((int64_t)now.number - 1 - (int64_t)words[62]) % (int64_t)words[61] == 0) {
      aml_context context = aml_bind(now, true, words[29], words + 33, 4, 6, 8);
      for (int64_t i = aml_thread(); i < (int64_t)words[30]; i += aml_threads())
        aml_2_update(&context, (int32_t)i);
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
