// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/pairs.h"

#include <optional>
#include <utility>
#include <vector>

namespace state {

namespace {

using record::Side;

// SQLite's default: 2,000 KiB, of 4 each.
constexpr std::int64_t cached_pages = 500;

std::uint32_t first(const imap::UidRange& range) { return imap::value(range.first); }
std::uint32_t last(const imap::UidRange& range) { return imap::value(range.last); }

// What a statement, whose last parameters are a range, has in its only column.
imap::UidSet collect(Statement& statement, std::int64_t mailbox,
                     const imap::UidSet& uids) {
  std::vector<imap::UidRange> found;
  for (const imap::UidRange& range : uids.ranges()) {
    auto row = statement(mailbox, first(range), last(range));
    while (row.step()) {
      const auto uid = static_cast<imap::Uid>(row.number(0));
      found.push_back({uid, uid});
    }
  }
  return imap::UidSet::from_ranges(std::move(found));
}

} // namespace

Pairs::Pairs(Database& db, Dictionary& dictionary)
    : dictionary_{dictionary}, db_{db}, chosen_{db},
      add_{db, "INSERT OR IGNORE INTO pair VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      same_{db, "SELECT 1 FROM pair WHERE mailbox = ? AND local = ? AND remote = ?"},
      restamp_{db, "UPDATE pair SET size = ?1, date = ?2, "
                   "remote_size = iif(?3 = ?1 AND ?4 = ?2, NULL, ?3), "
                   "remote_date = iif(?3 = ?1 AND ?4 = ?2, NULL, ?4) "
                   "WHERE mailbox = ?5 AND local = ?6"},
      pages_{db, "PRAGMA page_count"},
      // Not count(*), which SQLite takes from the smallest index.
      rows_{db, "SELECT sum(flags) FROM pair WHERE mailbox = ?"},
      remotes_{db, "SELECT count(*) FROM pair INDEXED BY pair_remote WHERE mailbox = ? "
                   "AND remote > 0"},
      stamps_{db, "SELECT count(*) FROM pair INDEXED BY pair_stamp WHERE size >= 0"},
      remove_local_{db, "DELETE FROM pair WHERE mailbox = ? AND local = ?",
                    "DELETE FROM pair WHERE mailbox = ? "
                    "AND local BETWEEN ? AND ? AND chosen(local)"},
      remove_remote_{db, "DELETE FROM pair WHERE mailbox = ? AND remote = ?",
                     "DELETE FROM pair WHERE mailbox = ? "
                     "AND remote BETWEEN ? AND ? AND chosen(remote)"},
      partner_local_{db, "SELECT remote FROM pair WHERE mailbox = ? "
                         "AND local BETWEEN ? AND ?"},
      partner_remote_{db, "SELECT local FROM pair WHERE mailbox = ? "
                          "AND remote BETWEEN ? AND ?"},
      local_paired_{db, "SELECT local FROM pair WHERE mailbox = ? "
                        "AND local BETWEEN ? AND ?"},
      remote_paired_{db, "SELECT remote FROM pair WHERE mailbox = ? "
                         "AND remote BETWEEN ? AND ?"},
      digest_local_{db, "UPDATE pair SET digest = ? WHERE mailbox = ? AND local = ? "
                        "AND ifnull(length(digest), 0) = 0"},
      digest_remote_{db, "UPDATE pair SET digest = ? WHERE mailbox = ? AND remote = ? "
                         "AND ifnull(length(digest), 0) = 0"},
      base_{db, "UPDATE pair SET flags = ? WHERE mailbox = ? AND local = ?",
            "UPDATE pair SET flags = ? WHERE mailbox = ? AND local BETWEEN ? AND ?"},
      bases_{db, "SELECT DISTINCT flags FROM pair WHERE mailbox = ? "
                 "AND local BETWEEN ? AND ?"},
      change_base_{db, "UPDATE pair SET flags = ? WHERE mailbox = ? "
                       "AND local BETWEEN ? AND ? AND flags = ?"} {}

bool Pairs::add(std::int64_t mailbox, const Pair& pair) {
  const syncing::Stamp& local = pair.stamp.local;
  const syncing::Stamp& remote = pair.stamp.remote;
  std::optional<std::uint64_t> remote_size;
  std::optional<std::int64_t> remote_date;
  if (remote != local) {
    remote_size = remote.size;
    remote_date = remote.date;
  }
  add_.run(mailbox, imap::value(pair.local), imap::value(pair.remote), pair.flags,
           local.size, local.date, remote_size, remote_date, to_blob(pair.identity));
  return db_.changes() > 0 ||
         same_(mailbox, imap::value(pair.local), imap::value(pair.remote)).step();
}

bool Pairs::renew(std::int64_t mailbox, const Pair& pair) {
  if (!add(mailbox, pair)) return false;
  const auto& [local, remote] = pair.stamp;
  if (db_.changes() == 0)
    restamp_.run(local.size, local.date, remote.size, remote.date, mailbox,
                 imap::value(pair.local));
  return true;
}

void Pairs::remove(std::int64_t mailbox, Side side, const imap::UidSet& uids) {
  chosen_.run(side == Side::local ? remove_local_ : remove_remote_, uids, mailbox);
}

void Pairs::read_ahead(std::int64_t mailbox) {
  {
    auto row = pages_();
    if (!row.step() || row.number(0) > cached_pages) return;
  }
  rows_.run(mailbox);
  remotes_.run(mailbox);
  stamps_.run();
}

imap::UidSet Pairs::partners(std::int64_t mailbox, Side side, const imap::UidSet& uids) {
  return collect(side == Side::local ? partner_local_ : partner_remote_, mailbox, uids);
}

imap::UidSet Pairs::paired(std::int64_t mailbox, Side side, const imap::UidSet& uids) {
  return collect(side == Side::local ? local_paired_ : remote_paired_, mailbox, uids);
}

bool Pairs::identify(std::int64_t mailbox, Side side, imap::Uid uid, const Blob& digest) {
  (side == Side::local ? digest_local_ : digest_remote_)
      .run(digest, mailbox, imap::value(uid));
  return db_.changes() > 0;
}

void Pairs::base(std::int64_t mailbox, const imap::UidSet& local,
                 const imap::Flags& flags) {
  if (local.empty()) return;
  const std::int64_t id = dictionary_.flags(flags);
  for (const imap::UidRange& range : local.ranges()) base_.run(range, id, mailbox);
}

void Pairs::lack(std::int64_t mailbox, const imap::UidSet& local,
                 const imap::Flags& flags) {
  for (const imap::UidRange& range : local.ranges()) {
    std::vector<std::int64_t> bases;
    for (auto row = bases_(mailbox, first(range), last(range)); row.step();)
      bases.push_back(row.number(0));
    for (const std::int64_t base : bases)
      change_base_.run(dictionary_.flags(subtract(dictionary_.flags(base), flags)),
                       mailbox, first(range), last(range), base);
  }
}

} // namespace state
