// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_WIDE_H
#define IMAPSYNC_IMAP_APPLY_WIDE_H

#include <cstddef>
#include <optional>
#include <vector>

#include "context.h"

/// An action on UIDs that takes several commands: done when the last was answered.
struct Wide {
  std::size_t unanswered = 0;
  std::optional<Problem> problem;
  imap::UidSet found;                ///< by identify
  std::vector<imap::CopyUid> copies; ///< one a command
  bool blamed = false;               ///< keywords may be why one was refused

  /// Counts an answer; true at the last.
  bool answered(const imap::Tagged& answer) {
    if (answer.condition != imap::Condition::ok && !problem) problem = problem_of(answer);
    if (const auto* copy = std::get_if<imap::CopyUid>(&answer.code))
      copies.push_back(*copy);
    return --unanswered == 0;
  }
};

#endif
