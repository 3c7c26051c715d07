// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_RELAY_BUFFER_H
#define IMAPSYNC_STREAM_RELAY_BUFFER_H

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace stream {

/// One direction: it is read into only when all that was read before has been written, so
/// that nothing is ever moved about in memory.
class RelayBuffer {
 public:
  /// Large enough that a body of 40 kB passes in one read and one write.
  static constexpr std::size_t octets = std::size_t{128} << 10;

  /// With octets that are to be written first.
  explicit RelayBuffer(std::string first) : first_{std::move(first)}, rest_{first_} {}
  RelayBuffer(const RelayBuffer&) = delete;
  RelayBuffer& operator=(const RelayBuffer&) = delete;

  /// What was read and is not written yet, but for what is held.
  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  void wrote(std::size_t n) { rest_.remove_prefix(n); }
  void discard() { rest_ = {}; }
  /// Where to read into when all is written, and how much came.
  char* room() { return octets_.get(); }
  void filled(std::size_t n) { rest_ = {octets_.get(), n}; }
  /// Octets from elsewhere, when all is written.
  void put(std::string text) {
    first_ = std::move(text);
    rest_ = first_;
  }
  /// Keeps back all but the first `n` of the rest, until release().
  void hold_after(std::size_t n) {
    held_ = rest_.substr(n);
    rest_ = rest_.substr(0, n);
  }
  bool holds() const { return !held_.empty(); }
  void release() { rest_ = std::exchange(held_, {}); }

 private:
  std::string first_;
  std::string_view rest_, held_;
  std::unique_ptr<char[]> octets_{new char[octets]};
};

} // namespace stream

#endif
