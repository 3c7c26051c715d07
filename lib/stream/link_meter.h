// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_LINK_METER_H
#define IMAPSYNC_STREAM_LINK_METER_H

#include <chrono>
#include <cstddef>

namespace stream {

/// Tells whether one direction of a connection is slow enough for compression to pay: it
/// is when octets came at less than slow_rate, counted over the time in which nothing but
/// the connection was waited for, twice in a row. A fast link, a client that is slow, and
/// a session in which little is said never are.
class LinkMeter {
 public:
  /// Servers deflate 20 to 30 MB/s, and mail shrinks to about two thirds: below this the
  /// link is what holds us up, above it the server would be.
  static constexpr std::size_t slow_rate = std::size_t{8} << 20; ///< octets per second
  /// A measurement is over when that long was waited; TCP's slow start is behind us then.
  static constexpr std::chrono::seconds window{1};
  /// Less than this in a measurement says nothing about the link.
  static constexpr std::size_t least = std::size_t{256} << 10;

  void passed(std::size_t octets) { octets_ += octets; }
  void waited(std::chrono::nanoseconds time);

  bool slow() const { return slow_windows_ >= 2; }
  void reset() { *this = {}; }

 private:
  std::size_t octets_ = 0;
  std::chrono::nanoseconds waited_{};
  int slow_windows_ = 0;
};

} // namespace stream

#endif
