// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_OPTIONS_H
#define IMAPSYNC_IMAP_APPLY_OPTIONS_H

#include <string>

#include "record/record.h"

/// What imap-apply(1) was asked for.
struct Options {
  record::Side side = {};
  std::string local_reference, remote_reference; ///< server form, such as "shared/"

  const std::string& reference(record::Side of) const {
    return of == record::Side::local ? local_reference : remote_reference;
  }
};

#endif
