// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/plain.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "posix/fault.h"

namespace stream {

PlainStream::PlainStream(posix::Fd read, posix::Fd write)
    : read_{std::move(read)}, write_{std::move(write)} {
  posix::set_nonblocking(read_.get());
  if (write_) posix::set_nonblocking(write_.get());
}

ssize_t PlainStream::read(char* into, std::size_t size) {
  for (;;) {
    const ssize_t n = ::read(read_.get(), into, size);
    if (n >= 0) return n;
    if (errno == EAGAIN) return again;
    if (errno != EINTR) throw posix::system_fault(EX_IOERR, "connection lost");
  }
}

ssize_t PlainStream::write(std::string_view octets) {
  for (;;) {
    const ssize_t n = ::write(write_fd(), octets.data(), octets.size());
    if (n >= 0) return n;
    if (errno == EAGAIN) return again;
    if (errno != EINTR) throw posix::system_fault(EX_IOERR, "connection lost");
  }
}

void PlainStream::finish() { ::shutdown(write_fd(), SHUT_WR); }

} // namespace stream
