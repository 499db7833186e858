AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 238)
  aml_meeting *meeting = (aml_meeting *)words[0];
  aml_report *report = (aml_report *)words[1];
  const aml_times *times = (const aml_times *)(words + 2);
  const aml_arrivals *arrivals = (const aml_arrivals *)(words + 4);
  const aml_rows *rows = (const aml_rows *)(words + 9);
  uint32_t *ends = (uint32_t *)words[12];
  aml_now now = aml_now_of(clock);
  uint64_t done = 0;
  aml_passing *passing = (aml_passing *)ends;
  uint32_t passed = passing->sent, heard_late = passed;
  while (done < count) {
    const uint64_t row = done++;
    const int seen = done == count;
    aml_advance(now, times);
    aml_clear_ports((const aml_port *)(words + 53), 3, now.number + 1);
    uint32_t begin_0 = 0;
    uint32_t begin_1 = 0;
    uint32_t begin_2 = 0;
    uint32_t said = 0;  // messages of this step
    bool stuck = false;  // events without delay cause each other on and on
    {
      #pragma unroll 1
      for (uint32_t k = 0; k < 1; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 199 + k * 29);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 3, 3, 3);
        aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 3, 3, 3);
        for (int64_t h = (int64_t)words[228] + aml_turned(turn); h < (int64_t)words[229]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[15]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[229] - (int64_t)words[228]));
      }
      {
        const aml_context stepped_1 = aml_bind(now, true, words[21], words + 25, 3, 3, 3);
        for (int64_t h = (int64_t)words[230] + aml_turned(turn); h < (int64_t)words[231]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[23]) aml_1_update(&stepped_1, i);
        }
        turn = aml_turn_after(turn, (uint32_t)((int64_t)words[231] - (int64_t)words[230]));
      }
    }
    aml_meet(meeting);
    aml_order_rows((const aml_port *)(words + 53), now.number, begin_0);
    aml_pass_on(passing, 0, (const aml_port *)(words + 53), now.number, begin_0);
    begin_0 = aml_sent((const aml_port *)(words + 53), now.number);
    aml_meet(meeting);
    {
      const aml_context stepped_3 = aml_bind(now, true, words[37], words + 41, 3, 3, 3);
      const aml_context waiting_3 = aml_bind(now, false, words[37], words + 41, 3, 3, 3);
      const aml_context stepped_2 = aml_bind(now, true, words[29], words + 33, 3, 3, 3);
      const aml_context waiting_2 = aml_bind(now, false, words[29], words + 33, 3, 3, 3);
      const aml_context stepped_4 = aml_bind(now, true, words[45], words + 49, 3, 3, 3);
      const aml_context waiting_4 = aml_bind(now, false, words[45], words + 49, 3, 3, 3);
      const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 3, 3, 3);
      const aml_context waiting_0 = aml_bind(now, false, words[13], words + 17, 3, 3, 3);
      uint32_t round = 0;
      for (uint32_t last = passed; passed != passing->sent; ++passed) {
        if (passed == last) {
          last = passing->sent;
          if (++round > AML_MOST_ROUNDS) {
            stuck = true;
            break;
          }
        }
        const aml_message now_here = aml_message_of(passing, passed);
        switch (now_here.port) {
          case 0:
            aml_deliver_owned<aml_2_event_0_owned>(&stepped_3, &waiting_3, 0, (const aml_projection *)(words + 83), aml_rows_of((const aml_port *)(words + 53), now.number) + now_here.begin, now_here.end - now_here.begin, 0);
            aml_meet(meeting);
            aml_find_causes((const aml_port *)(words + 73), now.number, begin_2, (const aml_projection *)(words + 83), aml_rows_of((const aml_port *)(words + 53), now.number) + now_here.begin, now_here.end - now_here.begin, 0);
            aml_meet(meeting);
            aml_order_passed((const aml_port *)(words + 73), now.number, begin_2);
            aml_pass_on(passing, 2, (const aml_port *)(words + 73), now.number, begin_2);
            begin_2 = aml_sent((const aml_port *)(words + 73), now.number);
            aml_meet(meeting);
            break;
          case 2:
            aml_deliver_owned<aml_2_event_0_owned>(&stepped_2, &waiting_2, 0, (const aml_projection *)(words + 112), aml_rows_of((const aml_port *)(words + 73), now.number) + now_here.begin, now_here.end - now_here.begin, 0);
            aml_meet(meeting);
            aml_pass_on(passing, 1, (const aml_port *)(words + 63), now.number, begin_1);
            begin_1 = aml_sent((const aml_port *)(words + 63), now.number);
            aml_meet(meeting);
            break;
          case 1:
            aml_deliver_at_once<aml_0_event_0_spread>(&stepped_4, &waiting_4, 0, (const aml_projection *)(words + 141), (const aml_port *)(words + 63), now_here.begin, now_here.end);
            aml_meet(meeting);
            aml_deliver_at_once<aml_0_event_0_spread>(&stepped_0, &waiting_0, (int32_t)words[229], (const aml_projection *)(words + 170), (const aml_port *)(words + 63), now_here.begin, now_here.end);
            aml_meet(meeting);
            break;
        }
      }
      stuck = stuck || (passing->full && round > AML_MANY_ROUNDS);
    }
    {
      const aml_context stepped_2 = aml_bind(now, true, words[29], words + 33, 3, 3, 3);
      for (int64_t h = (int64_t)words[232] + aml_thread(); h < (int64_t)words[233]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[31]) aml_2_update(&stepped_2, i);
      }
    }
    aml_meet(meeting);
    aml_pass_on(passing, 1, (const aml_port *)(words + 63), now.number, begin_1);
    begin_1 = aml_sent((const aml_port *)(words + 63), now.number);
    aml_meet(meeting);
    {
      const aml_context stepped_4 = aml_bind(now, true, words[45], words + 49, 3, 3, 3);
      const aml_context waiting_4 = aml_bind(now, false, words[45], words + 49, 3, 3, 3);
      const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 3, 3, 3);
      const aml_context waiting_0 = aml_bind(now, false, words[13], words + 17, 3, 3, 3);
      uint32_t round = 0;
      for (uint32_t last = passed; passed != passing->sent; ++passed) {
        if (passed == last) {
          last = passing->sent;
          if (++round > AML_MOST_ROUNDS) {
            stuck = true;
            break;
          }
        }
        const aml_message now_here = aml_message_of(passing, passed);
        switch (now_here.port) {
          case 1:
            aml_deliver_at_once<aml_0_event_0_spread>(&stepped_4, &waiting_4, 0, (const aml_projection *)(words + 141), (const aml_port *)(words + 63), now_here.begin, now_here.end);
            aml_meet(meeting);
            aml_deliver_at_once<aml_0_event_0_spread>(&stepped_0, &waiting_0, (int32_t)words[229], (const aml_projection *)(words + 170), (const aml_port *)(words + 63), now_here.begin, now_here.end);
            aml_meet(meeting);
            break;
        }
      }
      stuck = stuck || (passing->full && round > AML_MANY_ROUNDS);
    }
    {
      const aml_context stepped_3 = aml_bind(now, true, words[37], words + 41, 3, 3, 3);
      for (int64_t h = (int64_t)words[234] + aml_thread(); h < (int64_t)words[235]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[39]) aml_2_update(&stepped_3, i);
      }
    }
    aml_meet(meeting);
    aml_order_rows((const aml_port *)(words + 73), now.number, begin_2);
    aml_pass_on(passing, 2, (const aml_port *)(words + 73), now.number, begin_2);
    begin_2 = aml_sent((const aml_port *)(words + 73), now.number);
    aml_meet(meeting);
    {
      const aml_context stepped_2 = aml_bind(now, true, words[29], words + 33, 3, 3, 3);
      const aml_context waiting_2 = aml_bind(now, false, words[29], words + 33, 3, 3, 3);
      const aml_context stepped_4 = aml_bind(now, true, words[45], words + 49, 3, 3, 3);
      const aml_context waiting_4 = aml_bind(now, false, words[45], words + 49, 3, 3, 3);
      const aml_context stepped_0 = aml_bind(now, true, words[13], words + 17, 3, 3, 3);
      const aml_context waiting_0 = aml_bind(now, false, words[13], words + 17, 3, 3, 3);
      uint32_t round = 0;
      for (uint32_t last = passed; passed != passing->sent; ++passed) {
        if (passed == last) {
          last = passing->sent;
          if (++round > AML_MOST_ROUNDS) {
            stuck = true;
            break;
          }
        }
        const aml_message now_here = aml_message_of(passing, passed);
        switch (now_here.port) {
          case 2:
            aml_deliver_owned<aml_2_event_0_owned>(&stepped_2, &waiting_2, (int32_t)words[233], (const aml_projection *)(words + 112), aml_rows_of((const aml_port *)(words + 73), now.number) + now_here.begin, now_here.end - now_here.begin, 0);
            aml_meet(meeting);
            aml_pass_on(passing, 1, (const aml_port *)(words + 63), now.number, begin_1);
            begin_1 = aml_sent((const aml_port *)(words + 63), now.number);
            aml_meet(meeting);
            break;
          case 1:
            aml_deliver_at_once<aml_0_event_0_spread>(&stepped_4, &waiting_4, 0, (const aml_projection *)(words + 141), (const aml_port *)(words + 63), now_here.begin, now_here.end);
            aml_meet(meeting);
            aml_deliver_at_once<aml_0_event_0_spread>(&stepped_0, &waiting_0, (int32_t)words[229], (const aml_projection *)(words + 170), (const aml_port *)(words + 63), now_here.begin, now_here.end);
            aml_meet(meeting);
            break;
        }
      }
      stuck = stuck || (passing->full && round > AML_MANY_ROUNDS);
    }
    {
      const aml_context stepped_4 = aml_bind(now, true, words[45], words + 49, 3, 3, 3);
      for (int64_t h = (int64_t)words[236] + aml_thread(); h < (int64_t)words[237]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[47]) aml_0_update(&stepped_4, i);
      }
    }
    aml_meet(meeting);
    if (stuck) {
      aml_lower(&report->endless, now.number);
      --done;
      break;
    }
  }
  aml_keep_clock(now, clock, done);
}
