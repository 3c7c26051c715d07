// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_REFUSALS_H
#define IMAPSYNC_IMAP_APPLY_REFUSALS_H

#include <functional>

#include "context.h"
#include "selector.h"

/// Reports actions on UIDs of the target that cannot be done.
class Refusals {
 public:
  Refusals(record::Side side, Outcomes& outcomes) : side_{side}, outcomes_{outcomes} {}

  /// The target's selection is as the action wants it, else the action has failed.
  bool accepts(const Selected& selected, std::uint64_t uidvalidity,
               const record::Mailbox& mailbox, const char* action,
               const imap::UidSet& uids);
  /// Reports the action as failed, and closes it.
  std::function<void(const Problem&)>
  failing(const record::Mailbox& mailbox, const char* action, const imap::UidSet& uids);

 private:
  record::Side side_;
  Outcomes& outcomes_;
};

#endif
