// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_CARRIER_H
#define IMAPSYNC_IMAP_APPLY_CARRIER_H

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "appender.h"
#include "context.h"
#include "editor.h"
#include "fetcher.h"
#include "keywords.h"
#include "progress.h"
#include "selector.h"
#include "stock.h"

/// Carries new messages from the source into the target: has them fetched, and when an
/// APPEND was answered tells what became of each or tries again in another way.
class Carrier {
 public:
  Carrier(record::Side side, Selector& selector, Editor& editor, Keywords& keywords,
          Fetcher& fetcher, Stock& stock, Outcomes& outcomes, Progress& progress)
      : side_{side}, selector_{selector}, editor_{editor}, keywords_{keywords},
        fetcher_{fetcher}, stock_{stock}, outcomes_{outcomes}, progress_{progress} {}

  /// This append will come when the target's session does: fetches what it is to carry,
  /// if that is little. False if not.
  bool foresee(const record::Append& append);
  void append(const record::Append& append);
  /// All that was to be carried was told to the fetcher, or has failed.
  bool all_asked() const { return unasked_ == 0; }
  /// Of one APPEND.
  void answered(const Destination& destination, const std::vector<Message>& messages,
                const imap::Tagged& answer);
  /// A server ended the session over these: they may be there, and they may be why.
  void lost(const Destination& destination, const imap::UidSet& uids,
            const std::string& why);
  /// A new round: somebody may have made room.
  void reset() {
    refused_octets_.reset();
    foreseen_.clear();
    stock_.reset();
  }

 private:
  using Foreseen = std::shared_ptr<Shelf>;
  Foreseen take_foreseen(const record::Append& action);
  void fail_append(const record::Append& action, const Foreseen& foreseen,
                   Problem problem);
  void appended(const Destination& destination, const std::vector<Message>& messages,
                const imap::AppendUid& uids);
  void unpaired(const Destination& destination, const std::vector<Message>& messages);
  void fail_all(const Destination& destination, const std::vector<Message>& messages,
                const Problem& problem);
  void appended(const Destination& destination, imap::Uid uid, const Message& message);
  void add_keywords(const Destination& destination, imap::Uid uid,
                    const Message& message);
  void retry_bare(const Destination& destination, const Message& message);
  void retry_halves(const Destination& destination, const std::vector<Message>& messages);
  void refused(const Destination& destination, const Message& message,
               const Problem& problem);

  record::Side side_;
  Selector& selector_;
  Editor& editor_;
  Keywords& keywords_;
  Fetcher& fetcher_;
  Stock& stock_;
  Outcomes& outcomes_;
  Progress& progress_;
  std::vector<std::pair<record::Append, Foreseen>> foreseen_;
  std::size_t unasked_ = 0;  ///< actions whose mailbox is not known yet
  std::uint64_t groups_ = 0; ///< of messages that may share an APPEND
  std::optional<std::uint64_t> refused_octets_; ///< the smallest message over quota
};

#endif
