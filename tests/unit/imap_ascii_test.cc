// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/ascii.h"

#include <gtest/gtest.h>

namespace {

TEST(Ascii, ComparesWithoutCase) {
  EXPECT_TRUE(imap::equal_nocase("InBox", "INBOX"));
  EXPECT_FALSE(imap::equal_nocase("INBO", "INBOX"));
  EXPECT_FALSE(imap::equal_nocase("\xc3\xa9", "\xc3\x89"));
  EXPECT_TRUE(imap::compare_nocase("a", "B") < 0);
  EXPECT_TRUE(imap::compare_nocase("ab", "A") > 0);
  EXPECT_TRUE(imap::compare_nocase("_", "a") > 0); // after upper case, as in RFC 4790
}

TEST(Ascii, ParsesNumbers) {
  EXPECT_EQ(18446744073709551615U, imap::parse_number("18446744073709551615"));
  EXPECT_EQ(5U, imap::parse_number("5", 5));
  for (const char* bad :
       {"", "-1", "1 ", "18446744073709551616", "000000000000000000001"})
    EXPECT_FALSE(imap::parse_number(bad)) << bad;
  EXPECT_FALSE(imap::parse_number("6", 5));
}

TEST(Printable, EscapesWhatCouldSteerATerminal) {
  const std::pair<const char*, const char*> table[] = {
      {"plain 100% é", "plain 100% é"}, {"\x1b[31m", "%1B[31m"},
      {"a\r\nb\x7f", "a%0D%0Ab%7F"},    {"\xc2\x9b", "%C2%9B"},
      {"\xe2\x80\xae", "%E2%80%AE"},    {"\xef\xbb\xbf", "%EF%BB%BF"},
      {"\xff\xc3", "%FF%C3"},           {"\xed\xa0\x80", "%ED%A0%80"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(expected, imap::printable(text));
}

TEST(Printable, CutsLongText) { EXPECT_EQ("abc...", imap::printable("abcdef", 3)); }

} // namespace
