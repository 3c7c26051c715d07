// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLI_PATTERN_H
#define IMAPSYNC_CLI_PATTERN_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cli {

/// A Perl compatible regular expression: `ignore-mailbox`.
class Pattern {
 public:
  /// Throws Fault 64 that says where `expression` is wrong.
  explicit Pattern(const std::string& expression);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// Whether it matches somewhere in `text`, which may hold NULs; nothing where that
  /// would exceed PCRE2's bounds of time and memory.
  std::optional<bool> matches(std::string_view text) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace cli

#endif
