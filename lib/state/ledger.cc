// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/ledger.h"

#include <vector>

namespace state {

namespace {

using record::other;
using record::Side;

std::uint32_t first(const imap::UidRange& range) { return imap::value(range.first); }
std::uint32_t last(const imap::UidRange& range) { return imap::value(range.last); }

// Finds the n-th UID of a set, for ascending n. The set must live as long.
class NthUid {
 public:
  explicit NthUid(const imap::UidSet& uids) : at_{uids.ranges().begin()} {}
  /// n, from 0, must be below the size of the set.
  imap::Uid at(std::uint64_t n) {
    for (;; ++at_) {
      const std::uint64_t size = std::uint64_t{last(*at_)} - first(*at_) + 1;
      if (n < before_ + size) return static_cast<imap::Uid>(first(*at_) + (n - before_));
      before_ += size;
    }
  }

 private:
  std::vector<imap::UidRange>::const_iterator at_;
  std::uint64_t before_ = 0;
};

// Of a message that came to `target` as it was.
Pairs::Pair pair_with(Side target, imap::Uid source, imap::Uid uid, std::int64_t flags,
                      const syncing::Stamp& stamp, const syncing::KnownDigest& identity) {
  const bool to_remote = target == Side::remote;
  return {to_remote ? source : uid,
          to_remote ? uid : source,
          flags,
          {stamp, stamp},
          identity};
}

} // namespace

Ledger::Ledger(Database& db, Dictionary& dictionary)
    : dictionary_{dictionary}, db_{db}, pairs_{db, dictionary}, owed_{db, dictionary,
                                                                      pairs_},
      add_identity_{db, "INSERT OR REPLACE INTO identity VALUES (?, ?, ?, ?)"},
      remove_identity_{db, "DELETE FROM identity WHERE mailbox = ? AND side = ? "
                           "AND uid BETWEEN ? AND ?"},
      any_identity_{db, "SELECT 1 FROM identity WHERE mailbox = ? LIMIT 1"},
      stale_identity_{db,
                      "DELETE FROM identity WHERE mailbox = ? AND uid < "
                      "(SELECT uidnext FROM side s WHERE s.mailbox = identity.mailbox "
                      "AND s.side = identity.side)"},
      flights_{db, "SELECT size, date, flags, copied, digest, source FROM flight "
                   "WHERE mailbox = ? AND side = ? AND source BETWEEN ? AND ? "
                   "ORDER BY source"},
      any_flight_{db, "SELECT 1 FROM flight WHERE mailbox = ? LIMIT 1"},
      created_{db, "INSERT INTO side VALUES (?, ?, ?, 1, ?, 0, 0) ON CONFLICT DO UPDATE "
                   "SET uidvalidity = excluded.uidvalidity, uidnext = 1, "
                   "highestmodseq = excluded.highestmodseq"},
      numbers_{db, "INSERT INTO side VALUES (?, ?, ?, ?, ?, ?, ?) "
                   "ON CONFLICT DO UPDATE SET uidvalidity = excluded.uidvalidity, "
                   "uidnext = excluded.uidnext, highestmodseq = excluded.highestmodseq, "
                   "messages = excluded.messages"},
      subscribed_{db, "UPDATE side SET subscribed = ? WHERE mailbox = ? AND side = ?"},
      advance_{db, "UPDATE mailbox SET generation = generation + 1 WHERE id = ?"},
      end_journal_{db, "DELETE FROM journal WHERE mailbox = ?"} {}

bool Ledger::appended(const record::Appended& outcome) {
  syncing::KnownDigest identity;
  if (!outcome.digest.empty()) identity = outcome.digest;
  return pairs_.add(dictionary_.mailbox(outcome.mailbox),
                    pair_with(outcome.side, outcome.source, outcome.uid,
                              dictionary_.flags(outcome.flags),
                              {outcome.date.seconds, outcome.size}, identity));
}

bool Ledger::pair(const record::Pair& pair) {
  if (!pairs_.renew(dictionary_.mailbox(pair.mailbox),
                    {pair.local,
                     pair.remote,
                     dictionary_.flags(pair.flags),
                     {{pair.local_date.seconds, pair.local_size},
                      {pair.remote_date.seconds, pair.remote_size}},
                     pair.digest}))
    return false;
  land(pair.mailbox, Side::remote, imap::UidSet{pair.local});
  land(pair.mailbox, Side::local, imap::UidSet{pair.remote});
  return true;
}

Ledger::Copies Ledger::copied(const record::Copied& outcome) {
  const std::int64_t mailbox = dictionary_.mailbox(outcome.mailbox);
  Copies result;
  NthUid target{outcome.uids};
  std::uint64_t before = 0; // UIDs of the ranges before
  for (const imap::UidRange& range : outcome.source.ranges()) {
    auto row = flights_(mailbox, number(outcome.side), first(range), last(range));
    while (row.step()) {
      const auto source = static_cast<imap::Uid>(row.number(5));
      const imap::Uid uid = target.at(before + imap::value(source) - first(range));
      const std::int64_t flags = row.number(2);
      const std::int64_t has = row.null(3) ? flags : row.number(3);
      const syncing::Stamp stamp{row.number(1),
                                 static_cast<std::uint64_t>(row.number(0))};
      if (!pairs_.add(mailbox, pair_with(outcome.side, source, uid, has, stamp,
                                         to_identity(row, 4))))
        continue;
      result.sources.add(source);
      result.uids.add(uid);
      if (has == flags) continue;
      result.differs = true;
      owed_.store(mailbox, outcome.side, uid, flags, "modified",
                  "copied with other flags");
    }
    before += std::uint64_t{last(range)} - first(range) + 1;
  }
  result.taken = subtract(outcome.uids, result.uids);
  return result;
}

void Ledger::land(const record::Mailbox& mailbox, Side target,
                  const imap::UidSet& sources) {
  const std::int64_t id = dictionary_.mailbox(mailbox);
  owed_.land(id, target, sources);
  if (!any(any_identity_, id)) return;
  for (const imap::UidRange& range : sources.ranges())
    remove_identity_.run(id, number(other(target)), first(range), last(range));
}

void Ledger::read_ahead(const record::Mailbox& mailbox) {
  if (const auto id = dictionary_.find_mailbox(mailbox)) pairs_.read_ahead(*id);
}

void Ledger::unpair(const record::Mailbox& mailbox, Side side, const imap::UidSet& uids) {
  const std::int64_t id = dictionary_.mailbox(mailbox);
  if (owed_.any(id)) {
    const imap::UidSet theirs = pairs_.partners(id, side, uids);
    for (const char* action : {"store", "expunge"}) {
      owed_.settle(id, side, action, uids);
      owed_.settle(id, other(side), action, theirs);
    }
  }
  pairs_.remove(id, side, uids);
}

void Ledger::identity(const record::Identity& identity) {
  const std::int64_t mailbox = dictionary_.mailbox(identity.mailbox);
  const Blob digest = to_blob(identity.digest);
  if (!pairs_.identify(mailbox, identity.side, identity.uid, digest))
    add_identity_.run(mailbox, number(identity.side), imap::value(identity.uid), digest);
}

void Ledger::unidentified(const record::Mailbox& mailbox, Side side,
                          const imap::UidSet& uids) {
  if (uids.size() > imap::max_uid_ranges) return; // no list of messages: asked again
  for (const imap::Uid uid : uids) identity({side, mailbox, uid, {}});
}

void Ledger::created(const record::Created& outcome) {
  created_.run(dictionary_.mailbox(outcome.mailbox), number(outcome.side),
               outcome.uidvalidity, outcome.highestmodseq);
}

void Ledger::stored(const record::Stored& outcome) {
  owed_.settle(dictionary_.mailbox(outcome.mailbox), outcome.side, "store", outcome.uids);
}

void Ledger::survive(const record::Failed& failed) {
  owed_.append_back(failed);
  unpair(failed.mailbox.value(), failed.side, failed.uids.value());
}

void Ledger::base(const record::Base& base, const syncing::PerSide<imap::UidSet>& but) {
  const std::int64_t mailbox = dictionary_.mailbox(base.mailbox);
  imap::UidSet uids = base.local;
  if (!but.local.empty()) uids = subtract(uids, but.local);
  if (!but.remote.empty())
    uids = subtract(uids, pairs_.partners(mailbox, Side::remote, but.remote));
  pairs_.base(mailbox, uids, base.flags);
  if (uids.empty() || !owed_.any(mailbox)) return;
  owed_.settle(mailbox, Side::local, "store", uids);
  owed_.settle(mailbox, Side::remote, "store",
               pairs_.partners(mailbox, Side::local, uids));
}

void Ledger::lacks(const record::Lacks& lacks) {
  const std::int64_t mailbox = dictionary_.mailbox(lacks.mailbox);
  imap::UidSet local = lacks.uids;
  if (lacks.side == Side::remote) local = pairs_.partners(mailbox, lacks.side, local);
  pairs_.lack(mailbox, local, lacks.flags);
}

bool Ledger::under_way(const record::Mailbox& mailbox) {
  return any(any_flight_, dictionary_.mailbox(mailbox));
}

void Ledger::numbers(const record::Mailbox& mailbox, Side side,
                     const record::Numbers& numbers, std::optional<bool> subscribed) {
  const std::int64_t id = dictionary_.mailbox(mailbox);
  numbers_.run(id, number(side), numbers.uidvalidity, numbers.uidnext,
               numbers.highestmodseq, numbers.messages, subscribed.value_or(false));
  if (subscribed) subscribed_.run(*subscribed, id, number(side));
}

void Ledger::advance(const record::Mailbox& mailbox) {
  const std::int64_t id = dictionary_.mailbox(mailbox);
  advance_.run(id);
  end_journal_.run(id);
  owed_.told(id);
  if (any(any_identity_, id)) stale_identity_.run(id);
}

void Ledger::forget(const record::Mailbox& mailbox) {
  const std::int64_t id = dictionary_.mailbox(mailbox);
  // The row stays: other processes of this pipeline remember its id.
  Statement{db_, "UPDATE mailbox SET generation = 0 WHERE id = ?"}.run(id);
  for (const char* sql :
       {"DELETE FROM pair WHERE mailbox = ?", "DELETE FROM identity WHERE mailbox = ?",
        "DELETE FROM pending WHERE mailbox = ?", "DELETE FROM flight WHERE mailbox = ?",
        "DELETE FROM journal WHERE mailbox = ?", "DELETE FROM side WHERE mailbox = ?"})
    Statement{db_, sql}.run(id);
}

} // namespace state
