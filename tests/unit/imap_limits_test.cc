// SPDX-License-Identifier: GPL-3.0-or-later
// What a hostile server may cost.
#include <gtest/gtest.h>

#include <chrono>

#include "imap_events.h"

namespace {

std::string octets(std::size_t n, char c = 'x') { return std::string(n, c); }

bool refuses(const std::string& input, imap::Limits limits = {}) {
  Events single{limits};
  for (const char& octet : input) single.feed({&octet, 1});
  const bool failed = parse_all(input, limits).failed();
  EXPECT_EQ(failed, single.failed());
  return failed;
}

TEST(ParserLimits, LineIsBounded) {
  const imap::Limits limits{.line = 100};
  EXPECT_FALSE(refuses("* OK " + octets(95) + "\r\n", limits));
  EXPECT_TRUE(refuses("* OK " + octets(97) + "\r\n", limits));
  EXPECT_TRUE(refuses(octets(102), limits)); // an end is not waited for
  EXPECT_TRUE(refuses(octets(1 << 17)));
}

TEST(ParserLimits, LinesWithUidSetsMayBeLonger) {
  const imap::Limits limits{.line = 100, .set_line = 200};
  std::string set = "1";
  for (int uid = 3; set.size() < 110; uid += 2) set += ',' + std::to_string(uid);
  for (const std::string& start :
       {"* VANISHED " + set, "* vanished (EARLIER) " + set,
        "* ESEARCH (TAG \"a\") UID ALL " + set, "a1 OK [MODIFIED " + set + "] x",
        "* OK [APPENDUID 1 " + set + "] x"}) {
    EXPECT_FALSE(refuses(start + "\r\n", limits)) << start;
    EXPECT_TRUE(refuses(start + octets(200, ',') + "\r\n", limits)) << start;
  }
  EXPECT_TRUE(refuses("* OK [COPYUIDX " + set + "] x\r\n", limits));
}

TEST(ParserLimits, LiteralsAreBoundedButBodiesAreNot) {
  const imap::Limits limits{.literal = 10};
  EXPECT_FALSE(refuses("* LIST () NIL {10}\r\n" + octets(10) + "\r\n", limits));
  EXPECT_TRUE(refuses("* LIST () NIL {11}\r\n", limits));
  EXPECT_TRUE(refuses("* 1 FETCH (X {11}\r\n", limits));
  EXPECT_TRUE(refuses("* 1 FETCH (X (y ({11}\r\n", limits));
  EXPECT_FALSE(refuses("* 1 FETCH (BODY[] {11}\r\n" + octets(11) + ")\r\n", limits));
  EXPECT_FALSE(refuses("* 1 FETCH (BODY[] {9223372036854775807}\r\nabc"));
  EXPECT_TRUE(refuses("* 1 FETCH (BODY[] {11}\r\n", {.body = 10}));
}

// Who sends us mail may write a header of any length, and must not end a run with it.
TEST(ParserLimits, HeaderIsCutAndTheRestPasses) {
  const imap::Limits limits{.literal = 10, .response = 100};
  const std::string input = "* 1 FETCH (BODY[HEADER.FIELDS (DATE)] {500}\r\nDate: 1234" +
                            octets(490, '\n') + " UID 7)\r\n* 5 EXISTS\r\n";
  EXPECT_FALSE(refuses(input, limits));
  Events events = parse_all(input, limits);
  const auto responses = events.responses();
  ASSERT_EQ(2U, responses.size());
  const auto& fetch = std::get<imap::FetchData>(responses[0]);
  EXPECT_EQ("Date: 1234", fetch.header);
  EXPECT_EQ(imap::Uid{7}, fetch.uid);
}

TEST(ParserLimits, FlagsOfAMailboxMayBeManyAndLong) {
  std::string list = "(\\Seen";
  for (std::size_t i = 0; i < 2 * imap::Flags::max_keywords; ++i)
    list += " keyword-" + std::to_string(i);
  list += ")";
  EXPECT_FALSE(refuses("* FLAGS " + list + "\r\n"));
  EXPECT_FALSE(refuses("* OK [PERMANENTFLAGS " + list + "] Limited\r\n"));
  EXPECT_TRUE(refuses("* 1 FETCH (FLAGS " + list + ")\r\n"));
}

TEST(ParserLimits, NestingIsBoundedWithoutRecursion) {
  const auto nested = [](std::size_t depth) {
    return "* 1 FETCH (X " + octets(depth, '(') + octets(depth, ')') + ")\r\n";
  };
  EXPECT_FALSE(refuses(nested(32)));
  EXPECT_TRUE(refuses(nested(33)));
  EXPECT_TRUE(refuses("* STATUS x (X " + octets(33, '(') + "\r\n"));
}

TEST(ParserLimits, ResponseIsBounded) {
  std::string many = "* 1 FETCH (UID 1";
  for (int i = 0; i < 100; ++i) many += " X {10}\r\n" + octets(10);
  EXPECT_FALSE(refuses(many + ")\r\n"));
  EXPECT_TRUE(refuses(many + ")\r\n", {.response = 1000}));
  std::string list = "* X";
  for (int i = 0; i < 300; ++i) list += " {0}\r\n";
  EXPECT_TRUE(refuses(list + "\r\n"));
}

// A rescan per literal or per octet would take minutes (CVE-2026-42246).
TEST(ParserLimits, TimeIsLinear) {
  const auto start = std::chrono::steady_clock::now();
  std::string literals = "* 1 FETCH (UID 1";
  for (int i = 0; i < 200'000; ++i) literals += " X {1}\r\na";
  EXPECT_FALSE(refuses(literals + ")\r\n"));
  std::string set = "* VANISHED 4000000000";
  for (std::uint32_t i = 1; i < 400'000; ++i)
    set += ',' + std::to_string(4'000'000'000U - 2 * i);
  EXPECT_FALSE(refuses(set + "\r\n"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{20});
}

} // namespace
