// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_UNOPENED_H
#define IMAPSYNC_IMAP_APPLY_UNOPENED_H

#include <array>
#include <optional>
#include <utility>

#include "posix/fault.h"
#include "record/record.h"

/// A session that did not come to be. What keeps us from a server keeps imap-changes from
/// it, too, which tells it: that a login was refused is read once. Ours alone is told
/// when imap-changes is known to be in.
class Unopened {
 public:
  /// True if that is borne for now.
  bool bear(record::Side side, const posix::Fault& fault);
  bool is(record::Side side) const { return unopened_ && unopened_->first == side; }
  /// Throws the fault once it is ours to tell.
  void on(const record::Record& record);

 private:
  /// While it was open whose fault that is to tell.
  std::optional<std::pair<record::Side, posix::Fault>> unopened_;
  std::array<bool, 2> listed_{}; ///< imap-changes has a session with local, remote
};

#endif
