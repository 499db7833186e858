AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 1830)
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
    aml_clear_port((const aml_port *)(words + 202), now.number + 1);
    aml_clear_port((const aml_port *)(words + 211), now.number + 1);
    aml_clear_port((const aml_port *)(words + 220), now.number + 1);
    aml_clear_port((const aml_port *)(words + 229), now.number + 1);
    aml_clear_port((const aml_port *)(words + 238), now.number + 1);
    aml_clear_port((const aml_port *)(words + 247), now.number + 1);
    aml_clear_port((const aml_port *)(words + 256), now.number + 1);
    aml_clear_port((const aml_port *)(words + 265), now.number + 1);
    {
      #pragma unroll 1
      for (uint32_t k = 0; k < 55; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 274 + k * 28);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 19, 19, 19);
        aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_0 = aml_bind(now, true, words[10], words + 14, 19, 19, 19);
        for (int64_t h = (int64_t)words[1814] + aml_turned(turn); h < (int64_t)words[1815]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[12]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1815] - (int64_t)words[1814]);
      }
      {
        const aml_context stepped_1 = aml_bind(now, true, words[34], words + 38, 19, 19, 19);
        for (int64_t h = (int64_t)words[1816] + aml_turned(turn); h < (int64_t)words[1817]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[36]) aml_0_update(&stepped_1, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1817] - (int64_t)words[1816]);
      }
      {
        const aml_context stepped_2 = aml_bind(now, true, words[58], words + 62, 19, 19, 19);
        for (int64_t h = (int64_t)words[1818] + aml_turned(turn); h < (int64_t)words[1819]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[60]) aml_0_update(&stepped_2, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1819] - (int64_t)words[1818]);
      }
      {
        const aml_context stepped_3 = aml_bind(now, true, words[82], words + 86, 19, 19, 19);
        for (int64_t h = (int64_t)words[1820] + aml_turned(turn); h < (int64_t)words[1821]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[84]) aml_0_update(&stepped_3, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1821] - (int64_t)words[1820]);
      }
      {
        const aml_context stepped_4 = aml_bind(now, true, words[106], words + 110, 19, 19, 19);
        for (int64_t h = (int64_t)words[1822] + aml_turned(turn); h < (int64_t)words[1823]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[108]) aml_0_update(&stepped_4, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1823] - (int64_t)words[1822]);
      }
      {
        const aml_context stepped_5 = aml_bind(now, true, words[130], words + 134, 19, 19, 19);
        for (int64_t h = (int64_t)words[1824] + aml_turned(turn); h < (int64_t)words[1825]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[132]) aml_0_update(&stepped_5, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1825] - (int64_t)words[1824]);
      }
      {
        const aml_context stepped_6 = aml_bind(now, true, words[154], words + 158, 19, 19, 19);
        for (int64_t h = (int64_t)words[1826] + aml_turned(turn); h < (int64_t)words[1827]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[156]) aml_0_update(&stepped_6, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1827] - (int64_t)words[1826]);
      }
      {
        const aml_context stepped_7 = aml_bind(now, true, words[178], words + 182, 19, 19, 19);
        for (int64_t h = (int64_t)words[1828] + aml_turned(turn); h < (int64_t)words[1829]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[180]) aml_0_update(&stepped_7, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1829] - (int64_t)words[1828]);
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
