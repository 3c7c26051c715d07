// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLI_KEYS_H
#define IMAPSYNC_CLI_KEYS_H

#include <string_view>

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

} // namespace cli

#endif
