// SPDX-License-Identifier: GPL-3.0-or-later
#include "filter/lead.h"

#include <gtest/gtest.h>

#include <string_view>

#include "record/reader.h"

namespace {

using record::Side;

constexpr std::uint64_t much = filter::Lead::most + 1;

struct FilterLead : testing::Test {
  // A record, which takes part as if it had so many octets.
  void note(const char* line, std::uint64_t octets = 100) {
    record::Reader reader;
    reader.feed(std::string{record::header} + "round\t-\t-\t1\n" + line + "\n");
    reader.next();
    lead.note(reader.next()->record, octets);
  }
  void lists(const char* local, const char* remote) {
    differs("local", local);
    differs("remote", remote);
  }
  void differs(const std::string& side, std::string_view mailboxes) {
    for (const char mailbox : mailboxes)
      note(("differs\t" + side + "\t" + mailbox + "\t0\t9").c_str());
    lead.note(
        record::EndMailboxes{side == "local" ? Side::local : Side::remote, {}, {}, 0},
        100);
  }
  void fresh(const std::string& side, char mailbox, std::uint64_t octets) {
    note(
        ("new\t" + side + "\t" + mailbox + "\t1\t17-Jul-1996 02:44:25 -0700\t5\t(\\Seen)")
            .c_str(),
        octets);
  }
  void end(Side side, char mailbox) {
    lead.note(record::EndChanges{side, {mailbox}, {}, 0, {}, {}, true}, 100);
  }
  filter::Lead lead;
};

TEST_F(FilterLead, IsWhatTheOtherSideHasNotToldOfYet) {
  lists("ab", "ab");
  fresh("local", 'a', much);
  EXPECT_FALSE(lead.ahead(Side::local)) << "a mailbox that is not done is no lead";
  end(Side::local, 'a');
  EXPECT_TRUE(lead.ahead(Side::local));
  EXPECT_FALSE(lead.ahead(Side::remote));
  end(Side::remote, 'a');
  EXPECT_FALSE(lead.ahead(Side::local));
}

TEST_F(FilterLead, IsSummedUpOverMailboxes) {
  lists("abc", "abc");
  for (const char mailbox : {'a', 'b'}) {
    EXPECT_FALSE(lead.ahead(Side::remote));
    fresh("remote", mailbox, much / 2 + 1);
    end(Side::remote, mailbox);
  }
  EXPECT_TRUE(lead.ahead(Side::remote));
  end(Side::local, 'a');
  EXPECT_FALSE(lead.ahead(Side::remote));
}

TEST_F(FilterLead, IsNoneWhereTheOtherSideHasNothingToTell) {
  lists("ab", "b");
  fresh("local", 'a', much);
  end(Side::local, 'a');
  EXPECT_FALSE(lead.ahead(Side::local));
}

TEST_F(FilterLead, IsAnythingBeforeTheOtherSidesList) {
  differs("local", "ab");
  fresh("local", 'a', much);
  end(Side::local, 'a');
  EXPECT_TRUE(lead.ahead(Side::local));
  differs("remote", "b");
  EXPECT_FALSE(lead.ahead(Side::local));
}

TEST_F(FilterLead, EndsWithASelectThatFails) {
  lists("ab", "ab");
  fresh("local", 'a', much);
  end(Side::local, 'a');
  note("failed\tremote\ta\tselect\t-\trefused\tno");
  EXPECT_FALSE(lead.ahead(Side::local));
}

TEST_F(FilterLead, IsNeverOfBothSides) {
  lists("ab", "ab");
  fresh("local", 'a', much);
  fresh("remote", 'b', much);
  end(Side::local, 'a');
  EXPECT_TRUE(lead.ahead(Side::local));
  end(Side::remote, 'b');
  EXPECT_FALSE(lead.ahead(Side::local));
  EXPECT_FALSE(lead.ahead(Side::remote));
}

TEST_F(FilterLead, EndsWithTheRound) {
  lists("ab", "ab");
  fresh("local", 'a', much);
  end(Side::local, 'a');
  lead.note(record::Round{}, 100);
  EXPECT_FALSE(lead.ahead(Side::local));
}

} // namespace
