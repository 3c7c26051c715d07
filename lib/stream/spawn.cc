// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h> // NOLINT(modernize-deprecated-headers): explicit_bzero
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "posix/fault.h"
#include "posix/fd.h"
#include "stream/errand.h"

namespace stream {

namespace {

constexpr std::string_view blanks = " \t\r\n";

/// posix_spawn(3)'s two option objects.
class Spawner {
 public:
  Spawner() {
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
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;
  ~Spawner() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  void dup(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void null(int to) {
    ::posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_WRONLY, 0);
  }

  pid_t run(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
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

/// A wiped buffer that a secret is read into.
class Line {
 public:
  Line() { text_.reserve(max_octets); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() { Secret::wipe(text_); }

  /// False at the end of file, or of what we take. A file is read from its beginning,
  /// without moving its offset: several of us may share it.
  bool read(int fd) {
    char octets[4096];
    const std::size_t room = std::min(sizeof octets, max_octets - text_.size());
    ssize_t n =
        room == 0 ? 0 : ::pread(fd, octets, room, static_cast<off_t>(text_.size()));
    if (n < 0 && errno == ESPIPE) n = ::read(fd, octets, room);
    if (n > 0) text_.append(octets, static_cast<std::size_t>(n));
    ::explicit_bzero(octets, sizeof octets);
    return n > 0 || (n < 0 && errno == EINTR);
  }
  Secret take() const {
    std::string_view line{text_};
    line = line.substr(0, line.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return Secret{line};
  }

 private:
  /// Tokens have some thousand octets.
  static constexpr std::size_t max_octets = 65536;
  std::string text_;
};

} // namespace

std::vector<std::string> command_words(std::string_view command) {
  const std::size_t begin = command.find_first_not_of(blanks);
  if (begin == command.npos) return {};
  command = command.substr(begin, command.find_last_not_of(blanks) + 1 - begin);
  const std::string_view first = command.substr(0, command.find_first_of(blanks));
  if (command.find_first_of("$&*(){}[]'\";\\|?<>~`\n") != command.npos ||
      first.find('=') != first.npos || first == "exec" || first == ".")
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

pid_t spawn(std::string_view command, int in, int out, bool null_stderr) {
  const std::vector<std::string> words = command_words(command);
  if (words.empty()) throw posix::Fault{EX_CONFIG, "no command is configured"};
  Spawner spawner;
  spawner.dup(in, STDIN_FILENO);
  spawner.dup(out, STDOUT_FILENO);
  if (null_stderr) spawner.null(STDERR_FILENO);
  return spawner.run(words);
}

Ending reap(pid_t pid, Deadline deadline) {
  const posix::Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  try {
    if (process) wait_for({process.get(), POLLIN, 0}, deadline, "command");
  } catch (const posix::Fault&) {
    return {};
  }
  int status = 0;
  if (::waitpid(pid, &status, process ? 0 : WNOHANG) != pid || status == 0) return {};
  if (!WIFEXITED(status))
    return {"was killed by signal " + std::to_string(WTERMSIG(status))};
  const int code = WEXITSTATUS(status);
  return {"exited with " + std::to_string(code), code == 126 || code == 127};
}

Secret secret_from_command(std::string_view key, std::string_view command,
                           Deadline deadline, std::span<const int> clients) {
  const std::string name{key};
  const posix::Fd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  posix::Pipe pipe = posix::make_pipe();
  std::optional<Errand> errand;
  try {
    errand.emplace(command, null.get(), pipe.write.get());
  } catch (const posix::Fault& fault) {
    throw posix::Fault{EX_CONFIG, name + ": " + fault.what()};
  }
  pipe.write.reset();
  const auto await = [&](int fd) {
    const Errand::Event event = errand->await(fd, deadline, clients);
    if (event == Errand::Event::ready) return;
    errand->end();
    if (event == Errand::Event::late)
      throw posix::Fault{EX_CONFIG, name + ": the command did not end in time"};
    throw posix::Fault{EX_IOERR, name + ": nobody waits for the session any more"};
  };
  Line line;
  do await(pipe.read.get());
  while (line.read(pipe.read.get()));
  pipe.read.reset(); // what is more than a line can be shall not wait for a reader
  const posix::Fd process{static_cast<int>(::syscall(SYS_pidfd_open, errand->pid(), 0))};
  if (process) await(process.get());
  if (const std::string how = reap(errand->pid(), deadline).how; !how.empty())
    throw posix::Fault{EX_CONFIG, name + ": the command " + how};
  Secret secret = line.take();
  if (secret.empty())
    throw posix::Fault{EX_CONFIG, name + ": the command printed nothing"};
  return secret;
}

Secret secret_from_descriptor(int fd) {
  Line line;
  while (line.read(fd)) {
  }
  Secret secret = line.take();
  if (secret.empty())
    throw posix::Fault{EX_CONFIG, "password-fd: nothing can be read from descriptor " +
                                      std::to_string(fd)};
  return secret;
}

} // namespace stream
