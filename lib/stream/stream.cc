// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/stream.h"

#include <algorithm>
#include <cerrno>
#include <string>

#include "posix/fault.h"

namespace stream {

void wait_for(pollfd wanted, Deadline deadline, std::string_view what) {
  using std::chrono::milliseconds;
  for (;;) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      throw posix::Fault{EX_TEMPFAIL, std::string{what} + ": timed out"};
    const auto most = std::min<milliseconds::rep>(left.count(), 3'600'000);
    const int n = ::poll(&wanted, 1, static_cast<int>(most));
    if (n > 0) return;
    if (n < 0 && errno != EINTR) throw posix::system_fault(EX_OSERR, "poll");
  }
}

} // namespace stream
