// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/flags.h"

#include <gtest/gtest.h>

namespace {

using imap::Flags;

Flags flags(std::string_view text) { return imap::parse_flags(text).value(); }

TEST(Flags, AreWrittenInOneOrder) {
  const std::pair<const char*, const char*> table[] = {
      {"()", "()"},
      {"(\\draft \\DELETED \\flagged \\Answered \\SEEN)",
       "(\\Seen \\Answered \\Flagged \\Deleted \\Draft)"},
      {"($Junk \\Seen)", "(\\Seen $Junk)"},
      {"(b A c B)", "(A b c)"},
      {"(a]b [x])", "(a]b [x])"}};
  for (const auto& [text, expected] : table) EXPECT_EQ(expected, flags(text).to_string());
}

TEST(Flags, OfARecordAreStrict) {
  for (const char* bad :
       {"",          "(",          ")",          "\\Seen",   "(\\Seen", "( \\Seen)",
        "(\\Seen )", "(a  b)",     "(\\Recent)", "(\\*)",    "(\\)",    "(\\Foo)",
        "(a(b)",     "(a\"b)",     "(a%b)",      "(a*)",     "(a{1})",  "(a\\b)",
        "(a\tb)",    "(\xc3\xa9)", "((a))",      "(a\r\nb)", "(a\x7f)"})
    EXPECT_FALSE(imap::parse_flags(bad)) << bad;
}

TEST(Flags, OfAServerLoseWhatCannotBeStored) {
  const std::pair<const char*, const char*> table[] = {
      {"(\\Recent \\Seen)", "(\\Seen)"},
      {"( \\seen  $Junk )", "(\\Seen $Junk)"},
      {"(\\XFoo a*b \xc3\xa9 ok)", "(ok)"},
      {"( )", "()"}};
  for (const auto& [text, expected] : table)
    EXPECT_EQ(expected, imap::parse_server_flags(text)->to_string()) << text;
  EXPECT_FALSE(imap::parse_server_flags("\\Seen"));
}

TEST(Flags, CompareWithoutRegardToCase) {
  EXPECT_EQ(flags("(\\Seen $junk)"), flags("($JUNK \\SEEN)"));
  EXPECT_NE(flags("($junk)"), flags("($junk x)"));
  EXPECT_NE(flags("(\\Seen)"), flags("()"));
  EXPECT_LT(flags("($JUNK)"), flags("($junk2)"));
  EXPECT_TRUE(flags("($Forwarded)").contains("$forwarded"));
  EXPECT_FALSE(flags("(\\Seen)").contains("\\Recent"));
  EXPECT_FALSE(flags("(\\Seen)").contains(""));
}

TEST(Flags, KeepTheFirstSpelling) {
  EXPECT_EQ("($Junk)", unite(flags("($Junk)"), flags("($JUNK)")).to_string());
  EXPECT_EQ("($Junk)", intersect(flags("($Junk)"), flags("($JUNK)")).to_string());
}

TEST(Flags, CombineAsSets) {
  const Flags a = flags("(\\Seen \\Draft $A b)"), b = flags("(\\Seen \\Flagged B c)");
  EXPECT_EQ("(\\Seen \\Flagged \\Draft $A b c)", unite(a, b).to_string());
  EXPECT_EQ("(\\Seen b)", intersect(a, b).to_string());
  EXPECT_EQ("(\\Draft $A)", subtract(a, b).to_string());
  EXPECT_EQ(4U, a.size());
}

TEST(Flags, AreAddedAndRemoved) {
  Flags f;
  EXPECT_TRUE(f.add("\\sEEN"));
  EXPECT_TRUE(f.add("key"));
  EXPECT_FALSE(f.add("\\Recent"));
  EXPECT_FALSE(f.add("no good"));
  EXPECT_FALSE(f.add(""));
  EXPECT_EQ("(\\Seen key)", f.to_string());
  EXPECT_TRUE(f.remove("KEY"));
  EXPECT_FALSE(f.remove("KEY"));
  EXPECT_TRUE(f.remove("\\Seen"));
  EXPECT_TRUE(f.empty());
}

TEST(Flags, AreBounded) {
  std::string many = "(";
  for (std::size_t i = 0; i < Flags::max_keywords; ++i)
    many += "k" + std::to_string(i) + ' ';
  const std::string full = many.substr(0, many.size() - 1) + ")";
  EXPECT_EQ(Flags::max_keywords, flags(full).size());
  EXPECT_TRUE(imap::parse_server_flags(many + "K0)"));
  EXPECT_FALSE(imap::parse_server_flags(many + "more)"));
  EXPECT_EQ(Flags::max_keywords, imap::parse_mailbox_flags(many + "more)")->size());
  const std::string longest(Flags::max_keyword_octets, 'x');
  EXPECT_TRUE(imap::parse_flags("(" + longest + ")"));
  EXPECT_FALSE(imap::parse_flags("(" + longest + "x)"));
  EXPECT_EQ("()", imap::parse_server_flags("(" + longest + "x)")->to_string());
}

TEST(PermanentFlags, MaskWhatCannotBeStored) {
  const Flags wanted = flags("(\\Seen \\Draft $Junk new)");
  const auto some = imap::parse_permanent_flags("(\\Seen $JUNK)").value();
  EXPECT_EQ("(\\Seen $Junk)", some.mask(wanted).to_string());
  const auto any = imap::parse_permanent_flags("(\\Seen \\*)").value();
  EXPECT_EQ("(\\Seen $Junk new)", any.mask(wanted).to_string());
}

TEST(PermanentFlags, RoundTrip) {
  for (const char* text : {"()", "(\\*)", "(\\Seen \\*)", "(\\Seen $Junk)"})
    EXPECT_EQ(text, imap::parse_permanent_flags(text)->to_string());
  EXPECT_FALSE(imap::parse_permanent_flags("(\\Recent \\*)"));
  EXPECT_EQ("(\\Deleted \\*)",
            imap::parse_server_permanent_flags("(\\Recent  \\deleted \\*)")->to_string());
}

TEST(PermanentFlags, NothingIsMaskedWhereTheServerSaysNothing) {
  const Flags wanted = flags("(\\Seen \\Draft $Junk)");
  EXPECT_EQ(wanted, imap::PermanentFlags::unsaid().mask(wanted));
}

} // namespace
