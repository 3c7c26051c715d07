// SPDX-License-Identifier: GPL-3.0-or-later
// The second one who is lent a session: it changes what is there.
#include "lending.h"

#include <sys/socket.h>

namespace {

using client::Use;

class LendingToBoth : public testing::Test {
 protected:
  LendingToBoth() {
    // So that the loop never waits.
    loop_.at([] { return std::optional{posix::Clock::time_point{}}; }, [] {});
    name_socket(source_ends_.one, Use::source);
    lender_.emplace(loop_, owner_, name_socket(target_ends_.one, Use::target));
    source_.emplace(loop_, reader_, name_socket(source_ends_.other, Use::source),
                    Use::source, client::Borrower::Listener{[](const auto&) {}, [] {}});
    target_.emplace(loop_, writer_, name_socket(target_ends_.other, Use::target),
                    Use::target,
                    client::Borrower::Listener{
                        [this](const client::LentMailbox& m) { selected_ = m; },
                        [this] { ++returned_; }});
    owner_.command("LIST", [](const imap::Tagged&) {});
    server_.say("* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] x\r\na0 OK\r\n");
    settle();
    server_.heard();
  }

  /// Lets happen what can happen now.
  void settle() {
    for (int i = 0; i < 10; ++i) {
      loop_.turn();
      lender_->pump();
      source_->pump();
      target_->pump();
    }
  }

  void lend_to_target() {
    lender_->promise(Use::target);
    lender_->lend(box_);
    target_->look();
    target_->want();
    settle();
  }

  posix::Loop loop_;
  Server server_, readers_own_, writers_own_;
  client::Session owner_{loop_, "owner", server_.client(), {}};
  client::Session reader_{
      loop_, "reader", readers_own_.client(), {.lost = [this](const posix::Fault& fault) {
        source_->lost(fault);
        return true;
      }}};
  client::Session writer_{loop_, "writer", writers_own_.client(), {}};
  posix::Ends source_ends_ = posix::connected_pair(),
              target_ends_ = posix::connected_pair();
  std::optional<client::Lender> lender_;
  std::optional<client::Borrower> source_, target_;
  std::optional<client::LentMailbox> selected_;
  int returned_ = 0, answered_ = 0;
  const client::Done count_ = [this](const imap::Tagged&) { ++answered_; };
  const client::LentMailbox box_{
      "a\nbox", 17, imap::parse_permanent_flags("(\\Seen $Junk \\*)").value(), false};
};

TEST_F(LendingToBoth, ItIsLentWhenItIsWanted) {
  EXPECT_TRUE(target_->listens());
  ASSERT_TRUE(lender_->promise(Use::target));
  EXPECT_TRUE(target_->look());
  EXPECT_FALSE(target_->listens());
  EXPECT_FALSE(target_->waits_for_plan());
  lender_->lend(box_);
  settle();
  EXPECT_FALSE(lender_->lent());
  target_->want();
  settle();
  EXPECT_TRUE(lender_->lent());
  EXPECT_FALSE(target_->expects());
  ASSERT_TRUE(selected_);
  EXPECT_EQ(box_.name, selected_->name);
  EXPECT_EQ(17U, selected_->uidvalidity);
  EXPECT_EQ(box_.permanent, selected_->permanent);
  EXPECT_FALSE(selected_->writable);
  writer_.command("STORE", count_);
  settle();
  EXPECT_EQ("c0 STORE\r\n", server_.heard());
  server_.say("c0 OK\r\n");
  settle();
  EXPECT_EQ(1, answered_);
}

TEST_F(LendingToBoth, WhatIsWantedEarlyIsLentWhenAllIsListed) {
  lender_->promise(Use::target);
  target_->look();
  target_->want();
  settle();
  EXPECT_FALSE(selected_);
  lender_->lend({});
  settle();
  ASSERT_TRUE(selected_);
  EXPECT_EQ("", selected_->name);
  EXPECT_TRUE(selected_->writable);
}

TEST_F(LendingToBoth, FirstItIsFetchedFrom) {
  lender_->promise(Use::source);
  lender_->promise(Use::target);
  lender_->lend(box_);
  settle();
  EXPECT_TRUE(target_->waits_for_plan());
  EXPECT_TRUE(reader_.borrowed());
  EXPECT_FALSE(source_->is_waited_for());
  reader_.command("FETCH", count_);
  target_->want();
  settle();
  EXPECT_TRUE(source_->is_waited_for());
  EXPECT_FALSE(selected_);
  server_.say("b0 OK\r\n");
  settle();
  source_->finish(true);
  settle();
  EXPECT_FALSE(reader_.borrowed());
  ASSERT_TRUE(selected_);
  EXPECT_EQ(box_.name, selected_->name);
  EXPECT_EQ("b0 FETCH\r\n", server_.heard());
}

TEST_F(LendingToBoth, WhoIsLentItWhileAnotherWaitsHearsOfThat) {
  lender_->promise(Use::source);
  lender_->promise(Use::target);
  target_->look();
  target_->want();
  settle();
  lender_->lend(box_);
  settle();
  EXPECT_TRUE(source_->is_waited_for());
}

TEST_F(LendingToBoth, WhatWasSelectedMeanwhileIsNotTakenForIt) {
  lender_->promise(Use::source);
  lender_->promise(Use::target);
  lender_->lend(box_);
  settle();
  target_->want();
  settle();
  source_->finish(false);
  settle();
  EXPECT_FALSE(selected_);
  server_.say("b0 OK\r\n");
  settle();
  ASSERT_TRUE(selected_);
  EXPECT_EQ("", selected_->name);
  EXPECT_TRUE(lender_->take_unselected());
}

TEST_F(LendingToBoth, WhoDoesNotTakeItKeepsNobodyWaiting) {
  reader_.command("NOOP", count_);
  settle();
  lender_->promise(Use::source);
  lend_to_target();
  ASSERT_TRUE(selected_);
  EXPECT_EQ(box_.name, selected_->name);
}

TEST_F(LendingToBoth, APromiseMayBeTakenBack) {
  lender_->promise(Use::target);
  settle();
  EXPECT_TRUE(target_->expects());
  lender_->decline();
  lender_->lend(box_);
  EXPECT_FALSE(target_->look());
  target_->want();
  settle();
  EXPECT_FALSE(selected_);
  // Wanted too late, it is not lent.
  EXPECT_FALSE(lender_->lent());
}

TEST_F(LendingToBoth, WhatComesTooLateIsGivenBack) {
  lender_->promise(Use::source);
  lender_->promise(Use::target);
  lender_->lend(box_);
  settle();
  target_->want();
  settle();
  target_->renounce();
  EXPECT_FALSE(target_->expects());
  source_->finish(true);
  settle();
  EXPECT_FALSE(selected_);
  EXPECT_FALSE(writer_.borrowed());
  EXPECT_FALSE(lender_->lent());
  EXPECT_FALSE(lender_->take_unselected());
}

TEST_F(LendingToBoth, NothingMayBePromised) {
  EXPECT_TRUE(target_->listens());
  lender_->decline();
  EXPECT_FALSE(target_->look());
  EXPECT_FALSE(target_->listens());
}

TEST_F(LendingToBoth, ASessionThatEndsMeanwhileIsNoLongerPromised) {
  lender_->promise(Use::source);
  lender_->promise(Use::target);
  lender_->lend(box_);
  settle();
  target_->want();
  server_.say("* BYE broken message\r\n");
  settle();
  EXPECT_FALSE(reader_.borrowed());
  EXPECT_FALSE(target_->expects());
  EXPECT_FALSE(selected_);
  EXPECT_THROW(lender_->reclaim(), posix::Fault);
}

TEST_F(LendingToBoth, WhoHasItLastSaysThatEverythingWasAnswered) {
  const auto direct = posix::connected_pair();
  const Server theirs, unused;
  client::Session own{loop_, "direct", unused.client(), {}};
  const auto ends = posix::connected_pair();
  client::Borrower borrower{loop_, own, name_socket(ends.other, Use::target), Use::target,
                            client::Borrower::Listener{[](const auto&) {}, [] {}}};
  ASSERT_TRUE(posix::send_message(ends.one.get(), "promise"));
  ASSERT_TRUE(posix::send_message(
      ends.one.get(), "lend\n1 rw ()\nIMAP4REV1 \nINBOX",
      {theirs.to_client.read.get(), theirs.to_server.write.get(), direct.other.get()}));
  borrower.look();
  ASSERT_TRUE(own.borrowed());
  own.command("NOOP", [](const imap::Tagged&) {});
  borrower.farewell();
  posix::Message message;
  EXPECT_EQ(posix::Received::nothing, posix::receive_message(direct.one.get(), message));
  theirs.say("c0 OK\r\n");
  settle();
  borrower.farewell();
  EXPECT_EQ(posix::Received::message, posix::receive_message(direct.one.get(), message));
  EXPECT_EQ("answered", message.text);
}

TEST_F(LendingToBoth, NobodySpeaksForABorrowerThatHasDied) {
  const auto direct = posix::connected_pair();
  const auto heard = [&direct] {
    posix::Message message;
    const auto received = posix::receive_message(direct.one.get(), message);
    return received == posix::Received::message ? message.text : "nothing";
  };
  const Server relay, theirs;
  auto ends = posix::connected_pair();
  client::Session own{
      loop_,
      "direct",
      {relay.to_client.read.get(), relay.to_server.write.get(), direct.other.get()},
      {}};
  client::Lender lender{loop_, own, name_socket(ends.other, Use::target)};
  own.command("LIST", [](const imap::Tagged&) {});
  relay.say("* PREAUTH [CAPABILITY IMAP4rev1] x\r\na0 OK\r\n");
  settle();
  own.go_direct();
  ASSERT_EQ("direct", heard());
  ASSERT_TRUE(
      posix::send_message(direct.one.get(), "direct",
                          {theirs.to_client.read.get(), theirs.to_server.write.get()}));
  settle();
  lender.farewell();
  EXPECT_EQ("answered", heard());
  lender.promise(Use::target);
  lender.lend(box_);
  ASSERT_TRUE(posix::send_message(ends.one.get(), "want"));
  settle();
  lender.pump();
  ASSERT_TRUE(lender.lent());
  lender.farewell();
  EXPECT_EQ("nothing", heard());
  ends.one.reset();
  settle();
  ASSERT_FALSE(lender.lent());
  lender.farewell();
  EXPECT_EQ("nothing", heard()) << "an APPEND of the borrower's may be under way";
}

TEST_F(LendingToBoth, ItComesBackForTheNextRound) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(lender_->promise(Use::target));
    lender_->lend(box_);
    target_->look();
    target_->want();
    settle();
    EXPECT_TRUE(writer_.borrowed());
    target_->reset();
    lender_->reclaim();
    settle();
    server_.say("c" + std::to_string(round) + " OK\r\n");
    settle();
    EXPECT_FALSE(writer_.borrowed());
    EXPECT_FALSE(lender_->lent());
    EXPECT_TRUE(lender_->take_unselected());
    EXPECT_EQ(round + 1, returned_);
  }
}

TEST_F(LendingToBoth, WhatCameBackSaysNothingOfTheNextRound) {
  lend_to_target();
  target_->reset();
  lender_->reclaim();
  EXPECT_FALSE(target_->look());
  EXPECT_TRUE(target_->returning());
  EXPECT_TRUE(target_->listens());
  server_.say("c0 OK\r\n");
  settle();
  EXPECT_FALSE(target_->returning());
  EXPECT_TRUE(target_->listens());
}

TEST_F(LendingToBoth, WhoHasASessionOfItsOwnWaitsForNoWord) {
  writer_.command("NOOP", count_);
  EXPECT_FALSE(target_->listens());
}

TEST_F(LendingToBoth, WhatWasWantedInTheRoundBeforeIsNot) {
  lender_->promise(Use::target);
  target_->look();
  target_->want(); // on its way
  lender_->reclaim();
  lender_->promise(Use::source);
  lender_->promise(Use::target);
  lender_->lend(box_);
  settle();
  EXPECT_TRUE(reader_.borrowed());
  EXPECT_FALSE(source_->is_waited_for());
}

TEST_F(LendingToBoth, WhatDoesNotFitIntoAMessageIsNotLent) {
  client::LentMailbox box = box_;
  box.name.assign(posix::max_message, 'x');
  lender_->promise(Use::target);
  lender_->lend(box);
  target_->look();
  target_->want();
  settle();
  EXPECT_FALSE(lender_->lent());
  EXPECT_FALSE(target_->expects());
}

TEST_F(LendingToBoth, APromiseIsForOneRound) {
  lender_->promise(Use::target);
  target_->reset();
  EXPECT_TRUE(target_->listens());
  EXPECT_FALSE(target_->expects());
  target_->want();
  lender_->reclaim();
  lender_->lend(box_);
  settle();
  EXPECT_FALSE(lender_->lent());
}

TEST_F(LendingToBoth, WhoHasGoneIsPromisedNothing) {
  ::shutdown(target_ends_.other.get(), SHUT_RDWR);
  settle();
  EXPECT_FALSE(lender_->promise(Use::target));
  EXPECT_TRUE(lender_->promise(Use::source));
}

TEST_F(LendingToBoth, TheEndOfTheBorrowerIsNoticedWhenTheSessionIsAskedFor) {
  lend_to_target();
  ::shutdown(target_ends_.other.get(), SHUT_RDWR);
  EXPECT_THROW(lender_->reclaim(), posix::BrokenPipe);
}

TEST_F(LendingToBoth, TheEndOfTheBorrowerIsNoticedByItsOwner) {
  lend_to_target();
  ::shutdown(target_ends_.other.get(), SHUT_RDWR);
  settle();
  EXPECT_THROW(lender_->reclaim(), posix::BrokenPipe);
}

} // namespace
