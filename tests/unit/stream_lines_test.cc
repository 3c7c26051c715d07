// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using stream::announced_literal;
using stream::Lines;

/// The lines of `text`, fed in pieces of `size` octets; '+' marks those that announce a
/// literal.
std::string split(std::string_view text, std::size_t size) {
  Lines lines;
  std::string shown;
  for (std::size_t i = 0; i < text.size(); i += size)
    lines.feed(text.substr(i, size), [&](std::string_view line) {
      shown += lines.begins() ? "|" : "_";
      shown += line;
      if (!lines.complete()) shown += "+";
      return false;
    });
  shown += lines.idle() ? "." : "...";
  return shown;
}

TEST(Lines, KnowsAnAnnouncedLiteral) {
  EXPECT_EQ(12U, announced_literal("a APPEND x {12}"));
  EXPECT_EQ(0U, announced_literal("{0+}"));
  EXPECT_EQ(7U, announced_literal("* 1 FETCH (BINARY[1] ~{7}"));
  EXPECT_EQ(9223372036854775807U, announced_literal("{9223372036854775807}"));
  for (const char* none : {"", "}", "{}", "{-1}", "{+}", "{1 }", "{1}x", "a{x}",
                           "{9223372036854775808}", "{1"})
    EXPECT_FALSE(announced_literal(none)) << none;
}

TEST(Lines, AreTheSameHoweverTheStreamIsSplit) {
  const std::string text =
      "* 1 FETCH (BODY[] {9}\r\n* 2 BYE\r\n)\r\na OK\r\n\r\nb {0}\r\n x";
  for (std::size_t size = 1; size <= text.size(); ++size)
    EXPECT_EQ("|* 1 FETCH (BODY[] {9}+_)|a OK||b {0}+...", split(text, size)) << size;
}

TEST(Lines, AreCutWhereTheyAreTooLongButKeepTheirLiteral) {
  Lines lines;
  std::vector<std::size_t> sizes;
  const std::string text = std::string(100'000, 'x') + "{3}\r\nabc\r\nend\r\n";
  for (const char c : text)
    lines.feed({&c, 1}, [&](std::string_view line) {
      sizes.push_back(line.size());
      return false;
    });
  ASSERT_EQ(3U, sizes.size());
  EXPECT_LE(sizes[0], Lines::max_kept + 64);
  EXPECT_EQ(0U, sizes[1]);
  EXPECT_EQ(3U, sizes[2]);
}

} // namespace
