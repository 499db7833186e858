AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 169)
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
    aml_clear_ports((const aml_port *)(words + 112), 1, now.number + 1);
    {
      #pragma unroll 1
      for (uint32_t k = 0; k < 1; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 122 + k * 29);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 7, 8, 9);
        aml_deliver_arrivals<aml_1_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    if (words[82]) {
      const aml_context stepped_1 = aml_bind(now, true, words[80], words + 84, 7, 8, 9);
      const int64_t *hosts = (const int64_t *)words[83];
      const int64_t begin = hosts ? hosts[(int64_t)words[151]] : (int64_t)words[151];
      const int64_t end = hosts ? hosts[(int64_t)words[152]] : (int64_t)words[152];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_1_update(&stepped_1, (int32_t)i);
    }
    if (words[95]) {
      const aml_context stepped_2 = aml_bind(now, true, words[93], words + 97, 12, 13, 14);
      const int64_t *hosts = (const int64_t *)words[96];
      const int64_t begin = hosts ? hosts[(int64_t)words[151]] : (int64_t)words[151];
      const int64_t end = hosts ? hosts[(int64_t)words[152]] : (int64_t)words[152];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_2_update(&stepped_2, (int32_t)i);
    }
    aml_meet(meeting);
    {
      const aml_context stepped_1 = aml_bind(now, true, words[80], words + 84, 7, 8, 9);
      const aml_context stepped_2 = aml_bind(now, true, words[93], words + 97, 12, 13, 14);
      const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 62, 62, 62);
      for (int64_t h = (int64_t)words[151] + aml_thread(); h < (int64_t)words[152]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        ((aml_real *)stepped_0.fields[61])[i] = aml_sum_of(stepped_1.fields[6], true, (const int64_t *)words[83], i, (aml_real)0);
        ((aml_real *)stepped_0.fields[58])[i] = aml_sum_of(stepped_1.fields[5], true, (const int64_t *)words[83], i, (aml_real)0);
        ((aml_real *)stepped_0.fields[61])[i] = aml_sum_of(stepped_2.fields[11], true, (const int64_t *)words[96], i, ((aml_real *)stepped_0.fields[61])[i]);
        ((aml_real *)stepped_0.fields[58])[i] = aml_sum_of(stepped_2.fields[10], true, (const int64_t *)words[96], i, ((aml_real *)stepped_0.fields[58])[i]);
        if (words[15]) {
          const int32_t compartment = aml_compartment_of((const aml_cable *)(words + 153), i);
          if (compartment < 1) aml_0_update(&stepped_0, i);
          else  aml_0_update_1(&stepped_0, i);
        }
      }
    }
    aml_meet(meeting);
    if (words[15]) aml_solve((const aml_cable *)(words + 153), now.dt);
    aml_meet(meeting);
    if (words[15]) {
      {
        const aml_context stepped_1 = aml_bind(now, true, words[80], words + 84, 7, 8, 9);
        const aml_context stepped_2 = aml_bind(now, true, words[93], words + 97, 12, 13, 14);
        const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 62, 62, 62);
        for (int64_t h = (int64_t)words[151] + aml_thread(); h < (int64_t)words[152]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          const int32_t compartment = aml_compartment_of((const aml_cable *)(words + 153), i);
          if (compartment < 1) aml_0_advance_0(&stepped_0, i);
          else  aml_0_advance_1(&stepped_0, i);
        }
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
