AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 144)
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
    aml_clear_port((const aml_port *)(words + 34), now.number + 1);
    aml_clear_port((const aml_port *)(words + 44), now.number + 1);
    aml_forget_messages((const aml_port *)(words + 34), now.number + 1);
    aml_forget_messages((const aml_port *)(words + 44), now.number + 1);
    if (aml_thread() == 0) {
      *arrivals->count = 0;
      aml_list_arrivals(now, times, (const aml_projection *)(words + 54), (const aml_port *)(words + 34), 0, 0, arrivals);
      aml_list_arrivals(now, times, (const aml_projection *)(words + 82), (const aml_port *)(words + 34), 1, 1, arrivals);
      aml_list_arrivals(now, times, (const aml_projection *)(words + 110), (const aml_port *)(words + 44), 2, 5, arrivals);
    }
    aml_meet(meeting);
    {
      const aml_context waiting_2 = aml_bind(now, false, words[28], words + 32, 2, 2, 2);
      const uint32_t batches = *arrivals->count;
      for (uint32_t k = 0; k < batches; ++k) {
        const aml_arrival now_here = arrivals->list[k];
        switch (now_here.projection) {
          case 0:
            aml_deliver_owned<aml_1_event_0_owned>(&waiting_2, &waiting_2, 0, now_here.from, aml_rows_of((const aml_port *)(words + 34), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
          case 1:
            aml_deliver_owned<aml_1_event_1_owned>(&waiting_2, &waiting_2, 0, now_here.from, aml_rows_of((const aml_port *)(words + 34), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
          case 2:
            aml_deliver_owned<aml_1_event_1_owned>(&waiting_2, &waiting_2, 0, now_here.from, aml_rows_of((const aml_port *)(words + 44), now_here.sent) + now_here.first, now_here.count, now_here.delay);
            break;
        }
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_0 = aml_bind(now, true, words[12], words + 16, 3, 3, 3);
        for (int64_t h = (int64_t)words[138] + aml_turned(turn); h < (int64_t)words[139]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[14]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[139] - (int64_t)words[138]);
      }
      {
        const aml_context stepped_1 = aml_bind(now, true, words[20], words + 24, 3, 3, 3);
        for (int64_t h = (int64_t)words[140] + aml_turned(turn); h < (int64_t)words[141]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[22]) aml_0_update(&stepped_1, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[141] - (int64_t)words[140]);
      }
      {
        const aml_context stepped_2 = aml_bind(now, true, words[28], words + 32, 2, 2, 2);
        for (int64_t h = (int64_t)words[142] + aml_turned(turn); h < (int64_t)words[143]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[30]) aml_1_update(&stepped_2, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[143] - (int64_t)words[142]);
      }
    }
    aml_meet(meeting);
    aml_order_rows((const aml_port *)(words + 44), now.number, 0);
    aml_order_rows((const aml_port *)(words + 34), now.number, 0);
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
