// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/types.h"

#include <gtest/gtest.h>

namespace {

TEST(MaxDelete, ReadsNumbersPercentagesAndNone) {
  for (const char* good : {"0", "17", "4294967295", "0%", "100%", "none"})
    EXPECT_TRUE(syncing::parse_max_delete(good)) << good;
  for (const char* bad : {"", "%", "101%", "-1", "x", "5 %", "4294967296", "None"})
    EXPECT_FALSE(syncing::parse_max_delete(bad)) << bad;
}

TEST(MaxDelete, AllowsUpToItsLimit) {
  struct Case {
    const char* limit;
    std::uint64_t count, pairs;
    bool allowed;
  };
  for (const Case& c : {
           Case{"3", 3, 10, true},
           Case{"3", 4, 10, false},
           Case{"50%", 5, 10, true},
           Case{"50%", 6, 10, false},
           Case{"0", 1, 10, false},
           Case{"none", 10, 10, true},
       })
    EXPECT_EQ(syncing::parse_max_delete(c.limit)->allows(c.count, c.pairs), c.allowed)
        << c.limit << " " << c.count;
  // Not said otherwise: more than 100 that are more than 75 %.
  const syncing::MaxDelete standard;
  EXPECT_TRUE(standard.allows(100, 100));
  EXPECT_TRUE(standard.allows(150, 200));
  EXPECT_FALSE(standard.allows(151, 200));
}

TEST(FlagsPool, GivesEqualListsOneNumber) {
  syncing::FlagsPool pool;
  const auto a = pool.id(imap::parse_flags("(\\Seen Work)").value());
  EXPECT_EQ(a, pool.id(imap::parse_flags("(work \\Seen)").value()));
  EXPECT_NE(a, pool.id({}));
  EXPECT_EQ(pool[a].to_string(), "(\\Seen Work)");
}

} // namespace
