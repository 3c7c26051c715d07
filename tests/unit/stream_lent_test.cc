// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/lent.h"

#include <gtest/gtest.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp
#include <sys/socket.h>
#include <sys/stat.h>

#include "posix/fault.h"
#include "stream/local_socket.h"
#include "stream/resting.h"
#include "stream_pair.h"

namespace {

using stream::Stream;

class Lent : public testing::Test {
 protected:
  /// What the client sees: "again" and "end" as they are.
  std::string read() {
    char octets[4096];
    const ssize_t n = lent_.read(octets, sizeof octets);
    if (n == Stream::again) return "again";
    return n == 0 ? "end" : std::string(octets, static_cast<std::size_t>(n));
  }
  void write(std::string_view octets) {
    EXPECT_EQ(static_cast<ssize_t>(octets.size()), lent_.write(octets));
    EXPECT_TRUE(lent_.flush());
  }

  StreamPair pair_;
  stream::Usage usage_;
  stream::Lent lent_{std::move(pair_.ours), usage_};
};

TEST_F(Lent, EndsWithTheClientsLogoutAndTheSessionDoesNot) {
  write("a NOOP\r\nb LOGOUT\r\n");
  EXPECT_EQ("a NOOP\r\n", pair_.heard());
  EXPECT_EQ("again", read());
  pair_.say("a OK\r\n");
  EXPECT_EQ("a OK\r\n", read());
  EXPECT_EQ("* BYE imap-connect keeps the session\r\nb OK LOGOUT\r\n", read());
  EXPECT_EQ("end", read());
  EXPECT_TRUE(lent_.over());
  const auto session = lent_.take();
  EXPECT_EQ(2, session->write("c "));
  EXPECT_EQ("c ", pair_.heard());
}

TEST_F(Lent, EndsWithTheClient) {
  write("a NOOP\r\n");
  pair_.say("a OK\r\n");
  EXPECT_EQ("a OK\r\n", read());
  lent_.finish();
  EXPECT_EQ("end", read());
  EXPECT_TRUE(lent_.over());
}

TEST_F(Lent, IsNotOverWhileAnAnswerIsOwed) {
  write("a IDLE\r\n");
  lent_.finish();
  EXPECT_FALSE(lent_.over());
  EXPECT_EQ("again", read());
  pair_.say("a OK\r\n");
  EXPECT_EQ("a OK\r\n", read());
  EXPECT_FALSE(lent_.over()) << "the server was told that we are at the end";
}

TEST_F(Lent, IsOverWhenNobodyWaitsForAnAnswer) {
  write("a NOOP\r\n");
  lent_.finish();
  EXPECT_TRUE(lent_.over());
}

TEST_F(Lent, IsNotOverInTheMiddleOfSomething) {
  for (const char* middle : {"b IDLE\r\n", "DONE\r\nc APPEND x {3+}\r\n"}) {
    write(middle);
    lent_.finish();
    EXPECT_FALSE(lent_.over()) << middle;
  }
  write("abc\r\n");
  lent_.finish();
  EXPECT_TRUE(lent_.over());
  pair_.say("* 1 FETCH (BODY[] {3}\r\n");
  read();
  EXPECT_FALSE(lent_.over());
}

TEST_F(Lent, IsNotOverButLostWhenTheServerEnds) {
  write("a LOGOUT\r\n");
  pair_.end();
  EXPECT_EQ("end", read());
  EXPECT_FALSE(lent_.over());
}

TEST(Resting, SwallowsWhatIsNobodys) {
  StreamPair pair;
  stream::Resting resting{std::move(pair.ours)};
  pair.say("* 3 EXISTS\r\n* 1 FETCH (X {7}\r\n* BYE\r\n)\r\n* 4 EX");
  EXPECT_TRUE(resting.alive());
  EXPECT_FALSE(resting.between_responses());
  pair.say("ISTS\r\nimap-connect-keep OK done\r\n");
  EXPECT_TRUE(resting.ask("NOOP", in_seconds(10)));
  EXPECT_TRUE(resting.between_responses());
  EXPECT_EQ("imap-connect-keep NOOP\r\n", pair.heard());
  resting.log_out();
  EXPECT_EQ("imap-connect-keep LOGOUT\r\n", pair.heard());
}

TEST(Resting, WaitsForWhatTheLastClientIsOwed) {
  const std::string first =
      "imap-connect-keep OK\r\n* LIST () \"/\" x\r\n+ \r\na1 OK\r\n";
  for (const char* last : {"", "a2 OK\r\n"}) {
    StreamPair pair;
    stream::Resting resting{std::move(pair.ours), 2};
    pair.say(first + last);
    EXPECT_EQ(*last != '\0', resting.ask("NOOP", in_seconds(0))) << last;
  }
}

TEST(Resting, IsDeadWhenTheServerSaysSoOrNothing) {
  for (const char* last : {"* BYE\r\n", "imap-connect-keep NO\r\n", ""}) {
    StreamPair pair;
    stream::Resting resting{std::move(pair.ours)};
    pair.say(last);
    EXPECT_FALSE(resting.ask("NOOP", in_seconds(0))) << last;
  }
  StreamPair pair;
  stream::Resting resting{std::move(pair.ours)};
  EXPECT_TRUE(resting.alive());
  pair.end();
  EXPECT_FALSE(resting.alive());
}

class LocalSocket : public testing::Test {
 protected:
  LocalSocket() { path_ = std::string{::mkdtemp(directory_)} + "/s"; }
  ~LocalSocket() override {
    ::unlink(path_.c_str());
    ::rmdir(directory_);
  }
  char directory_[32] = "/tmp/imapsync-test.XXXXXX";
  std::string path_;
};

TEST_F(LocalSocket, PassesMessagesAndDescriptors) {
  const posix::Fd listener = stream::listen_at(path_);
  const posix::Fd client = stream::connect_to(path_);
  ASSERT_TRUE(client);
  posix::Pipe pipe = posix::make_pipe();
  EXPECT_TRUE(stream::send_message(client.get(), "one"));
  EXPECT_TRUE(stream::send_message(client.get(), "two", {pipe.write.get()}));
  pipe.write.reset();
  const posix::Fd served = stream::accept_from(listener.get());
  ASSERT_TRUE(served);
  auto one = stream::receive_message(served.get(), in_seconds(10));
  auto two = stream::receive_message(served.get(), in_seconds(10));
  ASSERT_TRUE(one && two);
  EXPECT_EQ("one", one->text);
  EXPECT_EQ("two", two->text);
  ASSERT_EQ(1U, two->descriptors.size());
  posix::write_all(two->descriptors[0].get(), "x", "test");
  char octet = 0;
  EXPECT_EQ(1, ::read(pipe.read.get(), &octet, 1));
  EXPECT_FALSE(stream::receive_message(served.get(), in_seconds(0)));
  EXPECT_FALSE(stream::accept_from(listener.get()));
}

TEST_F(LocalSocket, HasNobodyWhereNobodyListens) {
  EXPECT_FALSE(stream::connect_to(path_));
  stream::listen_at(path_).reset();
  EXPECT_FALSE(stream::connect_to(path_)) << "a socket whose process is gone";
  EXPECT_THROW(stream::listen_at(path_), posix::Fault);
  EXPECT_THROW(stream::connect_to(std::string(200, 'x')), posix::Fault);
}

TEST_F(LocalSocket, TellsTheEndOfTheOther) {
  stream::Ends ends = stream::connected_pair();
  ends.other.reset();
  EXPECT_FALSE(stream::receive_message(ends.one.get(), in_seconds(10)));
  EXPECT_FALSE(stream::send_message(ends.one.get(), "x"));
}

} // namespace
