// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_TESTS_UNIT_WIRE_STREAM_H
#define IMAPSYNC_TESTS_UNIT_WIRE_STREAM_H

#include <algorithm>
#include <string>

#include "stream/stream.h"

namespace wire_stream {

using stream::Stream;

/// One end of a connection in memory: `in` is what comes, `out` what went.
struct Wire {
  std::string in, out;
  std::size_t taken = 0;         ///< octets of `in` that were read
  std::size_t most_read = 65536; ///< octets per read()
  std::size_t room = 1U << 30U;  ///< octets that write() takes before `again`
  bool end = false, finished = false;
  std::size_t left() const { return in.size() - taken; }
};

class WireStream : public Stream {
 public:
  explicit WireStream(Wire& wire) : wire_{wire} {}
  ssize_t read(char* into, std::size_t size) override {
    const std::size_t n = std::min({size, wire_.left(), wire_.most_read});
    if (n == 0) return wire_.end ? 0 : again;
    std::copy_n(wire_.in.data() + wire_.taken, n, into);
    wire_.taken += n;
    if (wire_.left() == 0) {
      wire_.in.clear();
      wire_.taken = 0;
    }
    return static_cast<ssize_t>(n);
  }
  ssize_t write(std::string_view octets) override {
    const std::size_t n = std::min(octets.size(), wire_.room);
    if (n == 0) return again;
    wire_.out += octets.substr(0, n);
    wire_.room -= n;
    return static_cast<ssize_t>(n);
  }
  bool flush() override { return true; }
  void finish() override { wire_.finished = true; }
  pollfd read_wait() const override { return {3, POLLIN, 0}; }
  pollfd write_wait() const override { return {4, POLLOUT, 0}; }

 private:
  Wire& wire_;
};

} // namespace wire_stream

#endif
