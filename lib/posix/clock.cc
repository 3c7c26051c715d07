// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/clock.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace posix {

namespace {

int factor() {
  static const int factor = [] {
    const char* text =
        std::getenv("IMAPSYNC_TEST_CLOCK"); // NOLINT(concurrency-mt-unsafe)
    if (text == nullptr) return 1;
    if (text == std::string_view{"0"}) return 0;
    return std::clamp(std::atoi(text), 1, 100000); // NOLINT(cert-err34-c)
  }();
  return factor;
}

} // namespace

int Clock::speed() { return std::max(factor(), 1); }

Clock::time_point Clock::now() {
  const auto real = std::chrono::steady_clock::now();
  static const auto start = real;
  return time_point{std::chrono::duration_cast<duration>(real - start) * factor()};
}

} // namespace posix
