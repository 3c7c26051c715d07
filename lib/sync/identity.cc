// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/identity.h"

#include <algorithm>

#include "imap/ascii.h"
#include "sync/sha256.h"

namespace syncing {

namespace {

constexpr std::array<std::string_view, 6> names{"message-id", "date", "from",
                                                "to",         "cc",   "subject"};

constexpr std::size_t message_id = 0, date = 1;

bool is_identity_field(std::string_view name) {
  return std::ranges::any_of(
      names, [name](std::string_view known) { return imap::equal_nocase(name, known); });
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Appends `text` with each run of white space as one space, none at either end.
void append_collapsed(std::string& value, std::string_view text, std::size_t max) {
  bool space = !value.empty();
  for (const char c : text) {
    if (is_space(c)) {
      space = !value.empty();
    } else if (value.size() + 2 <= max) {
      if (space && value.back() != ' ') value += ' ';
      space = false;
      value += c;
    }
  }
}

} // namespace

std::string* Identity::value_of(std::string_view field_name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (imap::equal_nocase(field_name, names[i]) && !seen_[i]) {
      seen_[i] = true; // of a field that is repeated, the first counts
      return &values_[i];
    }
  return nullptr;
}

void Identity::line() {
  std::string_view text = line_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty())
    header_over_ = true;
  else
    header_line(text);
  line_.clear();
  length_ = 0;
}

void Identity::header_line(std::string_view text) {
  std::size_t from = 0;
  if (!is_space(text.front())) {
    const std::size_t colon = text.find(':');
    std::string_view field_name = text.substr(0, colon);
    while (!field_name.empty() && is_space(field_name.back()))
      field_name.remove_suffix(1);
    counts_ = colon != text.npos && is_identity_field(field_name);
    current_ = counts_ ? value_of(field_name) : nullptr;
    from = counts_ ? colon + 1 : 0;
  }
  if (!counts_) return;
  // Cut where a list of these fields alone is cut: see max_header.
  text = text.substr(0, max_header - read_);
  if (current_ && from < text.size())
    append_collapsed(*current_, text.substr(from), max_value);
  read_ += length_;
  if (read_ >= max_header) header_over_ = true;
}

void Identity::update(std::string_view octets) {
  while (!header_over_ && !octets.empty()) {
    const std::size_t end = octets.find('\n');
    const std::string_view part = octets.substr(0, end);
    if (line_.size() < max_value) line_.append(part.substr(0, max_value - line_.size()));
    length_ += part.size();
    if (end == octets.npos) break;
    ++length_;
    octets.remove_prefix(end + 1);
    line();
  }
}

record::Digest Identity::digest() {
  if (!header_over_ && !line_.empty()) line();
  if (std::ranges::all_of(values_, &std::string::empty)) return {};
  Sha256 sum;
  for (const std::string& value : values_) {
    sum.update(value);
    sum.update("\n");
  }
  // The last bit tells weak from strong; 255 others tell messages apart.
  record::Digest::Octets octets = sum.digest();
  const bool weak = values_[message_id].empty() || values_[date].empty();
  octets.back() = static_cast<std::uint8_t>((octets.back() & ~1) | (weak ? 1 : 0));
  return record::Digest{octets};
}

} // namespace syncing
