// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_RECORD_READER_H
#define IMAPSYNC_RECORD_READER_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "record/record.h"

namespace record {

/// A stream of records, read incrementally. Checks header, syntax and the counts of the
/// `end` records. Does no I/O.
class Reader {
 public:
  struct Item {
    /// The line with its LF, to be passed on unchanged. Valid until the next feed or
    /// next.
    std::string_view line;
    Record record;
  };

  /// Longest line, LF included, in octets.
  static constexpr std::size_t max_line = std::size_t{4} << 20;

  void feed(std::string_view octets) { buffer_.append(octets); }

  /// The next record, or nothing while more octets are needed. Throws Malformed.
  std::optional<Item> next();

  /// To be called at end of file. Throws Truncated inside a line, a list or a round, or
  /// where not even the header was seen.
  void finish() const;

  /// Octets were fed that are part of no record yet.
  bool pending() const { return start_ != buffer_.size(); }
  /// Whether a round has begun and not ended.
  bool in_round() const { return in_round_; }

 private:
  std::optional<std::string_view> line();
  void check(const Record& record);
  bool in_list() const; ///< of requests, states or mailboxes
  void expect(std::uint64_t& seen, std::uint64_t count, std::string_view what);

  std::string buffer_;
  std::size_t start_ = 0, scanned_ = 0;
  std::uint64_t line_number_ = 0;
  bool in_round_ = false;
  std::uint64_t round_ = 0, requests_ = 0, states_ = 0;
  std::uint64_t mailboxes_[2] = {0, 0}, actions_[2] = {0, 0};
  std::map<std::pair<Side, Mailbox>, std::uint64_t> changes_;
};

} // namespace record

#endif
