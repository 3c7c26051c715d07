// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/values.h"

#include <algorithm>
#include <charconv>

namespace cli {

using namespace std::string_view_literals;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

std::optional<bool> parse_yes_no(std::string_view text) {
  if (same_ignoring_case(text, "YES")) return true;
  if (same_ignoring_case(text, "NO")) return false;
  return {};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (same_ignoring_case(text, "NO")) return std::chrono::seconds{0};
  constexpr std::uint64_t units[] = {1, 60, 3600, 86400}, year = 366ULL * 86400;
  std::uint64_t unit = 1;
  if (const auto which = "smhd"sv.find(text.empty() ? ' ' : text.back());
      which != std::string_view::npos) {
    unit = units[which];
    text.remove_suffix(1);
  }
  const auto number = parse_number(text);
  if (!number || *number > year / unit) return {};
  return std::chrono::seconds{*number * unit};
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const auto start = text.find_first_not_of(" \t");
    if (start == text.npos) return words;
    text.remove_prefix(start);
    words.emplace_back(text.substr(0, text.find_first_of(" \t")));
    text.remove_prefix(words.back().size());
  }
}

namespace {

// Takes one escape off `text`, its backslash included; -1 if malformed.
int take_escape(std::string_view& text) {
  constexpr std::string_view names = "\"\\0abtnvfr";
  constexpr std::string_view values = "\"\\\0\a\b\t\n\v\f\r"sv;
  if (text.size() < 2) return -1;
  if (text[1] == 'x') {
    if (text.size() < 4) return -1;
    const int high = hex_value(text[2]), low = hex_value(text[3]);
    text.remove_prefix(4);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }
  const auto which = names.find(text[1]);
  text.remove_prefix(2);
  return which == names.npos ? -1 : values[which];
}

// Takes the rest of a quoted word, its closing quote included.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string word;
  while (!text.empty() && text.front() != '"') {
    int octet = static_cast<unsigned char>(text.front());
    if (octet == '\\')
      octet = take_escape(text);
    else
      text.remove_prefix(1);
    // A line end cannot be told to a server, nor a name that is not ASCII.
    if (octet < 0 || octet == '\r' || octet == '\n' || octet > 0x7f) return {};
    word += static_cast<char>(octet);
  }
  if (text.empty() || word.empty()) return {};
  text.remove_prefix(1);
  return word;
}

} // namespace

std::optional<std::vector<std::string>> parse_patterns(std::string_view text) {
  std::vector<std::string> patterns;
  while (!text.empty()) {
    if (text.front() == '"') {
      text.remove_prefix(1);
      auto word = take_quoted(text);
      if (!word) return {};
      patterns.push_back(*std::move(word));
    } else {
      std::string_view word = text.substr(0, text.find_first_of(" \t"));
      for (const char c : word)
        if (c <= ' ' || c > '~' || "\"(){\\"sv.find(c) != std::string_view::npos)
          return {};
      patterns.emplace_back(word);
      text.remove_prefix(word.size());
    }
    const auto next = text.find_first_not_of(" \t");
    if (next == 0) return {}; // a quote that is glued to its neighbour
    text.remove_prefix(next == text.npos ? text.size() : next);
  }
  return patterns;
}

} // namespace cli
