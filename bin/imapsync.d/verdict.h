// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_VERDICT_H
#define IMAPSYNC_BIN_VERDICT_H

#include <optional>
#include <string>
#include <vector>

/// How one process of the line ended.
struct Ending {
  std::string name;
  bool is_tee = false;
  int wait_status = 0;    ///< as waitpid(2) has it
  int order = 0;          ///< 1 for the first that ended
  bool premature = false; ///< it ended before its input did
  bool told = false;      ///< we sent it a signal first
};

/// Why the line failed.
struct Failure {
  std::string text;  ///< "imap-changes remote: exited with 77 (authentication refused)"
  int status = 0;    ///< the exit status that follows from it
  std::string stage; ///< the one that may have said why; empty if none can have
};

/// The culprit among the processes of one line, in its order; nothing if all went well.
/// Whoever lost its reader (74) or its writer (79) to another's death is a victim, and
/// named only when there is nobody else.
std::optional<Failure> judge(const std::vector<Ending>& endings);

#endif
