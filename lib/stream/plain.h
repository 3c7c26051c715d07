// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_PLAIN_H
#define IMAPSYNC_STREAM_PLAIN_H

#include "posix/fd.h"
#include "stream/stream.h"

namespace stream {

/// The bottom of every stack: a connected socket, or what a tunnel's command reads and
/// writes. Octets go straight to the kernel, so there is nothing to flush.
class PlainStream : public Stream {
 public:
  /// Makes the descriptors non-blocking. `write`, a socket too, is empty if `read` is one
  /// for both.
  explicit PlainStream(posix::Fd read, posix::Fd write = posix::Fd{});

  ssize_t read(char* into, std::size_t size) override;
  ssize_t write(std::string_view octets) override;
  bool flush() override { return true; }
  void finish() override;
  pollfd read_wait() const override { return {read_.get(), POLLIN, 0}; }
  pollfd write_wait() const override { return {write_fd(), POLLOUT, 0}; }

  /// Gives the socket up, for a layer that wants it (TLS).
  posix::Fd release() { return std::move(read_); }

 private:
  int write_fd() const { return write_ ? write_.get() : read_.get(); }

  posix::Fd read_, write_;
};

} // namespace stream

#endif
