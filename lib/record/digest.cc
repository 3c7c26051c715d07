// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/digest.h"

namespace record {

namespace {

constexpr std::string_view digits{"0123456789abcdef"};

} // namespace

std::optional<Digest> Digest::from_hex(std::string_view text) {
  if (text.size() != 2 * size) return {};
  Octets octets;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t high = digits.find(text[2 * i]);
    const std::size_t low = digits.find(text[2 * i + 1]);
    if (high == digits.npos || low == digits.npos) return {};
    octets[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return Digest{octets};
}

std::string Digest::hex() const {
  std::string text;
  if (!any_) return text;
  text.reserve(2 * size);
  for (const std::uint8_t octet : octets_) {
    text += digits[octet >> 4];
    text += digits[octet & 15];
  }
  return text;
}

} // namespace record
