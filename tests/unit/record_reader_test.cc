// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/reader.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

const std::string header{record::header};

const std::string two_rounds = header +
                               "round\t-\t-\t1\n"
                               "request\t-\tINBOX\tsync\n"
                               "request\t-\tEntwürfe\tsync\n"
                               "end\t-\t-\trequests\t2\n"
                               "state\tlocal\tINBOX\t7\t1\t43\t90\t41\tyes\n"
                               "end\t-\t-\tstates\t1\n"
                               "mailbox\tlocal\tINBOX\t()\tyes\t1\t2\t3\t4\n"
                               "mailbox\tremote\tINBOX\t()\tyes\t1\t2\t3\t4\n"
                               "mailbox\tremote\tA\t()\tyes\t1\t2\t3\t4\n"
                               "end\tlocal\t-\tmailboxes\t1\n"
                               "end\tremote\t-\tmailboxes\t2\n"
                               "vanished\tlocal\tINBOX\t1\n"
                               "flags\tlocal\tA\t1\t()\n"
                               "present\tlocal\tINBOX\t2:3\n"
                               "flags\tremote\tINBOX\t1\t()\n"
                               "end\tlocal\tINBOX\tchanges\t2\t1\t44\t95\t42\t()\tyes\n"
                               "end\tremote\tINBOX\tchanges\t1\t1\t44\t95\t42\t()\tyes\n"
                               "end\tlocal\tA\tchanges\t1\t1\t44\t95\t42\t()\tyes\n"
                               "end\tremote\tA\tchanges\t0\t1\t44\t95\t42\t()\tyes\n"
                               "end\t-\t-\tround\t1\n"
                               "changed\tlocal\t-\n"
                               "round\t-\t-\t2\n"
                               "end\t-\t-\trequests\t0\n"
                               "end\t-\t-\tround\t2\n";

/// What a reader makes of a stream that comes in pieces: the lines it gives, then how it
/// ends.
std::string rendered(std::string_view stream, std::size_t piece = std::string::npos) {
  record::Reader reader;
  std::string out = header;
  try {
    do {
      reader.feed(stream.substr(0, piece));
      stream.remove_prefix(std::min(piece, stream.size()));
      while (const auto item = reader.next()) {
        out += item->line;
        EXPECT_EQ(item->line, record::format(item->record));
      }
    } while (!stream.empty());
    reader.finish();
    return out;
  } catch (const record::Malformed& error) {
    return std::string{"malformed: "} + error.what();
  } catch (const record::Truncated& error) {
    return std::string{"truncated: "} + error.what();
  }
}

TEST(Reader, PassesLinesOnAsTheyCame) { EXPECT_EQ(two_rounds, rendered(two_rounds)); }

TEST(Reader, TakesAStreamInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece < 100; ++piece)
    EXPECT_EQ(two_rounds, rendered(two_rounds, piece)) << piece;
}

TEST(Reader, TakesAStreamSplitAnywhere) {
  for (std::size_t at = 0; at <= two_rounds.size(); ++at) {
    record::Reader reader;
    std::size_t records = 0;
    for (const auto& part : {two_rounds.substr(0, at), two_rounds.substr(at)}) {
      reader.feed(part);
      while (reader.next()) ++records;
    }
    reader.finish();
    EXPECT_EQ(24U, records) << at;
  }
}

TEST(Reader, CallsEveryEarlyEndTruncated) {
  // After these lines the stream is complete: it may end there.
  const auto complete = [](std::string_view part) {
    return part == header || part.ends_with("\tround\t1\n") ||
           part.ends_with("\tround\t2\n") || part.ends_with("changed\tlocal\t-\n");
  };
  for (std::size_t length = 0; length <= two_rounds.size(); ++length) {
    const std::string part = two_rounds.substr(0, length);
    const bool truncated = rendered(part).starts_with("truncated: ");
    EXPECT_NE(complete(part), truncated) << part;
  }
}

TEST(Reader, CallsAListWithoutItsEndTruncated) {
  for (const char* begun :
       {"request\t-\tINBOX\tsync\n", "state\tlocal\tINBOX\t7\t1\t43\t90\t41\tyes\n",
        "mailbox\tlocal\tINBOX\t()\tyes\t1\t2\t3\t4\n", "vanished\tlocal\tINBOX\t1\n"})
    EXPECT_EQ("truncated: the input ends inside a list", rendered(header + begun));
}

TEST(Reader, RefusesEverythingWithoutItsHeader) {
  const struct {
    const char *stream, *verdict;
  } cases[] = {
      {"round\t-\t-\t1\n", "malformed: line 1: not a stream of imapsync records"},
      {"\n", "malformed: line 1: not a stream of imapsync records"},
      {"* OK ready\r\n", "malformed: line 1: not a stream of imapsync records"},
      {"imapsync-records\t2\n", "malformed: line 1: version of the records is not 1"},
      {"imapsync-records\t1 \n", "malformed: line 1: version of the records is not 1"},
      {"imapsync-records\t1\r\n", "malformed: line 1: version of the records is not 1"},
      {"imapsync-records 1\n", "malformed: line 1: not a stream of imapsync records"},
      {"", "truncated: the input ends inside a line"},
      {"imapsync-records\t1", "truncated: the input ends inside a line"},
  };
  for (const auto& c : cases) EXPECT_EQ(c.verdict, rendered(c.stream)) << c.stream;
}

TEST(Reader, NamesTheLineItRefuses) {
  EXPECT_EQ("malformed: line 3: unknown verb 'fetch'",
            rendered(header + "round\t-\t-\t1\nfetch\tlocal\tINBOX\n"));
  EXPECT_EQ("malformed: line 2: unknown verb ''", rendered(header + "\n"));
  EXPECT_EQ("malformed: line 2: unknown verb 'imapsync-records'",
            rendered(header + header));
}

TEST(Reader, RefusesAWrongCount) {
  const auto verdict = [](const std::string& records) {
    return rendered(header + "round\t-\t-\t1\n" + records);
  };
  EXPECT_EQ("malformed: line 3: end of requests after 0 records, not 1",
            verdict("end\t-\t-\trequests\t1\n"));
  EXPECT_EQ("malformed: line 4: end of requests after 1 records, not 0",
            verdict("request\t-\t-\tsync\nend\t-\t-\trequests\t0\n"));
  EXPECT_EQ("malformed: line 3: end of states after 0 records, not 2",
            verdict("end\t-\t-\tstates\t2\n"));
  EXPECT_EQ("malformed: line 4: end of mailboxes after 0 records, not 1",
            verdict("mailbox\tlocal\tINBOX\t()\tyes\t1\t2\t3\t4\n"
                    "end\tremote\t-\tmailboxes\t1\n"));
  EXPECT_EQ("malformed: line 4: end of changes after 0 records, not 1",
            verdict("flags\tlocal\tA\t1\t()\n"
                    "end\tlocal\tB\tchanges\t1\t1\t44\t95\t42\t()\tyes\n"));
  EXPECT_EQ("malformed: line 4: end of changes after 0 records, not 1",
            verdict("flags\tlocal\tA\t1\t()\n"
                    "end\tremote\tA\tchanges\t1\t1\t44\t95\t42\t()\tyes\n"));
  EXPECT_EQ("malformed: line 5: end of actions after 1 records, not 2",
            verdict("subscribe\tlocal\tA\tyes\nexpunge\tremote\tA\t1\t2\t3\t-\n"
                    "end\tremote\t-\tactions\t2\n"));
}

// Those of the side before are not passed on, and other programs may leave it out.
TEST(Reader, DoesNotMissTheEndOfTheActions) {
  const std::string round = "round\t-\t-\t1\nsubscribe\tlocal\tA\tyes\n";
  const std::string end = "end\t-\t-\tround\t1\n";
  const std::string stream =
      header + round + end + round + "end\tlocal\t-\tactions\t1\n" + end;
  EXPECT_EQ(stream, rendered(stream));
}

TEST(Reader, CountsEachListAnew) {
  const std::string list = "flags\tlocal\tA\t1\t()\n"
                           "end\tlocal\tA\tchanges\t1\t1\t44\t95\t42\t()\tyes\n";
  EXPECT_EQ(header + list + list, rendered(header + list + list));
}

TEST(Reader, RefusesRoundsThatDoNotNest) {
  EXPECT_EQ("malformed: line 3: a round inside a round",
            rendered(header + "round\t-\t-\t1\nround\t-\t-\t2\n"));
  for (const char* records :
       {"end\t-\t-\tround\t1\n", "round\t-\t-\t1\nend\t-\t-\tround\t2\n",
        "round\t-\t-\t1\nend\t-\t-\tround\t1\nend\t-\t-\tround\t1\n"})
    EXPECT_TRUE(
        rendered(header + records).ends_with("the end of a round that did not begin"))
        << rendered(header + records);
}

TEST(Reader, CountsRoundsFromOne) {
  EXPECT_EQ("malformed: line 2: rounds are counted from 1",
            rendered(header + "round\t-\t-\t0\n"));
}

TEST(Reader, RefusesCopiesThatDoNotBelongOneToOne) {
  EXPECT_EQ("malformed: line 2: copied: the two UID sets differ in size",
            rendered(header + "copied\tlocal\tA\t1\t1:3\t4:5\n"));
}

TEST(Reader, RefusesARoundThatEndsInsideAList) {
  for (const char* begun :
       {"request\t-\tINBOX\tsync\n", "state\tlocal\tINBOX\t7\t1\t43\t90\t41\tyes\n",
        "mailbox\tlocal\tINBOX\t()\tyes\t1\t2\t3\t4\n", "flags\tlocal\tA\t1\t()\n"})
    EXPECT_EQ("malformed: line 4: the round ends inside a list",
              rendered(header + "round\t-\t-\t1\n" + begun + "end\t-\t-\tround\t1\n"));
}

TEST(Reader, ForgetsTheChangesOfAMailboxThatFailed) {
  const std::string round = "round\t-\t-\t1\nflags\tlocal\tA\t1\t()\n"
                            "failed\tlocal\tA\tselect\t-\tconnection\t\n"
                            "end\t-\t-\tround\t1\n";
  EXPECT_EQ(header + round + round, rendered(header + round + round));
}

TEST(Reader, BoundsALine) {
  const std::string start = "warning\t-\t-\tx\t";
  const std::string fits =
      start + std::string(record::Reader::max_line - start.size() - 1, 'a') + "\n";
  EXPECT_EQ(header + fits, rendered(header + fits));
  EXPECT_EQ("malformed: line 2: line longer than 4 MiB", rendered(header + "a" + fits));
  // Refused before its end has come.
  EXPECT_EQ("malformed: line 2: line longer than 4 MiB",
            rendered(header + std::string(record::Reader::max_line + 1, 'a'), 1 << 16));
}

TEST(Reader, KnowsWhetherARoundIsOpen) {
  record::Reader reader;
  reader.feed(header + "round\t-\t-\t1\nend\t-\t-\tround\t1\n");
  EXPECT_FALSE(reader.in_round());
  reader.next();
  EXPECT_TRUE(reader.in_round());
  reader.next();
  EXPECT_FALSE(reader.in_round());
}

} // namespace
