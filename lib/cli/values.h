// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLI_VALUES_H
#define IMAPSYNC_CLI_VALUES_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the values of imapsync(5) mean.
namespace cli {

/// YES or NO, in any case.
std::optional<bool> parse_yes_no(std::string_view text);

/// `90`, `90s`, `10m`, `2h`, `1d`, or NO for zero; at most a year.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// Splits `list-mailbox`: words and "quoted words" with the escapes \" \\ \0 \a \b \t \n
/// \v \f \r and \xHH. Nothing if malformed.
std::optional<std::vector<std::string>> parse_patterns(std::string_view text);

/// The words of a text separated by spaces.
std::vector<std::string> split_words(std::string_view text);

/// A decimal number without sign.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// 0..15, -1 for what is no hexadecimal digit.
int hex_value(char c);

/// ASCII letters compare without regard to case.
bool same_ignoring_case(std::string_view a, std::string_view b);

} // namespace cli

#endif
