// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLI_OPTIONS_H
#define IMAPSYNC_CLI_OPTIONS_H

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

/// One option of a program. Texts must outlive the parsing; literals do.
struct Option {
  const char* name;     ///< the long name, without "--"
  char letter;          ///< the short one, or 0
  const char* argument; ///< the name of its argument in --help, null if it takes none;
                        ///< in square brackets if it may be left out
  const char* help;
};

/// What a command line says. `--help` and `--version` come for free.
class Options {
 public:
  /// `synopsis` is what follows the program's name. With `stop_early`, options end at the
  /// first argument that is none (for a program that takes a command). Throws Fault 64
  /// after getopt_long(3) has told what is wrong.
  Options(int argc, char* const* argv, std::string_view synopsis,
          const std::vector<Option>& known, bool stop_early = false);

  /// The text for standard output if `--help` or `--version` was given: print, end with
  /// 0.
  const std::optional<std::string>& answer() const { return answer_; }

  bool has(std::string_view name) const;
  /// The last value given.
  std::optional<std::string> value(std::string_view name) const;
  /// All values given, in order.
  std::vector<std::string> values(std::string_view name) const;
  const std::vector<std::string>& arguments() const { return arguments_; }

 private:
  std::vector<std::pair<std::string, std::string>> given_;
  std::vector<std::string> arguments_;
  std::optional<std::string> answer_;
};

} // namespace cli

#endif
