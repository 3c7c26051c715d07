// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_POSIX_BUFFER_H
#define IMAPSYNC_POSIX_BUFFER_H

#include <cstddef>
#include <string>
#include <string_view>

namespace posix {

/// Octets on their way out of a non-blocking descriptor.
class OutBuffer {
 public:
  std::string& tail() { return octets_; } ///< append to it only
  void append(std::string_view octets) { octets_.append(octets); }
  std::size_t size() const { return octets_.size() - start_; }
  bool empty() const { return size() == 0; }

  /// Writes what the descriptor takes now. False if nobody reads any more, or is to be
  /// reached (EPIPE, ECONNRESET, ETIMEDOUT ...). Throws Fault 74 that names `what` for
  /// other errors.
  bool write_some(int fd, std::string_view what);

 private:
  std::string octets_;
  std::size_t start_ = 0;
};

/// Writes to a non-blocking descriptor once, what it takes, and takes that off the front
/// of `octets`. False and Fault as OutBuffer::write_some.
bool write_once(int fd, std::string_view& octets, std::string_view what);

enum class ReadStatus { some, blocked, end };

/// Reads once into `buffer`, and sets `octets` to what came. A reset connection is an
/// end. Throws Fault 74 that names `what`.
ReadStatus read_some(int fd, std::string& buffer, std::string_view& octets,
                     std::string_view what);

} // namespace posix

#endif
