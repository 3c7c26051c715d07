// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_STATE_OUTCOMES_H
#define IMAPSYNC_IMAP_STATE_OUTCOMES_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "record/record.h"
#include "state/ledger.h"
#include "tally.h"

using Tallies = std::map<record::Mailbox, Tally>;

/// Writes the outcomes of one batch to the ledger, within the caller's transaction, and
/// collects what there is to tell when that is committed.
class Outcomes {
 public:
  using Mailbox = record::Mailbox;
  using Side = record::Side;

  Outcomes(state::Ledger& ledger, Tallies& tallies)
      : ledger_{ledger}, tallies_{tallies} {}

  void write(const std::vector<record::Record>& batch);
  /// Writes what follows for mailboxes of which all has come back. Returns one that
  /// another run has recorded meanwhile, whose numbers are void, if there is any.
  std::optional<Mailbox> conclude(const std::vector<Mailbox>& complete);
  /// `committed` records, and others that follow from the outcomes.
  std::vector<record::Record> told() const;

 private:
  void apply(const record::Pair& r);
  void apply(const record::Unpair& r);
  void apply(const record::Identity& r);
  void apply(const record::Identified& r);
  void apply(const record::Created& r);
  void apply(const record::Subscribed& r);
  void apply(const record::Appended& r);
  void apply(const record::Copied& r);
  void apply(const record::Stored& r);
  void apply(const record::Expunged& r);
  void apply(const record::Failed& r);
  template <class R>
  void apply(const R&) {}

  void landed(Side side, const Mailbox& mailbox, const imap::UidSet& sources,
              const imap::UidSet& uids);
  /// A question after identities that failed.
  void unread(const record::Failed& r);
  void taken(Side side, const Mailbox& mailbox, const imap::UidSet& uids);

  state::Ledger& ledger_;
  Tallies& tallies_;
  std::map<std::tuple<Mailbox, std::optional<Side>, std::string>, std::uint64_t> counts_;
  std::vector<record::Record> tell_;
  /// Sources that are not under way any more: all of a batch at once, by ranges.
  std::map<std::pair<Mailbox, Side>, std::vector<imap::UidRange>> landed_;
};

#endif
