// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/command.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

TEST(Command, QuotesWhatAQuotedStringCanHold) {
  EXPECT_EQ("\"\"", imap::quoted(""));
  EXPECT_EQ("\"a \\\"b\\\" \\\\ {5}\"", imap::quoted("a \"b\" \\ {5}"));
  for (const std::string_view bad :
       {std::string_view{"a\rb"}, std::string_view{"a\nb"}, std::string_view{"a\0", 2},
        std::string_view{"\xc3\xa9"}})
    EXPECT_FALSE(imap::quoted(bad));
}

TEST(Command, NeverInjectsALineThroughAMailboxName) {
  EXPECT_EQ("\"INBOX\"", imap::mailbox_argument("INBOX"));
  EXPECT_EQ("\"a\\\"b\\\\\"", imap::mailbox_argument("a\"b\\"));
  EXPECT_THROW(imap::mailbox_argument("a\r\nb DELETE x"), std::invalid_argument);
  EXPECT_THROW(imap::mailbox_argument(std::string_view{"\0", 1}), std::invalid_argument);
}

TEST(Command, WritesDatesAnew) {
  EXPECT_EQ(
      "\"07-Jul-1996 02:44:25 -0700\"",
      imap::date_argument(*imap::parse_internal_date(" 7-jul-1996 02:44:25 -0700")));
}

TEST(Command, KeepsLinesShort) {
  imap::UidSet set;
  for (std::uint32_t uid = 1; uid < 100'000; uid += 2) set.add(imap::Uid{uid});
  const auto commands = imap::uid_commands("UID FETCH", set, "(FLAGS)");
  imap::UidSet seen;
  for (const std::string& command : commands) {
    EXPECT_LE(command.size() + imap::tag_room, imap::max_command_line);
    ASSERT_TRUE(command.starts_with("UID FETCH ") && command.ends_with(" (FLAGS)"));
    const auto part =
        imap::parse_uid_set(std::string_view{command}.substr(10, command.size() - 18));
    ASSERT_TRUE(part);
    seen = unite(seen, *part);
  }
  EXPECT_EQ(set, seen);
  EXPECT_GT(commands.size(), 10U);
}

TEST(Command, KeepsListsOfFlagsShort) {
  imap::Flags flags = *imap::parse_flags("(\\Seen \\Draft)");
  EXPECT_EQ(std::vector{flags}, imap::flag_lists(flags));
  for (int i = 0; i < 1000; ++i) flags.add("keyword-" + std::to_string(i));
  const auto lists = imap::flag_lists(flags);
  imap::Flags seen;
  for (const imap::Flags& list : lists) {
    EXPECT_LE(list.to_string().size(), imap::max_flag_list);
    EXPECT_TRUE(intersect(seen, list).empty());
    seen = unite(seen, list);
  }
  EXPECT_EQ(flags, seen);
  EXPECT_TRUE(lists.front().contains("\\Seen"));
  EXPECT_LT(lists.size(), 6U);
}

TEST(Command, HasNoneForNothing) {
  EXPECT_TRUE(imap::flag_lists({}).empty());
  EXPECT_TRUE(imap::uid_commands("UID EXPUNGE", {}, "").empty());
  EXPECT_EQ(std::vector<std::string>{"UID EXPUNGE 5"},
            imap::uid_commands("UID EXPUNGE", imap::UidSet{imap::Uid{5}}, ""));
}

} // namespace
