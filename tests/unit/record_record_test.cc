// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/record.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace {

const std::string digest(64, 'a');
const std::string date = "17-Jul-1996 02:44:25 -0700";

// Every verb, in each of its shapes.
const std::string lines[] = {
    "round\t-\t-\t1",
    "request\t-\t-\tsync",
    "request\t-\tINBOX/Drafts\tsync",
    "end\t-\t-\trequests\t2",
    "end\t-\t-\tround\t9223372036854775807",
    "state\tlocal\tINBOX\t7\t1700000000\t43\t90\t41\tyes",
    "state\tremote\tEntwürfe/a%2Fb\t0\t0\t0\t0\t0\tno",
    "end\t-\t-\tstates\t0",
    "server\tlocal\t-\t/\tall",
    "server\tremote\t-\t-\tsome",
    "server\tremote\t-\t%2D\tall",
    "mailbox\tlocal\tINBOX\t()\tyes\t1\t2\t3\t4",
    "mailbox\tremote\tSent\t(\\HasNoChildren \\Sent)\tno\t0\t0\t0\t0",
    "differs\tlocal\tINBOX\t0\t43",
    "end\tlocal\t-\tmailboxes\t2",
    "vanished\tlocal\tINBOX\t1:4294967295",
    "present\tremote\tINBOX\t1,3:5,9",
    "flags\tlocal\tINBOX\t7\t(\\Seen $Junk)",
    "flags\tlocal\tINBOX\t7:9\t()",
    "new\tlocal\tINBOX\t43\t" + date + "\t2318\t(\\Seen)",
    "end\tlocal\tINBOX\tchanges\t1\t1700000000\t44\t95\t42\t(\\Seen \\*)\tyes",
    "end\tremote\tINBOX\tchanges\t0\t1\t1\t0\t0\t()\tno",
    "changed\tremote\t-",
    "changed\tlocal\tINBOX",
    "create\tremote\tArchive/2026\t(\\Archive)",
    "subscribe\tremote\tArchive/2026\tyes",
    "identify\tlocal\tINBOX\t1700000000\t1:3",
    "append\tremote\tINBOX\t1600000000\t1700000000\t43\t2318",
    "copy\tremote\tArchive\t0\tINBOX\t1600000000\t4:5\t9,12",
    "store\tlocal\tINBOX\t1700000000\t1:3\t(\\Seen)\t(\\Flagged $Junk)",
    "expunge\tlocal\tINBOX\t1700000000\t90\t3\t-",
    "expunge\tlocal\tINBOX\t1700000000\t0\t3\tArchive",
    "end\tremote\t-\tactions\t7",
    "pair\t-\tINBOX\t1\t2\t" + date + "\t10\t" + date + "\t11\t()\t" + digest,
    "pair\t-\tINBOX\t1\t2\t" + date + "\t10\t" + date + "\t11\t()\t-",
    "unpair\t-\tINBOX\t1:3",
    "base\t-\tINBOX\t1:3\t(\\Seen)",
    "forget\t-\tArchive/2026",
    "numbers\tlocal\tINBOX\t1700000000\t44\t95\t42\tyes",
    "compared\t-\t-\t75",
    "done\t-\tINBOX\t7\t0\t1",
    "created\tremote\tArchive\t1\t1\t1",
    "subscribed\tremote\tArchive\tno",
    "identity\tlocal\tINBOX\t3\t" + digest,
    "identified\tlocal\tINBOX\t1:3",
    "appended\tremote\tINBOX\t1600000000\t43\t51\t" + date + "\t2318\t(\\Seen)\t-",
    "copied\tremote\tArchive\t1\t9,12\t1:2",
    "stored\tlocal\tINBOX\t1:3",
    "lacks\tlocal\tINBOX\t1:3\t($Junk)",
    "expunged\tlocal\tINBOX\t3",
    "foreign\tremote\tINBOX",
    "progress\tremote\tINBOX\t1\t10\t2318\t40000",
    "failed\tremote\tINBOX\tappend\t43\trefused\t[LIMIT] 100%25 too large%0A",
    "failed\tremote\t-\tlist\t-\tconnection\t",
    "failed\tlocal\tINBOX\tselect\t-\trollback\t%2D",
    "warning\tlocal\tINBOX\tconflict\tflags of 3",
    "warning\t-\t-\tclock\tit is late",
    "again\t-\tINBOX\tidentified",
    "committed\tremote\tINBOX\tappended\t1",
    "committed\t-\tINBOX\tmailbox\t1",
};

TEST(Record, IsWrittenAsItWasRead) {
  std::set<std::size_t> verbs;
  for (const std::string& line : lines) {
    try {
      const record::Record record = record::parse(line);
      verbs.insert(record.index());
      EXPECT_EQ(line + "\n", record::format(record));
    } catch (const record::Malformed& error) {
      ADD_FAILURE() << line << ": " << error.what();
    }
  }
  EXPECT_EQ(std::variant_size_v<record::Record>, verbs.size()) << "a verb has no line";
}

TEST(Record, RefusesAFieldTooManyOrTooFew) {
  for (const std::string& line : lines) {
    EXPECT_THROW(record::parse(line + "\t"), record::Malformed) << line;
    EXPECT_THROW(record::parse(line + "\t-"), record::Malformed) << line;
    EXPECT_THROW(record::parse(line.substr(0, line.rfind('\t'))), record::Malformed)
        << line;
  }
}

TEST(Record, RefusesEveryEmptyFieldButAText) {
  for (const std::string& line : lines) {
    for (std::size_t tab = line.find('\t'); tab != std::string::npos;
         tab = line.find('\t', tab + 1)) {
      const std::size_t end = std::min(line.find('\t', tab + 1), line.size());
      const bool text = end == line.size() &&
                        (line.starts_with("failed\t") || line.starts_with("warning\t"));
      if (text) continue;
      const std::string without = line.substr(0, tab + 1) + line.substr(end);
      EXPECT_THROW(record::parse(without), record::Malformed) << without;
    }
  }
}

TEST(Record, RefusesUnknownVerbs) {
  for (const char* bad : {"", "\t-\t-", "fetch\tlocal\tINBOX", "Round\t-\t-\t1", "round",
                          " round\t-\t-\t1", "round \t-\t-\t1", "round -\t-\t1"})
    EXPECT_THROW(record::parse(bad), record::Malformed) << bad;
}

TEST(Record, NamesTheVerbItDoesNotKnowWithoutItsControls) {
  try {
    record::parse("\x1b]0;owned\a\t-\t-");
    FAIL();
  } catch (const record::Malformed& error) {
    EXPECT_STREQ("unknown verb '%1B]0;owned%07'", error.what());
  }
}

// `@` stands for the refused field.
void expect_refused(const std::string& shape, std::initializer_list<std::string> fields) {
  const std::size_t at = shape.find('@');
  for (const std::string& field : fields) {
    const std::string line = shape.substr(0, at) + field + shape.substr(at + 1);
    EXPECT_THROW(record::parse(line), record::Malformed) << line;
  }
}

TEST(Record, RefusesWhatIsNoSide) {
  expect_refused("differs\t@\tINBOX\t1\t1", {"-", "Local", "both", "local ", "1"});
  expect_refused("base\t@\tINBOX\t1\t()", {"local", "remote"});
  expect_refused("warning\t@\tINBOX\tx\t", {"--", "%2D"});
}

TEST(Record, RefusesWhatIsNoMailbox) {
  expect_refused("differs\tlocal\t@\t1\t1",
                 {"-",    "/",   "a//b", "/a",  "a/",    ".",    "..",
                  "a/..", "./a", "%2E",  "%41", "a%2fb", "a%",   "a\x1b",
                  "a\nb", "%0A", "%0D",  "%00", "\xff",  "a\xc3"});
  expect_refused("differs\tlocal\t@\t1\t1", {std::string(5000, 'a')});
  expect_refused("round\t-\t@\t1", {"INBOX"});
  expect_refused("copy\tremote\tArchive\t0\t@\t1600000000\t4:5\t9,12", {"-", "a//b"});
}

TEST(Record, RefusesWordsThatTheVerbDoesNotKnow) {
  expect_refused("request\t-\tINBOX\t@", {"delete", "Sync", "-"});
  expect_refused("server\tlocal\t-\t/\t@", {"any", "All", "-"});
  expect_refused("failed\tlocal\tINBOX\t@\t1\trefused\t", {"fetch", "done", "-"});
  expect_refused("failed\tlocal\tINBOX\tappend\t1\t@\t", {"denied", "Refused", "-"});
  expect_refused("again\t-\tINBOX\t@", {"later", "-"});
  expect_refused("committed\tlocal\tINBOX\t@\t1", {"append", "numbers", "-"});
}

TEST(Record, RefusesWhatIsNoNumber) {
  expect_refused("round\t-\t-\t@",
                 {"-1", "+1", "01", "00", " 1", "1 ", "1.0", "0x1", "-", "one",
                  "9223372036854775808", "18446744073709551616", "99999999999999999999"});
}

TEST(Record, RefusesWhatIsNoUid) {
  expect_refused("identity\tlocal\tINBOX\t@\t-",
                 {"0", "4294967296", "-1", "01", "1:2", "*", "-"});
}

TEST(Record, RefusesEveryOtherSpellingOfAUidSet) {
  expect_refused("vanished\tlocal\tINBOX\t@",
                 {"0",       "0:1",        "*",   "1:*", "1,",  ",1",    "1,,2", "1:",
                  ":1",      "1:2:3",      "2,1", "2:1", "1,2", "1:2,3", "1:1",  "1,1",
                  "1:3,2:4", "4294967296", "01",  "1 ",  " 1",  "1;2",   "-",    "$"});
}

TEST(Record, RefusesFlagsThatNoMessageHas) {
  expect_refused("base\t-\tINBOX\t1\t@",
                 {"\\Seen", "(\\Seen", "\\Seen)", "(\\Recent)", "(\\*)", "(\\Foo)", "( )",
                  "(\\Seen )", "( \\Seen)", "(\\Seen  \\Draft)", "(a\"b)", "(a{1})",
                  "(a(b))", "(a%b)", "(a*)", "(\\)", "((\\Seen))", "(\xc3\xa9)", "-"});
}

TEST(Record, RefusesEveryOtherSpellingOfFlags) {
  expect_refused("base\t-\tINBOX\t1\t@", {"(\\Draft \\Seen)", "(\\Seen \\Seen)",
                                          "(\\seen)", "(b a)", "(a A)", "(a \\Seen)"});
  expect_refused("end\tlocal\tINBOX\tchanges\t0\t1\t1\t0\t0\t@\tyes",
                 {"(\\* \\Seen)", "(\\* \\*)", "(\\Draft \\Seen)", "\\*"});
}

TEST(Record, RefusesWhatIsNoDate) {
  expect_refused("new\tlocal\tINBOX\t1\t@\t1\t()",
                 {"-", "17-Jul-1996", "7-Jul-1996 02:44:25 -0700",
                  " 7-Jul-1996 02:44:25 -0700", "31-Jun-1996 02:44:25 -0700",
                  "29-Feb-1995 00:00:00 +0000", "17-JUL-1996 02:44:25 -0700",
                  "17-Jul-1996 24:00:00 -0700", "17-Jul-1996 02:44:25 -07:00",
                  "17-Jul-1996 02:44:25 0700", "17-Jul-1996 02:44:25 -0000",
                  "\"17-Jul-1996 02:44:25 -0700\"", "17-Jul-1996 02:44:25 -0700 "});
}

TEST(Record, RefusesWhatIsNoDigest) {
  expect_refused("identity\tlocal\tINBOX\t1\t@",
                 {digest + "a", digest.substr(1), std::string(64, 'A'),
                  std::string(63, 'a') + "g", "%2D", "--"});
}

TEST(Record, RefusesWhatIsNoWord) {
  expect_refused("request\t-\t-\t@", {"Sync", "re-sync", "a b", "%41", "-", "é"});
  expect_refused("subscribe\tlocal\tINBOX\t@", {"Yes", "true", "1", "0", "-", "yes "});
  expect_refused("end\t-\t-\t@\t1", {"Round", "changes", "mailboxes", "actions", "-"});
  expect_refused("end\tlocal\t-\t@\t1", {"round", "requests", "states", "changes"});
}

TEST(Record, RefusesWhatIsNoListOfAttributes) {
  expect_refused("create\tlocal\tINBOX\t@",
                 {"\\Sent", "(", ")", "(\\Sent", "( \\Sent)", "(\\Sent )", "( )",
                  "(\\Sent  \\Junk)", "((\\Sent))", "(\\S\x1b)", "(\xc3\xa9)", "-"});
}

TEST(Record, RefusesATextThatIsNotEscapedAsItShouldBe) {
  expect_refused("warning\t-\t-\tx\t@",
                 {"-", "%", "%0a", "%41", "\x1b[2J", "\x7f", "\xff", "%C3%A9", "a\nb"});
  expect_refused("server\tlocal\t-\t@\tall", {"//", "%2F", "%", "\x01", "é"});
}

} // namespace
