// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_STREAM_H
#define IMAPSYNC_STREAM_STREAM_H

#include <poll.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string_view>

namespace stream {

using Deadline = std::chrono::steady_clock::time_point;

/// One non-blocking duplex octet stream. Layers stack: each owns the one below (a
/// descriptor pair at the bottom, TLS on a socket, deflate on either), and one poll loop
/// drives the topmost. No call ever blocks. What ends the stream for good (reset, a TLS
/// alert, corrupt deflate data) is thrown as posix::Fault, with 74 (EX_IOERR) or
/// 76 (EX_PROTOCOL) as its status and a text that a person can act on.
class Stream {
 public:
  /// Nothing can be done now: poll for read_wait() or write_wait(), then call again.
  static constexpr ssize_t again = -1;

  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Reads 1..size octets. 0 is end of file, `again` that nothing is there. A layer
  /// answers `again` only if the layer below did: octets that it has decoded or decrypted
  /// already are invisible to poll, so callers read until `again`.
  virtual ssize_t read(char* into, std::size_t size) = 0;

  /// Takes 1..octets.size() octets, or `again`. Taken octets may still sit in this layer
  /// until flush(). After `again` the caller may offer other octets, more or fewer.
  virtual ssize_t write(std::string_view octets) = 0;

  /// Pushes out everything that write() took (deflate: Z_SYNC_FLUSH, once per batch of
  /// writes, not per call). True when nothing is left in any layer; false: poll for
  /// write_wait() and call again. Callers flush before they wait for anything.
  virtual bool flush() = 0;

  /// Ends our direction only (shutdown(2), close_notify); octets still coming can be
  /// read. Called once, after a flush() that returned true. Errors are ignored.
  virtual void finish() = 0;

  /// What to poll for after read() said `again`; what to poll for after write() or
  /// flush() did. They may name the same descriptor, and TLS may read in order to write.
  virtual pollfd read_wait() const = 0;
  virtual pollfd write_wait() const = 0;
};

/// Waits until `wanted` is ready. Throws Fault 75 "WHAT: timed out" past the deadline.
/// For the straight-line part of a session (handshakes, login); the relay polls for
/// itself.
void wait_for(pollfd wanted, Deadline deadline, std::string_view what);

} // namespace stream

#endif
