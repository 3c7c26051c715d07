// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_CHANGES_OPTIONS_H
#define IMAPSYNC_IMAP_CHANGES_OPTIONS_H

#include <string>
#include <vector>

#include "record/record.h"

/// What imap-changes(1) was asked for.
struct Options {
  record::Side side = {};
  std::string reference;             ///< server form, such as "shared/"
  std::vector<std::string> patterns; ///< of LIST; NUL stands for the delimiter
  std::string select_options;        ///< of LIST, such as "SUBSCRIBED"
  std::string ignore;                ///< a PCRE, or empty
  bool dry_run = false;              ///< mailboxes are opened read-only
};

#endif
