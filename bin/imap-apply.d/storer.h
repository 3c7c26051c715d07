// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_STORER_H
#define IMAPSYNC_IMAP_APPLY_STORER_H

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "context.h"
#include "keywords.h"
#include "refusals.h"
#include "selector.h"

/// Changes the flags of the target's messages.
class Storer {
 public:
  Storer(Peer& target, Selector& selector, Keywords& keywords, Outcomes& outcomes,
         Refusals& refusals)
      : target_{target}, selector_{selector}, keywords_{keywords}, outcomes_{outcomes},
        refusals_{refusals} {}

  void store(const record::Store& action);
  /// Calls `then` when it is known what became of all stores on these messages, perhaps
  /// at once.
  void when_known(const record::Mailbox& name, const imap::UidSet& uids,
                  std::function<void()> then);
  /// Messages whose flags are not what was wanted, since the last reset.
  imap::UidSet unstored(const record::Mailbox& mailbox) const;
  void reset() { mailboxes_.clear(); }

 private:
  struct Waiting {
    imap::UidSet uids;
    std::function<void()> then;
  };
  struct Mailbox {
    std::vector<imap::UidSet> unknown; ///< of stores without an outcome
    imap::UidSet unstored;
    std::vector<Waiting> waiting;
  };

  std::vector<std::string> commands_of(const record::Store& action,
                                       const imap::Flags& add) const;
  void store_apart(const record::Store& action, const Problem& problem);
  void stored(const record::Store& action, const imap::Flags& lacks,
              const std::optional<Problem>& problem);
  void known(const record::Store& action, bool as_wanted);

  Peer& target_;
  Selector& selector_;
  Keywords& keywords_;
  Outcomes& outcomes_;
  Refusals& refusals_;
  std::map<record::Mailbox, Mailbox> mailboxes_;
};

#endif
