// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_POSIX_CLOCK_H
#define IMAPSYNC_POSIX_CLOCK_H

#include <chrono>

namespace posix {

/// Monotonic time. The environment variable IMAPSYNC_TEST_CLOCK=N makes it run N times as
/// fast (1..100000), so that a test sees deadlines of many minutes pass; 0 makes it stand
/// still, so that none does.
struct Clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;

  static time_point now();
  /// How many times as fast as real time; 1 if it stands still.
  static int speed();
};

} // namespace posix

#endif
