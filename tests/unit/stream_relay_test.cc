// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <atomic>
#include <optional>
#include <thread>

#include "posix/fault.h"
#include "posix/message.h"
#include "stream_pair.h"

namespace {

/// A relay in a thread of its own; the test is both the client and the server.
class Relay : public testing::Test {
 protected:
  Relay() {
    ::signal(SIGPIPE, SIG_IGN);
    posix::set_nonblocking(there_.read.get());
    posix::set_nonblocking(back_.write.get());
  }
  ~Relay() override {
    if (thread_.joinable()) thread_.join();
  }

  void start(std::string to_client = {}, std::string to_server = {}) {
    thread_ = std::thread{[this, to_client, to_server] {
      try {
        stream::Trace trace;
        stream::relay({there_.read.get(), back_.write.get(), direct_.one.get()},
                      pair_.ours, {to_client, {}, to_server, {}}, options_, trace);
        end_ = 0;
      } catch (const posix::Fault& fault) {
        end_ = fault.status;
      }
      back_.write.reset();
      direct_.one.reset();
      pair_.ours.reset();
    }};
  }
  int end() {
    thread_.join();
    return end_;
  }
  void client_says(std::string_view text) {
    posix::write_all(there_.write.get(), text, "test");
  }
  static std::string read_all(int fd) {
    std::string all;
    char octets[4096];
    ssize_t n = 0;
    while ((n = ::read(fd, octets, sizeof octets)) > 0)
      all.append(octets, static_cast<std::size_t>(n));
    return all;
  }
  static std::string read_some(int fd, std::size_t size) {
    std::string octets(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t n = ::read(fd, octets.data() + have, size - have);
      if (n <= 0) break;
      have += static_cast<std::size_t>(n);
    }
    octets.resize(have);
    return octets;
  }

  /// Asks for the server's own descriptors, and waits for them.
  posix::Message ask() {
    EXPECT_TRUE(posix::send_message(direct_.other.get(), "direct"));
    posix::Message answer;
    pollfd fd{direct_.other.get(), POLLIN, 0};
    EXPECT_EQ(1, ::poll(&fd, 1, 20'000));
    EXPECT_EQ(posix::Received::message,
              posix::receive_message(direct_.other.get(), answer));
    EXPECT_EQ("direct", answer.text);
    EXPECT_EQ(2U, answer.descriptors.size());
    for (const posix::Fd& own : answer.descriptors)
      posix::set_nonblocking(own.get(), false);
    return answer;
  }

  posix::Pipe there_ = posix::make_pipe(), back_ = posix::make_pipe();
  posix::Ends direct_ = posix::connected_pair();
  StreamPair pair_;
  stream::RelayOptions options_;
  std::thread thread_;
  int end_ = -1;
};

TEST_F(Relay, PassesOctetsBothWaysBehindWhatCameBefore) {
  start("greeting ", "early ");
  pair_.say("down");
  client_says("up");
  EXPECT_EQ("early up", read_some(pair_.theirs.get(), 8));
  EXPECT_EQ("greeting down", read_some(back_.read.get(), 13));
  pair_.end();
  EXPECT_EQ("", read_all(back_.read.get()));
  EXPECT_EQ(0, end());
}

TEST_F(Relay, DeliversWhatComesAfterTheClientsEndOfFile) {
  start();
  client_says("LOGOUT");
  there_.write.reset();
  EXPECT_EQ("LOGOUT", read_all(pair_.theirs.get()));
  pair_.say("BYE");
  pair_.end();
  EXPECT_EQ("BYE", read_all(back_.read.get()));
  EXPECT_EQ(0, end());
}

TEST_F(Relay, TellsTheServerOfTheEndWhenItHasAnswered) {
  start();
  client_says("a NOOP\r\nb NOOP\r\n");
  there_.write.reset();
  EXPECT_EQ(16U, read_some(pair_.theirs.get(), 16).size());
  pair_.say("a OK\r\n");
  EXPECT_EQ("a OK\r\n", read_some(back_.read.get(), 6));
  char octet = 0;
  EXPECT_EQ(-1, ::recv(pair_.theirs.get(), &octet, 1, MSG_DONTWAIT));
  pair_.say("b OK\r\n");
  EXPECT_EQ("", read_all(pair_.theirs.get()));
  pair_.end();
  EXPECT_EQ("b OK\r\n", read_all(back_.read.get()));
  EXPECT_EQ(0, end());
}

TEST_F(Relay, TellsTheClientThatItWasNotTheServerThatGaveUp) {
  options_.idle = std::chrono::seconds{1};
  start();
  client_says("a NOOP\r\n");
  pair_.say("* 1 EXISTS\r\n");
  EXPECT_EQ("* 1 EXISTS\r\n* BYE [UNAVAILABLE] the server owes an answer for 1 seconds "
            "(idle-timeout)\r\n",
            read_all(back_.read.get()));
  EXPECT_EQ(EX_TEMPFAIL, end());
}

TEST_F(Relay, SaysNothingOfItsOwnInALiteral) {
  options_.idle = std::chrono::seconds{1};
  start();
  client_says("a FETCH 1 BODY[]\r\n");
  pair_.say("* 1 FETCH (BODY[] {9}\r\nSub");
  EXPECT_EQ("* 1 FETCH (BODY[] {9}\r\nSub", read_all(back_.read.get()));
  EXPECT_EQ(EX_TEMPFAIL, end());
}

/// A socket that is closed with octets in it that were not read resets the connection.
TEST_F(Relay, AResetBehindTheLastAnswerIsTheEnd) {
  const auto wait_for = [this](short what) {
    pollfd fd{pair_.theirs.get(), what, 0};
    return ::poll(&fd, 1, 20'000) == 1 && (fd.revents & what) != 0;
  };
  start();
  client_says("a LOGOUT\r\n");
  ASSERT_TRUE(wait_for(POLLIN));
  pair_.say("a OK\r\n");
  EXPECT_EQ("a OK\r\n", read_some(back_.read.get(), 6));
  there_.write.reset();
  ASSERT_TRUE(wait_for(POLLRDHUP));
  pair_.theirs.reset();
  EXPECT_EQ(0, end());
}

TEST_F(Relay, AResetBeforeTheAnswerIsAFailure) {
  start();
  client_says("a LOGOUT\r\n");
  there_.write.reset();
  pollfd fd{pair_.theirs.get(), POLLIN, 0};
  ASSERT_EQ(1, ::poll(&fd, 1, 20'000));
  pair_.theirs.reset();
  EXPECT_EQ(EX_IOERR, end());
}

TEST_F(Relay, GivesTheServerTheLastWordsOfAClientThatIsGone) {
  client_says("last words");
  there_.write.reset();
  back_.read.reset();
  start("greeting");
  EXPECT_EQ("last words", read_all(pair_.theirs.get()));
  EXPECT_EQ(0, end());
}

/// Who finds that we have ended looks for the messages, and sends again what is not
/// there.
TEST_F(Relay, StaysForTheAnswerToAnAppendThoughNobodyReadsIt) {
  const std::string commands = "a APPEND x {2+}\r\nhi\r\nb NOOP\r\nc APPEND x {9+}\r\nh";
  start();
  client_says(commands);
  EXPECT_EQ(commands, read_some(pair_.theirs.get(), commands.size()));
  back_.read.reset();
  there_.write.reset();
  pollfd fd{pair_.theirs.get(), POLLIN | POLLRDHUP, 0};
  EXPECT_EQ(0, ::poll(&fd, 1, 200));
  pair_.say("a OK\r\n");
  EXPECT_EQ("", read_all(pair_.theirs.get()));
  EXPECT_EQ(0, end());
}

TEST_F(Relay, DiesWithAClientThatOnlyReads) {
  start();
  back_.read.reset();
  there_.write.reset();
  EXPECT_EQ(0, end());
}

TEST_F(Relay, DiesWithTheGuardianOfItsClient) {
  int ends[2];
  ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
  const posix::Fd ours{ends[0]};
  posix::Fd theirs{ends[1]};
  options_.guardian = ours.get();
  start();
  client_says("a NOOP\r\n");
  EXPECT_EQ("a NOOP\r\n", read_some(pair_.theirs.get(), 8));
  theirs.reset();
  EXPECT_EQ("", read_all(back_.read.get())); // though nobody has closed a pipe
  EXPECT_EQ(0, end());
}

TEST_F(Relay, DeliversTheServersLastWordsThoughItReadsNoMore) {
  pair_.say("* BYE\r\n");
  pair_.end();
  ::shutdown(pair_.theirs.get(), SHUT_RD);
  client_says("a NOOP\r\n");
  start();
  EXPECT_EQ("* BYE\r\n", read_all(back_.read.get()));
}

TEST_F(Relay, GivesTheServerToAClientThatAsksForIt) {
  start("greeting ");
  pair_.say("down ");
  client_says("up ");
  const posix::Message server = ask();
  EXPECT_EQ("greeting down ", read_some(back_.read.get(), 14));
  EXPECT_EQ("up ", read_some(pair_.theirs.get(), 3));
  posix::write_all(server.descriptors[1].get(), "straight up", "test");
  EXPECT_EQ("straight up", read_some(pair_.theirs.get(), 11));
  pair_.say("straight down");
  EXPECT_EQ("straight down", read_some(server.descriptors[0].get(), 13));
  direct_.other.reset(); // the client ends
  EXPECT_EQ("", read_all(pair_.theirs.get()));
  pair_.end();
  EXPECT_EQ(0, end());
}

TEST_F(Relay, GivesTheServerBehindAllThatWasSaidBefore) {
  const std::string much(1'000'000, 'x');
  std::thread down{[&] { pair_.say(much + "."); }};
  std::string heard, read;
  std::thread server{[&] { heard = read_some(pair_.theirs.get(), much.size() + 1); }};
  std::atomic<bool> direct = false;
  start();
  std::thread client{[&] {
    pollfd fd{back_.read.get(), POLLIN, 0};
    while (!direct || ::poll(&fd, 1, 0) == 1) {
      if (::poll(&fd, 1, 10) != 1) continue;
      std::string octets(65536, '\0');
      const ssize_t n = ::read(fd.fd, octets.data(), octets.size());
      if (n <= 0) break;
      read.append(octets, 0, static_cast<std::size_t>(n));
    }
  }};
  client_says(much);
  const posix::Message own = ask();
  direct = true;
  posix::write_all(own.descriptors[1].get(), ".", "test");
  client.join();
  read += read_some(own.descriptors[0].get(), much.size() + 1 - read.size());
  for (std::thread* thread : {&server, &down}) thread->join();
  EXPECT_EQ(much + ".", heard);
  EXPECT_EQ(much + ".", read);
  direct_.other.reset();
  pair_.end();
  EXPECT_EQ(0, end());
}

/// A server that answers before it reads on has to be read until it has taken all.
TEST_F(Relay, GivesTheServerThoughThatMustBeReadFirst) {
  const std::string much(1'000'000, 'x');
  ::fcntl(there_.write.get(), F_SETPIPE_SZ, 1 << 20);
  client_says(much);
  start();
  std::thread server{[&] {
    pair_.say(much); // nothing is read before that is out
    EXPECT_EQ(much.size(), read_some(pair_.theirs.get(), much.size()).size());
  }};
  EXPECT_TRUE(posix::send_message(direct_.other.get(), "direct"));
  std::string read;
  posix::Message answer;
  while (posix::receive_message(direct_.other.get(), answer) ==
         posix::Received::nothing) {
    pollfd fds[] = {{back_.read.get(), POLLIN, 0}, {direct_.other.get(), POLLIN, 0}};
    ASSERT_GT(::poll(fds, 2, 20'000), 0);
    if (fds[0].revents != 0) read += read_some(back_.read.get(), 1);
  }
  EXPECT_EQ(2U, answer.descriptors.size());
  server.join();
  direct_.other.reset();
  pair_.end();
  EXPECT_EQ(0, end());
}

TEST_F(Relay, PartsWithTheOldDescriptorsWhenTheClientHas) {
  options_.part = [this] { back_.write.reset(); };
  start();
  const posix::Message own = ask();
  there_.write.reset(); // or somebody else writes to it
  EXPECT_EQ("", read_all(back_.read.get()));
  direct_.other.reset();
  pair_.end();
  EXPECT_EQ(0, end());
}

/// It must not be missed: a run that follows waits for us.
TEST_F(Relay, LeavesAServerThatGoesOnSendingToNobody) {
  start();
  posix::Message own = ask();
  direct_.other.reset();
  own = {};
  const std::string much(1'000'000, 'x');
  std::thread server{[&] {
    const ssize_t n = ::send(pair_.theirs.get(), much.data(), much.size(), MSG_NOSIGNAL);
    EXPECT_LT(n, static_cast<ssize_t>(much.size()));
  }};
  EXPECT_EQ(0, end());
  server.join();
}

TEST_F(Relay, WaitsForTheServerOfAGoneClientWithoutBlocking) {
  start();
  const posix::Message own = ask(); // which makes the open files blocking
  direct_.other.reset();
  EXPECT_EQ("", read_all(pair_.theirs.get()));
  posix::set_nonblocking(pair_.theirs.get());
  pair_.say("c1 OK\r\n");
  pair_.end();
  EXPECT_EQ(0, end());
}

TEST_F(Relay, AClientNeedNotAsk) {
  direct_.other.reset();
  start();
  client_says("up");
  EXPECT_EQ("up", read_some(pair_.theirs.get(), 2));
  pair_.end();
  EXPECT_EQ(0, end());
}

TEST_F(Relay, NeedsNoReaderToWriteNorWriterToRead) {
  // Both directions at once, more than any buffer holds.
  const std::string much(3'000'000, 'x');
  start();
  std::thread down{[&] { pair_.say(much); }};
  std::thread up{[&] {
    client_says(much);
    there_.write.reset();
  }};
  std::string heard;
  std::thread server{[&] { heard = read_some(pair_.theirs.get(), much.size()); }};
  EXPECT_EQ(much, read_some(back_.read.get(), much.size()));
  for (std::thread* thread : {&server, &up, &down}) thread->join();
  EXPECT_EQ(much, heard);
  pair_.end();
  EXPECT_EQ(0, end());
}

} // namespace
