// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sandbox.h"

#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace stream {

namespace {

/// What a relay, OpenSSL, zlib, the allocator and exit need. Reading and writing are of
/// descriptors that are open; of what makes new ones there is pidfd_open of our own
/// tunnel, and for a session that is kept what it takes to have another client: accept4
/// on the socket that listens already, dup3 for standard error.
constexpr int allowed[] = {SCMP_SYS(read),           SCMP_SYS(write),
                           SCMP_SYS(readv),          SCMP_SYS(writev),
                           SCMP_SYS(recvfrom),       SCMP_SYS(sendto),
                           SCMP_SYS(recvmsg),        SCMP_SYS(sendmsg),
                           SCMP_SYS(poll),           SCMP_SYS(ppoll),
                           SCMP_SYS(close),          SCMP_SYS(shutdown),
                           SCMP_SYS(fcntl),          SCMP_SYS(fstat),
                           SCMP_SYS(lseek),          SCMP_SYS(getsockopt),
                           SCMP_SYS(setsockopt),     SCMP_SYS(brk),
                           SCMP_SYS(mmap),           SCMP_SYS(munmap),
                           SCMP_SYS(mremap),         SCMP_SYS(mprotect),
                           SCMP_SYS(madvise),        SCMP_SYS(futex),
                           SCMP_SYS(getrandom),      SCMP_SYS(clock_gettime),
                           SCMP_SYS(gettimeofday),   SCMP_SYS(time),
                           SCMP_SYS(nanosleep),      SCMP_SYS(clock_nanosleep),
                           SCMP_SYS(getpid),         SCMP_SYS(gettid),
                           SCMP_SYS(getuid),         SCMP_SYS(geteuid),
                           SCMP_SYS(rt_sigreturn),   SCMP_SYS(rt_sigaction),
                           SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
                           SCMP_SYS(sched_yield),    SCMP_SYS(pidfd_open),
                           SCMP_SYS(wait4),          SCMP_SYS(waitid),
                           SCMP_SYS(accept4),        SCMP_SYS(dup3),
                           SCMP_SYS(exit),           SCMP_SYS(exit_group)};

struct Release {
  void operator()(scmp_filter_ctx context) const { ::seccomp_release(context); }
};

std::string why(int error) {
  return std::strerror(error); // NOLINT(concurrency-mt-unsafe)
}

std::string filter_calls() {
  const std::unique_ptr<void, Release> filter{::seccomp_init(SCMP_ACT_ERRNO(EPERM))};
  if (!filter) return "no seccomp (out of memory)";
  // A call that this architecture does not have cannot be made either: errors are
  // ignored.
  for (const int call : allowed)
    static_cast<void>(::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0));
  const int error = ::seccomp_load(filter.get());
  return error == 0 ? "seccomp" : "no seccomp (" + why(-error) + ")";
}

/// A ruleset that handles every access to files and allows none.
std::string deny_files() {
  // The rights of the first version (Linux 5.13); later kernels know them too.
  landlock_ruleset_attr rules{};
  rules.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  const long fd = ::syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
  if (fd < 0) return "no Landlock (" + why(errno) + ")";
  const long done = ::syscall(SYS_landlock_restrict_self, fd, 0);
  const int error = errno;
  ::close(static_cast<int>(fd));
  return done == 0 ? "Landlock" : "no Landlock (" + why(error) + ")";
}

} // namespace

std::string enter_sandbox() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return "nothing (no_new_privs: " + why(errno) + ")";
  const std::string files = deny_files();
  return filter_calls() + ", " + files;
}

} // namespace stream
