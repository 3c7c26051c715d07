// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_RECORD_WORD_H
#define IMAPSYNC_RECORD_WORD_H

#include <cstddef>
#include <string>
#include <string_view>

namespace record {

/// A plain word: a-z and digits.
struct Word {
  std::string text;
  bool operator==(const Word&) const = default;
};

// A word as a template argument.
template <std::size_t N>
struct Literal {
  char text[N];
  constexpr Literal(const char (&t)[N]) { // NOLINT(google-explicit-constructor)
    for (std::size_t i = 0; i < N; ++i) text[i] = t[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};
// One of the words that the verb knows; a reader refuses any other.
template <Literal... Words>
struct OneOf {
  std::string text;
  static bool knows(std::string_view word) { return ((word == Words.view()) || ...); }
  bool operator==(const OneOf&) const = default;
};
// The literal second word of an `end` record, as a field that must match.
template <Literal L>
struct Kind {
  static constexpr std::string_view text = L.view();
  bool operator==(const Kind&) const = default;
};

} // namespace record

#endif
