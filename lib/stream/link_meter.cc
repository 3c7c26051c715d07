// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/link_meter.h"

namespace stream {

void LinkMeter::waited(std::chrono::nanoseconds time) {
  waited_ += time;
  if (waited_ < window) return;
  const double seconds = std::chrono::duration<double>(waited_).count();
  const double rate = static_cast<double>(octets_) / seconds;
  if (octets_ >= least) slow_windows_ = rate < slow_rate ? slow_windows_ + 1 : 0;
  octets_ = 0;
  waited_ = {};
}

} // namespace stream
