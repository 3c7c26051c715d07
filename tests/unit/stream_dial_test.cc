// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/dial.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <deque>

#include "posix/fault.h"

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using stream::Deadline;
using Words = std::vector<std::string>;

Deadline in(milliseconds time) { return steady_clock::now() + time; }

/// A socket of this process on a loopback address; bound, so that nobody else has the
/// port.
class Host {
 public:
  explicit Host(const char* address) {
    const bool v6 = std::string_view{address}.find(':') != std::string_view::npos;
    socket_.reset(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (v6) {
      auto* in6 = reinterpret_cast<sockaddr_in6*>(&address_);
      in6->sin6_family = AF_INET6;
      ::inet_pton(AF_INET6, address, &in6->sin6_addr);
      size_ = sizeof *in6;
    } else {
      auto* in4 = reinterpret_cast<sockaddr_in*>(&address_);
      in4->sin_family = AF_INET;
      ::inet_pton(AF_INET, address, &in4->sin_addr);
      size_ = sizeof *in4;
    }
    up_ = ::bind(socket_.get(), sockaddr_of(), size_) == 0;
    ::getsockname(socket_.get(), sockaddr_of(), &size_);
  }
  bool up() const { return up_; }

  Host& listen() {
    ::listen(socket_.get(), 8);
    return *this;
  }
  /// Its queue is full: who comes now gets no answer at all.
  Host& fall_silent() {
    ::listen(socket_.get(), 0);
    for (int i = 0; i < 4; ++i) {
      fillers_.emplace_back(
          ::socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(fillers_.back().get(), sockaddr_of(), size_);
    }
    return *this;
  }

  posix::Fd accept() {
    return posix::Fd{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  }

  sockaddr* sockaddr_of() { return reinterpret_cast<sockaddr*>(&address_); }
  socklen_t size() const { return size_; }
  int family() const { return address_.ss_family; }
  std::string port() const { // at the same place in both families
    return std::to_string(
        ntohs(reinterpret_cast<const sockaddr_in*>(&address_)->sin_port));
  }

 private:
  posix::Fd socket_;
  std::deque<posix::Fd> fillers_;
  sockaddr_storage address_{};
  socklen_t size_ = 0;
  bool up_ = false;
};

/// As the resolver gives them.
class Found {
 public:
  Found(std::initializer_list<Host*> hosts) {
    for (Host* host : hosts) {
      addrinfo info{};
      info.ai_family = host->family();
      info.ai_socktype = SOCK_STREAM;
      info.ai_addr = host->sockaddr_of();
      info.ai_addrlen = host->size();
      list_.push_back(info);
      if (list_.size() > 1) list_[list_.size() - 2].ai_next = &list_.back();
    }
  }
  const addrinfo* list() const { return &list_.front(); }

 private:
  std::deque<addrinfo> list_;
};

std::string failure(const Found& found, milliseconds time) {
  try {
    stream::dial(found.list(), "x", in(time));
    return "up";
  } catch (const posix::Fault& fault) {
    return std::to_string(fault.status) + " " + fault.what();
  }
}

TEST(Dial, TheNextAddressIsTriedAtOnceWhenOneRefuses) {
  Host refuses{"127.0.0.1"}, answers{"127.0.0.2"};
  answers.listen();
  const auto up =
      stream::dial(Found{&refuses, &answers}.list(), "x", in(milliseconds{20'000}));
  EXPECT_EQ("127.0.0.2", up.address);
  EXPECT_EQ((Words{"127.0.0.1", "127.0.0.2"}), up.tried);
}

TEST(Dial, ASilentAddressHoldsUpTheNextForAQuarterOfASecond) {
  Host silent{"127.0.0.1"}, answers{"127.0.0.2"}, third{"127.0.0.3"};
  silent.fall_silent();
  answers.listen();
  third.listen();
  const auto begun = steady_clock::now();
  const auto up = stream::dial(Found{&silent, &answers, &third}.list(), "x",
                               in(milliseconds{20'000}));
  EXPECT_EQ("127.0.0.2", up.address);
  EXPECT_GE(steady_clock::now() - begun, milliseconds{250});
  EXPECT_EQ((Words{"127.0.0.1", "127.0.0.2"}), up.tried) << "the third was not needed";
}

TEST(Dial, TellsWhatBecameOfEachAddress) {
  Host silent{"127.0.0.1"}, refuses{"127.0.0.2"};
  silent.fall_silent();
  EXPECT_EQ("75 cannot connect to x: 127.0.0.2: Connection refused; 127.0.0.1: timed out",
            failure({&silent, &refuses}, milliseconds{1500}));
}

TEST(Dial, FamiliesTakeTurns) {
  Host six{"::1"}, six_too{"::1"}, four{"127.0.0.1"}, four_too{"127.0.0.2"};
  if (!six.up()) return; // a machine without IPv6
  const std::string refused = ": Connection refused";
  EXPECT_EQ("75 cannot connect to x: ::1" + refused + "; 127.0.0.1" + refused + "; ::1" +
                refused + "; 127.0.0.2" + refused,
            failure({&six, &six_too, &four, &four_too}, milliseconds{20'000}));
  EXPECT_EQ("75 cannot connect to x: 127.0.0.1" + refused + "; ::1" + refused +
                "; 127.0.0.2" + refused,
            failure({&four, &four_too, &six}, milliseconds{20'000}));
}

TEST(Dial, FromASilentFamilyToTheOther) {
  Host silent{"::1"}, answers{"127.0.0.1"};
  if (!silent.up()) return; // a machine without IPv6
  silent.fall_silent();
  answers.listen();
  EXPECT_EQ("127.0.0.1",
            stream::dial(Found{&silent, &answers}.list(), "x", in(milliseconds{20'000}))
                .address);
}

TEST(Dial, ALiteralInBracketsIsNotLookedUp) {
  Host four{"127.0.0.1"}, six{"::1"};
  four.listen();
  EXPECT_EQ("127.0.0.1",
            stream::dial("[127.0.0.1]", four.port(), in(milliseconds{20'000})).address);
  try {
    stream::resolve("[localhost]", "143");
    FAIL() << "looked up";
  } catch (const posix::Fault& fault) {
    EXPECT_EQ(EX_NOHOST, fault.status);
  }
  if (!six.up()) return; // a machine without IPv6
  six.listen();
  EXPECT_EQ("::1", stream::dial("[::1]", six.port(), in(milliseconds{20'000})).address);
  EXPECT_EQ((Words{"::1"}), stream::resolve("[::1]", "imap"));
}

/// Closes a connection that has more to send than its peer has read yet; returns how much
/// that read in the end, and whether it came to the end.
std::pair<std::size_t, bool> arrives(bool drop, std::size_t& written) {
  Host server{"127.0.0.1"};
  server.listen();
  auto up = stream::dial(Found{&server}.list(), "x", in(milliseconds{20'000}));
  const posix::Fd peer = server.accept();
  const std::string chunk(65536, 'x');
  for (ssize_t n = 0; (n = ::write(up.socket.get(), chunk.data(), chunk.size())) > 0;)
    written += static_cast<std::size_t>(n);
  stream::drop_unsent(up.socket.get(), true);
  stream::drop_unsent(up.socket.get(), drop);
  up.socket.reset();
  std::size_t arrived = 0;
  std::string room(65536, 0);
  ssize_t n = 0;
  while ((n = ::read(peer.get(), room.data(), room.size())) > 0)
    arrived += static_cast<std::size_t>(n);
  return {arrived, n == 0};
}

TEST(Dial, WhatWasNotSentYetGoesDownWithTheProcess) {
  std::size_t written = 0;
  const auto [arrived, ended] = arrives(true, written);
  EXPECT_LT(arrived, written);
  EXPECT_FALSE(ended) << "the peer takes it for the whole";
}

TEST(Dial, WhatEndsInOrderArrivesWhole) {
  std::size_t written = 0;
  const auto [arrived, ended] = arrives(false, written);
  EXPECT_EQ(written, arrived);
  EXPECT_TRUE(ended);
}

} // namespace
