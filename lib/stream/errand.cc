// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/errand.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "posix/fault.h"
#include "posix/offspring.h"
#include "stream/spawn.h"

namespace stream {

namespace {

using std::chrono::milliseconds;

/// For one that has switched the echo of a terminal off, to switch it on again.
constexpr milliseconds patience{1000};

/// Milliseconds for poll(2), 0 past the deadline.
int time_until(Deadline deadline) {
  const auto left =
      std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 3'600'000));
}

/// Signals that would end us.
sigset_t deadly(const sigset_t& blocked) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
    struct sigaction action = {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN && ::sigismember(&blocked, signal) == 0)
      ::sigaddset(&signals, signal);
  }
  return signals;
}

} // namespace

Errand::Errand(std::string_view command, int in, int out)
    : others_{posix::children_of_our_session()} {
  ::sigprocmask(SIG_BLOCK, nullptr, &inherited_);
  const sigset_t signals = deadly(inherited_);
  signals_.reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) throw posix::system_fault(EX_OSERR, "signalfd");
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  try {
    pid_ = spawn(command, in, out, false);
  } catch (...) {
    ::sigprocmask(SIG_SETMASK, &inherited_, nullptr);
    throw;
  }
}

// A signal that has come was only looked at: now it does its work.
Errand::~Errand() { ::sigprocmask(SIG_SETMASK, &inherited_, nullptr); }

Errand::Event Errand::await(int fd, Deadline deadline,
                            std::span<const int> clients) const {
  std::vector<pollfd> fds{{fd, POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  for (const int client : clients) fds.push_back({client, 0, 0});
  for (;;) {
    const int time = time_until(deadline);
    if (time == 0) return Event::late;
    if (::poll(fds.data(), fds.size(), time) < 0) {
      if (errno != EINTR) throw posix::system_fault(EX_OSERR, "poll");
      continue;
    }
    if (std::any_of(fds.begin() + 1, fds.end(),
                    [](const pollfd& end) { return end.revents != 0; }))
      return Event::unwanted;
    if (fds.front().revents != 0) return Event::ready;
  }
}

void Errand::end() {
  // What the command has started comes to us when the command is gone.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (!end_by(SIGTERM)) end_by(SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

std::vector<pid_t> Errand::left() const {
  // Before the list is read: what the command leaves is on it by then. By its number, for
  // it may have left our session.
  const bool runs = ::waitpid(pid_, nullptr, WNOHANG) == 0;
  std::vector<pid_t> pids = posix::children_of_our_session();
  std::erase_if(pids, [this](pid_t pid) {
    return pid == pid_ || std::find(others_.begin(), others_.end(), pid) != others_.end();
  });
  if (runs) pids.push_back(pid_);
  return pids;
}

/// False if some of it is still there after a while.
bool Errand::end_by(int signal) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const std::vector<pid_t> pids = left();
    if (pids.empty()) return true;
    std::vector<posix::Fd> processes;
    std::vector<pollfd> fds;
    for (const pid_t pid : pids) {
      ::kill(pid, signal);
      processes.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
      fds.push_back({processes.back().get(), POLLIN, 0});
    }
    if (::poll(fds.data(), fds.size(), time_until(deadline)) == 0) return false;
    for (const pid_t pid : pids)
      if (pid != pid_) ::waitpid(pid, nullptr, WNOHANG);
  }
}

} // namespace stream
