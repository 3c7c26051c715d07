// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_BIN_LINE_H
#define IMAPSYNC_BIN_LINE_H

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config.h"

/// One filter of the pipeline.
struct Stage {
  std::string name;              ///< how messages call it: "imap-changes remote"
  std::string log;               ///< its file in --stage-log's directory
  std::vector<std::string> argv; ///< argv[0] is a path, or a name to be found in PATH
  bool connects = false;         ///< it runs imap-connect, which may need a secret
  std::string lends = {};        ///< the side whose session it may lend
  std::string fetches = {};      ///< the side whose session it may be lent as a source
  std::string changes = {};      ///< the same as a target
};

/// What a run was asked for, beyond its configuration.
struct LineOptions {
  std::optional<std::string> config; ///< absolute path, if not the default
  std::string database;
  bool debug = false;
  bool dry_run = false;    ///< the line ends after plan
  bool for_people = false; ///< to be shown: programs by their names where that suffices
};

/// The pipeline of imapsync(7), from show to commit.
std::vector<Stage> build_line(const cli::Config& config, const LineOptions& options);

/// The records that ask for one round. No mailboxes: all of them, but for those to be
/// left. Names are canonical.
std::string round_request(std::uint64_t number, const std::vector<std::string>& mailboxes,
                          const std::set<std::string>& left = {});

/// The whole as a command line for sh(1), ending in a line feed.
std::string shell_line(const std::vector<Stage>& line,
                       const std::vector<std::string>& mailboxes);

/// The canonical name of a mailbox as a person types it; see imapsync(1). Throws
/// Fault 64.
std::string canonical_mailbox(std::string_view typed);

#endif
