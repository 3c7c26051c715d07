// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/clock.h"

#include <algorithm>
#include <cstdlib>

namespace posix {

int Clock::speed() {
  static const int factor = [] {
    const char* text =
        std::getenv("IMAPSYNC_TEST_CLOCK"); // NOLINT(concurrency-mt-unsafe)
    return text ? std::clamp(std::atoi(text), 1, 100000) : 1; // NOLINT(cert-err34-c)
  }();
  return factor;
}

Clock::time_point Clock::now() {
  const auto real = std::chrono::steady_clock::now();
  static const auto start = real;
  return time_point{std::chrono::duration_cast<duration>(real - start) * speed()};
}

} // namespace posix
