// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_STATE_TALLY_H
#define IMAPSYNC_IMAP_STATE_TALLY_H

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "record/record.h"
#include "state/ledger.h"
#include "sync/types.h"

/// What came back of one mailbox's actions in this round, against what was planned.
class Tally {
 public:
  using Side = record::Side;

  /// Units that came back on `side`.
  void count(Side side, std::uint64_t units) { units_[side] += units; }
  void add(const record::Base& base) { bases_.push_back(base); }
  void add(const record::Lacks& lacks) { lacks_.push_back(lacks); }
  void add(const record::NumbersRecord& numbers) { numbers_[numbers.side] = numbers; }
  void add(const record::Created& created) { created_[created.side] = created; }
  void add(const record::Done& done) { done_ = done; }
  void forget() { forgets_ = true; }

  /// UIDs that our own copies have on `side`.
  void landed(Side side, const imap::UidSet& uids) {
    landed_[side] = unite(landed_[side], uids);
  }
  void expunged(Side side, std::uint64_t count) { expunged_[side] += count; }
  void identified(Side side) { identified_[side] = true; }
  /// A message that could not be asked for its identity, all by itself.
  void unreadable(const record::Failed& failed) { unreadable_.push_back(failed); }
  void differs() { deferred_ = true; }

  /// Nothing may be recorded but what has its pair: the mailbox has to be read again.
  void hold() { hold_ = true; }
  void store_failed(const record::Failed& failed);
  void create_failed() { create_failed_ = hold_ = true; }
  void subscribe_failed(Side side) { unsubscribed_[side] = true; }
  bool has_failed_creation() const { return create_failed_; }

  std::uint64_t generation() const { return done_->generation; }
  bool forgets() const { return forgets_; }
  bool planned() const { return done_.has_value(); }
  /// All that was planned has come back. Throws record::Malformed if more has.
  bool complete() const;
  /// "5 of 7 outcomes" for people.
  std::string missing() const;

  /// Records what follows from a complete tally, within the caller's transaction. True if
  /// that includes the numbers.
  bool record(state::Ledger& ledger) const;
  /// Why the mailbox wants another round; empty if it does not.
  std::string again() const;

 private:
  record::Numbers numbers(Side side) const;

  std::optional<record::Done> done_;
  syncing::PerSide<std::uint64_t> units_, expunged_;
  syncing::PerSide<std::optional<record::NumbersRecord>> numbers_;
  syncing::PerSide<std::optional<record::Created>> created_;
  syncing::PerSide<imap::UidSet> landed_;
  syncing::PerSide<bool> unsubscribed_, identified_;
  std::vector<record::Base> bases_;
  std::vector<record::Lacks> lacks_;
  std::vector<record::Failed> failed_stores_, unreadable_;
  bool hold_ = false, deferred_ = false, create_failed_ = false;
  bool forgets_ = false;
};

#endif
