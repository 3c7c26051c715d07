// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAP_CONNECT_CONFIG_WATCH_H
#define IMAP_CONNECT_CONFIG_WATCH_H

#include <string>

#include "posix/fd.h"

/// Tells, also in the sandbox, when a configuration is no longer what was read.
class ConfigWatch {
 public:
  /// `identity` is what cli::identity_of() said of it then.
  void begin(const std::string& file, const std::string& identity);

  /// False once it has changed since, or if it had before begin().
  bool unchanged();
  /// Readable when it changes; -1 if that cannot be told.
  int descriptor() const { return watch_.get(); }

 private:
  posix::Fd watch_;
  bool unchanged_ = false;
};

#endif
