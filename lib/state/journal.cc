// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/journal.h"

namespace state {

JournalWriter::JournalWriter(Database& db, Dictionary& dictionary,
                             syncing::FlagsPool& pool)
    : db_{db}, dictionary_{dictionary}, pool_{pool},
      side_{db, "INSERT OR IGNORE INTO side VALUES (?, ?, ?, 1, ?, 0, 0)"},
      journal_{db, "INSERT INTO journal VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
                   "SET uidvalidity = excluded.uidvalidity, bound = excluded.bound"},
      flight_{db, "INSERT OR REPLACE INTO flight VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      settle_{db, "DELETE FROM flight WHERE mailbox = ? AND side = ? "
                  "AND source BETWEEN ? AND ?"},
      pair_{db, "INSERT OR IGNORE INTO pair VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL)"},
      owe_{db, "INSERT OR IGNORE INTO pending VALUES (?, ?, 'expunge', ?, NULL, 0, 0, "
               "'gone', 'the original was expunged', 0)"} {}

void JournalWriter::begin(const record::Mailbox& mailbox,
                          const syncing::PerSide<record::Numbers>& now) {
  Transaction transaction{db_};
  const std::int64_t id = dictionary_.mailbox(mailbox);
  for (const record::Side side : syncing::both)
    if (now[side].uidvalidity != 0)
      side_.run(id, number(side), now[side].uidvalidity, now[side].highestmodseq);
  transaction.commit();
}

void JournalWriter::add(const record::Mailbox& mailbox,
                        const syncing::Transfer& transfer) {
  Transaction transaction{db_};
  const std::int64_t id = dictionary_.mailbox(mailbox);
  journal_.run(id, number(transfer.target), transfer.uidvalidity,
               imap::value(transfer.bound));
  for (const syncing::Flight& flight : transfer.flights) {
    const syncing::Message& message = flight.message;
    std::optional<std::int64_t> copied;
    if (flight.copied) copied = dictionary_.flags(pool_[*flight.copied]);
    flight_.run(id, number(transfer.target), imap::value(message.uid), message.stamp.size,
                message.stamp.date, dictionary_.flags(pool_[message.flags]), copied,
                to_blob(flight.identity));
  }
  transaction.commit();
}

void JournalWriter::owe(const record::Mailbox& mailbox, const syncing::Orphan& orphan) {
  Transaction transaction{db_};
  const std::int64_t id = dictionary_.mailbox(mailbox);
  const bool to_remote = orphan.target == record::Side::remote;
  pair_.run(id, imap::value(to_remote ? orphan.source : orphan.uid),
            imap::value(to_remote ? orphan.uid : orphan.source),
            dictionary_.flags(pool_[orphan.flags]), orphan.stamp.size, orphan.stamp.date);
  owe_.run(id, number(orphan.target), imap::value(orphan.uid));
  settle_.run(id, number(orphan.target), imap::value(orphan.source),
              imap::value(orphan.source));
  transaction.commit();
}

void JournalWriter::settle(const record::Mailbox& mailbox, record::Side target,
                           const imap::UidSet& sources) {
  const auto id = dictionary_.find_mailbox(mailbox);
  if (!id || sources.empty()) return;
  Transaction transaction{db_};
  for (const imap::UidRange& range : sources.ranges())
    settle_.run(*id, number(target), imap::value(range.first), imap::value(range.last));
  transaction.commit();
}

} // namespace state
