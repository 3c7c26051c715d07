// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLI_KEYS_H
#define IMAPSYNC_CLI_KEYS_H

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// What a value must look like.
struct Kind {
  bool (*valid)(std::string_view);
  /// Completes "KEY: expected ...".
  std::string_view expected;
};

/// One key of imapsync(5).
struct Key {
  /// `global` keys stand in the default section alone; `sided` ones in [local] and
  /// [remote], or in the default section for both.
  enum class Where { global, sided };
  std::string_view name;
  Where where;
  const Kind* kind;
  /// Built-in defaults; null data where there is none.
  std::string_view local_default = {}, remote_default = {};
  bool secret = false;
};

/// Null if there is no such key. Names are case-sensitive.
const Key* find_key(std::string_view name);

/// YES or NO, in any case.
std::optional<bool> parse_yes_no(std::string_view text);

/// `90`, `90s`, `10m`, `2h`, `1d`, or NO for zero; at most a year.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// Splits `list-mailbox`: words and "quoted words" with the escapes \" \\ \0 \a \b \t \n
/// \v \f \r and \xHH. Nothing if malformed.
std::optional<std::vector<std::string>> parse_patterns(std::string_view text);

/// The words of a text separated by spaces.
std::vector<std::string> split_words(std::string_view text);

} // namespace cli

#endif
