// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/owed.h"

#include <optional>

namespace state {

namespace {

using record::other;
using record::Side;

// Runs a statement, whose last parameters are the first and the last UID, on each range.
template <class... Args>
void run(Statement& statement, const imap::UidSet& uids, const Args&... args) {
  for (const imap::UidRange& range : uids.ranges())
    statement.run(args..., imap::value(range.first), imap::value(range.last));
}

// Again and again the same action: one row, the latest reason. What ends sessions is
// counted by itself.
#define OWE                                                                              \
  " ON CONFLICT DO UPDATE SET flags = excluded.flags, code = excluded.code, "            \
  "reason = excluded.reason, size = excluded.size, date = excluded.date, tries = "       \
  "iif((code IN ('connection', 'fatal')) = "                                             \
  "(excluded.code IN ('connection', 'fatal')), tries + 1, 1)"

} // namespace

Owed::Owed(Database& db, Dictionary& dictionary, Pairs& pairs)
    : dictionary_{dictionary}, pairs_{pairs},
      any_{db, "SELECT 1 FROM pending WHERE mailbox = ? LIMIT 1"},
      owe_{db, "INSERT INTO pending VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?, 1)" OWE},
      owe_flight_{db,
                  "INSERT INTO pending SELECT mailbox, side, 'append', source, flags, "
                  "size, date, ?, ?, 1 FROM flight "
                  "WHERE mailbox = ? AND side = ? AND source BETWEEN ? AND ?" OWE},
      owe_local_{db, "INSERT INTO pending SELECT mailbox, 1, 'append', local, flags, "
                     "size, date, ?, ?, 1 FROM pair "
                     "WHERE mailbox = ? AND local BETWEEN ? AND ?" OWE},
      owe_remote_{db, "INSERT INTO pending SELECT mailbox, 0, 'append', remote, flags, "
                      "coalesce(remote_size, size), coalesce(remote_date, date), ?, ?, 1 "
                      "FROM pair WHERE mailbox = ? AND remote BETWEEN ? AND ?" OWE},
      leave_{db, "UPDATE pending SET code = ?, reason = ?, tries = tries + 1 "
                 "WHERE mailbox = ? AND side = ? AND action = 'append' "
                 "AND uid BETWEEN ? AND ?"},
      untold_{db, "INSERT INTO pending VALUES (?, ?, 'append', ?, ?, 0, 0, 'untold', ?, "
                  "1) ON CONFLICT DO UPDATE SET tries = tries + 1"},
      told_{db, "DELETE FROM pending WHERE mailbox = ? AND code = 'untold'"},
      settle_{db, "DELETE FROM pending WHERE mailbox = ? AND side = ? "
                  "AND action = ? AND uid BETWEEN ? AND ?"},
      land_{db, "DELETE FROM flight WHERE mailbox = ? AND side = ? "
                "AND source BETWEEN ? AND ?"} {}

#undef OWE

void Owed::append(const record::Failed& failed) {
  suspect(failed);
  run(land_, failed.uids.value(), dictionary_.mailbox(failed.mailbox.value()),
      number(failed.side));
}

void Owed::suspect(const record::Failed& failed) {
  run(owe_flight_, failed.uids.value(), failed.code.text, failed.text,
      dictionary_.mailbox(failed.mailbox.value()), number(failed.side));
}

void Owed::leave(const record::Failed& failed) {
  const std::int64_t mailbox = dictionary_.mailbox(failed.mailbox.value());
  const imap::UidSet& uids = failed.uids.value();
  run(leave_, uids, failed.code.text, failed.text, mailbox, number(failed.side));
  run(land_, uids, mailbox, number(failed.side));
}

void Owed::append_back(const record::Failed& failed) {
  run(failed.side == Side::local ? owe_local_ : owe_remote_, failed.uids.value(),
      failed.code.text, failed.text, dictionary_.mailbox(failed.mailbox.value()));
}

void Owed::expunge(const record::Failed& failed) {
  const std::int64_t mailbox = dictionary_.mailbox(failed.mailbox.value());
  for (const imap::Uid uid : pairs_.paired(mailbox, failed.side, failed.uids.value()))
    owe_.run(mailbox, number(failed.side), "expunge", imap::value(uid), std::nullopt,
             failed.code.text, failed.text);
}

void Owed::store(const record::Mailbox& mailbox, Side side, const imap::UidSet& uids,
                 const imap::Flags& flags, std::string_view code, std::string_view text) {
  const std::int64_t id = dictionary_.mailbox(mailbox);
  for (const imap::Uid uid : pairs_.paired(id, side, uids))
    store(id, side, uid, dictionary_.flags(flags), code, text);
}

void Owed::store(std::int64_t mailbox, Side side, imap::Uid uid, std::int64_t flags,
                 std::string_view code, std::string_view text) {
  owe_.run(mailbox, number(side), "store", imap::value(uid), flags, code, text);
}

void Owed::untold(const record::Failed& failed) {
  const std::int64_t mailbox = dictionary_.mailbox(failed.mailbox.value());
  const imap::UidSet& uids = failed.uids.value();
  const imap::UidSet unpaired = subtract(uids, pairs_.paired(mailbox, failed.side, uids));
  for (const imap::UidRange& range : unpaired.ranges())
    untold_.run(mailbox, number(other(failed.side)), imap::value(range.first),
                dictionary_.flags(imap::Flags{}), failed.text);
}

void Owed::land(std::int64_t mailbox, Side target, const imap::UidSet& sources) {
  run(land_, sources, mailbox, number(target));
  settle(mailbox, target, "append", sources);
}

void Owed::settle(std::int64_t mailbox, Side side, std::string_view action,
                  const imap::UidSet& uids) {
  if (uids.empty() || !any(mailbox)) return;
  run(settle_, uids, mailbox, number(side), action);
}

void Owed::told(std::int64_t mailbox) {
  if (any(mailbox)) told_.run(mailbox);
}

} // namespace state
