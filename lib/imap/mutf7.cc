// SPDX-License-Identifier: GPL-3.0-or-later
// Modified UTF-7 (RFC 3501 5.1.3).
#include <cstdint>

#include "imap/mailbox_name.h"
#include "imap/utf8.h"

namespace imap {
namespace {

constexpr std::string_view base64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool is_direct(char32_t c) { return c >= 0x20 && c <= 0x7e; }
bool is_high_surrogate(char32_t c) { return c >= 0xd800 && c <= 0xdbff; }
bool is_low_surrogate(char32_t c) { return c >= 0xdc00 && c <= 0xdfff; }

/// Collects UTF-16 units into UTF-8. Printable ASCII has no place in a shift.
class Utf16Reader {
 public:
  explicit Utf16Reader(std::string& out) : out_{out} {}

  bool take(char32_t unit) {
    if (high_ != 0) {
      if (!is_low_surrogate(unit)) return false;
      append_utf8(out_, 0x10000 + ((high_ - 0xd800) << 10) + (unit - 0xdc00));
      high_ = 0;
      return true;
    }
    if (is_low_surrogate(unit) || is_direct(unit)) return false;
    if (is_high_surrogate(unit))
      high_ = unit;
    else
      append_utf8(out_, unit);
    return true;
  }
  bool complete() const { return high_ == 0; }

 private:
  std::string& out_;
  char32_t high_ = 0;
};

/// Decodes what stands between '&' and '-'; false if encode would have written it
/// otherwise.
bool decode_shift(std::string_view digits, std::string& out) {
  Utf16Reader units{out};
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : digits) {
    const std::size_t digit = base64.find(c);
    if (digit == std::string_view::npos) return false;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0x3fffffU;
    count += 6;
    if (count < 16) continue;
    count -= 16;
    if (!units.take(bits >> count & 0xffffU)) return false;
  }
  return units.complete() && count < 6 && (bits & ((1U << count) - 1)) == 0;
}

/// Writes a run of characters that need base64, from '&' to '-'.
class Shift {
 public:
  explicit Shift(std::string& out) : out_{out} {}

  void put(char32_t c) {
    if (!open_) out_ += '&';
    open_ = true;
    if (c < 0x10000) return unit(c);
    unit(0xd800 + ((c - 0x10000) >> 10));
    unit(0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  void close() {
    if (!open_) return;
    if (count_ > 0) out_ += base64[bits_ << (6 - count_) & 63U];
    out_ += '-';
    open_ = false;
    bits_ = count_ = 0;
  }

 private:
  void unit(char32_t value) {
    bits_ = (bits_ << 16 | value) & 0x3fffffU;
    for (count_ += 16; count_ >= 6; count_ -= 6)
      out_ += base64[bits_ >> (count_ - 6) & 63U];
  }
  std::string& out_;
  bool open_ = false;
  std::uint32_t bits_ = 0, count_ = 0;
};

} // namespace

std::optional<std::string> decode_mutf7(std::string_view text) {
  std::string out;
  bool after_shift = false;
  while (!text.empty()) {
    const char c = text[0];
    if (!is_direct(static_cast<unsigned char>(c))) return {};
    if (c != '&') {
      out += c;
      text.remove_prefix(1);
      after_shift = false;
      continue;
    }
    const std::size_t end = text.find('-');
    if (end == std::string_view::npos) return {};
    const std::string_view digits = text.substr(1, end - 1);
    // Two shifts in a row would have been one.
    if (!digits.empty() && after_shift) return {};
    if (digits.empty())
      out += '&';
    else if (!decode_shift(digits, out))
      return {};
    after_shift = !digits.empty();
    text.remove_prefix(end + 1);
  }
  return out;
}

std::optional<std::string> encode_mutf7(std::string_view utf8) {
  std::string out;
  Shift shift{out};
  while (!utf8.empty()) {
    const Utf8Char c = first_utf8(utf8);
    if (c.octets == 0) return {};
    utf8.remove_prefix(c.octets);
    if (!is_direct(c.code)) {
      shift.put(c.code);
      continue;
    }
    shift.close();
    out += static_cast<char>(c.code);
    if (c.code == '&') out += '-';
  }
  shift.close();
  return out;
}

} // namespace imap
