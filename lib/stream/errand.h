// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_ERRAND_H
#define IMAPSYNC_STREAM_ERRAND_H

#include <signal.h>
#include <sys/types.h>

#include <span>
#include <string_view>
#include <vector>

#include "posix/fd.h"
#include "stream/stream.h"

namespace stream {

/// A command that is run for its output while somebody waits for that, and that does not
/// outlive the wait: SIGHUP, SIGINT and SIGTERM, where they would end us, are held back
/// as long as this object lives, and do so when the command has been ended.
class Errand {
 public:
  /// As spawn() does it. Throws Fault 78.
  Errand(std::string_view command, int in, int out);
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;
  ~Errand();

  enum class Event { ready, late, unwanted };
  /// Waits until `fd` is readable; `late` past the deadline, `unwanted` when a signal has
  /// come or one of `clients` has hung up: descriptors to whoever waits for the output.
  Event await(int fd, Deadline deadline, std::span<const int> clients) const;

  pid_t pid() const { return pid_; }
  /// Ends it and what it has started, with SIGTERM and if need be with SIGKILL.
  void end();

 private:
  std::vector<pid_t> left() const;
  bool end_by(int signal);

  std::vector<pid_t> others_; ///< children that we had before
  sigset_t inherited_;
  posix::Fd signals_;
  pid_t pid_ = -1;
};

} // namespace stream

#endif
