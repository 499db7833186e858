AML_ENTRY run_steps(const uint64_t *given, aml_clock *clock, uint64_t count) {
  AML_TAKE_WORDS(words, given, 1720)
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
      const aml_context waiting_0 = aml_bind(now, false, words[10], words + 14, 19, 19, 19);
      const aml_context waiting_1 = aml_bind(now, false, words[34], words + 38, 19, 19, 19);
      const aml_context waiting_2 = aml_bind(now, false, words[58], words + 62, 19, 19, 19);
      const aml_context waiting_3 = aml_bind(now, false, words[82], words + 86, 19, 19, 19);
      const aml_context waiting_4 = aml_bind(now, false, words[106], words + 110, 19, 19, 19);
      const aml_context waiting_5 = aml_bind(now, false, words[130], words + 134, 19, 19, 19);
      const aml_context waiting_6 = aml_bind(now, false, words[154], words + 158, 19, 19, 19);
      const aml_context waiting_7 = aml_bind(now, false, words[178], words + 182, 19, 19, 19);
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_0, (const aml_projection *)(words + 274), (const aml_port *)(words + 202));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_1, (const aml_projection *)(words + 430), (const aml_port *)(words + 202));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_2, (const aml_projection *)(words + 586), (const aml_port *)(words + 202));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_3, (const aml_projection *)(words + 768), (const aml_port *)(words + 202));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_4, (const aml_projection *)(words + 924), (const aml_port *)(words + 202));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_5, (const aml_projection *)(words + 1106), (const aml_port *)(words + 202));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_6, (const aml_projection *)(words + 1288), (const aml_port *)(words + 202));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_7, (const aml_projection *)(words + 1496), (const aml_port *)(words + 202));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_0, (const aml_projection *)(words + 300), (const aml_port *)(words + 211));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_1, (const aml_projection *)(words + 456), (const aml_port *)(words + 211));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_2, (const aml_projection *)(words + 612), (const aml_port *)(words + 211));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_3, (const aml_projection *)(words + 794), (const aml_port *)(words + 211));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_4, (const aml_projection *)(words + 950), (const aml_port *)(words + 211));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_5, (const aml_projection *)(words + 1132), (const aml_port *)(words + 211));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_6, (const aml_projection *)(words + 1314), (const aml_port *)(words + 211));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_7, (const aml_projection *)(words + 1522), (const aml_port *)(words + 211));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_0, (const aml_projection *)(words + 326), (const aml_port *)(words + 220));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_1, (const aml_projection *)(words + 482), (const aml_port *)(words + 220));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_2, (const aml_projection *)(words + 638), (const aml_port *)(words + 220));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_3, (const aml_projection *)(words + 820), (const aml_port *)(words + 220));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_4, (const aml_projection *)(words + 976), (const aml_port *)(words + 220));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_5, (const aml_projection *)(words + 1158), (const aml_port *)(words + 220));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_6, (const aml_projection *)(words + 1340), (const aml_port *)(words + 220));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_7, (const aml_projection *)(words + 1548), (const aml_port *)(words + 220));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_0, (const aml_projection *)(words + 352), (const aml_port *)(words + 229));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_1, (const aml_projection *)(words + 508), (const aml_port *)(words + 229));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_2, (const aml_projection *)(words + 664), (const aml_port *)(words + 229));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_3, (const aml_projection *)(words + 846), (const aml_port *)(words + 229));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_4, (const aml_projection *)(words + 1002), (const aml_port *)(words + 229));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_5, (const aml_projection *)(words + 1184), (const aml_port *)(words + 229));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_6, (const aml_projection *)(words + 1366), (const aml_port *)(words + 229));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_7, (const aml_projection *)(words + 1574), (const aml_port *)(words + 229));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_0, (const aml_projection *)(words + 378), (const aml_port *)(words + 238));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_1, (const aml_projection *)(words + 534), (const aml_port *)(words + 238));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_2, (const aml_projection *)(words + 690), (const aml_port *)(words + 238));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_3, (const aml_projection *)(words + 872), (const aml_port *)(words + 238));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_4, (const aml_projection *)(words + 1028), (const aml_port *)(words + 238));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_5, (const aml_projection *)(words + 1210), (const aml_port *)(words + 238));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_6, (const aml_projection *)(words + 1392), (const aml_port *)(words + 238));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_7, (const aml_projection *)(words + 1600), (const aml_port *)(words + 238));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_2, (const aml_projection *)(words + 716), (const aml_port *)(words + 247));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_4, (const aml_projection *)(words + 1054), (const aml_port *)(words + 247));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_5, (const aml_projection *)(words + 1236), (const aml_port *)(words + 247));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_6, (const aml_projection *)(words + 1418), (const aml_port *)(words + 247));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_7, (const aml_projection *)(words + 1626), (const aml_port *)(words + 247));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_0, (const aml_projection *)(words + 404), (const aml_port *)(words + 256));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_1, (const aml_projection *)(words + 560), (const aml_port *)(words + 256));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_2, (const aml_projection *)(words + 742), (const aml_port *)(words + 256));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_3, (const aml_projection *)(words + 898), (const aml_port *)(words + 256));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_4, (const aml_projection *)(words + 1080), (const aml_port *)(words + 256));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_5, (const aml_projection *)(words + 1262), (const aml_port *)(words + 256));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_6, (const aml_projection *)(words + 1444), (const aml_port *)(words + 256));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_7, (const aml_projection *)(words + 1652), (const aml_port *)(words + 256));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_6, (const aml_projection *)(words + 1470), (const aml_port *)(words + 265));
      aml_deliver_arrivals<aml_0_event_0_spread>(now, times, &waiting_7, (const aml_projection *)(words + 1678), (const aml_port *)(words + 265));
    }
    aml_meet(meeting);
    {
      const aml_context stepped_0 = aml_bind(now, true, words[10], words + 14, 19, 19, 19);
      for (int64_t h = (int64_t)words[1704] + aml_thread(); h < (int64_t)words[1705]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[12]) aml_0_update(&stepped_0, i);
      }
    }
    {
      const aml_context stepped_1 = aml_bind(now, true, words[34], words + 38, 19, 19, 19);
      for (int64_t h = (int64_t)words[1706] + aml_thread(); h < (int64_t)words[1707]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[36]) aml_0_update(&stepped_1, i);
      }
    }
    {
      const aml_context stepped_2 = aml_bind(now, true, words[58], words + 62, 19, 19, 19);
      for (int64_t h = (int64_t)words[1708] + aml_thread(); h < (int64_t)words[1709]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[60]) aml_0_update(&stepped_2, i);
      }
    }
    {
      const aml_context stepped_3 = aml_bind(now, true, words[82], words + 86, 19, 19, 19);
      for (int64_t h = (int64_t)words[1710] + aml_thread(); h < (int64_t)words[1711]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[84]) aml_0_update(&stepped_3, i);
      }
    }
    {
      const aml_context stepped_4 = aml_bind(now, true, words[106], words + 110, 19, 19, 19);
      for (int64_t h = (int64_t)words[1712] + aml_thread(); h < (int64_t)words[1713]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[108]) aml_0_update(&stepped_4, i);
      }
    }
    {
      const aml_context stepped_5 = aml_bind(now, true, words[130], words + 134, 19, 19, 19);
      for (int64_t h = (int64_t)words[1714] + aml_thread(); h < (int64_t)words[1715]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[132]) aml_0_update(&stepped_5, i);
      }
    }
    {
      const aml_context stepped_6 = aml_bind(now, true, words[154], words + 158, 19, 19, 19);
      for (int64_t h = (int64_t)words[1716] + aml_thread(); h < (int64_t)words[1717]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[156]) aml_0_update(&stepped_6, i);
      }
    }
    {
      const aml_context stepped_7 = aml_bind(now, true, words[178], words + 182, 19, 19, 19);
      for (int64_t h = (int64_t)words[1718] + aml_thread(); h < (int64_t)words[1719]; h += aml_threads()) {
        const int32_t i = (int32_t)h;
        if (words[180]) aml_0_update(&stepped_7, i);
      }
    }
    aml_meet(meeting);
  }
  aml_keep_clock(now, clock, done);
}
