// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/descriptors.h"

#include <gtest/gtest.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): setenv

#include "posix/fault.h"
#include "posix/message.h"

namespace {

/// A session's pipes and its socket, and the environment that names them.
class SessionDescriptors : public testing::Test {
 protected:
  SessionDescriptors() {
    name(pipe_);
    direct(std::to_string(sockets_.one.get()) + "," + posix::inode(pipe_.read.get()) +
           "," + posix::inode(pipe_.write.get()));
  }
  ~SessionDescriptors() override {
    ::unsetenv("IMAP_REMOTE_FD");
    ::unsetenv("IMAPSYNC_DIRECT_REMOTE_FD");
  }
  static void name(const posix::Pipe& pipe) {
    const std::string pair =
        std::to_string(pipe.read.get()) + "," + std::to_string(pipe.write.get());
    ::setenv("IMAP_REMOTE_FD", pair.c_str(), 1);
  }
  static void direct(const std::string& value) {
    ::setenv("IMAPSYNC_DIRECT_REMOTE_FD", value.c_str(), 1);
  }

  posix::Pipe pipe_ = posix::make_pipe();
  posix::Ends sockets_ = posix::connected_pair();
};

TEST_F(SessionDescriptors, ComeFromTheEnvironment) {
  const client::Descriptors fds = client::session_descriptors("remote");
  EXPECT_EQ(pipe_.read.get(), fds.read);
  EXPECT_EQ(pipe_.write.get(), fds.write);
  EXPECT_EQ(sockets_.one.get(), fds.direct);
}

/// It shall see what passes.
TEST_F(SessionDescriptors, AreNotPassedByWhoStandsBetween) {
  const posix::Pipe other = posix::make_pipe();
  name(other);
  EXPECT_EQ(-1, client::session_descriptors("remote").direct);
}

TEST_F(SessionDescriptors, NeedNoSocket) {
  for (const std::string& value :
       {std::string{}, std::to_string(sockets_.one.get()), std::string{"x,1,2"},
        std::string{"99999,"} + posix::inode(pipe_.read.get()) + "," +
            posix::inode(pipe_.write.get())}) {
    direct(value);
    EXPECT_EQ(-1, client::session_descriptors("remote").direct) << value;
  }
  ::unsetenv("IMAPSYNC_DIRECT_REMOTE_FD");
  EXPECT_EQ(-1, client::session_descriptors("remote").direct);
}

TEST_F(SessionDescriptors, AreNamedOrTheFaultSaysHow) {
  for (const char* bad : {"", "6", "6,", "a,b", "99998,99999"}) {
    ::setenv("IMAP_REMOTE_FD", bad, 1);
    EXPECT_THROW(client::session_descriptors("remote"), posix::Fault) << bad;
  }
}

} // namespace
