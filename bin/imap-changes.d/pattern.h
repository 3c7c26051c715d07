// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_CHANGES_PATTERN_H
#define IMAPSYNC_IMAP_CHANGES_PATTERN_H

#include <memory>
#include <string>
#include <string_view>

/// A Perl compatible regular expression (--ignore-mailbox).
class Pattern {
 public:
  /// Throws Fault 64 that says where `expression` is wrong.
  explicit Pattern(const std::string& expression);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// Whether it matches somewhere in `text`, which may hold NULs. A match that exceeds
  /// PCRE2's bounds counts as none.
  bool matches(std::string_view text) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

#endif
