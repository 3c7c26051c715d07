// SPDX-License-Identifier: GPL-3.0-or-later
#include "state/schema.h"

#include <sysexits.h>

namespace state {

namespace {

constexpr const char* tables = R"(
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  generation INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE side (
  mailbox INTEGER NOT NULL REFERENCES mailbox,
  side INTEGER NOT NULL CHECK (side IN (0, 1)),
  uidvalidity INTEGER NOT NULL,
  uidnext INTEGER NOT NULL,
  highestmodseq INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  subscribed INTEGER NOT NULL CHECK (subscribed IN (0, 1)),
  PRIMARY KEY (mailbox, side)
) STRICT, WITHOUT ROWID;

CREATE TABLE flags (
  id INTEGER PRIMARY KEY,
  list TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE pair (
  mailbox INTEGER NOT NULL REFERENCES mailbox,
  local INTEGER NOT NULL,
  remote INTEGER NOT NULL,
  flags INTEGER NOT NULL REFERENCES flags,
  size INTEGER NOT NULL,
  date INTEGER NOT NULL,
  remote_size INTEGER,
  remote_date INTEGER,
  digest BLOB,
  PRIMARY KEY (mailbox, local)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX pair_remote ON pair (mailbox, remote);
CREATE INDEX pair_stamp ON pair (size, date);
CREATE INDEX pair_remote_stamp ON pair (remote_size, remote_date)
  WHERE remote_size IS NOT NULL;

CREATE TABLE identity (
  mailbox INTEGER NOT NULL REFERENCES mailbox,
  side INTEGER NOT NULL CHECK (side IN (0, 1)),
  uid INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (mailbox, side, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
  mailbox INTEGER NOT NULL REFERENCES mailbox,
  side INTEGER NOT NULL CHECK (side IN (0, 1)),
  uidvalidity INTEGER NOT NULL,
  bound INTEGER NOT NULL,
  PRIMARY KEY (mailbox, side)
) STRICT, WITHOUT ROWID;

CREATE TABLE flight (
  mailbox INTEGER NOT NULL,
  side INTEGER NOT NULL,
  source INTEGER NOT NULL,
  size INTEGER NOT NULL,
  date INTEGER NOT NULL,
  flags INTEGER NOT NULL REFERENCES flags,
  copied INTEGER REFERENCES flags,
  digest BLOB,
  PRIMARY KEY (mailbox, side, source),
  FOREIGN KEY (mailbox, side) REFERENCES journal
) STRICT, WITHOUT ROWID;

CREATE TABLE pending (
  mailbox INTEGER NOT NULL REFERENCES mailbox,
  side INTEGER NOT NULL CHECK (side IN (0, 1)),
  action TEXT NOT NULL CHECK (action IN ('append', 'store', 'expunge')),
  uid INTEGER NOT NULL,
  flags INTEGER REFERENCES flags,
  size INTEGER NOT NULL,
  date INTEGER NOT NULL,
  code TEXT NOT NULL,
  reason TEXT NOT NULL,
  tries INTEGER NOT NULL,
  PRIMARY KEY (mailbox, side, action, uid)
) STRICT, WITHOUT ROWID;
)";

int pragma(Database& db, std::string_view sql) {
  Statement statement{db, sql};
  auto use = statement();
  return use.step() ? static_cast<int>(use.number(0)) : 0;
}

bool is_empty(Database& db) {
  return pragma(db, "SELECT count(*) FROM sqlite_schema") == 0;
}

} // namespace

void require_schema(Database& db) {
  if (pragma(db, "PRAGMA application_id") != application_id)
    throw Error{EX_CONFIG, db.path() + ": not a database of imapsync"};
  const int version = pragma(db, "PRAGMA user_version");
  if (version > schema_version)
    throw Error{EX_CONFIG, db.path() +
                               ": written by a newer version of imapsync (schema " +
                               std::to_string(version) + ")"};
  if (version < schema_version)
    throw Error{EX_CONFIG, db.path() + ": not migrated yet: run imap-state show first"};
}

std::vector<std::string> missing_of_schema(Database& db) {
  std::vector<std::string> missing;
  Statement find{db, "SELECT 1 FROM sqlite_schema WHERE sql = ?"};
  // SQLite keeps the text of each statement as it was.
  std::string_view rest{tables};
  for (std::size_t end = rest.find(';'); end != rest.npos; end = rest.find(';')) {
    std::string_view sql = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    sql.remove_prefix(sql.find_first_not_of('\n'));
    if (!find(sql).step()) missing.emplace_back(sql.substr(0, sql.find(" (")));
  }
  return missing;
}

void migrate(Database& db) {
  if (!is_empty(db)) return require_schema(db);
  db.run("PRAGMA journal_mode = WAL");
  Transaction transaction{db};
  if (is_empty(db)) { // else somebody was faster
    db.run(tables);
    db.run(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    db.run(("PRAGMA user_version = " + std::to_string(schema_version)).c_str());
  }
  transaction.commit();
}

} // namespace state
