// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <cstdlib>
#include <filesystem>

#include "state/ledger.h"
#include "state/listing.h"
#include "state/schema.h"

namespace {

class StateDatabase : public testing::Test {
 protected:
  StateDatabase() {
    std::string pattern = testing::TempDir() + "imapsync-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/new/state.db";
  }
  ~StateDatabase() override { std::filesystem::remove_all(folder_); }

  static mode_t mode(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  // What check says after `sql` was done to a mailbox in step with one pair.
  std::string findings(const char* sql) {
    std::filesystem::remove_all(folder_ + "/new");
    state::Database db{path_, state::Access::create};
    state::migrate(db);
    state::Dictionary dictionary{db};
    state::Ledger ledger{db, dictionary};
    ledger.pair({{}, "INBOX", imap::Uid{1}, imap::Uid{11}, {}, 10, {}, 10, {}, {}});
    ledger.numbers("INBOX", record::Side::local, {7, 2, 50, 1}, true);
    ledger.numbers("INBOX", record::Side::remote, {8, 12, 60, 1}, true);
    ledger.advance("INBOX");
    db.run(sql);
    std::string found;
    state::check(db, [&](const std::string& finding) { found += finding + "\n"; });
    return found;
  }

  std::string folder_, path_;
};

TEST_F(StateDatabase, IsPrivate) {
  state::Database db{path_, state::Access::create};
  state::migrate(db);
  EXPECT_EQ(mode(path_), mode_t{0600});
  EXPECT_EQ(mode(path_ + "-wal"), mode_t{0600});
  EXPECT_EQ(mode(folder_ + "/new"), mode_t{0700});
}

TEST_F(StateDatabase, IsCreatedOnlyWhenAsked) {
  EXPECT_THROW((state::Database{path_, state::Access::write}), state::Error);
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/new"));
}

TEST_F(StateDatabase, OfOthersOrTheFutureIsRefused) {
  state::Database db{path_, state::Access::create};
  db.run("CREATE TABLE t (x)");
  try {
    state::migrate(db);
    FAIL();
  } catch (const state::Error& error) {
    EXPECT_EQ(error.status, EX_CONFIG);
  }
  db.run("DROP TABLE t");
  state::migrate(db);
  state::migrate(db);
  db.run("PRAGMA user_version = 2");
  try {
    state::migrate(db);
    FAIL();
  } catch (const state::Error& error) {
    EXPECT_EQ(error.status, EX_CONFIG);
  }
}

TEST_F(StateDatabase, ForgetsWhatWasNotCommitted) {
  state::Database db{path_, state::Access::create};
  state::migrate(db);
  {
    state::Transaction transaction{db};
    db.run("INSERT INTO mailbox (name) VALUES ('INBOX')");
  }
  state::Statement count{db, "SELECT count(*) FROM mailbox"};
  auto row = count();
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.number(0), 0);
}

TEST_F(StateDatabase, CheckFindsNothingInASoundOne) { EXPECT_EQ(findings(""), ""); }

TEST_F(StateDatabase, CheckNamesWhatIsWrong) {
  struct Case {
    const char *damage, *finding;
  };
  for (const Case& c : {
           Case{"DELETE FROM side WHERE side = 1",
                "INBOX: was in step, but the numbers of a side are missing\n"},
           Case{"UPDATE side SET uidnext = 0", "INBOX: impossible numbers on side 0\n"
                                               "INBOX: impossible numbers on side 1\n"},
           Case{"UPDATE pair SET remote = 0",
                "INBOX: a pair with an impossible UID, local 1\n"},
           Case{"INSERT INTO flags VALUES (9, '(\\Recent)')",
                "flags 9: not a list of flags\n"},
           Case{"UPDATE mailbox SET name = 'a//b'",
                "mailbox 1: not a name of a mailbox\n"},
           Case{"INSERT INTO journal VALUES (1, 1, 8, 12); "
                "INSERT INTO flight VALUES (1, 1, 1, 5, 0, 1, NULL, NULL)",
                "INBOX: under way and paired, local UID 1\n"},
           Case{"INSERT INTO pending VALUES (1, 1, 'expunge', 99, NULL, 0, 0, '', '', 1)",
                "INBOX: owed to a message without pair, UID 99\n"},
           Case{"UPDATE mailbox SET generation = -1",
                "INBOX: an impossible generation -1\n"},
           Case{"UPDATE pair SET size = -1",
                "INBOX: a pair with an impossible size, local UID 1\n"},
           Case{"UPDATE pair SET remote_size = 7",
                "INBOX: a pair with an impossible size, local UID 1\n"},
           Case{"UPDATE pair SET digest = x'00'",
                "INBOX: a pair with an impossible digest, local UID 1\n"},
           Case{"INSERT INTO flags VALUES (9, '(b a)')",
                "flags 9: not a list of flags\n"},
           Case{"INSERT INTO identity VALUES (1, 0, 0, x'')",
                "INBOX: an impossible identity, UID 0\n"},
           Case{"INSERT INTO identity VALUES (1, 0, 7, x'01')",
                "INBOX: an impossible identity, UID 7\n"},
           Case{"INSERT INTO identity VALUES (1, 0, 1, x'')",
                "INBOX: an identity apart from its pair, UID 1\n"},
           Case{"INSERT INTO journal VALUES (1, 1, 8, -1)",
                "INBOX: an impossible bound to side 1\n"},
           Case{"INSERT INTO journal VALUES (1, 1, 8, 12); "
                "INSERT INTO flight VALUES (1, 1, 0, 5, 0, 1, NULL, NULL)",
                "INBOX: an impossible message under way, UID 0\n"},
           Case{"INSERT INTO pending VALUES (1, 1, 'append', 0, 1, 0, 0, 'x', '', 1)",
                "INBOX: an impossible action is owed, UID 0\n"},
           Case{"INSERT INTO pending VALUES (1, 1, 'append', 1, 1, 0, 0, 'x', '', 1)",
                "INBOX: paired and still to be copied, UID 1\n"},
           Case{"INSERT INTO pending VALUES (1, 1, 'append', 9, NULL, 0, 0, 'x', '', 1)",
                "INBOX: owes flags that are not said, UID 9\n"},
           Case{"PRAGMA ignore_check_constraints = on; "
                "UPDATE side SET subscribed = 7 WHERE side = 0",
                "INBOX: impossible numbers on side 0\n"},
           Case{"DROP INDEX pair_remote",
                "CREATE UNIQUE INDEX pair_remote ON pair: missing, or not as in the "
                "schema\n"},
           Case{"DROP TABLE pending",
                "CREATE TABLE pending: missing, or not as in the schema\n"},
           Case{"INSERT INTO identity VALUES (77, 0, 1, x'')",
                "table identity: a row refers to nothing in mailbox\n"},
       })
    EXPECT_EQ(findings(c.damage), c.finding) << c.damage;
}

} // namespace
