// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_IDENTITY_H
#define IMAPSYNC_SYNC_IDENTITY_H

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "record/digest.h"

namespace syncing {

/// What identifies a message on both sides: SHA-256 over those of its fields that servers
/// keep as they are, Message-ID, Date, From, To, Cc and Subject, in this order, unfolded
/// and with white space collapsed. Reads a message (or just its header, as
/// BODY[HEADER.FIELDS (…)] gives it) piece by piece; what follows the header costs
/// nothing.
class Identity {
 public:
  static constexpr std::string_view fields = "MESSAGE-ID DATE FROM TO CC SUBJECT";

  void update(std::string_view octets);
  /// Empty if the message has none of the fields. Its last bit is set if Message-ID or
  /// Date is missing: such an identity is weak, and messages are the same only if
  /// INTERNALDATE and size are too (record::Digest::weak). Ends the computation.
  record::Digest digest();

 private:
  /// Of a field's value no more is kept than this, and of these fields no more is read:
  /// what imap::Limits leaves of a BODY[HEADER.FIELDS (…)], so that the message itself
  /// has the same identity.
  static constexpr std::size_t max_value = std::size_t{64} << 10;
  static constexpr std::size_t max_header = std::size_t{1} << 20;

  void line();
  void header_line(std::string_view text);
  std::string* value_of(std::string_view field_name);

  std::array<std::string, 6> values_;
  std::array<bool, 6> seen_{};
  std::string line_;
  std::string* current_ = nullptr; ///< the value that a folded line continues
  bool counts_ = false;            ///< the last field is one of ours
  std::size_t length_ = 0;         ///< of the line so far, all of it
  std::size_t read_ = 0;           ///< octets of our fields
  bool header_over_ = false;
};

} // namespace syncing

#endif
