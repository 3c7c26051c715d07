// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_LINES_H
#define IMAPSYNC_STREAM_LINES_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stream {

/// The octet count of a literal's announcement at the end of `line`: "{12}", "{12+}",
/// "~{12}"; nullopt if there is none. At most 2^63-1.
std::optional<std::uint64_t> announced_literal(std::string_view line);

/// Finds the lines of an IMAP stream that arrives in pieces; literals are skipped without
/// being held or looked at.
class Lines {
 public:
  /// More of one line than this is not kept.
  static constexpr std::size_t max_kept = 8192;

  /// Calls on_line(text) at each end of line, with the line's text without CRLF, cut to
  /// little more than max_kept octets; stops behind it if that returns true. A command or
  /// response with literals is several lines; see complete(). Returns how many octets
  /// were taken.
  template <class OnLine>
  std::size_t feed(std::string_view octets, OnLine&& on_line) {
    const std::size_t all = octets.size();
    while (!octets.empty()) {
      if (skip(octets)) continue;
      if (!take_line(octets)) break;
      const bool stop = on_line(std::string_view{line_});
      after_line();
      if (stop) break;
    }
    return all - octets.size();
  }

  /// Inside on_line: the line that is passed ends a command or response (it announces no
  /// literal).
  bool complete() const { return !announced_; }
  /// Inside on_line: the line begins one (it does not follow a literal).
  bool begins() const { return begins_; }
  /// Between two commands or responses: no part of one has been seen.
  bool idle() const { return begins_ && line_.empty() && literal_ == 0; }

 private:
  bool skip(std::string_view& octets);
  bool take_line(std::string_view& octets);
  void after_line();

  std::string line_;
  std::uint64_t literal_ = 0;
  std::optional<std::uint64_t> announced_;
  bool begins_ = true;
};

} // namespace stream

#endif
