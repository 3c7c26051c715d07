// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/match.h"

#include <gtest/gtest.h>

namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// A digest of one letter, weak if its last bit is set; "-" for no identity fields, "?"
// for one that is not known.
syncing::Flight message(std::uint32_t uid, std::int64_t date, std::uint64_t size,
                        const char* digest) {
  syncing::KnownDigest known;
  if (std::string_view{digest} == "-")
    known = record::Digest{};
  else if (std::string_view{digest} != "?")
    known = record::Digest::from_hex(std::string(64, *digest));
  return {{imap::Uid{uid}, {}, {date, size}}, known, {}};
}

Pairs match(const std::vector<syncing::Flight>& a,
            const std::vector<syncing::Flight>& b) {
  syncing::Candidates ours, theirs;
  for (const syncing::Flight& message : a) ours.push_back(&message);
  for (const syncing::Flight& message : b) theirs.push_back(&message);
  return syncing::match(ours, theirs);
}

TEST(Match, PairsEqualDigestsWhateverDateAndSize) {
  EXPECT_EQ(match({message(1, 1, 1, "a"), message(2, 2, 2, "c")},
                  {message(7, 9, 9, "c"), message(8, 9, 9, "e"), message(9, 8, 8, "a")}),
            (Pairs{{0, 2}, {1, 0}}));
}

TEST(Match, WantsEqualDateAndSizeOfWeakDigests) {
  EXPECT_EQ(match({message(1, 1, 1, "b"), message(2, 2, 2, "b")},
                  {message(7, 9, 9, "b"), message(8, 2, 2, "b")}),
            (Pairs{{1, 1}}));
}

TEST(Match, PrefersEqualDateAndSizeAmongEqualDigests) {
  EXPECT_EQ(match({message(1, 1, 1, "a"), message(2, 2, 2, "a"), message(3, 3, 3, "a")},
                  {message(7, 3, 3, "a"), message(8, 1, 1, "a"), message(9, 9, 9, "a")}),
            (Pairs{{0, 1}, {1, 2}, {2, 0}}));
}

TEST(Match, TakesIdenticalMessagesAsOftenAsThereAre) {
  EXPECT_EQ(match({message(1, 1, 1, "a"), message(2, 1, 1, "a"), message(3, 1, 1, "a")},
                  {message(7, 1, 1, "a"), message(8, 1, 1, "a")}),
            (Pairs{{0, 0}, {1, 1}}));
}

TEST(Match, WantsEqualDateAndSizeWithoutIdentityFields) {
  EXPECT_EQ(match({message(1, 1, 1, "-"), message(2, 2, 2, "-")},
                  {message(7, 1, 2, "-"), message(8, 2, 2, "-")}),
            (Pairs{{1, 1}}));
}

TEST(Match, GoesByDateAndSizeWhereADigestIsNotKnown) {
  EXPECT_EQ(match({message(1, 1, 1, "?"), message(2, 2, 2, "b")},
                  {message(7, 2, 2, "c"), message(8, 1, 1, "a"), message(9, 2, 2, "?")}),
            (Pairs{{0, 1}, {1, 2}}));
}

TEST(Match, LeavesToAnUnknownDigestWhatKnownOnesHaveLeft) {
  EXPECT_EQ(match({message(1, 1, 1, "a"), message(2, 1, 1, "a"), message(3, 1, 1, "?")},
                  {message(7, 1, 1, "?"), message(8, 1, 1, "a"), message(9, 1, 1, "c")}),
            (Pairs{{0, 1}, {2, 0}}));
}

} // namespace
