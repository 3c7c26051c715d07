// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/fd.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace {

TEST(Fd, ClosesWhatItOwnsOnce) {
  posix::Pipe pipe = posix::make_pipe();
  const int end = pipe.read.get();
  { const posix::Fd moved = std::move(pipe.read); }
  EXPECT_FALSE(pipe.read); // NOLINT(bugprone-use-after-move): empty by contract
  EXPECT_EQ(-1, ::close(end));
}

} // namespace
