// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/lex.h"

#include <utility>

#include "imap/ascii.h"

namespace imap {

std::optional<std::uint64_t> literal_size(std::string_view text) {
  if (text.starts_with('~')) text.remove_prefix(1);
  if (text.size() < 3 || text.front() != '{' || text.back() != '}') return {};
  text = text.substr(1, text.size() - 2);
  if (text.ends_with('+')) text.remove_suffix(1);
  return parse_number(text);
}

std::optional<std::uint64_t> trailing_literal(std::string_view line, std::size_t& start) {
  if (!line.ends_with('}')) return {};
  start = line.rfind('{');
  if (start == std::string_view::npos) return {};
  if (start > 0 && line[start - 1] == '~') --start;
  return literal_size(line.substr(start));
}

std::optional<std::uint64_t> Lex::number(std::uint64_t max) {
  std::uint64_t n = 0;
  const std::size_t from = at_;
  const std::uint64_t limit =
      max / 10; // outside of the loop: a division costs as much as it
  for (; at_ < line_.size() && line_[at_] >= '0' && line_[at_] <= '9'; ++at_) {
    const auto digit = static_cast<std::uint64_t>(line_[at_] - '0');
    if (n > limit || n * 10 > max - digit) return {};
    n = n * 10 + digit;
  }
  if (at_ == from) return {};
  return n;
}

std::optional<std::string> Lex::quoted() {
  const std::size_t from = at_ + 1;
  if (peek() != '"' || !skip_quoted()) return {};
  const std::string_view raw = line_.substr(from, at_ - 1 - from);
  if (raw.find('\\') == std::string_view::npos) return std::string{raw};
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\') ++i; // skip_quoted saw that another octet follows
    out += raw[i];
  }
  return out;
}

bool Lex::skip_quoted() {
  for (++at_; at_ < line_.size(); ++at_) {
    if (line_[at_] == '"') {
      ++at_;
      return true;
    }
    if (line_[at_] == '\\') ++at_;
  }
  at_ = line_.size();
  return false;
}

InlineLiteral* Lex::literal_here() {
  if (literals_ == nullptr) return nullptr;
  const std::size_t n = literals_->size();
  while (next_literal_ < n && (*literals_)[next_literal_].at < at_) ++next_literal_;
  if (next_literal_ == n || (*literals_)[next_literal_].at != at_) return nullptr;
  return &(*literals_)[next_literal_];
}

std::optional<std::string> Lex::astring(CharSet stops) {
  if (peek() == '"') {
    InlineLiteral* const literal = literal_here();
    if (literal == nullptr) return quoted();
    at_ += 2;
    return std::move(literal->octets);
  }
  const std::string_view plain = word(stops);
  if (plain.empty()) return {};
  return std::string{plain};
}

std::optional<std::string_view> Lex::flat_list() {
  if (peek() != '(') return {};
  const std::size_t end = line_.find(')', at_);
  if (end == std::string_view::npos) return {};
  const std::string_view list = line_.substr(at_, end + 1 - at_);
  at_ = end + 1;
  return list;
}

bool Lex::skip_value(unsigned nesting) {
  unsigned depth = 0;
  do {
    if (take('(')) {
      if (++depth > nesting) return false;
    } else if (depth > 0 && take(')')) {
      --depth;
    } else if (peek() == '"') {
      if (!skip_quoted()) return false;
    } else if (word("()\"").empty()) {
      return false;
    }
    if (depth > 0) spaces();
  } while (depth > 0);
  return true;
}

} // namespace imap
