// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/listing.h"

namespace state {

namespace {

std::uint64_t unsigned_at(const Statement::Use& row, int column) {
  return static_cast<std::uint64_t>(row.number(column));
}

imap::Uid uid(const Statement::Use& row, int column) {
  return static_cast<imap::Uid>(row.number(column));
}

imap::InternalDate date(const Statement::Use& row, int column) {
  return {row.number(column), 0};
}

} // namespace

void list_states(Database& db, const std::set<record::Mailbox>& mailboxes,
                 const Emit& emit) {
  Statement select{
      db, "SELECT name, generation, n.side, coalesce(uidvalidity, 0), "
          "coalesce(uidnext, 0), coalesce(highestmodseq, 0), coalesce(messages, 0), "
          "coalesce(subscribed, 0) FROM mailbox "
          "CROSS JOIN (SELECT 0 AS side UNION ALL SELECT 1) n "
          "LEFT JOIN side s ON s.mailbox = mailbox.id AND s.side = n.side "
          "ORDER BY name, n.side"};
  auto row = select();
  std::uint64_t count = 0;
  while (row.step()) {
    record::State state;
    state.mailbox = row.text(0);
    if (!mailboxes.empty() && !mailboxes.contains(state.mailbox)) continue;
    state.generation = unsigned_at(row, 1);
    state.side = side_of(row.number(2));
    state.numbers = {unsigned_at(row, 3), unsigned_at(row, 4), unsigned_at(row, 5),
                     unsigned_at(row, 6)};
    state.subscribed = row.number(7) != 0;
    emit(state);
    ++count;
  }
  record::EndStates end;
  end.count = count;
  emit(end);
}

bool any_under_way(Database& db) {
  Statement select{db, "SELECT 1 FROM flight LIMIT 1"};
  return select().step();
}

namespace {

void dump_pairs(Database& db, Dictionary& dictionary, const Emit& emit) {
  Statement select{db, "SELECT mailbox, local, remote, date, size, "
                       "coalesce(remote_date, date), coalesce(remote_size, size), flags, "
                       "digest FROM pair ORDER BY mailbox, local"};
  auto row = select();
  while (row.step())
    emit(record::Pair{{},
                      dictionary.mailbox_name(row.number(0)),
                      uid(row, 1),
                      uid(row, 2),
                      date(row, 3),
                      unsigned_at(row, 4),
                      date(row, 5),
                      unsigned_at(row, 6),
                      dictionary.flags(row.number(7)),
                      to_identity(row, 8).value_or(record::Digest{})});
}

void dump_identities(Database& db, Dictionary& dictionary, const Emit& emit) {
  Statement select{db, "SELECT side, mailbox, uid, digest FROM identity "
                       "ORDER BY mailbox, side, uid"};
  auto row = select();
  while (row.step())
    emit(record::Identity{side_of(row.number(0)), dictionary.mailbox_name(row.number(1)),
                          uid(row, 2), to_identity(row, 3).value_or(record::Digest{})});
}

void dump_journal(Database& db, Dictionary& dictionary, const Emit& emit) {
  Statement journal{db, "SELECT j.mailbox, j.side, j.uidvalidity, "
                        "coalesce(s.uidvalidity, 0) FROM journal j LEFT JOIN side s "
                        "ON s.mailbox = j.mailbox AND s.side = 1 - j.side "
                        "ORDER BY j.mailbox, j.side"};
  Statement flight{db, "SELECT source, size FROM flight WHERE mailbox = ? AND side = ? "
                       "ORDER BY source"};
  auto row = journal();
  while (row.step()) {
    record::Append append{side_of(row.number(1)),
                          dictionary.mailbox_name(row.number(0)),
                          unsigned_at(row, 2),
                          unsigned_at(row, 3),
                          {},
                          0};
    auto message = flight(row.number(0), row.number(1));
    while (message.step()) {
      append.source.add(uid(message, 0));
      append.octets += unsigned_at(message, 1);
    }
    if (!append.source.empty()) emit(append);
  }
}

void dump_pending(Database& db, Dictionary& dictionary, const Emit& emit) {
  Statement select{db, "SELECT side, mailbox, action, uid, code, reason, tries "
                       "FROM pending ORDER BY mailbox, side, action, uid"};
  auto row = select();
  while (row.step())
    emit(record::Failed{side_of(row.number(0)),
                        dictionary.mailbox_name(row.number(1)),
                        {std::string{row.text(2)}},
                        imap::UidSet{uid(row, 3)},
                        {std::string{row.text(4)}},
                        std::string{row.text(5)} +
                            " (tries: " + std::to_string(row.number(6)) + ")"});
}

} // namespace

void dump(Database& db, const Emit& emit) {
  db.run("BEGIN"); // all of it as of one moment; the connection closes it
  list_states(db, {}, emit);
  Dictionary dictionary{db};
  dump_pairs(db, dictionary, emit);
  dump_identities(db, dictionary, emit);
  dump_journal(db, dictionary, emit);
  dump_pending(db, dictionary, emit);
}

} // namespace state
