// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/parser.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "imap_events.h"

namespace {

std::map<std::string, std::string> corpus() {
  const auto here = std::filesystem::path{__FILE__}.parent_path();
  std::map<std::string, std::string> inputs;
  for (const auto& entry : std::filesystem::directory_iterator{
           here.parent_path() / "fuzz/corpus/imap_parser"}) {
    std::ifstream file{entry.path(), std::ios::binary};
    inputs[entry.path().filename()].assign(std::istreambuf_iterator<char>{file}, {});
  }
  return inputs;
}

/// The events of `input`, without the "S: " and CRLF of each response.
std::string events(std::string_view input, imap::Limits limits = {}) {
  std::string text = parse_all(input, limits).text(), out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("S: ")) line.erase(0, 3);
    if (line.ends_with('\r')) line.pop_back();
    out += (out.empty() ? "" : "|") + line;
  }
  return out;
}

template <class T>
T only(std::string_view input) {
  const Events all = parse_all(input);
  EXPECT_FALSE(all.failed()) << all.text();
  EXPECT_EQ(1U, all.responses().size());
  return std::get<T>(all.responses().at(0));
}

template <class T>
T code(std::string_view inside) {
  const auto status = only<imap::Status>("* OK [" + std::string{inside} + "] text\r\n");
  EXPECT_EQ("text", status.text);
  return std::get<T>(status.code);
}

TEST(Parser, CutsNeverMatter) {
  const auto inputs = corpus();
  ASSERT_GT(inputs.size(), 40U);
  for (const auto& [name, input] : inputs) {
    const std::string whole = parse_all(input).text();
    Events single;
    for (const char& octet : input) single.feed({&octet, 1});
    EXPECT_EQ(whole, single.text()) << name;
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
      Events halves;
      halves.feed(std::string_view{input}.substr(0, cut));
      halves.feed(std::string_view{input}.substr(cut));
      ASSERT_EQ(whole, halves.text()) << name << " cut at " << cut;
    }
  }
}

TEST(Parser, CorpusIsBadExactlyWhereItSaysSo) {
  for (const auto& [name, input] : corpus()) {
    const Events all = parse_all(input);
    EXPECT_EQ(name.starts_with("bad_"), all.failed()) << name << ": " << all.text();
    EXPECT_EQ(!name.starts_with("bad_") && !name.starts_with("cut_"), all.idle()) << name;
  }
}

TEST(Parser, WhatWasReadCanBeSaidAgain) {
  for (const auto& [name, input] : corpus()) {
    const Events all = parse_all(input);
    for (imap::Response response : all.responses()) {
      if (auto* fetch = std::get_if<imap::FetchData>(&response)) {
        fetch->has_body = false;
        fetch->body_size = 0;
        fetch->origin.reset();
      }
      const Events again = parse_all(imap::to_wire(response));
      ASSERT_EQ(1U, again.responses().size()) << name << ": " << again.text();
      EXPECT_EQ(response, again.responses()[0]) << name << ": " << again.text();
    }
  }
}

TEST(Parser, ReadsConditions) {
  const std::pair<const char*, const char*> table[] = {
      {"* OK\r\n", "* OK "},
      {"* ok hello\r\n", "* OK hello"},
      {"a1 NO [X] \r\n", "a1 NO [X] "},
      {"a1 BAD {5}\r\n", "a1 BAD {5}"}, // text, not a literal
      {"* BYE [UNAVAILABLE] gone\r\n", "* BYE [UNAVAILABLE] gone"},
      {"* OK [no end\r\n", "* OK [no end"},
      {"+ \r\n+\r\n+ go\r\n", "+ |+ |+ go"}};
  for (const auto& [input, expected] : table) EXPECT_EQ(expected, events(input));
}

TEST(Parser, ReadsCodes) {
  EXPECT_EQ(imap::Uid{4392}, code<imap::UidNext>("uidnext 4392").uid);
  EXPECT_EQ(imap::UidValidity{7}, code<imap::UidValidity>("UIDVALIDITY 7"));
  EXPECT_EQ(0U, code<imap::HighestModSeq>("HIGHESTMODSEQ 0").modseq);
  EXPECT_EQ(imap::max_modseq,
            code<imap::HighestModSeq>("HIGHESTMODSEQ 9223372036854775807").modseq);
  EXPECT_EQ("7,9", code<imap::Modified>("MODIFIED 7,9").uids.to_string());
  EXPECT_EQ("5:7", code<imap::AppendUid>("APPENDUID 1 5:7").uids.to_string());
  EXPECT_EQ((std::vector<std::string>{"IMAP4REV1", "AUTH=PLAIN"}),
            code<imap::CapabilityList>("CAPABILITY IMAP4rev1  auth=plain \x01").names);
  EXPECT_EQ("(\\Seen a]b \\*)",
            code<imap::PermanentFlags>("PERMANENTFLAGS (\\Seen a]b \\*)").to_string());
  code<imap::NoModSeq>("NOMODSEQ");
  code<imap::Closed>("Closed");
  code<imap::ReadOnly>("READ-ONLY");
  code<imap::ReadWrite>("READ-WRITE");
  code<imap::UidNotSticky>("UIDNOTSTICKY");
  EXPECT_EQ((imap::OtherCode{"X-NEW", "a b"}), code<imap::OtherCode>("x-new a b"));
}

TEST(Parser, PairsOnlyWhatAServerOrdered) {
  const auto copied = code<imap::CopyUid>("COPYUID 38505 304,319:320 3956:3958");
  EXPECT_EQ("304,319:320 3956:3958",
            copied.source.to_string() + " " + copied.target.to_string());
  const auto reversed = code<imap::CopyUid>("COPYUID 1 2,1 6,5");
  EXPECT_EQ("2,1 6,5", reversed.source.to_string() + " " + reversed.target.to_string());
  for (const char* odd :
       {"COPYUID 1 2,2 5:6", "COPYUID 1 1:2 5:5,5", "COPYUID 1 1:2 5", "COPYUID 0 1 5",
        "COPYUID 1 1:2", "COPYUID 1  1 2", "APPENDUID 1 9,8", "APPENDUID 1 *",
        "APPENDUID 1", "UIDNEXT 0", "UIDNEXT 4294967296", "UIDVALIDITY 0",
        "HIGHESTMODSEQ 9223372036854775808", "MODIFIED 0"})
    code<imap::OtherCode>(odd);
}

TEST(Parser, ReadsLists) {
  const auto list = only<imap::ListData>("* LIST (\\HasNoChildren \\subscribed) \"/\" "
                                         "\"a \\\"b\\\"\" (\"OLDNAME\" (x))\r\n");
  EXPECT_EQ("a \"b\"", list.name);
  EXPECT_EQ('/', list.delimiter);
  EXPECT_TRUE(list.has_attribute("\\Subscribed"));
  EXPECT_FALSE(list.has_attribute("\\Noselect"));
  EXPECT_EQ("a\r\nb \"c",
            only<imap::ListData>("* LIST () NIL {7}\r\na\r\nb \"c\r\n").name);
  EXPECT_EQ("[Gmail]/a(b)%*\\",
            only<imap::ListData>("* LIST () \"/\" [Gmail]/a(b)%*\\\r\n").name);
  EXPECT_EQ(std::nullopt, only<imap::ListData>("* LIST () nil INBOX\r\n").delimiter);
  EXPECT_TRUE(only<imap::ListData>("* lsub () \"\" x\r\n").lsub);
}

TEST(Parser, ReadsStatus) {
  const auto status = only<imap::StatusData>(
      "* STATUS {3}\r\na b (messages 231 UIDNEXT 44292 UIDVALIDITY 1 UNSEEN 2 "
      "HIGHESTMODSEQ "
      "7011 SIZE 4294967296 MAILBOXID (F22) X (a (b)) RECENT 0) \r\n");
  EXPECT_EQ("a b", status.name);
  EXPECT_EQ(231U, status.messages);
  EXPECT_EQ(imap::Uid{44292}, status.uidnext);
  EXPECT_EQ(imap::UidValidity{1}, status.uidvalidity);
  EXPECT_EQ(2U, status.unseen);
  EXPECT_EQ(7011U, status.highestmodseq);
  EXPECT_EQ(4294967296U, status.size);
  EXPECT_EQ("F22", status.mailboxid);
  const auto odd = only<imap::StatusData>(
      "* STATUS x (MESSAGES 4294967296 UIDNEXT 0 UIDVALIDITY NIL HIGHESTMODSEQ -1)\r\n");
  imap::StatusData bare;
  bare.name = "x";
  EXPECT_EQ(bare, odd);
}

TEST(Parser, ReadsVanished) {
  const auto vanished = only<imap::Vanished>("* vanished (earlier) 9,0:5\r\n");
  EXPECT_TRUE(vanished.earlier);
  EXPECT_EQ("1:5,9", vanished.uids.to_string());
  const auto all = only<imap::Vanished>("* VANISHED 1:4294967295\r\n");
  EXPECT_FALSE(all.earlier);
  EXPECT_EQ(1U, all.uids.ranges().size());
}

TEST(Parser, ReadsSearchResults) {
  EXPECT_EQ("2:3,6", only<imap::SearchData>("* SEARCH 6 2 3 2\r\n").uids.to_string());
  EXPECT_EQ("", only<imap::SearchData>("* SEARCH\r\n").uids.to_string());
  EXPECT_EQ(5U, only<imap::SearchData>("* SEARCH 1 (MODSEQ 5)\r\n").modseq);
  const auto found =
      only<imap::EsearchData>("* ESEARCH (TAG \"a\\\\1\") UID COUNT 3 X (a) ALL 1:3\r\n");
  EXPECT_EQ("a\\1", found.tag);
  EXPECT_TRUE(found.uid);
  EXPECT_EQ(3U, found.count);
  EXPECT_EQ("1:3", found.all.to_string());
  imap::EsearchData none;
  none.tag = "a";
  none.uid = true;
  EXPECT_EQ(none, only<imap::EsearchData>("* esearch (tag a) uid\r\n"));
}

TEST(Parser, ReadsFetchItemsInAnyOrder) {
  const char* const expected = "* 1 FETCH (UID 7 FLAGS (\\Seen $Junk) INTERNALDATE "
                               "\"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4 MODSEQ (9))";
  for (const char* input :
       {"* 1 FETCH (UID 7 FLAGS (\\Recent $Junk \\Seen) MODSEQ (9) RFC822.SIZE 4 "
        "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\r\n",
        "* 1 fetch (internaldate \"17-jul-1996 02:44:25 -0700\" rfc822.size 4 modseq 9 "
        "flags (\\SEEN $Junk) uid 7)\r\n",
        "* 1 FETCH  ( ENVELOPE (\"a)\" (NIL \"\\\"(\")) UID 7 X-GM-LABELS (\\Inbox "
        "{2}\r\n)) "
        "a) BODY (((\"TEXT\"))) FLAGS ($Junk \\Seen) Y NIL MODSEQ (9) RFC822.SIZE 4 "
        "RFC822 "
        "{1}\r\n) INTERNALDATE {26}\r\n17-Jul-1996 02:44:25 -0700 INTERNALDATE "
        "\"17-Jul-1996 02:44:25 -0700\" ) \r\n"})
    EXPECT_EQ(expected, events(input));
  EXPECT_EQ("* 1 FETCH (UID 7)", events("* 1  FETCH (UID 7)\r\n"));
  EXPECT_EQ("* 1 FETCH ()", events("* 1 FETCH (INTERNALDATE \"yesterday\")\r\n"));
}

TEST(Parser, InlinesHeaderFields) {
  const auto fetch =
      only<imap::FetchData>("* 1 FETCH (BODY[HEADER.FIELDS (\"Message-ID\" \"]\" "
                            "DATE)]<0> {9}\r\nDate: x\r\n UID 7)\r\n");
  EXPECT_EQ("Date: x\r\n", fetch.header);
  EXPECT_EQ(imap::Uid{7}, fetch.uid);
  EXPECT_FALSE(fetch.has_body);
  for (const char* empty : {"NIL", "\"\"", "{0}\r\n"})
    EXPECT_EQ("", only<imap::FetchData>("* 1 FETCH (BODY[HEADER.FIELDS (DATE)] " +
                                        std::string{empty} + ")\r\n")
                      .header);
}

TEST(Parser, StreamsBodies) {
  const std::pair<const char*, const char*> table[] = {
      {"* 1 FETCH (UID 7 BODY[] {3}\r\nabc FLAGS ())\r\n",
       "begin 3 of * 1 FETCH (UID 7)|body: abc|end|* 1 FETCH (UID 7 FLAGS ())|with a "
       "body of "
       "3"},
      {"* 1 FETCH (BODY[]<0> {1+}\r\n) UID 7)\r\n",
       "begin 1 of * 1 FETCH ()|body: )|end|* 1 FETCH (UID 7)|with a body of 1"},
      {"* 1 FETCH (BINARY[] ~{0}\r\n)\r\n",
       "begin 0 of * 1 FETCH ()|body: |end|* 1 FETCH ()|with a body of 0"},
      {"* 1 FETCH (body[1.2] \"a \\\"b\" UID 7)\r\n",
       "begin 4 of * 1 FETCH ()|body: a \"b|end|* 1 FETCH (UID 7)|with a body of 4"},
      {"* 1 FETCH (UID 7 BODY[] \"\")\r\n",
       "begin 0 of * 1 FETCH (UID 7)|body: |end|* 1 FETCH (UID 7)|with a body of 0"},
      {"* 1 FETCH (UID 7 BODY[] nil)\r\na OK x\r\n",
       "begin 0 NIL of * 1 FETCH (UID 7)|body: |end|* 1 FETCH (UID 7)|with a body of "
       "0|a OK x"}};
  for (const auto& [input, expected] : table) EXPECT_EQ(expected, events(input));
}

TEST(Parser, BodyThatLooksLikeImapIsABody) {
  const std::string body = ")\r\n* 2 FETCH (UID 9 BODY[] {5}\r\nA OK x\r\n\0\xff{3}\r\n";
  const std::string head =
      "* 1 FETCH (UID 7 BODY[] {" + std::to_string(body.size()) + "}\r\n";
  const Events all = parse_all(head + body + ")\r\n");
  EXPECT_EQ(1U, all.responses().size());
  EXPECT_NE(std::string::npos, all.text().find("body: " + body + "\nend\n"));
}

TEST(Parser, BodyDataIsAViewIntoTheInput) {
  imap::Parser parser;
  const std::string input = "* 1 FETCH (BODY[] {3}\r\nabc)\r\n";
  std::string_view rest = input;
  ASSERT_TRUE(std::holds_alternative<imap::BodyBegin>(parser.next(rest)));
  const imap::Event event = parser.next(rest);
  EXPECT_EQ(input.data() + 23, std::get<imap::BodyData>(event).octets.data());
  EXPECT_FALSE(parser.idle());
}

TEST(Parser, RefusesMalformedInput) {
  for (const char* bad : {"\r\n",
                          "\n",
                          " \r\n",
                          "*\r\n",
                          "* \r\n",
                          "** OK\r\n",
                          "hello\r\n",
                          "a1 BYE x\r\n",
                          "a1 PREAUTH x\r\n",
                          "a(1 OK x\r\n",
                          "* 5\r\n",
                          "* 4294967296 EXISTS\r\n",
                          "* -1 EXISTS\r\n",
                          "* 0 EXPUNGE\r\n",
                          "* 1 FETCH\r\n",
                          "* 1 FETCH UID 1\r\n",
                          "* 1 FETCH (UID 0)\r\n",
                          "* 1 FETCH (UID 4294967296)\r\n",
                          "* 1 FETCH (UID x)\r\n",
                          "* 1 FETCH (UID 1) x\r\n",
                          "* 1 FETCH (UID 1\r\n",
                          "* 1 FETCH (UID)\r\n",
                          "* 1 FETCH (FLAGS \\Seen)\r\n",
                          "* 1 FETCH (FLAGS (\\Seen)\r\n",
                          "* 1 FETCH (FLAGS NIL)\r\n",
                          "* 1 FETCH (MODSEQ (9223372036854775808))\r\n",
                          "* 1 FETCH (RFC822.SIZE NIL)\r\n",
                          "* 1 FETCH (INTERNALDATE x)\r\n",
                          "* 1 FETCH (BODY[] x)\r\n",
                          "* 1 FETCH (BODY[ {1}\r\na)\r\n",
                          "* 1 FETCH (BODY[]{1}\r\na)\r\n",
                          "* 1 FETCH (BODY[] {1} UID 3)\r\n",
                          "* 1 FETCH (BODY[] {x}\r\n",
                          "* 1 FETCH (BODY[] {-1}\r\n",
                          "* 1 FETCH (BODY[] {}\r\n",
                          "* 1 FETCH (BODY[] {9223372036854775808}\r\n",
                          "* 1 FETCH (BODY[] {18446744073709551616}\r\n",
                          "* 1 FETCH (BODY[] \"a)\r\n",
                          "* 1 FETCH (UID 1 BODY[] \"\" UID 2)\r\n",
                          "* 1 FETCH (BODY[] \"\" BODY[] \"\")\r\n",
                          "* 1 FETCH (X (a)\r\n",
                          "* 1 FETCH (X \"a)\r\n",
                          "* 1 FETCH (X {9999999999}\r\n",
                          "* LIST\r\n",
                          "* LIST () \"/\"\r\n",
                          "* LIST (a \"/\" x\r\n",
                          "* LIST () \"//\" x\r\n",
                          "* LIST () / x\r\n",
                          "* LIST () \"\x7f\" x\r\n",
                          "* LIST () \"\xe9\" x\r\n",
                          "* LIST () \"/\" \"x\r\n",
                          "* LIST () \"/\" \"x\"y\r\n",
                          "* STATUS x\r\n",
                          "* STATUS x (MESSAGES)\r\n",
                          "* STATUS x (MESSAGES 1\r\n",
                          "* VANISHED\r\n",
                          "* VANISHED 1-2\r\n",
                          "* VANISHED (LATER) 1\r\n",
                          "* VANISHED (EARLIER)\r\n",
                          "* VANISHED 1 2\r\n",
                          "* VANISHED 4294967296\r\n",
                          "* SEARCH 0\r\n",
                          "* SEARCH x\r\n",
                          "* SEARCH 1:2\r\n",
                          "* SEARCH 1 (MODSEQ x)\r\n",
                          "* ESEARCH (TAG \"a\" UID ALL 1\r\n",
                          "* ESEARCH UID ALL *\r\n",
                          "* ESEARCH UID ALL 0\r\n",
                          "* ESEARCH UID COUNT x\r\n",
                          "* FLAGS x\r\n"}) {
    Events all = parse_all(bad);
    EXPECT_TRUE(all.failed()) << bad << all.text();
    const std::string before = all.text();
    all.feed("* 1 EXISTS\r\n");
    EXPECT_EQ(before, all.text()) << "it goes on after " << bad;
  }
}

TEST(Parser, MalformedIsFinalAndPrintable) {
  imap::Parser parser;
  std::string_view input = "\x1b[31m\r\n* 1 EXISTS\r\n";
  for (int i = 0; i < 3; ++i) {
    const imap::Event event = parser.next(input);
    EXPECT_EQ("malformed response: %1B[31m", std::get<imap::Malformed>(event).why);
  }
}

} // namespace
