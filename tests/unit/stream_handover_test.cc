// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/handover.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "posix/fd.h"
#include "posix/message.h"

namespace {

/// The server is one end of a socket.
class Plain : public stream::Stream {
 public:
  explicit Plain(int fd) : fd_{fd} {}
  ssize_t read(char* into, std::size_t size) override { return ::read(fd_, into, size); }
  ssize_t write(std::string_view octets) override {
    return ::write(fd_, octets.data(), octets.size());
  }
  bool flush() override { return true; }
  void finish() override { ::shutdown(fd_, SHUT_WR); }
  pollfd read_wait() const override { return {fd_, POLLIN, 0}; }
  pollfd write_wait() const override { return {fd_, POLLOUT, 0}; }

 private:
  int fd_;
};

class Handover : public testing::Test {
 protected:
  Handover() {
    posix::write_all(server_.one.get(), "what nobody reads", "test");
    ::shutdown(server_.one.get(), SHUT_WR);
  }
  /// Of what the server has written, what was left unread when the client had gone.
  std::string unread() {
    client_.one.reset();
    Plain stream{server_.other.get()};
    stream::Handover handover{client_.other.get()};
    handover.stand_by(stream, lead_.read.get(), [] {});
    std::string all(100, '\0');
    const ssize_t n = ::recv(server_.other.get(), all.data(), all.size(), MSG_DONTWAIT);
    all.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return all;
  }
  bool told_end() const {
    char octet = 0;
    return ::recv(server_.one.get(), &octet, 1, MSG_DONTWAIT) == 0;
  }

  posix::Ends client_ = posix::connected_pair(), server_ = posix::connected_pair();
  posix::Pipe lead_ = posix::make_pipe();
};

TEST_F(Handover, WaitsForTheServerThatMayBeMakingMessages) {
  EXPECT_EQ("", unread());
  EXPECT_TRUE(told_end());
}

TEST_F(Handover, WaitsForNobodyWhenEverythingWasAnswered) {
  ASSERT_TRUE(posix::send_message(client_.one.get(), "answered"));
  EXPECT_EQ("what nobody reads", unread());
  EXPECT_TRUE(told_end());
}

TEST_F(Handover, GoesByWhatWasSaidLast) {
  ASSERT_TRUE(posix::send_message(client_.one.get(), "answered"));
  ASSERT_TRUE(posix::send_message(client_.one.get(), "anything else"));
  EXPECT_EQ("", unread());
}

} // namespace
