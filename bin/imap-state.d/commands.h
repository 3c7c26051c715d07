// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_STATE_COMMANDS_H
#define IMAPSYNC_IMAP_STATE_COMMANDS_H

#include <string>

#include "sync/types.h"

struct Settings {
  std::string database;
  bool dry_run = false;
  syncing::Options plan;
};

// Each command runs to its end and returns the exit status.
int show(const Settings& settings);
int plan(const Settings& settings);
int commit(const Settings& settings);
int dump(const Settings& settings);
int check(const Settings& settings);

#endif
