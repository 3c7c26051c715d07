// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_REPORTS_H
#define IMAPSYNC_SYNC_REPORTS_H

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/types.h"

namespace syncing {

/// What `show` recorded of one side of a mailbox; zeros if it was never in step.
struct Recorded {
  record::Numbers numbers;
  bool subscribed = false;
};

/// Flags that a range of UIDs has now.
struct FlagChange {
  imap::UidRange range;
  FlagsId flags{};
};

/// What imap-changes said of one side of a mailbox.
struct Report {
  bool listed = false; ///< and can be selected
  record::Words attributes;
  bool subscribed = false;
  record::Numbers status;

  bool differs = false, answered = false, failed = false;
  record::Numbers selected;
  imap::PermanentFlags permanent;
  bool writable = true;
  imap::UidSet vanished;
  std::optional<imap::UidSet> present;
  std::vector<FlagChange> flags;
  std::vector<Message> fresh; ///< at or above the recorded UIDNEXT; ascending when final
  std::vector<Message> again; ///< some below it, to see whether they still are the same
  imap::UidSet untold; ///< messages at or above it that are there; no more was said

  /// The numbers of the SELECT, or of STATUS where it was not selected.
  const record::Numbers& now() const { return answered ? selected : status; }
};

struct Account {
  std::uint64_t generation = 0;
  PerSide<Recorded> recorded;
  PerSide<Report> report;
};

/// Collects one round's records until what they say of a mailbox is complete.
class Reports {
 public:
  explicit Reports(FlagsPool& pool) : pool_{pool} {}

  /// Forgets the last round.
  void reset();

  /// Whether `record` was one of those that end here. Others are to be passed on.
  bool absorb(const record::Record& record);

  /// The mailboxes whose reports became complete since the last call, parents first.
  std::vector<Mailbox> complete();

  /// How many mailboxes there are on either side; nothing before both lists are complete.
  std::optional<std::uint64_t> count() const;

  /// Mailboxes that were asked for by name and are nowhere; none before both lists are
  /// complete.
  std::vector<Mailbox> nowhere() const;

  /// What was begun and has not ended, such as "the mailboxes of local"; to be asked at
  /// the end of the round.
  std::optional<std::string> unfinished() const;

  Account& account(const Mailbox& mailbox) { return accounts_[mailbox]; }
  /// Null if nothing was said of it.
  const Account* find(const Mailbox& mailbox) const {
    const auto found = accounts_.find(mailbox);
    return found == accounts_.end() ? nullptr : &found->second;
  }
  /// Frees what was collected for `mailbox`.
  void forget(const Mailbox& mailbox) { accounts_.erase(mailbox); }

  /// Where `mailbox` is not listed on this side there is none.
  bool lists(Side side, const Mailbox& mailbox) const {
    return servers_[side].all || (!all_requested_ && requested_.contains(mailbox));
  }
  /// Every mailbox of this side is listed, one at least that had been in step: neither an
  /// account that lost its mailboxes nor another one.
  bool lists_known(Side side) const { return servers_[side].all && servers_[side].known; }
  std::optional<char> delimiter(Side side) const { return servers_[side].delimiter; }

 private:
  struct Server {
    bool listed = false, all = false, known = false;
    std::optional<char> delimiter;
  };

  bool wanted(const Mailbox& mailbox) const {
    return all_requested_ || requested_.empty() || requested_.contains(mailbox);
  }
  bool is_complete(const Account& account) const;
  Account& open(const Mailbox& mailbox);
  void answered(const Mailbox& mailbox);
  void absorb_listed(const record::Listed& listed);
  void absorb_new(const record::New& message);
  void absorb_end(const record::EndChanges& end);
  void absorb_failed(const record::Failed& failed);

  FlagsPool& pool_;
  std::map<Mailbox, Account> accounts_;
  std::set<Mailbox> requested_; // empty: all
  PerSide<Server> servers_;
  bool states_ended_ = false, all_seen_ = false;
  bool all_requested_ = false;
  std::vector<Mailbox> answered_;
};

} // namespace syncing

#endif
