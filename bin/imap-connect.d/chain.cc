// SPDX-License-Identifier: GPL-3.0-or-later
#include "chain.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): setenv
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "imap/ascii.h"
#include "posix/fault.h"
#include "posix/fd.h"
#include "posix/message.h"
#include "serve.h"

namespace {

/// UCSPI's: 6 to read from, 7 to write to.
constexpr int first_pair = 6;
/// Where other descriptors that PROG gets begin.
constexpr int high = 40;
/// env(1)'s.
constexpr int not_executable = 126, not_found = 127;

/// The larger descriptor that `variable` ("IMAP_X_FD=8,9") names; -1 if it is no such
/// variable, or a stale one whose descriptors are not open.
int pair_of(std::string_view variable) {
  const std::size_t equals = variable.find('=');
  if (equals == variable.npos || !variable.starts_with("IMAP_") ||
      !variable.substr(0, equals).ends_with("_FD"))
    return -1;
  const char* const end = variable.data() + variable.size();
  int read = 0, write = 0;
  const auto [comma, error] = std::from_chars(variable.data() + equals + 1, end, read);
  if (error != std::errc{} || comma == end || *comma != ',') return -1;
  const auto [last, bad] = std::from_chars(comma + 1, end, write);
  if (bad != std::errc{} || last != end || ::fcntl(read, F_GETFD) < 0) return -1;
  return std::max(read, write);
}

int next_pair() {
  int pair = first_pair;
  for (char** variable = environ; *variable != nullptr; ++variable)
    pair = std::max(pair, pair_of(*variable) + 1);
  return pair;
}

/// The same descriptor above the pair, so that placing the pair overwrites neither end.
posix::Fd above(const posix::Fd& fd, int pair) {
  return posix::duplicate(fd.get(), pair + 2);
}

void place(int fd, int at) {
  if (::dup2(fd, at) < 0) throw posix::system_fault(EX_OSERR, "dup2");
}

void set_variable(const std::string& name, const std::string& value) {
  if (::setenv(name.c_str(), value.c_str(), 1) != 0)
    throw posix::system_fault(EX_OSERR, "setenv");
}

/// What a program and its relay have in common, one end of each.
struct Link {
  posix::Fd in, out; ///< of the stream
  posix::Fd direct;  ///< see stream::Handover
};

/// Leaves the relay with standard error, its ends, the descriptor by which imapsync(1)
/// knows that it still runs, and nothing else: it must not hold the pipeline's pipes
/// open.
stream::Client isolate(Link link) {
  constexpr int low = 3;
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) throw posix::system_fault(EX_OSERR, "/dev/null");
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) place(null, fd);
  // All are above the first pair, and so above where they go.
  ::dup3(link.in.release(), low, O_CLOEXEC);
  ::dup3(link.out.release(), low + 1, O_CLOEXEC);
  const int run = posix::named_descriptor("IMAPSYNC_RUN_FD");
  const bool holds = run > low + 2 && ::dup3(run, low + 2, O_CLOEXEC) >= 0;
  const bool direct =
      link.direct && ::dup3(link.direct.release(), low + 3, O_CLOEXEC) >= 0;
  if (!holds) ::close(low + 2);
  ::close_range(direct ? low + 4 : low + 3, ~0U, 0);
  return {low, low + 1, direct ? low + 3 : -1};
}

/// Out of the way of what may be in the chain behind us, and of shells. Empty if there
/// are no descriptors to be had: it works without, too.
posix::Ends direct_sockets() {
  try {
    posix::Ends ends = posix::connected_pair();
    ends.one = posix::duplicate(ends.one.get(), high);
    ends.other = posix::duplicate(ends.other.get(), high);
    posix::set_cloexec(ends.one.get(), false);
    return ends;
  } catch (const posix::Fault&) {
    return {};
  }
}

[[noreturn]] int relay_process(const Options& options, Link link) {
  int status = EX_SOFTWARE;
  try {
    // Ctrl-C is for the program, which still has to talk to the server.
    ::signal(SIGINT, SIG_IGN);
    Orders orders = take_orders(options);
    const stream::Client client = isolate(std::move(link));
    posix::set_nonblocking(client.in);
    posix::set_nonblocking(client.out);
    status = serve(options, std::move(orders), client, true);
  } catch (const posix::Fault& fault) {
    status = fault.status;
  }
  ::_exit(status);
}

} // namespace

int run_program(const Options& options) {
  const int pair = next_pair();
  posix::Pipe there = posix::make_wide_pipe(), back = posix::make_wide_pipe();
  for (posix::Fd* fd : {&there.read, &there.write, &back.read, &back.write})
    *fd = above(*fd, pair);
  posix::Ends direct = direct_sockets();
  const pid_t relay = ::fork();
  if (relay < 0) throw posix::system_fault(EX_OSERR, "fork");
  if (relay == 0)
    relay_process(
        options, {std::move(there.read), std::move(back.write), std::move(direct.other)});
  place(back.read.get(), pair);
  place(there.write.get(), pair + 1);
  const std::string side = imap::upper(options.side);
  set_variable("IMAP_" + side + "_FD",
               std::to_string(pair) + "," + std::to_string(pair + 1));
  const std::string socket = "IMAPSYNC_DIRECT_" + side + "_FD";
  if (direct.one)
    set_variable(socket, std::to_string(direct.one.get()) + "," + posix::inode(pair) +
                             "," + posix::inode(pair + 1));
  else
    ::unsetenv(socket.c_str());
  ::execvp(options.program[0], options.program);
  throw posix::system_fault(errno == ENOENT ? not_found : not_executable,
                            options.program[0]);
}
