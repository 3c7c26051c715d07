// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/flags.h"
#include "imap/mailbox_name.h"
#include "state/listing.h"

namespace state {

namespace {

using Tell = std::function<void(const std::string&)>;

// Each row of `sql` is a finding: mailbox, a number or NULL.
struct Invariant {
  const char* sql;
  const char* text;
};

// What SQLite's own checks cannot know.
constexpr Invariant invariants[] = {
    {"SELECT name, local FROM pair JOIN mailbox ON id = mailbox "
     "WHERE local NOT BETWEEN 1 AND 4294967295 OR remote NOT BETWEEN 1 AND 4294967295",
     "a pair with an impossible UID, local"},
    {"SELECT name, NULL FROM mailbox WHERE generation > 0 "
     "AND (SELECT count(*) FROM side WHERE side.mailbox = id) <> 2",
     "was in step, but the numbers of a side are missing"},
    {"SELECT name, NULL FROM mailbox WHERE generation = 0 AND EXISTS "
     "(SELECT 1 FROM pair WHERE pair.mailbox = id) "
     "AND (SELECT count(*) FROM side WHERE side.mailbox = id) <> 2",
     "has pairs, but the UIDVALIDITY of a side is missing"},
    {"SELECT name, side FROM side JOIN mailbox ON id = mailbox "
     "WHERE uidvalidity NOT BETWEEN 1 AND 4294967295 "
     "OR uidnext NOT BETWEEN 1 AND 4294967296 OR highestmodseq < 0 OR messages < 0 "
     "OR messages >= uidnext",
     "impossible numbers on side"},
    {"SELECT name, side FROM flight JOIN mailbox ON id = mailbox "
     "WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.mailbox = flight.mailbox "
     "AND j.side = flight.side) GROUP BY name, side",
     "messages under way without a bound to side"},
    {"SELECT name, source FROM flight f JOIN mailbox ON id = f.mailbox JOIN pair p "
     "ON p.mailbox = f.mailbox AND f.side = 1 AND p.local = f.source",
     "under way and paired, local UID"},
    {"SELECT name, source FROM flight f JOIN mailbox ON id = f.mailbox JOIN pair p "
     "ON p.mailbox = f.mailbox AND f.side = 0 AND p.remote = f.source",
     "under way and paired, remote UID"},
    {"SELECT name, uid FROM pending w JOIN mailbox ON id = w.mailbox "
     "WHERE action IN ('store', 'expunge') AND NOT EXISTS (SELECT 1 FROM pair p "
     "WHERE p.mailbox = w.mailbox AND w.uid = iif(w.side = 0, p.local, p.remote))",
     "owed to a message without pair, UID"},
    {"SELECT name, uid FROM pending w JOIN mailbox ON id = w.mailbox "
     "WHERE action = 'store' AND flags IS NULL",
     "owes flags that are not said, UID"},
};

void check_invariants(Database& db, const Tell& tell) {
  for (const Invariant& invariant : invariants) {
    Statement statement{db, invariant.sql};
    auto row = statement();
    while (row.step())
      tell(std::string{row.text(0)} + ": " + invariant.text +
           (row.null(1) ? "" : " " + std::to_string(row.number(1))));
  }
}

void check_values(Database& db, const Tell& tell) {
  Statement flags{db, "SELECT id, list FROM flags"};
  auto list = flags();
  while (list.step())
    if (!imap::parse_flags(list.text(1)))
      tell("flags " + std::to_string(list.number(0)) + ": not a list of flags");
  Statement mailboxes{db, "SELECT id, name FROM mailbox"};
  auto mailbox = mailboxes();
  while (mailbox.step())
    if (!imap::is_canonical(mailbox.text(1)))
      tell("mailbox " + std::to_string(mailbox.number(0)) + ": not a name of a mailbox");
}

} // namespace

void check(Database& db, const Tell& tell) {
  Statement integrity{db, "PRAGMA integrity_check"};
  auto damage = integrity();
  bool sound = true;
  while (damage.step())
    if (damage.text(0) != "ok") {
      tell(std::string{damage.text(0)});
      sound = false;
    }
  if (!sound) return; // what else there is to say would be noise
  Statement references{db, "PRAGMA foreign_key_check"};
  auto dangling = references();
  while (dangling.step())
    tell("table " + std::string{dangling.text(0)} + ": a row refers to nothing in " +
         std::string{dangling.text(2)});
  check_values(db, tell);
  check_invariants(db, tell);
}

} // namespace state
