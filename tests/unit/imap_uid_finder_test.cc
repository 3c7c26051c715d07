// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/uid_finder.h"

#include <gtest/gtest.h>

#include <random>

namespace {

using imap::Uid;
using imap::UidFinder;
using imap::UidSet;

Uid uid(std::mt19937::result_type number) { return static_cast<Uid>(number); }
UidSet set(const char* text) { return imap::parse_uid_set(text).value(); }

TEST(UidFinder, FindsInAscendingOrder) {
  const UidSet uids = set("2:4,7,9:10");
  UidFinder finder{uids};
  UidSet found;
  for (std::uint32_t n = 1; n < 12; ++n)
    if (finder.contains(Uid{n})) found.add(Uid{n});
  EXPECT_EQ(found, uids);
}

TEST(UidFinder, HasNothingOfAnEmptySet) {
  const UidSet none;
  EXPECT_FALSE(UidFinder{none}.contains(Uid{1}));
}

TEST(UidFinder, FindsTheHighestUid) {
  const UidSet all{Uid{1}, imap::max_uid};
  UidFinder finder{all};
  EXPECT_TRUE(finder.contains(imap::max_uid));
  EXPECT_TRUE(finder.contains(Uid{1}));
}

TEST(UidFinder, AgreesWithTheSetInAnyOrder) {
  std::mt19937 random{7};
  UidSet uids;
  for (int i = 0; i < 200; ++i) uids.add(uid(random() % 1000 + 1));
  UidFinder finder{uids};
  for (int i = 0; i < 20000; ++i) {
    const Uid asked = uid(random() % 1002);
    ASSERT_EQ(finder.contains(asked), uids.contains(asked)) << imap::value(asked);
  }
}

} // namespace
