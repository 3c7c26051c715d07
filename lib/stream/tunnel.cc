// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tunnel.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "posix/fault.h"
#include "posix/fd.h"
#include "stream/plain.h"

namespace stream {

namespace {

constexpr std::string_view blanks = " \t\r\n";

/// posix_spawn(3)'s two option objects.
class Spawn {
 public:
  Spawn() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    ::sigfillset(&all);
    // Ctrl-C on a terminal reaches everybody; the filters finish what is in flight first.
    ::sigdelset(&all, SIGINT);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  void dup(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void null(int to) {
    ::posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_WRONLY, 0);
  }

  pid_t run(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t pid = 0;
    errno = ::posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(), environ);
    if (errno != 0) throw posix::system_fault(EX_CONFIG, "command " + words[0]);
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

} // namespace

std::vector<std::string> command_words(std::string_view command) {
  const std::size_t begin = command.find_first_not_of(blanks);
  if (begin == command.npos) return {};
  command = command.substr(begin, command.find_last_not_of(blanks) + 1 - begin);
  const std::string_view first = command.substr(0, command.find_first_of(blanks));
  if (command.find_first_of("$&*(){}[]'\";\\|?<>~`\n") != command.npos ||
      first.find('=') != first.npos)
    return {"/bin/sh", "-c", std::string{command}};
  std::vector<std::string> words;
  while (!command.empty()) {
    const std::size_t end = std::min(command.find_first_of(blanks), command.size());
    words.emplace_back(command.substr(0, end));
    command.remove_prefix(end);
    command.remove_prefix(std::min(command.find_first_not_of(blanks), command.size()));
  }
  return words;
}

Tunnel open_tunnel(std::string_view command, bool null_stderr) {
  const std::vector<std::string> words = command_words(command);
  if (words.empty()) throw posix::Fault{EX_CONFIG, "no command is configured"};
  posix::Pipe there = posix::make_pipe(), back = posix::make_pipe();
  Spawn spawn;
  spawn.dup(there.read.get(), STDIN_FILENO);
  spawn.dup(back.write.get(), STDOUT_FILENO);
  if (null_stderr) spawn.null(STDERR_FILENO);
  const pid_t pid = spawn.run(words);
  return {std::make_unique<PlainStream>(std::move(back.read), std::move(there.write)),
          pid};
}

std::string reap(pid_t pid, Deadline deadline) {
  const posix::Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  try {
    if (process) wait_for({process.get(), POLLIN, 0}, deadline, "command");
  } catch (const posix::Fault&) {
    return {};
  }
  int status = 0;
  if (::waitpid(pid, &status, process ? 0 : WNOHANG) != pid || status == 0) return {};
  if (WIFEXITED(status)) return "exited with " + std::to_string(WEXITSTATUS(status));
  return "was killed by signal " + std::to_string(WTERMSIG(status));
}

} // namespace stream
