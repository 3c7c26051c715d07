// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_LEX_H
#define IMAPSYNC_IMAP_LEX_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imap {

/// A literal that was taken out of a line; `""` stands at its place.
struct InlineLiteral {
  std::size_t at; ///< offset of the `""`
  std::string octets;
};

/// The size announced by `{5}`, `{5+}` or `~{5}`, if `text` is exactly that.
std::optional<std::uint64_t> literal_size(std::string_view text);

/// The same, if `line` ends in one. `start` becomes the offset of "{" or "~".
std::optional<std::uint64_t> trailing_literal(std::string_view line, std::size_t& start);

/// A set of ASCII characters other than NUL.
class CharSet {
 public:
  constexpr CharSet() = default;
  consteval CharSet(const char* chars) {
    for (; *chars != '\0'; ++chars) bits_[half(*chars)] |= bit(*chars);
  }
  constexpr bool has(char c) const { return c > 0 && (bits_[half(c)] & bit(c)) != 0; }

 private:
  static constexpr unsigned half(char c) {
    return static_cast<unsigned char>(c) >> 6 & 1U;
  }
  static constexpr std::uint64_t bit(char c) { return 1ULL << (c & 63); }
  std::uint64_t bits_[2] = {0, 0};
};

/// Reads tokens off the front of one line without CRLF. What fails consumes an
/// unspecified amount: give up then.
class Lex {
 public:
  explicit Lex(std::string_view line, std::vector<InlineLiteral>* literals = nullptr)
      : line_{line}, literals_{literals} {}

  bool at_end() const { return at_ == line_.size(); }
  char peek() const { return at_end() ? '\0' : line_[at_]; }
  std::size_t offset() const { return at_; }
  std::string_view rest() const { return line_.substr(at_); }

  bool take(char c) {
    if (at_end() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  /// Any number of them; true if there was one, or the line ends here.
  bool spaces() {
    const std::size_t before = at_;
    while (at_ < line_.size() && line_[at_] == ' ') ++at_;
    return at_ != before || at_end();
  }
  /// The octets up to SP, the line's end or one of `stops`; may be empty.
  std::string_view word(CharSet stops = {}) {
    const std::size_t from = at_;
    while (at_ < line_.size() && line_[at_] != ' ' && !stops.has(line_[at_])) ++at_;
    return line_.substr(from, at_ - from);
  }
  std::optional<std::uint64_t> number(std::uint64_t max = UINT64_MAX);
  /// A quoted string, unescaped; 8-bit octets and needless escapes are tolerated.
  std::optional<std::string> quoted();
  /// A quoted string, a literal, or a non-empty word up to SP or one of `stops`.
  std::optional<std::string> astring(CharSet stops = {});
  /// "(…)" without nested parentheses, with its parentheses.
  std::optional<std::string_view> flat_list();
  /// Steps over a quoted string, at whose '"' it stands.
  bool skip_quoted();
  /// Steps over one value: a string, a word, or a parenthesised list.
  bool skip_value(unsigned nesting);

 private:
  InlineLiteral* literal_here();

  std::string_view line_;
  std::size_t at_ = 0;
  std::vector<InlineLiteral>* literals_;
  std::size_t next_literal_ = 0;
};

} // namespace imap

#endif
