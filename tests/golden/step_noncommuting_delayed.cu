AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 140)
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
    aml_clear_port((const aml_port *)(words + 32), now.number + 1);
    aml_clear_port((const aml_port *)(words + 41), now.number + 1);
    if (aml_thread() == 0) {
      *arrivals->count = 0;
      aml_list_arrivals(now, times, (const aml_projection *)(words + 50), (const aml_port *)(words + 32), 0, 0, arrivals);
      aml_list_arrivals(now, times, (const aml_projection *)(words + 78), (const aml_port *)(words + 32), 1, 1, arrivals);
      aml_list_arrivals(now, times, (const aml_projection *)(words + 106), (const aml_port *)(words + 41), 2, 5, arrivals);
    }
    aml_meet(meeting);
    {
      const aml_context waiting_2 = aml_bind(now, false, words[26], words + 30, 2, 2, 2);
      const uint32_t batches = *arrivals->count;
      for (uint32_t k = 0; k < batches; ++k) {
        const aml_arrival now_here = arrivals->list[k];
        switch (now_here.projection) {
          case 0:
            aml_deliver_owned<aml_1_event_0_owned>(&waiting_2, &waiting_2, 0, now_here.from, aml_rows_of((const aml_port *)(words + 32), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
          case 1:
            aml_deliver_owned<aml_1_event_1_owned>(&waiting_2, &waiting_2, 0, now_here.from, aml_rows_of((const aml_port *)(words + 32), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
          case 2:
            aml_deliver_owned<aml_1_event_1_owned>(&waiting_2, &waiting_2, 0, now_here.from, aml_rows_of((const aml_port *)(words + 41), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
        }
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_0 = aml_bind(now, true, words[10], words + 14, 3, 3, 3);
        for (int64_t h = (int64_t)words[134] + aml_turned(turn); h < (int64_t)words[135]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[12]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[135] - (int64_t)words[134]);
      }
      {
        const aml_context stepped_1 = aml_bind(now, true, words[18], words + 22, 3, 3, 3);
        for (int64_t h = (int64_t)words[136] + aml_turned(turn); h < (int64_t)words[137]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[20]) aml_0_update(&stepped_1, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[137] - (int64_t)words[136]);
      }
      {
        const aml_context stepped_2 = aml_bind(now, true, words[26], words + 30, 2, 2, 2);
        for (int64_t h = (int64_t)words[138] + aml_turned(turn); h < (int64_t)words[139]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[28]) aml_1_update(&stepped_2, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[139] - (int64_t)words[138]);
      }
    }
    aml_meet(meeting);
    aml_order_rows((const aml_port *)(words + 41), now.number, 0);
    aml_order_rows((const aml_port *)(words + 32), now.number, 0);
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
