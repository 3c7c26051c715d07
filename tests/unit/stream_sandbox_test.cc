// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace {

/// What `attempt` yields in a child that is in the sandbox; 200 if it does not end
/// itself.
int inside(const std::function<int()>& attempt) {
  const pid_t child = ::fork();
  if (child == 0) {
    stream::enter_sandbox();
    // _exit() is more to AddressSanitizer than a call that the sandbox allows.
    ::syscall(SYS_exit_group, attempt());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

int error_of(int result) { return result < 0 ? errno : 0; }

TEST(Sandbox, TakesWhatIsNoLongerNeeded) {
  EXPECT_EQ(EPERM, inside([] { return error_of(::open("/etc/passwd", O_RDONLY)); }));
  EXPECT_EQ(EPERM, inside([] { return error_of(::open("/tmp", O_TMPFILE | O_RDWR)); }));
  EXPECT_EQ(EPERM,
            inside([] { return error_of(::unlink("/tmp/nothing of this name")); }));
  EXPECT_EQ(EPERM, inside([] { return error_of(::socket(AF_INET, SOCK_STREAM, 0)); }));
  EXPECT_EQ(EPERM, inside([] { return error_of(::socket(AF_UNIX, SOCK_DGRAM, 0)); }));
  EXPECT_EQ(EPERM, inside([] { return error_of(::fork()); }));
  EXPECT_EQ(EPERM, inside([] {
              char name[] = "/bin/true";
              char* const words[] = {name, nullptr};
              return error_of(::execv(name, words));
            }));
  EXPECT_EQ(EPERM, inside([] { return error_of(::kill(::getppid(), 0)); }));
}

TEST(Sandbox, LeavesWhatARelayDoes) {
  int ends[2];
  ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  EXPECT_EQ(0, inside([&] {
              char octet = 0;
              pollfd ready{ends[1], POLLIN, 0};
              if (::write(ends[0], "x", 1) != 1) return 1;
              if (::poll(&ready, 1, 10'000) != 1) return 2;
              if (::read(ends[1], &octet, 1) != 1 || octet != 'x') return 3;
              if (::shutdown(ends[0], SHUT_WR) != 0) return 4;
              return error_of(::close(ends[0]));
            }));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Sandbox, CannotBeLeft) {
  EXPECT_EQ(EPERM, inside([] {
              stream::enter_sandbox();
              return error_of(::open("/etc/passwd", O_RDONLY));
            }));
}

} // namespace
