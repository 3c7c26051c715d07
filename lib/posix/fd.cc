// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string>

#include "posix/fault.h"

namespace posix {

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

void hold_standard_descriptors() {
  constexpr int wrong_way[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", wrong_way[fd]);
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw system_fault(EX_OSERR, "pipe");
  return {Fd{ends[0]}, Fd{ends[1]}};
}

Pipe make_wide_pipe() {
  Pipe pipe = make_pipe();
  // Refused where the user's pipes hold much already: then it is an ordinary one.
  (void)::fcntl(pipe.write.get(), F_SETPIPE_SZ, 256 * 1024);
  return pipe;
}

namespace {

void set_flag(int fd, int get, int set, int flag, bool on) {
  const int flags = ::fcntl(fd, get);
  const int wanted = on ? flags | flag : flags & ~flag;
  if (flags < 0 || (wanted != flags && ::fcntl(fd, set, wanted) != 0))
    throw system_fault(EX_OSERR, "fcntl");
}

} // namespace

void set_nonblocking(int fd, bool on) { set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on); }

void set_cloexec(int fd, bool on) { set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on); }

Fd duplicate(int fd, int lowest) {
  Fd copy{::fcntl(fd, F_DUPFD_CLOEXEC, lowest)};
  if (!copy)
    throw system_fault(EX_OSERR, "no second descriptor of " + std::to_string(fd) +
                                     " (the limit of open files is too low?)");
  return copy;
}

int open_descriptor(std::string_view number) {
  const char* const end = number.data() + number.size();
  int fd = -1;
  const auto [last, error] = std::from_chars(number.data(), end, fd);
  if (error != std::errc{} || last != end || ::fcntl(fd, F_GETFD) < 0) return -1;
  return fd;
}

std::string inode(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? std::to_string(info.st_ino) : std::string{};
}

int named_descriptor(const std::string& variable) {
  const char* const text = std::getenv(variable.c_str()); // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? -1 : open_descriptor(text);
}

void write_all(int fd, std::string_view octets, std::string_view what) {
  while (!octets.empty()) {
    const ssize_t n = ::write(fd, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw system_fault(EX_IOERR, "write " + std::string{what});
    octets.remove_prefix(static_cast<std::size_t>(n));
  }
}

} // namespace posix
