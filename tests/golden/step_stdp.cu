AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 212)
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
    aml_clear_port((const aml_port *)(words + 72), now.number + 1);
    aml_clear_port((const aml_port *)(words + 82), now.number + 1);
    aml_forget_messages((const aml_port *)(words + 72), now.number + 1);
    uint32_t begin_0 = 0;
    if (aml_thread() == 0) {
      *arrivals->count = 0;
      aml_list_arrivals(now, times, (const aml_projection *)(words + 120), (const aml_port *)(words + 72), 1, 1, arrivals);
    }
    aml_meet(meeting);
    {
      const aml_context waiting_5 = aml_bind(now, false, words[57], words + 61, 5, 8, 11);
      const uint32_t batches = *arrivals->count;
      for (uint32_t k = 0; k < batches; ++k) {
        const aml_arrival now_here = arrivals->list[k];
        switch (now_here.projection) {
          case 1:
            aml_deliver_all<aml_5_event_1_apart>(&waiting_5, &waiting_5, 0, now_here.from, aml_rows_of((const aml_port *)(words + 72), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
        }
        aml_meet(meeting);
      }
    }
    aml_meet(meeting);
    {
      #pragma unroll 1
      for (uint32_t k = 0; k < 1; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 92 + k * 28);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 2, 2, 2);
        aml_deliver_arrivals<aml_3_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_0 = aml_bind(now, true, words[12], words + 16, 5, 5, 5);
        for (int64_t h = (int64_t)words[204] + aml_turned(turn); h < (int64_t)words[205]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[14]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[205] - (int64_t)words[204]);
      }
      {
        const aml_context stepped_3 = aml_bind(now, true, words[45], words + 49, 2, 2, 2);
        for (int64_t h = (int64_t)words[206] + aml_turned(turn); h < (int64_t)words[207]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[47]) aml_3_update(&stepped_3, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[207] - (int64_t)words[206]);
      }
    }
    aml_meet(meeting);
    if (words[39]) {
      const aml_context stepped_2 = aml_bind(now, true, words[37], words + 41, 4, 4, 4);
      const int64_t *hosts = (const int64_t *)words[40];
      const int64_t begin = hosts ? hosts[(int64_t)words[208]] : (int64_t)words[208];
      const int64_t end = hosts ? hosts[(int64_t)words[209]] : (int64_t)words[209];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_2_update(&stepped_2, (int32_t)i);
    }
    if (words[53]) {
      const aml_context stepped_4 = aml_bind(now, true, words[51], words + 55, 2, 2, 2);
      const int64_t *hosts = (const int64_t *)words[54];
      const int64_t begin = hosts ? hosts[(int64_t)words[208]] : (int64_t)words[208];
      const int64_t end = hosts ? hosts[(int64_t)words[209]] : (int64_t)words[209];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_4_update(&stepped_4, (int32_t)i);
    }
    aml_meet(meeting);
    {
      const aml_context stepped_2 = aml_bind(now, true, words[37], words + 41, 4, 4, 4);
      const aml_context stepped_4 = aml_bind(now, true, words[51], words + 55, 2, 2, 2);
      const aml_context stepped_1 = aml_bind(now, true, words[22], words + 26, 10, 10, 10);
      for (int64_t h = (int64_t)words[208] + aml_thread(); h < (int64_t)words[209]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        ((aml_real *)stepped_1.fields[2])[i] = aml_sum_of(stepped_2.fields[1], true, (const int64_t *)words[40], i, (aml_real)0);
        if (words[24]) aml_1_update(&stepped_1, i);
      }
    }
    aml_meet(meeting);
    {
      const aml_context stepped_4 = aml_bind(now, true, words[51], words + 55, 2, 2, 2);
      const aml_context waiting_4 = aml_bind(now, false, words[51], words + 55, 2, 2, 2);
      const aml_context stepped_5 = aml_bind(now, true, words[57], words + 61, 5, 8, 11);
      const aml_context waiting_5 = aml_bind(now, false, words[57], words + 61, 5, 8, 11);
      uint32_t end[1];
      bool any = false;
      end[0] = aml_sent((const aml_port *)(words + 82), now.number);
      any = any || end[0] > begin_0;
      if (any) {
        aml_deliver_all<aml_5_event_0_apart>(&stepped_5, &waiting_5, 0, (const aml_projection *)(words + 176), aml_rows_of((const aml_port *)(words + 82), now.number) + begin_0, end[0] - begin_0, 0);
        aml_meet(meeting);
        aml_deliver_at_once<aml_4_event_0_spread>(&stepped_4, &waiting_4, aml_attached_before((const int64_t *)words[54], (int32_t)words[209]), (const aml_projection *)(words + 148), (const aml_port *)(words + 82), begin_0, end[0]);
        aml_meet(meeting);
        begin_0 = end[0];
      }
    }
    {
      const aml_context stepped_5 = aml_bind(now, true, words[57], words + 61, 5, 8, 11);
      for (int64_t h = (int64_t)words[210] + aml_thread(); h < (int64_t)words[211]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[59]) aml_5_update(&stepped_5, i);
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
