// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/flags.h"
#include "imap/mailbox_name.h"
#include "state/listing.h"
#include "state/schema.h"

namespace state {

namespace {

using Tell = std::function<void(const std::string&)>;

// Each row of `sql` is a finding: mailbox, a number or NULL.
struct Invariant {
  const char* sql;
  const char* text;
};

// What SQLite's own checks cannot know, or do not look at.
constexpr Invariant invariants[] = {
    {"SELECT name, generation FROM mailbox WHERE generation < 0",
     "an impossible generation"},
    {"SELECT name, local FROM pair JOIN mailbox ON id = mailbox "
     "WHERE local NOT BETWEEN 1 AND 4294967295 OR remote NOT BETWEEN 1 AND 4294967295",
     "a pair with an impossible UID, local"},
    {"SELECT name, remote FROM pair JOIN mailbox ON id = mailbox "
     "GROUP BY mailbox, remote HAVING count(*) > 1",
     "in several pairs, remote UID"},
    {"SELECT name, local FROM pair JOIN mailbox ON id = mailbox "
     "WHERE size < 0 OR remote_size < 0 "
     "OR (remote_size IS NULL) <> (remote_date IS NULL)",
     "a pair with an impossible size, local UID"},
    {"SELECT name, local FROM pair JOIN mailbox ON id = mailbox "
     "WHERE length(digest) NOT IN (0, 32)",
     "a pair with an impossible digest, local UID"},
    {"SELECT name, NULL FROM mailbox WHERE generation > 0 "
     "AND (SELECT count(*) FROM side WHERE side.mailbox = id) <> 2",
     "was in step, but the numbers of a side are missing"},
    {"SELECT name, NULL FROM mailbox WHERE generation = 0 AND EXISTS "
     "(SELECT 1 FROM pair WHERE pair.mailbox = id) "
     "AND (SELECT count(*) FROM side WHERE side.mailbox = id) <> 2",
     "has pairs, but the UIDVALIDITY of a side is missing"},
    {"SELECT name, side FROM side JOIN mailbox ON id = mailbox "
     "WHERE side NOT IN (0, 1) OR subscribed NOT IN (0, 1) "
     "OR uidvalidity NOT BETWEEN 1 AND 4294967295 "
     "OR uidnext NOT BETWEEN 1 AND 4294967296 OR highestmodseq < 0 OR messages < 0 "
     "OR messages >= uidnext",
     "impossible numbers on side"},
    {"SELECT name, uid FROM identity JOIN mailbox ON id = mailbox "
     "WHERE side NOT IN (0, 1) OR uid NOT BETWEEN 1 AND 4294967295 "
     "OR length(digest) NOT IN (0, 32)",
     "an impossible identity, UID"},
    {"SELECT name, uid FROM identity i JOIN mailbox ON id = i.mailbox "
     "WHERE EXISTS (SELECT 1 FROM pair p WHERE p.mailbox = i.mailbox "
     "AND i.uid = iif(i.side = 0, p.local, p.remote) "
     "AND ifnull(length(p.digest), 0) = 0)",
     "an identity apart from its pair, UID"},
    {"SELECT name, side FROM journal JOIN mailbox ON id = mailbox "
     "WHERE side NOT IN (0, 1) OR uidvalidity NOT BETWEEN 0 AND 4294967295 "
     "OR bound NOT BETWEEN 0 AND 4294967296",
     "an impossible bound to side"},
    {"SELECT name, source FROM flight JOIN mailbox ON id = mailbox "
     "WHERE side NOT IN (0, 1) OR source NOT BETWEEN 1 AND 4294967295 OR size < 0 "
     "OR length(digest) NOT IN (0, 32)",
     "an impossible message under way, UID"},
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
    {"SELECT name, uid FROM pending JOIN mailbox ON id = mailbox "
     "WHERE side NOT IN (0, 1) OR action NOT IN ('append', 'store', 'expunge') "
     "OR uid NOT BETWEEN 1 AND 4294967295 OR size < 0 OR tries < 0 "
     "OR code GLOB '*[^a-z]*'",
     "an impossible action is owed, UID"},
    {"SELECT name, uid FROM pending w JOIN mailbox ON id = w.mailbox "
     "WHERE action IN ('store', 'expunge') AND NOT EXISTS (SELECT 1 FROM pair p "
     "WHERE p.mailbox = w.mailbox AND w.uid = iif(w.side = 0, p.local, p.remote))",
     "owed to a message without pair, UID"},
    {"SELECT name, uid FROM pending w JOIN mailbox ON id = w.mailbox "
     "WHERE action = 'append' AND EXISTS (SELECT 1 FROM pair p "
     "WHERE p.mailbox = w.mailbox AND w.uid = iif(w.side = 0, p.remote, p.local))",
     "paired and still to be copied, UID"},
    {"SELECT name, uid FROM pending w JOIN mailbox ON id = w.mailbox "
     "WHERE action IN ('store', 'append') AND flags IS NULL",
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
    if (const auto parsed = imap::parse_flags(list.text(1));
        !parsed || parsed->to_string() != list.text(1))
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
  for (const std::string& missing : missing_of_schema(db)) {
    tell(missing + ": missing, or not as in the schema");
    sound = false;
  }
  if (!sound) return; // what is asked next could not be
  Statement references{db, "PRAGMA foreign_key_check"};
  auto dangling = references();
  while (dangling.step())
    tell("table " + std::string{dangling.text(0)} + ": a row refers to nothing in " +
         std::string{dangling.text(2)});
  check_values(db, tell);
  check_invariants(db, tell);
}

} // namespace state
