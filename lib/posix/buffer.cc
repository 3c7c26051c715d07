// SPDX-License-Identifier: GPL-3.0-or-later
#include "posix/buffer.h"

#include <unistd.h>

#include <cerrno>

#include "posix/fault.h"

namespace posix {

namespace {

/// The other end is gone, or out of reach for good.
bool lost(int error) {
  return error == EPIPE || error == ECONNRESET || error == ETIMEDOUT ||
         error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN;
}

} // namespace

bool OutBuffer::write_some(int fd, std::string_view what) {
  while (!empty()) {
    std::string_view left = std::string_view{octets_}.substr(start_);
    if (!write_once(fd, left, what)) return false;
    const std::size_t written = size() - left.size();
    if (written == 0) break;
    start_ += written;
  }
  // Moves the rest to the front only when that costs less than what was written.
  if (start_ == octets_.size() || start_ > octets_.size() / 2) {
    octets_.erase(0, start_);
    start_ = 0;
  }
  return true;
}

bool write_once(int fd, std::string_view& octets, std::string_view what) {
  ssize_t n = 0;
  do n = ::write(fd, octets.data(), octets.size());
  while (n < 0 && errno == EINTR);
  if (n < 0 && lost(errno)) return false;
  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    throw system_fault(EX_IOERR, "write " + std::string{what});
  if (n > 0) octets.remove_prefix(static_cast<std::size_t>(n));
  return true;
}

ReadStatus read_some(int fd, std::string& buffer, std::string_view& octets,
                     std::string_view what) {
  ssize_t n = 0;
  do n = ::read(fd, buffer.data(), buffer.size());
  while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return ReadStatus::blocked;
  if (n < 0 && !lost(errno)) throw system_fault(EX_IOERR, "read " + std::string{what});
  if (n <= 0) return ReadStatus::end;
  octets = std::string_view{buffer}.substr(0, static_cast<std::size_t>(n));
  return ReadStatus::some;
}

} // namespace posix
