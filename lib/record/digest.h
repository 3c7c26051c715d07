// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_RECORD_DIGEST_H
#define IMAPSYNC_RECORD_DIGEST_H

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace record {

/// The SHA-256 of a message's identity fields, or none where it has no such field. Plans
/// hold one for each message of a mailbox: octets, not text.
class Digest {
 public:
  static constexpr std::size_t size = 32; ///< octets
  using Octets = std::array<std::uint8_t, size>;

  Digest() = default;
  explicit Digest(const Octets& octets) : octets_{octets}, any_{true} {}
  /// Of 64 lower-case hexadecimal digits; nothing for another text.
  static std::optional<Digest> from_hex(std::string_view text);

  bool empty() const { return !any_; }
  const Octets& octets() const { return octets_; } ///< zeros if empty
  std::string hex() const;                         ///< "" if empty

  /// Says little: the message has no Message-ID or no Date.
  bool weak() const { return !any_ || (octets_.back() & 1) != 0; }

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  Octets octets_{};
  bool any_ = false;
};

} // namespace record

#endif
