// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_LOCK_H
#define IMAPSYNC_BIN_LOCK_H

#include <functional>
#include <string>

#include <boost/interprocess/sync/file_lock.hpp>

#include "posix/fd.h"

/// One imapsync per account: an exclusive lock on DATABASE.lock, released by the kernel
/// with the process, and one on DATABASE.stages that its stages inherit. Stages that
/// outlive an imapsync that was killed may still have messages on their way to a server,
/// which the next run would neither see nor know.
class RunLock {
 public:
  using Tell = std::function<void(const char*)>;

  /// Creates the directory of `database` (0700) and the files (0600) if absent. Waits
  /// fifteen seconds at most for stages that outlive their imapsync, after telling
  /// `waiting` so. Throws Fault 75 if another process holds a lock, 74 or 78 if there is
  /// no way to have one.
  RunLock(const std::string& database, const Tell& waiting);

  /// Throws Fault 75 if another process holds the lock, as far as can be told; takes
  /// none.
  static void refuse_if_held(const std::string& database);

  /// The descriptor that each stage inherits, under the same number, which the
  /// environment tells imap-connect: its relay lives on while messages are on their way.
  int of_stages() const { return stages_.get(); }

 private:
  boost::interprocess::file_lock lock_;
  posix::Fd stages_;
};

#endif
