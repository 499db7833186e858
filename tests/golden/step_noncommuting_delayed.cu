AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 148)
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
    aml_clear_ports((const aml_port *)(words + 35), 2, now.number + 1);
    aml_clear_arrivals(arrivals, now.number + 1);
    aml_forget_messages((const aml_port *)(words + 35), now.number + 1);
    aml_forget_messages((const aml_port *)(words + 45), now.number + 1);
    {
      uint32_t turn = 0;
      #pragma unroll 1
      for (uint32_t k = 0; k < 3; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 55 + k * 29);
        aml_list_arrivals(now, times, p, (const aml_port *)(words + p->port), 0 + k, turn, arrivals);
      }
    }
    aml_meet(meeting);
    {
      const aml_context waiting_2 = aml_bind(now, false, words[29], words + 33, 2, 2, 2);
      const uint32_t batches = aml_arrived(arrivals, now.number);
      const aml_arrival *list = batches > 1 ? arrivals->ordered : arrivals->found;
      if (batches > 1) {
        aml_order_arrivals(arrivals, batches);
        aml_meet(meeting);
      }
      for (uint32_t k = 0; k < batches; ++k) {
        const aml_arrival now_here = list[k];
        switch (now_here.projection) {
          case 0:
            aml_deliver_owned<aml_1_event_0_owned>(&waiting_2, &waiting_2, 0, aml_connections_of((const aml_projection *)(words + 55), now_here.former), aml_rows_of((const aml_port *)(words + 35), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
          case 1:
            aml_deliver_owned<aml_1_event_1_owned>(&waiting_2, &waiting_2, 0, aml_connections_of((const aml_projection *)(words + 84), now_here.former), aml_rows_of((const aml_port *)(words + 35), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
          case 2:
            aml_deliver_owned<aml_1_event_1_owned>(&waiting_2, &waiting_2, 0, aml_connections_of((const aml_projection *)(words + 113), now_here.former), aml_rows_of((const aml_port *)(words + 45), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
        }
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      #pragma unroll 1
      for (uint32_t k = 0; k < 2; ++k) {
        const aml_context stepped_0 = aml_bind(now, true, words[13 + k * 8], words + 17 + k * 8, 3, 3, 3);
        for (int64_t h = (int64_t)words[142 + k * 2] + aml_turned(turn); h < (int64_t)words[143 + k * 2]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[15 + k * 8]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[143 + k * 2] - (int64_t)words[142 + k * 2]));
      }
      {
        const aml_context stepped_2 = aml_bind(now, true, words[29], words + 33, 2, 2, 2);
        for (int64_t h = (int64_t)words[146] + aml_turned(turn); h < (int64_t)words[147]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[31]) aml_1_update(&stepped_2, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[147] - (int64_t)words[146]));
      }
    }
    aml_meet(meeting);
    aml_order_rows((const aml_port *)(words + 45), now.number, 0);
    aml_order_rows((const aml_port *)(words + 35), now.number, 0);
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
