// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/loop.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "posix/fault.h"

namespace posix {

void Loop::remove(int fd) {
  std::erase_if(sources_, [fd](const Source& source) { return source.fd == fd; });
}

void Loop::at(std::function<std::optional<Clock::time_point>()> when,
              std::function<void()> due) {
  timers_.push_back({std::move(when), std::move(due)});
}

int Loop::timeout() const {
  std::optional<Clock::time_point> first;
  for (const Timer& timer : timers_)
    if (const auto when = timer.when()) first = std::min(first.value_or(*when), *when);
  if (!first) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>((*first - Clock::now()) /
                                                                 Clock::speed())
                        .count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 1 << 30));
}

void Loop::run_timers() {
  for (const Timer& timer : timers_)
    if (const auto when = timer.when(); when && *when <= Clock::now()) timer.due();
}

bool Loop::turn() {
  // Which source a pollfd belongs to is remembered by descriptor: a callback may add or
  // remove sources.
  std::vector<pollfd> waiting;
  waiting.reserve(sources_.size());
  for (const Source& source : sources_)
    if (const short events = source.wants()) waiting.push_back({source.fd, events, 0});
  const int wait = timeout();
  if (waiting.empty() && wait < 0) return false;
  const int count = ::poll(waiting.data(), waiting.size(), wait);
  if (count < 0 && errno != EINTR) throw system_fault(EX_OSERR, "poll");
  if (count > 0)
    for (const pollfd& ready : waiting) {
      if (ready.revents == 0) continue;
      const auto it = std::ranges::find(sources_, ready.fd, &Source::fd);
      if (it == sources_.end()) continue;
      const auto call = it->ready; // the call may remove its own source
      call(ready.revents);
    }
  run_timers();
  return true;
}

} // namespace posix
