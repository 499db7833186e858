AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 1840)
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
    aml_clear_port((const aml_port *)(words + 204), now.number + 1);
    aml_clear_port((const aml_port *)(words + 214), now.number + 1);
    aml_clear_port((const aml_port *)(words + 224), now.number + 1);
    aml_clear_port((const aml_port *)(words + 234), now.number + 1);
    aml_clear_port((const aml_port *)(words + 244), now.number + 1);
    aml_clear_port((const aml_port *)(words + 254), now.number + 1);
    aml_clear_port((const aml_port *)(words + 264), now.number + 1);
    aml_clear_port((const aml_port *)(words + 274), now.number + 1);
    {
      #pragma unroll 1
      for (uint32_t k = 0; k < 55; ++k) {
        const aml_projection *p = (const aml_projection *)(words + 284 + k * 28);
        const aml_context context = aml_bind(now, false, words[p->target - 4], words + p->target, 19, 19, 19);
        aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &context, p, (const aml_port *)(words + p->port));
      }
    }
    aml_meet(meeting);
    {
      uint32_t turn = 0;  // a block begins with threads after those before it
      {
        const aml_context stepped_0 = aml_bind(now, true, words[12], words + 16, 19, 19, 19);
        for (int64_t h = (int64_t)words[1824] + aml_turned(turn); h < (int64_t)words[1825]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[14]) aml_0_update(&stepped_0, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1825] - (int64_t)words[1824]);
      }
      {
        const aml_context stepped_1 = aml_bind(now, true, words[36], words + 40, 19, 19, 19);
        for (int64_t h = (int64_t)words[1826] + aml_turned(turn); h < (int64_t)words[1827]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[38]) aml_0_update(&stepped_1, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1827] - (int64_t)words[1826]);
      }
      {
        const aml_context stepped_2 = aml_bind(now, true, words[60], words + 64, 19, 19, 19);
        for (int64_t h = (int64_t)words[1828] + aml_turned(turn); h < (int64_t)words[1829]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[62]) aml_0_update(&stepped_2, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1829] - (int64_t)words[1828]);
      }
      {
        const aml_context stepped_3 = aml_bind(now, true, words[84], words + 88, 19, 19, 19);
        for (int64_t h = (int64_t)words[1830] + aml_turned(turn); h < (int64_t)words[1831]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[86]) aml_0_update(&stepped_3, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1831] - (int64_t)words[1830]);
      }
      {
        const aml_context stepped_4 = aml_bind(now, true, words[108], words + 112, 19, 19, 19);
        for (int64_t h = (int64_t)words[1832] + aml_turned(turn); h < (int64_t)words[1833]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[110]) aml_0_update(&stepped_4, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1833] - (int64_t)words[1832]);
      }
      {
        const aml_context stepped_5 = aml_bind(now, true, words[132], words + 136, 19, 19, 19);
        for (int64_t h = (int64_t)words[1834] + aml_turned(turn); h < (int64_t)words[1835]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[134]) aml_0_update(&stepped_5, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1835] - (int64_t)words[1834]);
      }
      {
        const aml_context stepped_6 = aml_bind(now, true, words[156], words + 160, 19, 19, 19);
        for (int64_t h = (int64_t)words[1836] + aml_turned(turn); h < (int64_t)words[1837]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[158]) aml_0_update(&stepped_6, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1837] - (int64_t)words[1836]);
      }
      {
        const aml_context stepped_7 = aml_bind(now, true, words[180], words + 184, 19, 19, 19);
        for (int64_t h = (int64_t)words[1838] + aml_turned(turn); h < (int64_t)words[1839]; h += aml_threads()) {
          const int32_t i = (int32_t)h;
          if (words[182]) aml_0_update(&stepped_7, i);
        }
        turn = aml_turn_after(turn, (int64_t)words[1839] - (int64_t)words[1838]);
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
