// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_CHILDREN_H
#define IMAPSYNC_BIN_CHILDREN_H

#include <signal.h> // NOLINT(modernize-deprecated-headers): sigset_t
#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "posix/fd.h"

/// The processes that imapsync starts, and the signals that it gets. All signals arrive
/// through one descriptor; while this object lives, none interrupts anything.
class Children {
 public:
  /// Makes us a child subreaper, blocks SIGCHLD, SIGHUP, SIGINT and SIGTERM (unless
  /// ignored: nohup), ignores SIGPIPE, and marks all inherited descriptors but the
  /// standard ones close-on-exec.
  Children();
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  /// Standard input, output and error of a new process, and further descriptors as
  /// (ours, its number there).
  struct Descriptors {
    int in, out, error;
    std::vector<std::pair<int, int>> more;
  };

  /// Starts a program with the signals that we were started with and SIGPIPE's default.
  /// argv[0] is a path, or looked up in PATH. Throws Fault 71.
  pid_t spawn(const std::vector<std::string>& argv, const Descriptors& descriptors);

  struct Exit {
    pid_t pid;
    int wait_status;
  };
  /// The next child that has ended, ours or an adopted one; nothing if none has.
  std::optional<Exit> reap();

  /// Readable when a signal is there.
  int signals() const { return signals_.get(); }
  /// Takes the signals that are there; the last that asks us to end, or 0.
  int take_signals();

  /// Waits until nothing that was started in our session is left: what remains after
  /// `patience_ms` gets SIGTERM, after as long again SIGKILL. A daemon in a session of
  /// its own, such as the master of ssh's ControlPersist, is left alone.
  void end_all(int patience_ms);

 private:
  posix::Fd signals_;
  sigset_t inherited_ = {};
};

/// Ends us by `signal`, so that our parent sees it.
[[noreturn]] void die_by(int signal);

#endif
