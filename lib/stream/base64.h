// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_BASE64_H
#define IMAPSYNC_STREAM_BASE64_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stream/secret.h"

namespace stream {

/// Appends the base64 form (RFC 4648 section 4, padded, one line) of `octets` to `out`, a
/// std::string or a Secret.
template <typename Out>
void base64_encode(std::string_view octets, Out& out) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!octets.empty()) {
    const std::size_t n = octets.size() < 3 ? octets.size() : 3;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8 | (i < n ? static_cast<unsigned char>(octets[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out.push_back(i <= n ? digits[bits >> (18 - 6 * i) & 63U] : '=');
    octets.remove_prefix(n);
  }
}

std::string base64_encode(std::string_view octets);

/// Strict: padding is required, nothing else but digits is taken, unused bits are zero.
/// nullopt if malformed.
std::optional<std::string> base64_decode(std::string_view text);

} // namespace stream

#endif
