// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_RETRIES_H
#define IMAPSYNC_IMAP_APPLY_RETRIES_H

#include <cstdint>
#include <functional>
#include <utility>

#include "fetch_job.h"
#include "fetch_listener.h"

/// Messages that did not come as they were asked for: asks for them anew, in the way that
/// fits the reason, or tells that they will not come where that would be in vain.
class Retries {
 public:
  using Ask = std::function<void(Fetch)>;

  /// `listener` must outlive it.
  Retries(const FetchListener& listener, Ask ask)
      : listener_{listener}, ask_{std::move(ask)} {}

  /// Of these the server has not told flags, date and size when it gave this answer.
  void untold(const FetchJob& job, const imap::UidSet& uids, const imap::Tagged& answer);
  /// The bodies of these had not come when it gave this one.
  void unsent(const FetchJob& job, const imap::UidSet& uids, const imap::Tagged& answer);
  /// The bodies of these came before what an APPEND needs to know first: a server may
  /// answer two commands side by side.
  void early(const FetchJob& job, const imap::UidSet& uids);
  /// The session that was asked for these has ended, and there is another one.
  void elsewhere(const FetchJob& job, const imap::UidSet& uids);

 private:
  Fetch apart(const FetchJob& job, const imap::UidSet& uids);
  void afresh(const FetchJob& job, const imap::UidSet& uids);
  void each_alone(const FetchJob& job, const imap::UidSet& uids);

  const FetchListener& listener_;
  Ask ask_;
  std::uint64_t group_ = std::uint64_t{1} << 63; ///< far above those of the Carrier
};

#endif
