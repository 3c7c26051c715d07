// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/recall.h"

#include <sysexits.h>

#include <algorithm>
#include <utility>

#include "imap/uid_finder.h"
#include "state/chosen.h"

namespace state {

namespace {

using record::Side;

// So many rows are read, in order, in the time that another search takes.
constexpr std::uint32_t gap = 8;
// What remote UIDs are paired with is searched in one table and read in another: that
// takes twice the time of reading this one.
constexpr std::uint64_t worth_reading_all = 2;
// What is read beforehand is held: 12 octets each.
constexpr std::uint64_t most_anticipated = 100'000;

bool most_are_gone(const record::Numbers& was, const record::Numbers& is) {
  if (was.messages == 0 || was.messages > most_anticipated ||
      is.uidvalidity != was.uidvalidity || is.uidnext < was.uidnext)
    return false;
  const std::uint64_t most = was.messages + (is.uidnext - was.uidnext);
  return most >= is.messages && most - is.messages >= was.messages / worth_reading_all;
}

imap::Uid uid(const Statement::Use& row, int column) {
  return static_cast<imap::Uid>(row.number(column));
}

} // namespace

Recall::Recall(Database& db, Dictionary& dictionary, syncing::FlagsPool& pool)
    : db_{db}, dictionary_{dictionary}, pool_{pool}, version_{db, "PRAGMA data_version"},
      unfinished_{db, "SELECT name FROM mailbox WHERE id IN (SELECT mailbox FROM flight "
                      "UNION SELECT mailbox FROM pending) ORDER BY name"},
      any_{db, "SELECT 1 FROM pair LIMIT 1"},
      any_pair_{db, "SELECT 1 FROM pair WHERE mailbox = ? LIMIT 1"},
      count_{db, "SELECT count(*) FROM pair WHERE mailbox = ?"},
      owed_{db, "SELECT side, action, uid, flags, date, size, code, tries "
                "FROM pending "
                "WHERE mailbox = ? ORDER BY side, uid"},
      journal_{db, "SELECT side, uidvalidity, bound FROM journal WHERE mailbox = ?"},
      flight_{db, "SELECT source, date, size, flags, digest, copied FROM flight "
                  "WHERE mailbox = ? AND side = ? ORDER BY source"},
      identity_{db, "SELECT side, uid, digest FROM identity WHERE mailbox = ? "
                    "ORDER BY side, uid"},
      by_local_{db, "SELECT local, remote, flags FROM pair "
                    "WHERE mailbox = ? AND local BETWEEN ? AND ? ORDER BY local"},
      partners_{db, "SELECT local, remote FROM pair "
                    "WHERE mailbox = ? AND remote BETWEEN ? AND ? ORDER BY remote"},
      local_paired_{
          db, "SELECT date, size, digest FROM pair WHERE mailbox = ? AND local = ?"},
      remote_paired_{
          db, "SELECT coalesce(remote_date, date), coalesce(remote_size, size), digest "
              "FROM pair WHERE mailbox = ? AND remote = ?"},
      local_twins_{db, "SELECT p.mailbox, local, remote, digest, flags, uidvalidity "
                       "FROM pair p JOIN side s ON s.mailbox = p.mailbox AND s.side = 1 "
                       "WHERE p.size = ? AND p.date = ? LIMIT 16"},
      remote_twins_{
          db, "SELECT p.mailbox, remote, local, digest, flags, uidvalidity "
              "FROM pair p JOIN side s ON s.mailbox = p.mailbox AND s.side = 0 "
              "WHERE p.size = ?1 AND p.date = ?2 AND remote_size IS NULL "
              "UNION ALL SELECT p.mailbox, remote, local, digest, flags, uidvalidity "
              "FROM pair p JOIN side s ON s.mailbox = p.mailbox AND s.side = 0 "
              "WHERE p.remote_size = ?1 AND p.remote_date = ?2 LIMIT 16"} {}

std::vector<record::Mailbox> Recall::unfinished() {
  std::vector<record::Mailbox> names;
  auto row = unfinished_();
  while (row.step()) names.emplace_back(row.text(0));
  return names;
}

bool Recall::any_pairs() { return any_().step(); }

void Recall::check_generation(const record::Mailbox& mailbox, std::uint64_t generation) {
  if (dictionary_.generation(mailbox) != generation)
    throw Error{EX_TEMPFAIL,
                mailbox + ": the state has moved on meanwhile: another run?"};
}

syncing::FlagsId Recall::flags(const Statement::Use& row, int column) {
  const auto id = static_cast<std::size_t>(row.number(column));
  if (id >= pooled_.size()) pooled_.resize(id + 1);
  if (!pooled_[id]) pooled_[id] = pool_.id(dictionary_.flags(row.number(column)));
  return *pooled_[id];
}

void Recall::load_pairs(std::int64_t mailbox, const syncing::PerSide<imap::UidSet>& uids,
                        std::uint64_t messages, std::vector<syncing::Pair>& pairs) {
  const auto anticipated = std::exchange(anticipated_, {});
  const bool ready =
      anticipated && anticipated->mailbox == mailbox && anticipated->version == version();
  imap::UidFinder local{uids.local}, remote{uids.remote};
  const auto take = [&](const syncing::Pair& pair) {
    if (remote.contains(pair.remote.uid) || local.contains(pair.local.uid))
      pairs.push_back(pair);
  };
  if (ready)
    std::ranges::for_each(anticipated->pairs, take);
  else if (!uids.remote.empty() && uids.remote.size() >= messages / worth_reading_all)
    read_pairs(mailbox, {imap::Uid{0}, imap::max_uid}, take);
  else
    for (const imap::UidRange& span :
         coalesced(unite(uids.local, partners(mailbox, uids.remote)), gap))
      read_pairs(mailbox, span, take);
}

void Recall::read_pairs(std::int64_t mailbox, const imap::UidRange& local,
                        const std::function<void(const syncing::Pair&)>& take) {
  auto row = by_local_(mailbox, imap::value(local.first), imap::value(local.last));
  while (row.step()) take({{uid(row, 0)}, {uid(row, 1)}, flags(row, 2)});
}

/// Changes when somebody else has committed something.
std::int64_t Recall::version() {
  auto row = version_();
  return row.step() ? row.number(0) : 0;
}

void Recall::anticipate(const record::Mailbox& mailbox, const syncing::Account& account) {
  if (anticipated_ || std::ranges::none_of(syncing::both, [&](Side side) {
        return most_are_gone(account.recorded[side].numbers, account.report[side].status);
      }))
    return;
  const auto id = dictionary_.find_mailbox(mailbox);
  if (!id) return;
  const Reading reading{db_};
  anticipated_ = {*id, version(), {}};
  read_pairs(*id, {imap::Uid{0}, imap::max_uid},
             [&](const syncing::Pair& pair) { anticipated_->pairs.push_back(pair); });
}

/// The local UIDs of what is paired with these remote ones. Of the index alone: it has
/// both, and no flags, each of which would cost a search.
imap::UidSet Recall::partners(std::int64_t mailbox, const imap::UidSet& remote) {
  std::vector<imap::UidRange> local;
  imap::UidFinder wanted{remote};
  for (const imap::UidRange& span : coalesced(remote, gap)) {
    auto row = partners_(mailbox, imap::value(span.first), imap::value(span.last));
    while (row.step())
      if (wanted.contains(uid(row, 1))) local.push_back({uid(row, 0), uid(row, 0)});
  }
  return imap::UidSet::from_ranges(std::move(local));
}

syncing::Known Recall::known(const record::Mailbox& mailbox,
                             const syncing::Account& account) {
  syncing::Known known;
  const auto id = dictionary_.find_mailbox(mailbox);
  if (!id) return known;
  {
    auto row = owed_(*id);
    while (row.step())
      known.owed.push_back({side_of(row.number(0)),
                            std::string{row.text(1)},
                            uid(row, 2),
                            row.null(3) ? pool_.id({}) : flags(row, 3),
                            {row.number(4), static_cast<std::uint64_t>(row.number(5))},
                            std::string{row.text(6)},
                            static_cast<std::uint64_t>(row.number(7))});
  }
  load_pairs(*id, concerned(account, known.owed),
             account.recorded[Side::remote].numbers.messages, known.pairs);
  known.any_pairs = !known.pairs.empty() || any_pair_(*id).step();
  auto row = journal_(*id);
  while (row.step()) {
    syncing::Journal& journal = known.journal[side_of(row.number(0))];
    journal.uidvalidity = static_cast<std::uint64_t>(row.number(1));
    journal.bound = uid(row, 2);
    auto flight = flight_(*id, row.number(0));
    while (flight.step())
      journal.flights.push_back(
          {{uid(flight, 0),
            flags(flight, 3),
            {flight.number(1), static_cast<std::uint64_t>(flight.number(2))}},
           to_identity(flight, 4),
           flight.null(5) ? std::nullopt : std::optional{flags(flight, 5)}});
  }
  auto identity = identity_(*id);
  while (identity.step())
    known.identities[side_of(identity.number(0))].add(
        uid(identity, 1), to_identity(identity, 2).value_or(record::Digest{}));
  return known;
}

std::uint64_t Recall::pairs(const record::Mailbox& mailbox) {
  const auto id = dictionary_.find_mailbox(mailbox);
  if (!id) return 0;
  auto row = count_(*id);
  return row.step() ? static_cast<std::uint64_t>(row.number(0)) : 0;
}

std::optional<syncing::Identified> Recall::paired(const record::Mailbox& mailbox,
                                                  Side side, imap::Uid uid) {
  const auto id = dictionary_.find_mailbox(mailbox);
  if (!id) return {};
  auto row =
      (side == Side::local ? local_paired_ : remote_paired_)(*id, imap::value(uid));
  if (!row.step()) return {};
  return syncing::Identified{{row.number(0), static_cast<std::uint64_t>(row.number(1))},
                             to_identity(row, 2)};
}

std::vector<syncing::Twin> Recall::twins(Side side, const syncing::Stamp& stamp) {
  std::vector<syncing::Twin> twins;
  auto row = (side == Side::local ? local_twins_ : remote_twins_)(stamp.size, stamp.date);
  while (row.step())
    twins.push_back({dictionary_.mailbox_name(row.number(0)),
                     static_cast<std::uint64_t>(row.number(5)), uid(row, 1), uid(row, 2),
                     to_identity(row, 3), flags(row, 4)});
  return twins;
}

} // namespace state
