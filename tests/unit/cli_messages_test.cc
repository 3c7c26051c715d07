// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/messages.h"

#include <gtest/gtest.h>

namespace {

TEST(Messages, ShowNothingThatActsOnATerminal) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"plain text, Büro, 日本, 😀", "plain text, Büro, 日本, 😀"},
      {"a\033[31mred\a\r\n\t", "a\\x1B[31mred\\x07\\x0D\\x0A\\x09"},
      {"\x7f\xc2\x9b", "\\x7F\\u{009B}"},
      {"exe.\u202etxt", "exe.\\u{202E}txt"},
      {"\u2066\u200b\ufeff", "\\u{2066}\\u{200B}\\u{FEFF}"},
      {"\xff\xc3", "\\xFF\\xC3"},
      {"\xc0\xaf\xed\xa0\x80", "\\xC0\\xAF\\xED\\xA0\\x80"},
      {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
  };
  for (const auto& [text, safe] : cases) EXPECT_EQ(safe, cli::printable(text));
}

TEST(Messages, WriteNumbersForPeople) {
  EXPECT_EQ("1 octet", cli::octets_text(1));
  EXPECT_EQ("999 octets", cli::octets_text(999));
  EXPECT_EQ("1.0 kB", cli::octets_text(1000));
  EXPECT_EQ("34 kB", cli::octets_text(34'100));
  EXPECT_EQ("1.0 MB", cli::octets_text(999'600));
  EXPECT_EQ("18 EB", cli::octets_text(~std::uint64_t{0}));
  EXPECT_EQ("0", cli::count_text(0));
  EXPECT_EQ("1,234,567", cli::count_text(1'234'567));
  EXPECT_EQ("1 message", cli::count_text(1, "message", "messages"));
  EXPECT_EQ("1,000 messages", cli::count_text(1000, "message", "messages"));
}

} // namespace
