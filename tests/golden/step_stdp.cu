AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 217)
  aml_meeting *meeting = (aml_meeting *)words[0];
  aml_report *report = (aml_report *)words[1];
  const aml_times *times = (const aml_times *)(words + 2);
  const aml_arrivals *arrivals = (const aml_arrivals *)(words + 4);
  const aml_rows *rows = (const aml_rows *)(words + 9);
  uint32_t *ends = (uint32_t *)words[12];
  aml_now now = aml_now_of(clock);
  uint64_t done = 0;
  for (uint64_t k = 0; k < 2; ++k) aml_clear_arrivals(arrivals, k);
  aml_meet(meeting);
  while (done < count) {
    const uint64_t row = done++;
    const int seen = done == count;
    aml_advance(now, times);
    aml_clear_ports((const aml_port *)(words + 73), 2, now.number + 1);
    aml_clear_arrivals(arrivals, now.number + 1);
    aml_forget_messages((const aml_port *)(words + 73), now.number + 1);
    uint32_t begin_0 = 0;
    {
      uint32_t turn = 0;
      #pragma unroll 1
      for (uint32_t k = 0; k < 1; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 122 + k * 29);
        aml_list_arrivals(now, times, p, (const aml_port *)(words + p->port), 1 + k, turn, arrivals);
      }
    }
    aml_meet(meeting);
    {
      const aml_context waiting_5 = aml_bind(now, false, words[58], words + 62, 5, 8, 11);
      const uint32_t batches = aml_arrived(arrivals, now.number);
      const aml_arrival *list = batches > 1 ? arrivals->ordered : arrivals->found;
      if (batches > 1) {
        aml_order_arrivals(arrivals, batches);
        aml_meet(meeting);
      }
      for (uint32_t k = 0; k < batches; ++k) {
        const aml_arrival now_here = list[k];
        switch (now_here.projection) {
          case 1:
            aml_deliver_all<aml_5_event_1_apart>(&waiting_5, &waiting_5, 0, aml_connections_of((const aml_projection *)(words + 122), now_here.former), aml_rows_of((const aml_port *)(words + 73), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
        }
        aml_meet(meeting);
      }
    }
    {
      #pragma unroll 1
      for (uint32_t k = 0; k < 1; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 93 + k * 29);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 2, 2, 2);
        aml_deliver_arrivals<aml_3_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 5, 5, 5);
        for (int64_t h = (int64_t)words[209] + aml_turned(turn); h < (int64_t)words[210]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[15]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[210] - (int64_t)words[209]));
      }
      {
        const aml_context stepped_3 = aml_bind(now, true, words[46], words + 50, 2, 2, 2);
        for (int64_t h = (int64_t)words[211] + aml_turned(turn); h < (int64_t)words[212]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[48]) aml_3_update(&stepped_3, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[212] - (int64_t)words[211]));
      }
    }
    aml_meet(meeting);
    if (words[40]) {
      const aml_context stepped_2 = aml_bind(now, true, words[38], words + 42, 4, 4, 4);
      const int64_t *hosts = (const int64_t *)words[41];
      const int64_t begin = hosts ? hosts[(int64_t)words[213]] : (int64_t)words[213];
      const int64_t end = hosts ? hosts[(int64_t)words[214]] : (int64_t)words[214];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_2_update(&stepped_2, (int32_t)i);
    }
    if (words[54]) {
      const aml_context stepped_4 = aml_bind(now, true, words[52], words + 56, 2, 2, 2);
      const int64_t *hosts = (const int64_t *)words[55];
      const int64_t begin = hosts ? hosts[(int64_t)words[213]] : (int64_t)words[213];
      const int64_t end = hosts ? hosts[(int64_t)words[214]] : (int64_t)words[214];
      for (int64_t i = begin + aml_thread(); i < end; i += aml_threads()) aml_4_update(&stepped_4, (int32_t)i);
    }
    aml_meet(meeting);
    {
      const aml_context stepped_2 = aml_bind(now, true, words[38], words + 42, 4, 4, 4);
      const aml_context stepped_4 = aml_bind(now, true, words[52], words + 56, 2, 2, 2);
      const aml_context stepped_1 = aml_bind(now, true, words[23], words + 27, 10, 10, 10);
      for (int64_t h = (int64_t)words[213] + aml_thread(); h < (int64_t)words[214]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        ((aml_real *)stepped_1.fields[2])[i] = aml_sum_of(stepped_2.fields[1], true, (const int64_t *)words[41], i, (aml_real)0);
        if (words[25]) aml_1_update(&stepped_1, i);
      }
    }
    aml_meet(meeting);
    {
      const aml_context stepped_4 = aml_bind(now, true, words[52], words + 56, 2, 2, 2);
      const aml_context waiting_4 = aml_bind(now, false, words[52], words + 56, 2, 2, 2);
      const aml_context stepped_5 = aml_bind(now, true, words[58], words + 62, 5, 8, 11);
      const aml_context waiting_5 = aml_bind(now, false, words[58], words + 62, 5, 8, 11);
      uint32_t end[1];
      bool any = false;
      end[0] = aml_sent((const aml_port *)(words + 83), now.number);
      any = any || end[0] > begin_0;
      if (any) {
        aml_deliver_all<aml_5_event_0_apart>(&stepped_5, &waiting_5, 0, (const aml_projection *)(words + 180), aml_rows_of((const aml_port *)(words + 83), now.number) + begin_0, end[0] - begin_0, 0);
        aml_meet(meeting);
        aml_deliver_at_once<aml_4_event_0_spread>(&stepped_4, &waiting_4, aml_attached_before((const int64_t *)words[55], (int32_t)words[214]), (const aml_projection *)(words + 151), (const aml_port *)(words + 83), begin_0, end[0]);
        aml_meet(meeting);
        begin_0 = end[0];
      }
    }
  }
  aml_keep_clock(now, clock, done);
}
