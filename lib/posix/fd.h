// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_POSIX_FD_H
#define IMAPSYNC_POSIX_FD_H

#include <string>
#include <string_view>
#include <utility>

namespace posix {

/// Owns one file descriptor. Move-only; -1 means empty.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_{fd} {}
  Fd(Fd&& other) noexcept : fd_{other.release()} {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read, write;
};

/// pipe2(2) with O_CLOEXEC. Throws Fault 71 (EX_OSERR).
Pipe make_pipe();
/// A pipe for bodies of messages: holds 256 kB if the system allows it, so that it is
/// filled and emptied in fewer turns.
Pipe make_wide_pipe();

/// Switches O_NONBLOCK or FD_CLOEXEC of `fd`. Throws Fault 71.
void set_nonblocking(int fd, bool on = true);
void set_cloexec(int fd, bool on = true);

/// The same open file under a free number of at least `lowest`, with FD_CLOEXEC. Throws
/// Fault 71.
Fd duplicate(int fd, int lowest = 0);

/// Fills those of the standard descriptors that are closed, so that no socket, database
/// or lock file gets their numbers and what is meant for people. Reading standard input
/// or writing standard output fails as before.
void hold_standard_descriptors();

/// The open descriptor that has this number, in decimal; -1 if there is none.
int open_descriptor(std::string_view number);

/// The number of the file's inode, empty if there is none: of pipes, each has its own.
std::string inode(int fd);

/// The open descriptor whose number the environment variable holds; -1 if there is none.
int named_descriptor(const std::string& variable);

/// Writes all of `octets` to a blocking descriptor, resuming after signals. Throws Fault
/// 74 that names `what`.
void write_all(int fd, std::string_view octets, std::string_view what);

} // namespace posix

#endif
