// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/escape.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

using namespace std::string_literals;

std::string escaped(std::string_view text) {
  std::string out;
  record::append_escaped(out, text);
  return out;
}

TEST(Escape, WritesOnlyWhatALineCannotHold) {
  const struct {
    std::string text, field;
  } cases[] = {
      {"", ""},
      {"no such mailbox", "no such mailbox"},
      {"-", "%2D"},
      {"--", "--"},
      {"- ", "- "},
      {"a\tb\nc\rd", "a%09b%0Ac%0Dd"},
      {"100%", "100%25"},
      {"%09", "%2509"},
      {"\0"s, "%00"},
      {"\x1b[31m\x7f", "%1B[31m%7F"},
      {"Entwürfe/日本 🐈", "Entwürfe/日本 🐈"},
      {"\xc3", "%C3"},
      {"\xc3\xa9\xc3(", "\xc3\xa9%C3("},
      {"\xff\xfe", "%FF%FE"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(c.field, escaped(c.text));
    EXPECT_EQ(c.text, record::unescape(c.field)) << c.field;
  }
}

TEST(Escape, GivesBackEveryPairOfOctets) {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const std::string field = escaped(text);
      EXPECT_EQ(std::string::npos, field.find_first_of("\t\n\r"));
      EXPECT_EQ(text, record::unescape(field)) << field;
    }
}

TEST(Escape, RefusesASecondSpelling) {
  for (const char* bad : {
           "%",      "%4",   "%4G", "%GG",  "% 9",
           "%0a",    "%c3",                           // malformed, or in lower case
           "%41",    "%2F",  "%20", "a%2D", "%2D%2D", // not needed
           "%C3%A9",                                  // valid UTF-8 as escapes
           "-",      "\t",   "\n",  "\x1b", "\x7f",
           "\xff",   "\xc3", // must be escaped
       })
    EXPECT_FALSE(record::unescape(bad)) << bad;
}

TEST(Escape, MeasuresValidUtf8Only) {
  const struct {
    std::string text;
    std::size_t length;
  } cases[] = {
      {"", 0},
      {"a", 1},
      {"\x7f", 1},
      {"\0"s, 1},
      {"é!", 2},
      {"日", 3},
      {"🐈", 4},
      {"\x80", 0},             // a continuation octet
      {"\xc1\xbf", 0},         // overlong
      {"\xe0\x9f\xbf", 0},     // overlong
      {"\xf0\x8f\xbf\xbf", 0}, // overlong
      {"\xed\xa0\x80", 0},     // a surrogate
      {"\xf4\x90\x80\x80", 0}, // beyond U+10FFFF
      {"\xf5\x80\x80\x80", 0},
      {"\xf4\x8f\xbf\xbf", 4},
      {"\xe6\x97", 0}, // cut short
      {"\xe6\x97(", 0},
  };
  for (const auto& c : cases)
    EXPECT_EQ(c.length, record::utf8_length(c.text)) << escaped(c.text);
}

} // namespace
