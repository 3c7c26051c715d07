// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_LOCK_H
#define IMAPSYNC_BIN_LOCK_H

#include <string>

#include <boost/interprocess/sync/file_lock.hpp>

/// One imapsync per account: an exclusive lock on DATABASE.lock, released by the kernel
/// with the process. Stages do not inherit it.
class RunLock {
 public:
  /// Creates the directory of `database` (0700) and the lock file (0600) if absent.
  /// Throws Fault 75 if another process holds the lock, 74 or 78 if there is no way to
  /// have one.
  explicit RunLock(const std::string& database);

 private:
  boost::interprocess::file_lock lock_;
};

#endif
