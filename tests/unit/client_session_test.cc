// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <optional>

#include "posix/message.h"

namespace {

/// Two pipes to whoever stands at the other end of a session, and that end.
struct Way {
  posix::Pipe down = posix::make_pipe(), up = posix::make_pipe();

  Way() { posix::set_nonblocking(up.read.get()); }
  void say(std::string_view octets) const {
    posix::write_all(down.write.get(), octets, "test");
  }
  std::string heard() const {
    std::string all(4096, '\0');
    const ssize_t n = ::read(up.read.get(), all.data(), all.size());
    all.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return all;
  }
};

/// A session whose relay and server the test is.
class DirectSession : public testing::Test {
 protected:
  DirectSession() {
    ::signal(SIGPIPE, SIG_IGN);
    loop_.at([] { return std::optional{posix::Clock::time_point{}}; }, [] {});
    session_.emplace(loop_, "remote",
                     client::Descriptors{relay_.down.read.get(), relay_.up.write.get(),
                                         direct_.other.get()},
                     client::Listener{.news = [this](imap::Response&) { ++news_; }});
    command("a0");
    relay_.say("* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n");
    settle();
    EXPECT_EQ("a0 X\r\n", relay_.heard());
  }
  void command(const std::string& tag) {
    session_->command("X", [this, tag](const imap::Tagged& answer) {
      answers_ += tag == answer.tag ? tag + " " : "another's ";
    });
  }
  void settle() {
    for (int i = 0; i < 10; ++i) loop_.turn();
  }
  /// What imap-connect was asked.
  std::string asked() const {
    posix::Message message;
    const auto received = posix::receive_message(direct_.one.get(), message);
    return received == posix::Received::message ? message.text : "nothing";
  }
  void grant() {
    EXPECT_TRUE(posix::send_message(direct_.one.get(), "direct",
                                    {server_.down.read.get(), server_.up.write.get()}));
    server_.down.read.reset();
    server_.up.write.reset();
  }
  /// The status and text that the loop throws.
  std::string fault() {
    try {
      settle();
    } catch (const posix::Fault& fault) {
      return std::to_string(fault.status) + " " + fault.what();
    }
    return "none";
  }

  Way relay_, server_;
  posix::Ends direct_ = posix::connected_pair();
  posix::Loop loop_;
  std::optional<client::Session> session_;
  std::string answers_;
  int news_ = 0;
};

TEST_F(DirectSession, TalksToTheServerOnceImapConnectHasGivenItAway) {
  session_->go_direct();
  EXPECT_EQ("direct", asked());
  EXPECT_FALSE(session_->idle());
  command("a1"); // must wait: who would pass it on?
  settle();
  EXPECT_EQ("", relay_.heard());
  relay_.say("* 1 EXISTS\r\na0 OK\r\n* 2 EX"); // on its way before
  grant();
  server_.say("ISTS\r\na1 OK\r\n");
  settle();
  EXPECT_EQ("a0 a1 ", answers_);
  EXPECT_EQ(2, news_);
  EXPECT_EQ("", relay_.heard());
  EXPECT_EQ("a1 X\r\n", server_.heard());
  session_->go_direct(); // once is enough
  EXPECT_EQ("nothing", asked());
}

TEST_F(DirectSession, SaysAtItsEndThatEverythingWasAnswered) {
  session_->farewell(); // who relays knows by itself
  session_->go_direct();
  EXPECT_EQ("direct", asked());
  grant();
  settle();
  session_->farewell();
  EXPECT_EQ("nothing", asked()) << "a0 is under way";
  server_.say("a0 OK\r\n");
  settle();
  session_->farewell();
  EXPECT_EQ("answered", asked());
}

TEST_F(DirectSession, AsksWhenAllItHasToSayIsWritten) {
  command("a1");
  session_->go_direct();
  EXPECT_EQ("nothing", asked());
  settle();
  EXPECT_EQ("a1 X\r\n", relay_.heard());
  EXPECT_EQ("direct", asked());
}

TEST_F(DirectSession, GoesOnAsBeforeWhereThatIsRefused) {
  session_->go_direct();
  command("a1");
  direct_.one.reset();
  settle();
  EXPECT_EQ("a1 X\r\n", relay_.heard());
  relay_.say("a0 OK\r\na1 OK\r\n");
  settle();
  EXPECT_EQ("a0 a1 ", answers_);
}

TEST_F(DirectSession, EndsWithWhoLooksAfterTheSession) {
  session_->go_direct();
  EXPECT_EQ("direct", asked());
  grant();
  settle();
  direct_.one.reset();
  EXPECT_EQ("75 remote: imap-connect has ended", fault());
}

TEST_F(DirectSession, ReadsTheServersLastWordsThoughItTakesNoMore) {
  session_->go_direct();
  grant();
  settle();
  server_.up.read.reset();
  command("a1");
  settle();
  server_.say("* BYE [UNAVAILABLE] too much mail\r\n");
  EXPECT_EQ("75 remote: too much mail", fault());
}

TEST_F(DirectSession, LeavesALentSessionToItsOwner) {
  Way lent;
  client::Session borrower{
      loop_,
      "remote",
      {server_.down.read.get(), server_.up.write.get(), direct_.other.get()},
      {}};
  borrower.borrow({lent.down.read.get(), lent.up.write.get()}, {}, 'b');
  borrower.go_direct();
  EXPECT_EQ("nothing", asked());
}

} // namespace
