// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STATE_RECALL_H
#define IMAPSYNC_STATE_RECALL_H

#include <functional>
#include <optional>
#include <vector>

#include "state/dictionary.h"
#include "sync/mailbox_plan.h"

namespace state {

/// What `plan` reads of the memory.
class Recall : public syncing::Memory {
 public:
  Recall(Database& db, Dictionary& dictionary, syncing::FlagsPool& pool);

  /// Mailboxes with something under way or owed, by name.
  std::vector<record::Mailbox> unfinished();
  /// Whether any messages are paired, in whatever mailbox.
  bool any_pairs();
  /// Throws Error 75 if the mailbox is not of that generation any more.
  void check_generation(const record::Mailbox& mailbox, std::uint64_t generation);
  /// To be called when the servers have told how many messages there are, while they are
  /// asked for more: reads the pairs beforehand if most will be wanted. Of one mailbox.
  void anticipate(const record::Mailbox& mailbox, const syncing::Account& account);
  syncing::Known known(const record::Mailbox& mailbox, const syncing::Account& account);

  std::uint64_t pairs(const record::Mailbox& mailbox) override;
  std::optional<syncing::Identified> paired(const record::Mailbox& mailbox,
                                            record::Side side, imap::Uid uid) override;
  std::vector<syncing::Twin> twins(record::Side side,
                                   const syncing::Stamp& stamp) override;

 private:
  void load_pairs(std::int64_t mailbox, const syncing::PerSide<imap::UidSet>& uids,
                  std::uint64_t messages, std::vector<syncing::Pair>& pairs);
  /// All pairs of a mailbox, as of this version of the database.
  struct Anticipated {
    std::int64_t mailbox, version;
    std::vector<syncing::Pair> pairs;
  };

  std::int64_t version();
  void read_pairs(std::int64_t mailbox, const imap::UidRange& local,
                  const std::function<void(const syncing::Pair&)>& take);
  imap::UidSet partners(std::int64_t mailbox, const imap::UidSet& remote);
  syncing::FlagsId flags(const Statement::Use& row, int column);

  Database& db_;
  Dictionary& dictionary_;
  syncing::FlagsPool& pool_;
  std::vector<std::optional<syncing::FlagsId>> pooled_; // by row of `flags`
  std::optional<Anticipated> anticipated_;
  Statement version_, unfinished_, any_, any_pair_, count_, owed_, journal_, flight_,
      identity_;
  Statement by_local_, partners_, local_paired_, remote_paired_;
  Statement local_twins_, remote_twins_;
};

} // namespace state

#endif
