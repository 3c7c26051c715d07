// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_JOURNAL_H
#define IMAPSYNC_STATE_JOURNAL_H

#include "state/dictionary.h"
#include "sync/mailbox_plan.h"

namespace state {

/// What `plan` writes: what is about to be under way. Each call is one transaction.
class JournalWriter {
 public:
  JournalWriter(Database& db, Dictionary& dictionary, syncing::FlagsPool& pool);

  /// Records UIDVALIDITY and HIGHESTMODSEQ of a mailbox that never was in step, with
  /// UIDNEXT 1: its pairs will be worth nothing without, should this round not end.
  void begin(const record::Mailbox& mailbox,
             const syncing::PerSide<record::Numbers>& now);
  void add(const record::Mailbox& mailbox, const syncing::Transfer& transfer);
  /// Turns what was under way into a pair whose other message is yet to be expunged.
  void owe(const record::Mailbox& mailbox, const syncing::Orphan& orphan);
  /// Sources that are gone and left no copy on `target`.
  void settle(const record::Mailbox& mailbox, record::Side target,
              const imap::UidSet& sources);

 private:
  Database& db_;
  Dictionary& dictionary_;
  syncing::FlagsPool& pool_;
  Statement side_, journal_, flight_, settle_, pair_, owe_;
};

} // namespace state

#endif
