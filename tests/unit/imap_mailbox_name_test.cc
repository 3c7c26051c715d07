// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/mailbox_name.h"

#include <gtest/gtest.h>

#include <random>

namespace {

using imap::canonical_from_server;

std::string server(std::string_view canonical, std::optional<char> delimiter,
                   std::string_view reference = {}) {
  const auto name = imap::server_from_canonical(canonical, delimiter, reference);
  if (const auto* error = std::get_if<imap::NameError>(&name))
    return "error: " + error->text;
  return std::get<std::string>(name);
}

TEST(Mutf7, RoundTrips) {
  const std::pair<const char*, const char*> table[] = {
      {"", ""},
      {"INBOX", "INBOX"},
      {"&-", "&"},
      {"a&-b&-&-", "a&b&&"},
      {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},
      {"Entw&APw-rfe", "Entwürfe"},
      {"&AOk-&-&AOk-", "é&é"},
      {"&2D3eAA-", "\xf0\x9f\x98\x80"},
      {"&AOnYPd4AAOk-", "é\xf0\x9f\x98\x80é"},
      {"a&AAk-b", "a\tb"},
      {"&AH8-", "\x7f"}};
  for (const auto& [mutf7, utf8] : table) {
    EXPECT_EQ(utf8, imap::decode_mutf7(mutf7));
    EXPECT_EQ(mutf7, imap::encode_mutf7(utf8));
  }
}

TEST(Mutf7, RefusesWhatItWouldNotWrite) {
  for (const char* bad :
       {"&", "a&b", "&AOk", "&AGE-", "&AOl-", "&AO-", "&A-", "&AOkA-", "&AOk=-", "&AO/p-",
        "&2D0-", "&3gA-", "&2D0AYQ-", "&AOk-&AOk-", "\xc3\xa9", "a\tb", "&AC0-"})
    EXPECT_FALSE(imap::decode_mutf7(bad)) << bad;
  for (const char* bad : {"\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"})
    EXPECT_FALSE(imap::encode_mutf7(bad)) << bad;
}

TEST(MailboxName, IsCanonicalBothWays) {
  struct {
    const char *server, *canonical;
    std::optional<char> delimiter;
    const char* reference = "";
  } const table[] = {{"INBOX", "INBOX", '/'},
                     {"INBOX.Sent", "INBOX/Sent", '.'},
                     {"a/b", "a/b", '/'},
                     {"a/b", "a%2Fb", '.'},
                     {"a/b", "a%2Fb", {}},
                     {"a.b", "a.b", '/'},
                     {"a.b", "a.b", {}},
                     {"100%", "100%25", '/'},
                     {"%2F", "%252F", '/'},
                     {"-", "%2D", '/'},
                     {"-/-", "-/-", '/'},
                     {"x-", "x-", '/'},
                     {"a-b", "a/b", '-'},
                     {"Entw&APw-rfe-&AOk-", "Entwürfe/é", '-'},
                     {"a&AAk-b", "a%09b", '/'},
                     {"&AH8-", "%7F", '/'},
                     {"a\\b", "a/b", '\\'},
                     {"a b ", "a b ", '/'},
                     {"*", "*", '/'},
                     {"~user", "~user", '/'},
                     {"...", "...", '/'},
                     {"shared/x", "x", '/', "shared/"},
                     {"shared/INBOX", "INBOX", '/', "shared/"},
                     {"shared/inbox", "inbox", '/', "shared/"},
                     {"INBOX.x.y", "x/y", '.', "INBOX."}};
  for (const auto& row : table) {
    EXPECT_EQ(row.canonical,
              canonical_from_server(row.server, row.delimiter, row.reference));
    EXPECT_EQ(row.server, server(row.canonical, row.delimiter, row.reference));
    EXPECT_TRUE(imap::is_canonical(row.canonical)) << row.canonical;
  }
}

TEST(MailboxName, InboxHasOneSpelling) {
  EXPECT_EQ("INBOX", canonical_from_server("inbox", '/'));
  EXPECT_EQ("INBOX", canonical_from_server("InBox", {}));
  EXPECT_EQ("inbox/x", canonical_from_server("inbox/x", '/'));
  EXPECT_EQ("error: that server would take it for INBOX", server("Inbox", '/'));
}

TEST(MailboxName, ToleratesRawUtf8) {
  EXPECT_EQ("é/&x", canonical_from_server("é.&x", '.'));
  EXPECT_FALSE(canonical_from_server("\xe9", '.'));
}

TEST(MailboxName, RefusesDangerousServerNames) {
  const std::string_view table[] = {"",      "/",       "a/",
                                    "/a",    "a//b",    ".",
                                    "..",    "a/..",    "../../etc/passwd",
                                    "a/./b", "a\r\nb",  "a\nb",
                                    "&AA0-", "&AAo-",   "&AAA-",
                                    "a\tb",  "&AGE-",   std::string_view{"a\0b", 3},
                                    "&AC8-", "&AC4ALg-"};
  for (const std::string_view bad : table)
    EXPECT_FALSE(canonical_from_server(bad, '/')) << bad;
  EXPECT_FALSE(canonical_from_server("-", '-'));
  EXPECT_FALSE(canonical_from_server("a", '\n'));
  EXPECT_FALSE(canonical_from_server("a", '\0'));
  EXPECT_FALSE(canonical_from_server("a", '\xe9'));
  EXPECT_FALSE(canonical_from_server(std::string(imap::max_mailbox_name + 1, 'x'), '/'));
  EXPECT_FALSE(canonical_from_server("other/x", '/', "shared/"));
  EXPECT_FALSE(canonical_from_server("shared/", '/', "shared/"));
  EXPECT_FALSE(canonical_from_server("INBOX", '/', "shared/"));
}

TEST(MailboxName, RefusesWhatIsNotCanonical) {
  for (const char* bad :
       {"",       "-",    "/",   "a/",     "/a",   "a//b", ".",     "..",
        "a/../b", "a\tb", "%",   "%2",     "%2f",  "%41",  "%2D/x", "x%2D",
        "%00",    "%0A",  "%0D", "%C3%A9", "\xc3", "\x7f", "a%zz"}) {
    EXPECT_FALSE(imap::is_canonical(bad)) << bad;
    EXPECT_EQ("error: it is no valid mailbox name", server(bad, '/')) << bad;
  }
}

TEST(MailboxName, SaysWhyAServerCannotHaveIt) {
  EXPECT_EQ("error: level \"a.b\" contains the hierarchy delimiter '.' of that server",
            server("x/a.b", '.'));
  EXPECT_EQ("error: level \"a/b\" contains the hierarchy delimiter '/' of that server",
            server("a%2Fb", '/'));
  EXPECT_EQ("error: that server has no hierarchy", server("a/b", {}));
  EXPECT_EQ("error: it is too long", server(std::string(4000, '&'), '/'));
}

TEST(MailboxName, IsShownWithoutControls) {
  EXPECT_EQ("Entwürfe/a%09b", imap::display_name("Entwürfe/a%09b"));
  EXPECT_EQ("a%E2%80%AEb", imap::display_name("a\xe2\x80\xae"
                                              "b"));
  EXPECT_EQ("a%C2%9B", imap::display_name("a\xc2\x9b"));
}

TEST(MailboxName, RandomNamesRoundTrip) {
  constexpr std::string_view pieces[] = {"a",
                                         "b",
                                         ".",
                                         "/",
                                         "-",
                                         "&",
                                         "%",
                                         "\\",
                                         "é",
                                         "日",
                                         "\t",
                                         "\x7f",
                                         " ",
                                         "\"",
                                         "I",
                                         "+",
                                         ",",
                                         "*",
                                         "\xf0\x9f\x98\x80"};
  std::mt19937 random{1};
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string utf8;
    for (unsigned n = 1 + random() % 8; n > 0; --n)
      utf8 += pieces[random() % std::size(pieces)];
    const char delimiters[] = {'/', '.', '-', '\\', 'a'};
    const char delimiter = delimiters[random() % std::size(delimiters)];
    const std::string name = imap::encode_mutf7(utf8).value();
    const auto canonical = canonical_from_server(name, delimiter);
    if (!canonical) continue;
    ++accepted;
    ASSERT_TRUE(imap::is_canonical(*canonical)) << *canonical;
    ASSERT_EQ(name, server(*canonical, delimiter));
  }
  EXPECT_GT(accepted, 5'000);
}

} // namespace
