// A few lines instead of a test framework: CHECK reports and counts, `result` is the exit status.
#pragma once

#include <cstdio>

namespace check {

inline int failures = 0;

inline void report(bool holds, const char *text, const char *file, int line) {
  if (holds) return;
  ++failures;
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
}

inline int result() { return failures == 0 ? 0 : 1; }

}  // namespace check

#define CHECK(condition) check::report((condition), #condition, __FILE__, __LINE__)

#define CHECK_THROWS(statement, Error)                                       \
  do {                                                                       \
    bool caught = false;                                                     \
    try {                                                                    \
      statement;                                                             \
    } catch (const Error &) {                                                \
      caught = true;                                                         \
    }                                                                        \
    check::report(caught, #statement " raises " #Error, __FILE__, __LINE__); \
  } while (false)
