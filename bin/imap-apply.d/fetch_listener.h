// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FETCH_LISTENER_H
#define IMAPSYNC_IMAP_APPLY_FETCH_LISTENER_H

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "appender.h"

/// Who is told what becomes of the messages that are fetched.
struct FetchListener {
  std::function<void(const Destination&, const Message&)> begin;
  std::function<void(std::string_view)> data;
  std::function<void()> end;
  /// These messages will not come.
  std::function<void(const Destination&, const imap::UidSet&, const Problem&)> failed;
  /// The octets of the largest message that the target takes.
  std::function<std::uint64_t()> limit;

  /// Not even tried: Cyrus ends a session that announces too large a literal (RFC 7889).
  void too_large(const Destination& destination, const imap::UidSet& uids) const {
    failed(destination, uids,
           {"refused", "the server takes at most " + std::to_string(limit()) +
                           " octets (APPENDLIMIT)"});
  }
};

#endif
