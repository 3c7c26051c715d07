// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_POSIX_LOOP_H
#define IMAPSYNC_POSIX_LOOP_H

#include <functional>
#include <optional>
#include <vector>

#include "posix/clock.h"

namespace posix {

/// The one place of a filter that waits. Passive objects say what they wait for each time
/// around and are called when it is there.
class Loop {
 public:
  struct Source {
    int fd;
    /// POLLIN, POLLOUT or both; 0 while there is nothing to wait for.
    std::function<short()> wants;
    /// Called with poll(2)'s revents when they are not 0.
    std::function<void(short)> ready;
  };

  void add(Source source) { sources_.push_back(std::move(source)); }
  void remove(int fd);

  /// Calls `due` when `when` has come, at the latest by a wake-up from poll(2). `when`
  /// returns nothing while there is no deadline.
  void at(std::function<std::optional<Clock::time_point>()> when,
          std::function<void()> due);

  /// Waits once and calls whoever is ready. False if there was nothing to wait for.
  /// Returns early, with true, after a signal.
  bool turn();

 private:
  struct Timer {
    std::function<std::optional<Clock::time_point>()> when;
    std::function<void()> due;
  };
  int timeout() const;
  void run_timers();

  std::vector<Source> sources_;
  std::vector<Timer> timers_;
};

} // namespace posix

#endif
