// SPDX-License-Identifier: GPL-3.0-or-later
#include "lending.h"

#include <sys/socket.h>

namespace {

class Lending : public testing::Test {
 protected:
  Lending() {
    // So that the loop never waits.
    loop_.at([] { return std::optional{posix::Clock::time_point{}}; }, [] {});
    ::unsetenv("IMAPSYNC_LEND_REMOTE_TARGET_FD");
    lender_.emplace(loop_, owner_, name_socket(sockets_.one, client::Use::source));
    borrower_.emplace(loop_, user_, name_socket(sockets_.other, client::Use::source),
                      client::Use::source,
                      client::Borrower::Listener{
                          [this](const client::LentMailbox& m) { selected_ = m; },
                          [this] { ++returned_; }});
  }

  /// Lets happen what can happen now.
  void settle() {
    for (int i = 0; i < 10; ++i) {
      loop_.turn();
      borrower_->pump();
    }
  }
  /// To each, the other end is gone.
  void part() const { ::shutdown(sockets_.one.get(), SHUT_RDWR); }
  void open() {
    owner_.command("LIST", [](const imap::Tagged&) {});
    server_.say(
        "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ APPENDLIMIT=70] x\r\na0 OK\r\n");
    settle();
    EXPECT_EQ("a0 LIST\r\n", server_.heard());
  }

  /// The borrower goes on in the session that it had not used, behind two commands.
  void expect_its_own() {
    EXPECT_FALSE(user_.used());
    const int before = answered_;
    user_.command("NOOP", count_);
    settle();
    EXPECT_EQ("a2 NOOP\r\n", unused_.heard());
    unused_.say("* PREAUTH x\r\na2 OK\r\n");
    settle();
    EXPECT_EQ(before + 1, answered_);
  }

  posix::Loop loop_;
  Server server_, unused_;
  client::Session owner_{loop_, "owner", server_.client(), {}};
  client::Session user_{
      loop_, "user", unused_.client(), {.lost = [this](const posix::Fault& fault) {
        if (bears_loss_) borrower_->lost(fault);
        return bears_loss_;
      }}};
  posix::Ends sockets_ = posix::connected_pair();
  std::optional<client::Lender> lender_;
  std::optional<client::Borrower> borrower_;
  client::LentMailbox selected_;
  int returned_ = 0, answered_ = 0;
  bool bears_loss_ = true;
  const client::Done count_ = [this](const imap::Tagged&) { ++answered_; };
};

TEST_F(Lending, TheBorrowerSpeaksToTheLendersServer) {
  open();
  EXPECT_FALSE(borrower_->look());
  ASSERT_TRUE(lender_->promise(client::Use::source));
  EXPECT_TRUE(borrower_->look());
  lender_->lend({"a\xc3\xa9/b\nc d", 17});
  EXPECT_FALSE(borrower_->look());
  EXPECT_EQ("a\xc3\xa9/b\nc d", selected_.name);
  EXPECT_EQ(17U, selected_.uidvalidity);
  EXPECT_TRUE(user_.greeted());
  EXPECT_TRUE(user_.has("LITERAL+"));
  EXPECT_EQ(70U, user_.limit("APPENDLIMIT"));
  user_.command("NOOP", count_);
  settle();
  EXPECT_EQ("b0 NOOP\r\n", server_.heard());
  EXPECT_EQ("", unused_.heard());
  server_.say("b0 OK\r\n");
  settle();
  EXPECT_EQ(1, answered_);
}

TEST_F(Lending, TheLenderHasItBackWhenAllWasAnswered) {
  open();
  lender_->promise(client::Use::source);
  lender_->lend({});
  settle();
  user_.command("FETCH", count_);
  lender_->reclaim();
  owner_.command("LIST again", count_);
  settle();
  EXPECT_EQ("b0 FETCH\r\nb1 UNSELECT\r\n", server_.heard());
  server_.say("b0 OK\r\n");
  settle();
  EXPECT_EQ("", server_.heard());
  EXPECT_EQ(0, returned_);
  server_.say("b1 OK\r\n");
  settle();
  EXPECT_EQ(1, returned_);
  EXPECT_TRUE(lender_->take_unselected());
  EXPECT_FALSE(lender_->take_unselected());
  EXPECT_EQ("a1 LIST again\r\n", server_.heard());
  server_.say("a1 OK\r\n");
  settle();
  EXPECT_EQ(2, answered_);

  // The other one has its own again.
  expect_its_own();
}

TEST_F(Lending, AgainInTheNextRound) {
  open();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(lender_->promise(client::Use::source));
    lender_->lend({"box", 1});
    settle();
    EXPECT_TRUE(user_.borrowed());
    lender_->reclaim();
    settle();
    server_.say("b" + std::to_string(round) + " OK\r\n");
    settle();
    EXPECT_FALSE(user_.borrowed());
    EXPECT_EQ(round + 1, returned_);
    server_.heard();
  }
}

TEST_F(Lending, WhoHasASessionTakesNone) {
  open();
  user_.command("NOOP", count_);
  settle();
  EXPECT_TRUE(lender_->promise(client::Use::source));
  EXPECT_FALSE(borrower_->look());
  lender_->lend({"box", 1});
  settle();
  EXPECT_FALSE(user_.borrowed());
  EXPECT_EQ("", selected_.name);
  // It came back at once, not to be forgotten until the next round.
  owner_.command("LIST again", count_);
  settle();
  EXPECT_EQ("a1 LIST again\r\n", server_.heard());
  EXPECT_FALSE(lender_->take_unselected());
  lender_->reclaim();
  owner_.command("LIST thrice", count_);
  settle();
  EXPECT_EQ("a2 LIST thrice\r\n", server_.heard());
  EXPECT_EQ("a0 NOOP\r\n", unused_.heard());
}

TEST_F(Lending, ItComesBackOnceThoughAskedForAtOnce) {
  open();
  user_.command("NOOP", count_);
  settle();
  lender_->promise(client::Use::source);
  lender_->lend({"box", 1});
  lender_->reclaim();
  settle();
  unused_.say("* PREAUTH x\r\na0 OK\r\n");
  settle();
  // Else this would be taken for the answer to the next loan.
  posix::Message message;
  EXPECT_EQ(posix::Received::nothing,
            posix::receive_message(sockets_.one.get(), message));
}

TEST_F(Lending, WhatIsHalfReadIsNotLent) {
  open();
  lender_->promise(client::Use::source);
  server_.say("* 3 EXI");
  settle();
  lender_->lend({"box", 1});
  settle();
  EXPECT_FALSE(user_.borrowed());
  EXPECT_FALSE(borrower_->expects());
  owner_.command("NOOP", count_);
  server_.say("STS\r\na1 OK\r\n");
  settle();
  EXPECT_EQ(1, answered_);
}

TEST_F(Lending, NothingIsLentToNobody) {
  open();
  part();
  EXPECT_FALSE(lender_->promise(client::Use::source));
}

TEST_F(Lending, APromiseEndsWithTheLender) {
  ASSERT_TRUE(lender_->promise(client::Use::source));
  EXPECT_TRUE(borrower_->look());
  part();
  EXPECT_FALSE(borrower_->look());
}

TEST_F(Lending, WhereTheBorrowerHasDiedThatIsToBeToldNotThis) {
  open();
  lender_->promise(client::Use::source);
  lender_->lend({});
  part();
  lender_->reclaim();
  EXPECT_THROW(settle(), posix::BrokenPipe);
  EXPECT_THROW(lender_->reclaim(), posix::BrokenPipe);
}

TEST_F(Lending, ASessionThatEndsIsReplacedByTheBorrowersOwn) {
  open();
  lender_->promise(client::Use::source);
  lender_->lend({"box", 1});
  settle();
  user_.command("FETCH", count_);
  user_.command("FETCH again", count_);
  settle();
  // What comes behind the end is nobody's any more, nor what was begun.
  server_.say("b0 OK\r\n* BYE deleted\r\nb1 OK\r\n* 3 EXI");
  settle();
  EXPECT_EQ(1, answered_);
  EXPECT_FALSE(user_.borrowed());
  expect_its_own();
}

TEST_F(Lending, TheLenderHearsWhyItEnded) {
  open();
  lender_->promise(client::Use::source);
  lender_->lend({"box", 1});
  settle();
  user_.command("FETCH", count_);
  server_.say("* BYE deleted\r\n");
  settle();
  try {
    lender_->reclaim();
    FAIL();
  } catch (const posix::Fault& fault) {
    EXPECT_EQ(EX_TEMPFAIL, fault.status);
    EXPECT_STREQ("user: deleted", fault.what());
  }
}

TEST_F(Lending, TheLenderHearsThatItEndedWhenAskedFor) {
  open();
  lender_->promise(client::Use::source);
  lender_->lend({"box", 1});
  settle();
  lender_->reclaim();
  borrower_->look();
  server_.say("* BYE deleted\r\n");
  try {
    settle();
    FAIL();
  } catch (const posix::Fault& fault) {
    EXPECT_STREQ("user: deleted", fault.what());
  }
  EXPECT_FALSE(user_.borrowed());
}

TEST_F(Lending, WhatIsHalfReadIsNotGivenBack) {
  bears_loss_ = false;
  open();
  lender_->promise(client::Use::source);
  lender_->lend({});
  lender_->reclaim();
  settle();
  server_.say("b0 OK\r\n* 3 EXI");
  try {
    settle();
    FAIL();
  } catch (const posix::Fault& fault) {
    EXPECT_EQ(EX_TEMPFAIL, fault.status);
  }
}

} // namespace
