// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_LEDGER_H
#define IMAPSYNC_STATE_LEDGER_H

#include <cstdint>
#include <optional>

#include "state/dictionary.h"
#include "state/owed.h"
#include "state/pairs.h"

namespace state {

/// What `commit` writes: the outcomes of actions. Each call belongs to a transaction of
/// the caller.
class Ledger {
 public:
  Ledger(Database& db, Dictionary& dictionary);

  // Pairs. False where one of the UIDs has another pair already.
  bool appended(const record::Appended& outcome);
  /// Where it is known already, its dates and sizes are new.
  bool pair(const record::Pair& pair);
  struct Copies {
    imap::UidSet sources, uids; ///< that are pairs now, in order
    imap::UidSet taken;         ///< UIDs of the target that are not: as above
    bool differs = false;       ///< some copies owe a store of flags now
  };
  Copies copied(const record::Copied& outcome);

  /// Reads what changes of most of a mailbox's pairs would have to.
  void read_ahead(const record::Mailbox& mailbox);
  /// Ends pairs and what is owed for them.
  void unpair(const record::Mailbox& mailbox, record::Side side,
              const imap::UidSet& uids);
  /// A digest that a pair has already stays: this one is for `plan` to compare with it.
  void identity(const record::Identity& identity);
  /// Messages that cannot be asked for their identity: as good as without.
  void unidentified(const record::Mailbox& mailbox, record::Side side,
                    const imap::UidSet& uids);
  void created(const record::Created& outcome);
  void stored(const record::Stored& outcome);

  /// These sources are not under way to `target` any more, nor owed to it.
  void land(const record::Mailbox& mailbox, record::Side target,
            const imap::UidSet& sources);

  /// What the outcomes leave to be done.
  Owed& owed() { return owed_; }
  /// The messages of `side` survived: their pairs end, they will be copied back.
  void survive(const record::Failed& failed);

  /// Base flags, but for the pairs of these UIDs. What the others were owed is settled.
  void base(const record::Base& base, const syncing::PerSide<imap::UidSet>& but);
  /// Takes from the base what one side does not keep: it would read as its removal there.
  void lacks(const record::Lacks& lacks);
  /// The UIDs of the other side's messages of these pairs.
  imap::UidSet partners(const record::Mailbox& mailbox, record::Side side,
                        const imap::UidSet& uids) {
    return pairs_.partners(dictionary_.mailbox(mailbox), side, uids);
  }

  std::uint64_t generation(const record::Mailbox& mailbox) {
    return dictionary_.generation(mailbox);
  }
  /// Something of this mailbox is under way still.
  bool under_way(const record::Mailbox& mailbox);
  /// Without `subscribed` that stays as it is.
  void numbers(const record::Mailbox& mailbox, record::Side side,
               const record::Numbers& numbers, std::optional<bool> subscribed);
  /// After the numbers of both sides: the mailbox is in step.
  void advance(const record::Mailbox& mailbox);
  /// As if it had never been seen; what goes on under this name starts anew.
  void forget(const record::Mailbox& mailbox);

 private:
  bool any(Statement& statement, std::int64_t mailbox) {
    return statement(mailbox).step();
  }

  Dictionary& dictionary_;
  Database& db_;
  Pairs pairs_;
  Owed owed_;
  Statement add_identity_, remove_identity_, any_identity_, stale_identity_;
  Statement flights_, any_flight_, created_, numbers_, subscribed_, advance_,
      end_journal_;
};

} // namespace state

#endif
