// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/uid_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace {

using imap::Uid;
using imap::UidSet;

UidSet set(std::string_view text) { return imap::parse_uid_set(text).value(); }

TEST(UidSet, FindsTheCounterpartsOfSome) {
  const auto found = [](const char* some, const char* from, const char* to) {
    return counterparts(set(some), set(from), set(to)).to_string();
  };
  EXPECT_EQ("11,13", found("1,3", "1:3", "11:13"));
  EXPECT_EQ("7,20:21", found("2:4", "1:5", "5,7,20:22"));
  EXPECT_EQ("9", found("70", "5,60,70", "1,3,9"));
  EXPECT_EQ("1:2,9", found("5,60:70", "5,60,70", "1:2,9"));
  EXPECT_EQ("", found("6", "5,60,70", "1,3,9"));
  EXPECT_EQ("1:4294967295", found("1:4294967295", "1:4294967295", "1:4294967295"));
}

TEST(UidSet, RefusesMalformedText) {
  for (const char* bad : {"",      "0",   "1:",  ":1",  "1,,2",
                          ",1",    "1,",  "*",   "1:*", "4294967296",
                          "1 ",    " 1",  "01",  "-1",  "+1",
                          "1:2:3", "1;2", "1.2", "0:1", "99999999999999999999",
                          "1:0x2"})
    EXPECT_FALSE(imap::parse_uid_set(bad)) << bad;
}

TEST(UidSet, NormalisesWhatItReads) {
  const std::pair<const char*, const char*> table[] = {{"7", "7"},
                                                       {"3:5,9", "3:5,9"},
                                                       {"5:3", "3:5"},
                                                       {"9,1,5", "1,5,9"},
                                                       {"1:5,2:3", "1:5"},
                                                       {"1:3,4:6", "1:6"},
                                                       {"1,2,3", "1:3"},
                                                       {"4:6,1:10,20,19", "1:10,19:20"},
                                                       {"4294967295,1", "1,4294967295"},
                                                       {"4294967295:1", "1:4294967295"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(expected, set(text).to_string());
}

TEST(UidSet, HoldsAllUidsInOneInterval) {
  UidSet all = set("1:4294967295");
  EXPECT_EQ(1U, all.ranges().size());
  EXPECT_EQ(4294967295U, all.size());
  EXPECT_TRUE(all.contains(imap::max_uid));
  all.add(imap::max_uid);
  all.add(Uid{1}, imap::max_uid);
  EXPECT_EQ("1:4294967295", all.to_string());
  EXPECT_EQ("1:9,11:4294967295", subtract(all, set("10")).to_string());
  EXPECT_EQ("", subtract(all, all).to_string());
  EXPECT_EQ("7:8", intersect(set("7:8"), all).to_string());
  EXPECT_EQ(all, unite(all, set("7:8,4294967295")));
  EXPECT_EQ("1:1000000", take_front(all, 1'000'000).to_string());
  EXPECT_EQ("1000001:4294967295", all.to_string());
}

TEST(UidSet, AddsAnywhere) {
  UidSet s;
  for (const std::uint32_t uid : {5U, 1U, 3U, 9U, 2U, 4U, 0U, 10U}) s.add(Uid{uid});
  EXPECT_EQ("1:5,9:10", s.to_string());
  s.add(Uid{20}, Uid{15});
  s.add(Uid{6}, Uid{17});
  EXPECT_EQ("1:20", s.to_string());
  s.add(Uid{0}, Uid{30});
  EXPECT_EQ("1:30", s.to_string());
}

TEST(UidSet, TakesZeroAndStarOnlyOfWhatVanished) {
  EXPECT_EQ("1", imap::parse_vanished_uids("0:1")->to_string());
  EXPECT_EQ("", imap::parse_vanished_uids("0")->to_string());
  EXPECT_EQ("5", imap::parse_vanished_uids("0,5,0:0")->to_string());
  EXPECT_EQ("7:4294967295", imap::parse_vanished_uids("7:*")->to_string());
  for (const char* bad : {"00", "**", "1*", "*1", ":*"})
    EXPECT_FALSE(imap::parse_vanished_uids(bad)) << bad;
}

TEST(UidSet, KeepsTheOrderOfAppendUid) {
  EXPECT_EQ("3,5:7", imap::parse_ascending_uid_set("3,5:7")->to_string());
  for (const char* bad : {"5,3", "7:5", "3,3", "1:5,5:6", ""})
    EXPECT_FALSE(imap::parse_ascending_uid_set(bad)) << bad;
}

TEST(UidSet, KeepsTheOrderOfCopyUid) {
  const auto uids = imap::parse_ordered_uids("9,7:5,1:4294967295");
  EXPECT_FALSE(uids); // 5 stands there twice
  EXPECT_EQ("9,5:7,1", imap::parse_ordered_uids("9,7:5,1")->to_string());
  EXPECT_EQ(5U, imap::parse_ordered_uids("9,7:5,1")->size());
  EXPECT_EQ(4294967295U, imap::parse_ordered_uids("1:4294967295")->size());
  for (const char* bad : {"3,3", "1:5,5:6", "", "0", "1:*"})
    EXPECT_FALSE(imap::parse_ordered_uids(bad)) << bad;
}

TEST(UidSet, RefusesTooManyRanges) {
  std::string text = "1";
  for (std::size_t i = 1; i < imap::max_uid_ranges; ++i) text += ",1";
  EXPECT_EQ("1", set(text).to_string());
  EXPECT_FALSE(imap::parse_uid_set(text + ",1"));
}

TEST(UidSet, DescendingRangesOfAStrangerAreSortedOnce) {
  std::string text;
  for (unsigned uid = 600'000; uid > 0; uid -= 2) text += std::to_string(uid) + ',';
  text.pop_back();
  EXPECT_EQ(300'000U, set(text).size());
}

TEST(UidSet, IteratesSingleUids) {
  std::string seen;
  for (const Uid uid : set("3:5,9,4294967294:4294967295"))
    seen += std::to_string(value(uid)) + ' ';
  EXPECT_EQ("3 4 5 9 4294967294 4294967295 ", seen);
  const UidSet empty;
  EXPECT_EQ(empty.begin(), empty.end());
}

TEST(UidSet, SplitsForCommandLines) {
  using Pieces = std::vector<std::string>;
  EXPECT_EQ(Pieces{}, imap::split_uid_set({}, 100));
  EXPECT_EQ(Pieces{"1:3,5"}, split_uid_set(set("1:3,5"), 21));
  const UidSet s = set("1000000001,1000000003,1000000005:1000000009");
  EXPECT_EQ((Pieces{"1000000001,1000000003", "1000000005:1000000009"}),
            split_uid_set(s, 21));
  EXPECT_EQ((Pieces{"1000000001", "1000000003", "1000000005:1000000009"}),
            split_uid_set(s, 1));
}

TEST(UidSet, TakesFromTheFront) {
  UidSet s = set("3:5,9,20:30");
  EXPECT_EQ("", take_front(s, 0).to_string());
  EXPECT_EQ("3:5,9", take_front(s, 4).to_string());
  EXPECT_EQ("20:21", take_front(s, 2).to_string());
  EXPECT_EQ("22:30", take_front(s, 100).to_string());
  EXPECT_TRUE(s.empty());
}

/// Against std::set, with ranges near both ends of the space.
class Model {
 public:
  void add(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t uid = first; uid <= last; ++uid) uids_.insert(uid);
  }
  std::string text() const {
    UidSet out;
    for (const std::uint64_t uid : uids_) out.add(Uid{static_cast<std::uint32_t>(uid)});
    return out.to_string();
  }
  std::set<std::uint64_t> uids_;
};

TEST(UidSet, AgreesWithASetOfNumbers) {
  std::mt19937 random{1};
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t base = round % 2 == 0 ? 1 : 4294967295U - 63;
    UidSet sets[2];
    Model models[2];
    for (int i = 0; i < 12; ++i) {
      const std::uint64_t first = base + random() % 56, last = first + random() % 8;
      sets[i % 2].add(Uid{static_cast<std::uint32_t>(last)},
                      Uid{static_cast<std::uint32_t>(first)});
      models[i % 2].add(first, last);
    }
    Model both, common, rest;
    for (const auto uid : models[0].uids_) {
      both.add(uid, uid);
      (models[1].uids_.contains(uid) ? common : rest).add(uid, uid);
    }
    for (const auto uid : models[1].uids_) both.add(uid, uid);
    ASSERT_EQ(models[0].text(), sets[0].to_string());
    ASSERT_EQ(models[0].uids_.size(), sets[0].size());
    ASSERT_EQ(both.text(), unite(sets[0], sets[1]).to_string());
    ASSERT_EQ(common.text(), intersect(sets[0], sets[1]).to_string());
    ASSERT_EQ(rest.text(), subtract(sets[0], sets[1]).to_string());
    for (std::uint64_t uid = base; uid < base + 63; ++uid)
      ASSERT_EQ(models[0].uids_.contains(uid),
                sets[0].contains(Uid{static_cast<std::uint32_t>(uid)}));
    ASSERT_EQ(sets[0], imap::parse_uid_set(sets[0].to_string()));
  }
}

} // namespace
