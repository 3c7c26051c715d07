// SPDX-License-Identifier: GPL-3.0-or-later
#include "children.h"

#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "posix/clock.h"
#include "posix/fault.h"
#include "posix/offspring.h"

// <linux/close_range.h>; glibc 2.34 has the call.
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

namespace {

constexpr int ending[] = {SIGHUP, SIGINT, SIGTERM};

// posix_spawn_file_actions_t and posix_spawnattr_t, freed whatever happens.
struct SpawnPlan {
  SpawnPlan() {
    check(::posix_spawn_file_actions_init(&actions));
    check(::posix_spawnattr_init(&attributes));
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  static void check(int error) {
    if (error == 0) return;
    errno = error;
    throw posix::system_fault(EX_OSERR, "posix_spawn");
  }
  void connect(int ours, int theirs) {
    check(::posix_spawn_file_actions_adddup2(&actions, ours, theirs));
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

} // namespace

Children::Children() {
  std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
  // Nor is a limit of file sizes (ulimit -f) a reason to die, for a tee neither.
  std::signal(SIGXFSZ, SIG_IGN); // NOLINT(cert-err33-c)
  // An inherited SIG_IGN would have the kernel reap our children behind our back.
  std::signal(SIGCHLD, SIG_DFL); // NOLINT(cert-err33-c)
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, SIGCHLD);
  for (const int signal : ending) {
    struct sigaction action = {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) ::sigaddset(&wanted, signal);
  }
  ::sigprocmask(SIG_BLOCK, &wanted, &inherited_);
  signals_.reset(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) throw posix::system_fault(EX_OSERR, "signalfd");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

pid_t Children::spawn(const std::vector<std::string>& argv,
                      const Descriptors& descriptors) {
  SpawnPlan plan;
  plan.connect(descriptors.in, STDIN_FILENO);
  plan.connect(descriptors.out, STDOUT_FILENO);
  plan.connect(descriptors.error, STDERR_FILENO);
  for (const auto& [ours, theirs] : descriptors.more) plan.connect(ours, theirs);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  SpawnPlan::check(::posix_spawnattr_setsigdefault(&plan.attributes, &defaults));
  SpawnPlan::check(::posix_spawnattr_setsigmask(&plan.attributes, &inherited_));
  SpawnPlan::check(::posix_spawnattr_setflags(
      &plan.attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  // posix_spawn does not write to its argv; its type is historical.
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0], &plan.actions, &plan.attributes,
                                   words.data(), environ);
  if (error == 0) return pid;
  errno = error;
  throw posix::system_fault(EX_OSERR, argv[0]);
}

std::optional<Children::Exit> Children::reap() {
  int status = 0;
  const pid_t pid = ::waitpid(-1, &status, WNOHANG);
  if (pid <= 0) return {};
  return Exit{pid, status};
}

int Children::take_signals() {
  int asked = 0;
  signalfd_siginfo info = {};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info)
    if (info.ssi_signo != SIGCHLD) asked = static_cast<int>(info.ssi_signo);
  return asked;
}

void Children::end_all(int patience_ms) {
  using clock = posix::Clock;
  for (const int signal : {0, SIGTERM, SIGKILL}) {
    const auto deadline = clock::now() + std::chrono::milliseconds{patience_ms};
    while (true) {
      while (reap()) {
      }
      const std::vector<pid_t> left = posix::children_of_our_session();
      if (left.empty()) return;
      // Each time around: the death of one hands its own children to us.
      if (signal != 0)
        for (const pid_t pid : left) ::kill(pid, signal);
      const auto time = std::chrono::ceil<std::chrono::milliseconds>(
                            (deadline - clock::now()) / clock::speed())
                            .count();
      if (time <= 0) break;
      pollfd wait{signals_.get(), POLLIN, 0};
      ::poll(&wait, 1, static_cast<int>(time));
      take_signals();
    }
  }
}

void die_by(int signal) {
  std::signal(signal, SIG_DFL); // NOLINT(cert-err33-c)
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::raise(signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::_exit(128 + signal);
}
