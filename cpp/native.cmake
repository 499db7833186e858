# The native engine as a static library: for the Python module, and for stand-alone projects.
find_package(Threads REQUIRED)
set(AML_NATIVE ${CMAKE_CURRENT_LIST_DIR})

add_library(annarchy_ml_native STATIC
  ${AML_NATIVE}/src/aligned_buffer.cpp
  ${AML_NATIVE}/src/step_clock.cpp
  ${AML_NATIVE}/src/cable.cpp
  ${AML_NATIVE}/src/cable_steps.cpp
  ${AML_NATIVE}/src/changed_connections.cpp
  ${AML_NATIVE}/src/connect_by_rows.cpp
  ${AML_NATIVE}/src/connect_by_targets.cpp
  ${AML_NATIVE}/src/connect_explicit.cpp
  ${AML_NATIVE}/src/connection_rules.cpp
  ${AML_NATIVE}/src/connection_store.cpp
  ${AML_NATIVE}/src/connection_values.cpp
  ${AML_NATIVE}/src/contexts.cpp
  ${AML_NATIVE}/src/contraction_plan.cpp
  ${AML_NATIVE}/src/column_log.cpp
  ${AML_NATIVE}/src/coupling.cpp
  ${AML_NATIVE}/src/crossed_connections.cpp
  ${AML_NATIVE}/src/deferred_events.cpp
  ${AML_NATIVE}/src/delivery.cpp
  ${AML_NATIVE}/src/distributions.cpp
  ${AML_NATIVE}/src/error.cpp
  ${AML_NATIVE}/src/event_queue.cpp
  ${AML_NATIVE}/src/event_recorder.cpp
  ${AML_NATIVE}/src/finite.cpp
  ${AML_NATIVE}/src/float_text.cpp
  ${AML_NATIVE}/src/group.cpp
  ${AML_NATIVE}/src/history.cpp
  ${AML_NATIVE}/src/joint_steps.cpp
  ${AML_NATIVE}/src/kept_values.cpp
  ${AML_NATIVE}/src/kernel_library.cpp
  ${AML_NATIVE}/src/late_events.cpp
  ${AML_NATIVE}/src/locality.cpp
  ${AML_NATIVE}/src/memory.cpp
  ${AML_NATIVE}/src/network.cpp
  ${AML_NATIVE}/src/network_couplings.cpp
  ${AML_NATIVE}/src/network_projections.cpp
  ${AML_NATIVE}/src/philox.cpp
  ${AML_NATIVE}/src/pool.cpp
  ${AML_NATIVE}/src/portion_room.cpp
  ${AML_NATIVE}/src/projection.cpp
  ${AML_NATIVE}/src/recorder.cpp
  ${AML_NATIVE}/src/reduction.cpp
  ${AML_NATIVE}/src/row_cuts.cpp
  ${AML_NATIVE}/src/row_rules.cpp
  ${AML_NATIVE}/src/rule_numbers.cpp
  ${AML_NATIVE}/src/rule_words.cpp
  ${AML_NATIVE}/src/row_measures.cpp
  ${AML_NATIVE}/src/row_printer.cpp
  ${AML_NATIVE}/src/runner.cpp
  ${AML_NATIVE}/src/schedule.cpp
  ${AML_NATIVE}/src/slices.cpp
  ${AML_NATIVE}/src/settled_cables.cpp
  ${AML_NATIVE}/src/settled_rows.cpp
  ${AML_NATIVE}/src/step_ends.cpp
  ${AML_NATIVE}/src/stepper.cpp
  ${AML_NATIVE}/src/synaptic_pass.cpp
  ${AML_NATIVE}/src/table_writer.cpp
  ${AML_NATIVE}/src/text_file.cpp
  ${AML_NATIVE}/src/thread_team.cpp
  ${AML_NATIVE}/src/timetable.cpp
  ${AML_NATIVE}/src/transmission.cpp
  ${AML_NATIVE}/src/tree_contraction.cpp
  ${AML_NATIVE}/src/tree_elimination.cpp
  ${AML_NATIVE}/src/tree_rounds.cpp
  ${AML_NATIVE}/src/weighted_rows.cpp
  ${AML_NATIVE}/src/weighted_sums.cpp
  ${AML_NATIVE}/src/cuda/device.cpp
  ${AML_NATIVE}/src/cuda/driver.cpp
  ${AML_NATIVE}/src/cuda/runtime_compiler.cpp
  ${AML_NATIVE}/src/cuda/shared_library.cpp)
target_include_directories(annarchy_ml_native PUBLIC ${AML_NATIVE}/include ${AML_NATIVE}/src)
target_link_libraries(annarchy_ml_native PUBLIC Threads::Threads ${CMAKE_DL_LIBS})
target_compile_options(annarchy_ml_native PRIVATE -Wall -Wextra -Wconversion)
# Numbers found there are the same whatever the vector unit.
set_source_files_properties(${AML_NATIVE}/src/tree_contraction.cpp ${AML_NATIVE}/src/tree_elimination.cpp ${AML_NATIVE}/src/distributions.cpp ${AML_NATIVE}/src/philox.cpp ${AML_NATIVE}/src/row_rules.cpp
  ${AML_NATIVE}/src/connect_by_targets.cpp ${AML_NATIVE}/src/connection_values.cpp ${AML_NATIVE}/src/pool.cpp
  ${AML_NATIVE}/src/row_measures.cpp ${AML_NATIVE}/src/weighted_sums.cpp
  PROPERTIES COMPILE_OPTIONS "-ffp-contract=off;-fno-trapping-math;-fno-math-errno")
