// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/outbox.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "posix/fault.h"
#include "posix/fd.h"

namespace {

class Outbox : public testing::Test {
 protected:
  Outbox() { posix::set_nonblocking(pipe_.read.get()); }
  std::string written() {
    box_.write();
    std::string all(65536, '\0');
    const ssize_t n = ::read(pipe_.read.get(), all.data(), all.size());
    all.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return all;
  }

  posix::Pipe pipe_ = posix::make_pipe();
  client::Outbox box_{pipe_.write.get(), "test"};
};

TEST_F(Outbox, WritesCommandsAndStreams) {
  box_.command("a0", "NOOP");
  box_.begin("a1", "APPEND INBOX");
  EXPECT_TRUE(box_.streaming());
  box_.stream(" {2+}\r\n", true);
  box_.stream("hi", true);
  box_.stream("\r\n", true);
  box_.end();
  EXPECT_FALSE(box_.streaming());
  EXPECT_EQ("a0 NOOP\r\na1 APPEND INBOX {2+}\r\nhi\r\n", written());
  EXPECT_TRUE(box_.empty());
}

TEST_F(Outbox, NothingElseGoesIntoALiteral) {
  box_.begin("a1", "APPEND INBOX");
  box_.stream(" {2}\r\n", true);
  box_.wait_for_leave();
  box_.end();
  EXPECT_THROW(box_.begin("a2", "APPEND INBOX"), posix::Fault);
  EXPECT_EQ("a1 APPEND INBOX {2}\r\n", written());
}

TEST_F(Outbox, EachPartWaitsForItsLeave) {
  box_.begin("a1", "APPEND INBOX");
  box_.stream(" {2}\r\n", true);
  box_.wait_for_leave();
  box_.stream("hi {2}\r\n", true);
  box_.wait_for_leave();
  box_.stream("ho\r\n", true);
  box_.end();
  EXPECT_TRUE(box_.streaming());
  EXPECT_EQ("a1 APPEND INBOX {2}\r\n", written());
  EXPECT_EQ(12U, box_.size());
  box_.leave();
  EXPECT_EQ("hi {2}\r\n", written());
  EXPECT_TRUE(box_.streaming());
  box_.leave();
  EXPECT_FALSE(box_.streaming());
  EXPECT_EQ("ho\r\n", written());
  box_.leave(); // asked for by nobody
  EXPECT_EQ("", written());
}

TEST_F(Outbox, WhatIsRefusedIsNeverSent) {
  box_.begin("a1", "APPEND INBOX");
  box_.stream(" {2}\r\n", true);
  EXPECT_EQ("a1 APPEND INBOX {2}\r\n", written());
  box_.wait_for_leave();
  box_.stream("h", true);
  box_.refused();
  EXPECT_TRUE(box_.aborted());
  EXPECT_TRUE(box_.streaming()); // who streams it does not know yet
  box_.stream("i\r\n", true);
  box_.end();
  EXPECT_FALSE(box_.streaming());
  EXPECT_EQ(0U, box_.size());
  box_.begin("a2", "APPEND INBOX");
  EXPECT_FALSE(box_.aborted());
  EXPECT_EQ("a2 APPEND INBOX", written());
}

TEST_F(Outbox, WhatIsOnItsWayIsSentThoughRefused) {
  box_.begin("a1", "APPEND INBOX");
  box_.stream(" {2+}\r\n", true);
  box_.refused();
  box_.stream("hi\r\n", true);
  box_.end();
  EXPECT_EQ("a1 APPEND INBOX {2+}\r\nhi\r\n", written());
}

TEST_F(Outbox, LargePiecesAreWrittenAtOnceIfTheyMay) {
  const std::string large(20000, 'x');
  box_.begin("a1", "APPEND");
  box_.stream(large, true); // behind what waits
  EXPECT_EQ(large.size() + 9, box_.size());
  EXPECT_EQ("a1 APPEND" + large, written());
  box_.stream(large, false);
  EXPECT_EQ(large.size(), box_.size());
  EXPECT_EQ(large, written());
  box_.stream(large, true);
  EXPECT_TRUE(box_.empty());
  EXPECT_EQ(large, written());
}

TEST_F(Outbox, WhatNobodyReadsIsDropped) {
  std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
  pipe_.read.reset();
  box_.command("a0", "NOOP");
  box_.write();
  EXPECT_TRUE(box_.empty());
  box_.begin("a1", "APPEND");
  box_.stream(std::string(20000, 'x'), true);
  box_.write();
  EXPECT_TRUE(box_.empty());
}

TEST_F(Outbox, AnotherSessionBeginsAnew) {
  box_.begin("a1", "APPEND INBOX {1}\r\n");
  box_.wait_for_leave();
  box_.stream("x", true);
  box_.clear();
  EXPECT_FALSE(box_.streaming());
  EXPECT_EQ(0U, box_.size());
  box_.command("a0", "NOOP");
  EXPECT_EQ("a0 NOOP\r\n", written());
}

} // namespace
