// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_MAILBOX_PLAN_H
#define IMAPSYNC_SYNC_MAILBOX_PLAN_H

#include <optional>
#include <string>
#include <vector>

#include "record/record.h"
#include "sync/reports.h"
#include "sync/types.h"

namespace syncing {

/// An action that did not succeed and is owed since: a row of `pending`.
struct Owed {
  Side side{};        ///< the side to be changed
  std::string action; ///< append, store or expunge
  imap::Uid uid{};    ///< of the other side for an append
  FlagsId flags{};    ///< store: what it shall have; append: what it had
  Stamp stamp;        ///< append only
  std::string code;   ///< why it is owed
  std::uint64_t tries = 0;
};

/// What is on its way to one side of a mailbox.
struct Journal {
  std::uint64_t uidvalidity = 0; ///< of the target; 0 if it was about to be created
  imap::Uid bound{};             ///< copies have this UID of the target or a higher one
  std::vector<Flight> flights;   ///< ascending
};

/// A paired message that has the date and size of a new one and so may be its origin.
struct Twin {
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0; ///< of `there`
  imap::Uid here{};              ///< on the side of the new message
  imap::Uid there{};
  KnownDigest identity;
  FlagsId flags{};
};

/// The digests of messages without a pair, as far as they were asked for.
class Identities {
 public:
  /// `uid` is higher than those before.
  void add(imap::Uid uid, const record::Digest& digest) {
    all_.emplace_back(uid, digest);
  }
  KnownDigest find(imap::Uid uid) const;

 private:
  std::vector<std::pair<imap::Uid, record::Digest>> all_;
};

/// What the memory holds that concerns the reports of a mailbox.
struct Known {
  std::vector<Pair> pairs; ///< those that the reports or owed actions name, by local UID
  bool any_pairs = false;  ///< the mailbox has pairs at all
  std::vector<Owed> owed;
  PerSide<Journal> journal; ///< by target
  PerSide<Identities> identities;
};

/// What is known of a paired message.
struct Identified {
  Stamp stamp;
  KnownDigest identity;
};

/// Questions that are asked only when it comes to that.
class Memory {
 public:
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  virtual ~Memory() = default;

  /// How many pairs the mailbox has.
  virtual std::uint64_t pairs(const Mailbox& mailbox) = 0;
  /// What was recorded of a paired message.
  virtual std::optional<Identified> paired(const Mailbox& mailbox, Side side,
                                           imap::Uid uid) = 0;
  /// Pairs of any mailbox with this date and size on `side`; a bounded number.
  virtual std::vector<Twin> twins(Side side, const Stamp& stamp) = 0;
};

/// All that the decisions on one mailbox depend on.
struct Question {
  const Mailbox& mailbox;
  const Account& account;
  const Known& known;
  PerSide<bool> lists;       ///< if it is not listed there is none
  PerSide<bool> lists_known; ///< so it is with all mailboxes, and some are known
  PerSide<std::optional<char>> delimiter;
  /// Look for the origin of new messages: not while the memory is empty.
  bool find_moves = false;
  Options options;
};

/// Messages that are to be written to the journal, and the action that may follow then.
struct Transfer {
  Side target{};
  std::uint64_t uidvalidity = 0, source_uidvalidity = 0;
  imap::Uid bound{};
  std::vector<Flight> flights; ///< at most 1000
  std::vector<Twin> origins;   ///< of a copy: one for each flight
  record::Record action;
};

/// A question about a paired message of another mailbox.
struct Inquiry {
  Side side{};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0;
  imap::Uid uid{};
};

/// Messages of the two sides that are the same.
struct NewPair {
  Pair pair;
  PerSide<Stamp> stamp;
  record::Digest digest;
};

/// A copy that landed in an interrupted run, of a message that has been expunged since.
/// It is removed, not copied back: from now on the expunge is owed.
struct Orphan {
  Side target{};
  imap::Uid source{}, uid{};
  Stamp stamp;
  FlagsId flags{};
};

/// What is to be done with one mailbox.
struct MailboxPlan {
  std::vector<NewPair> pairs;         ///< what comes first
  std::vector<record::Record> before; ///< next
  std::vector<Transfer> transfers;
  std::vector<record::Record> after; ///< stores and base flags
  PerSide<imap::UidSet> expunge;
  PerSide<std::uint64_t> unchangedsince;
  /// What to record; nothing where the mailbox has to be read again.
  std::optional<PerSide<record::NumbersRecord>> numbers;
  PerSide<std::uint64_t> units;  ///< without those of `expunge`
  PerSide<imap::UidSet> settled; ///< journalled sources of that target that are gone
  std::vector<Orphan> orphans;
  std::vector<Inquiry> inquiries;
  bool creates = false; ///< one side has no such mailbox yet
  bool waits = false;   ///< for an identity
  bool hold = false;    ///< numbers are not to be recorded
  bool held = false;    ///< messages are held back for this run

  /// Nothing to record, nothing to do.
  bool idle() const;
};

/// As `commit` takes it.
record::Pair to_record(const Mailbox& mailbox, const NewPair& pair,
                       const FlagsPool& pool);

/// Decides. Throws only what `memory` throws.
MailboxPlan plan_mailbox(const Question& question, FlagsPool& pool, Memory& memory);

/// What is to be told if `count` deletions on `side`, moves not counted, are too many of
/// those messages that the mailbox `had`.
std::optional<record::Failed> guard(const Mailbox& mailbox, Side side,
                                    std::uint64_t count, std::uint64_t had,
                                    const MaxDelete& limit);

/// Whether the messages reported as new are all that there are: nothing was in step, so
/// QRESYNC had nothing to compare with. What has a pair and is not among them is gone.
bool lists_all(const Account& account, Side side);

/// The UIDs that `pairs` have on `side`.
imap::UidSet paired_uids(const std::vector<Pair>& pairs, Side side);

/// The UIDs of a mailbox whose pairs have to be known to plan it.
PerSide<imap::UidSet> concerned(const Account& account, const std::vector<Owed>& owed);

} // namespace syncing

#endif
