// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/flag_merge.h"

#include <gtest/gtest.h>

namespace {

using syncing::Conflicts;

std::string text(const syncing::FlagVerdict::Delta& delta) {
  return delta.empty() ? ""
                       : "+" + delta.add.to_string() + "-" + delta.remove.to_string();
}

struct Case {
  const char *base, *local, *remote;
  const char *agreed, *to_local, *to_remote;
  bool conflict;
};

void expect(const Case& c, Conflicts mode, const imap::PermanentFlags* remote_stores) {
  syncing::FlagsPool pool;
  syncing::FlagMerge merge{pool, mode, {nullptr, remote_stores}};
  const auto id = [&](const char* list) {
    return pool.id(imap::parse_flags(list).value());
  };
  const auto base = id(c.base), local = id(c.local), remote = id(c.remote);
  const auto& verdict = merge.decide(base, local, remote);
  SCOPED_TRACE(std::string{c.base} + c.local + c.remote);
  EXPECT_EQ(pool[verdict.base].to_string(), c.agreed);
  EXPECT_EQ(text(verdict.delta.local), c.to_local);
  EXPECT_EQ(text(verdict.delta.remote), c.to_remote);
  EXPECT_EQ(verdict.conflict, c.conflict);
}

TEST(FlagMerge, TakesWhatOneSideChanged) {
  for (const Case& c : {
           Case{"()", "(\\Seen)", "()", "(\\Seen)", "", "+(\\Seen)-()", false},
           Case{"(\\Seen)", "(\\Seen)", "()", "()", "+()-(\\Seen)", "", false},
           Case{"(A B)", "(B C)", "(A B)", "(B C)", "", "+(C)-(A)", false},
           Case{"()", "()", "()", "()", "", "", false},
       })
    expect(c, Conflicts::unite, nullptr);
}

TEST(FlagMerge, HasNothingToDoWhereBothChangedAlike) {
  expect({"()", "(\\Seen)", "(\\Seen)", "(\\Seen)", "", "", false}, Conflicts::unite,
         nullptr);
  expect({"(work)", "(Work)", "(WORK)", "(work)", "", "", false}, Conflicts::unite,
         nullptr);
}

TEST(FlagMerge, UnitesOrMergesConflicts) {
  expect({"(\\Flagged)", "(\\Seen)", "(\\Answered \\Flagged)",
          "(\\Seen \\Answered \\Flagged)", "+(\\Answered \\Flagged)-()", "+(\\Seen)-()",
          true},
         Conflicts::unite, nullptr);
  expect({"(\\Flagged)", "(\\Seen)", "(\\Answered \\Flagged)", "(\\Seen \\Answered)",
          "+(\\Answered)-()", "+(\\Seen)-(\\Flagged)", false},
         Conflicts::merge, nullptr);
}

TEST(FlagMerge, DisregardsWhatOneSideCannotStore) {
  const auto stores = imap::parse_permanent_flags("(\\Seen)").value();
  expect({"(work)", "(\\Seen work)", "()", "(\\Seen work)", "", "+(\\Seen)-()", false},
         Conflicts::unite, &stores);
  expect({"()", "(work)", "()", "()", "", "", false}, Conflicts::unite, &stores);
}

TEST(FlagMerge, UnitesAtTheFirstPairingWithoutConflict) {
  syncing::FlagsPool pool;
  syncing::FlagMerge merge{pool, Conflicts::unite, {}};
  const auto verdict = merge.first(pool.id(imap::parse_flags("(\\Seen)").value()),
                                   pool.id(imap::parse_flags("(A)").value()));
  EXPECT_EQ(pool[verdict.base].to_string(), "(\\Seen A)");
  EXPECT_EQ(text(verdict.delta.local), "+(A)-()");
  EXPECT_EQ(text(verdict.delta.remote), "+(\\Seen)-()");
  EXPECT_FALSE(verdict.conflict);
}

} // namespace
