AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 94)
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
    if (words[45]) {
      const aml_context stepped_2 = aml_bind(now, true, words[43], words + 47, 4, 6, 8);
      const int64_t *hosts = (const int64_t *)words[46];
      const int64_t begin = hosts ? hosts[(int64_t)words[88]] : (int64_t)words[88];
      const int64_t end = hosts ? hosts[(int64_t)words[89]] : (int64_t)words[89];
      if (aml_thread() == 0)
        for (int64_t i = begin; i < end; ++i) aml_2_update(&stepped_2, (int32_t)i);
    }
    if (words[57]) {
      const aml_context stepped_3 = aml_bind(now, true, words[55], words + 59, 4, 6, 8);
      const int64_t *hosts = (const int64_t *)words[58];
      const int64_t begin = hosts ? hosts[(int64_t)words[88]] : (int64_t)words[88];
      const int64_t end = hosts ? hosts[(int64_t)words[89]] : (int64_t)words[89];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_2_update(&stepped_3, (int32_t)i);
    }
    if (words[81]) {
      const aml_context stepped_5 = aml_bind(now, true, words[79], words + 83, 5, 5, 5);
      const int64_t *hosts = (const int64_t *)words[82];
      const int64_t begin = hosts ? hosts[(int64_t)words[88]] : (int64_t)words[88];
      const int64_t end = hosts ? hosts[(int64_t)words[89]] : (int64_t)words[89];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_3_update(&stepped_5, (int32_t)i);
    }
    aml_meet(meeting);
    {
      const aml_context stepped_2 = aml_bind(now, true, words[43], words + 47, 4, 6, 8);
      const aml_context stepped_3 = aml_bind(now, true, words[55], words + 59, 4, 6, 8);
      const aml_context stepped_5 = aml_bind(now, true, words[79], words + 83, 5, 5, 5);
      const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 13, 13, 13);
      for (int64_t h = (int64_t)words[88] + aml_thread(); h < (int64_t)words[89]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        ((aml_real *)stepped_0.fields[2])[i] = aml_sum_of(stepped_2.fields[0], true, (const int64_t *)words[46], i, (aml_real)0);
        ((aml_real *)stepped_0.fields[2])[i] = aml_sum_of(stepped_3.fields[0], true, (const int64_t *)words[58], i, ((aml_real *)stepped_0.fields[2])[i]);
        ((aml_real *)stepped_0.fields[2])[i] = aml_sum_of(stepped_5.fields[0], true, (const int64_t *)words[82], i, ((aml_real *)stepped_0.fields[2])[i]);
        if (words[15]) aml_0_update(&stepped_0, i);
      }
    }
    aml_meet(meeting);
    if (words[45]) {
      const aml_context stepped_2 = aml_bind(now, true, words[43], words + 47, 4, 6, 8);
      const int64_t *hosts = (const int64_t *)words[46];
      const int64_t begin = hosts ? hosts[(int64_t)words[90]] : (int64_t)words[90];
      const int64_t end = hosts ? hosts[(int64_t)words[91]] : (int64_t)words[91];
      if (aml_thread() == 0)
        for (int64_t i = begin; i < end; ++i) aml_2_update(&stepped_2, (int32_t)i);
    }
    if (words[57]) {
      const aml_context stepped_3 = aml_bind(now, true, words[55], words + 59, 4, 6, 8);
      const int64_t *hosts = (const int64_t *)words[58];
      const int64_t begin = hosts ? hosts[(int64_t)words[90]] : (int64_t)words[90];
      const int64_t end = hosts ? hosts[(int64_t)words[91]] : (int64_t)words[91];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_2_update(&stepped_3, (int32_t)i);
    }
    if (words[81]) {
      const aml_context stepped_5 = aml_bind(now, true, words[79], words + 83, 5, 5, 5);
      const int64_t *hosts = (const int64_t *)words[82];
      const int64_t begin = hosts ? hosts[(int64_t)words[90]] : (int64_t)words[90];
      const int64_t end = hosts ? hosts[(int64_t)words[91]] : (int64_t)words[91];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_3_update(&stepped_5, (int32_t)i);
    }
    aml_meet(meeting);
    {
      const aml_context stepped_2 = aml_bind(now, true, words[43], words + 47, 4, 6, 8);
      const aml_context stepped_3 = aml_bind(now, true, words[55], words + 59, 4, 6, 8);
      const aml_context stepped_5 = aml_bind(now, true, words[79], words + 83, 5, 5, 5);
      const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 13, 13, 13);
      for (int64_t h = (int64_t)words[90] + aml_thread(); h < (int64_t)words[91]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        ((aml_real *)stepped_0.fields[2])[i] = aml_sum_of(stepped_2.fields[0], true, (const int64_t *)words[46], i, (aml_real)0);
        ((aml_real *)stepped_0.fields[2])[i] = aml_sum_of(stepped_3.fields[0], true, (const int64_t *)words[58], i, ((aml_real *)stepped_0.fields[2])[i]);
        ((aml_real *)stepped_0.fields[2])[i] = aml_sum_of(stepped_5.fields[0], true, (const int64_t *)words[82], i, ((aml_real *)stepped_0.fields[2])[i]);
        if (words[15]) aml_0_update(&stepped_0, i);
      }
    }
    aml_meet(meeting);
    if (words[69]) {
      const aml_context stepped_4 = aml_bind(now, true, words[67], words + 71, 4, 6, 8);
      const int64_t *hosts = (const int64_t *)words[70];
      const int64_t begin = hosts ? hosts[(int64_t)words[92]] : (int64_t)words[92];
      const int64_t end = hosts ? hosts[(int64_t)words[93]] : (int64_t)words[93];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_2_update(&stepped_4, (int32_t)i);
    }
    aml_meet(meeting);
    {
      const aml_context stepped_4 = aml_bind(now, true, words[67], words + 71, 4, 6, 8);
      const aml_context stepped_1 = aml_bind(now, true, words[31], words + 35, 7, 7, 7);
      for (int64_t h = (int64_t)words[92] + aml_thread(); h < (int64_t)words[93]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        ((aml_real *)stepped_1.fields[1])[i] = aml_sum_of(stepped_4.fields[0], true, (const int64_t *)words[70], i, (aml_real)0);
        if (words[33]) aml_1_update(&stepped_1, i);
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
