// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_COPIER_H
#define IMAPSYNC_IMAP_APPLY_COPIER_H

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "context.h"
#include "editor.h"
#include "selector.h"
#include "storer.h"

/// Copies messages within the target. They take along the flags that they have by then:
/// a message whose flags could not be changed is not copied, for its copy would be taken
/// for one whose flags were changed back.
class Copier {
 public:
  Copier(Peer& target, Selector& selector, Editor& editor, Storer& storer,
         Outcomes& outcomes)
      : target_{target}, selector_{selector}, editor_{editor}, storer_{storer},
        outcomes_{outcomes} {}

  void copy(const record::Copy& action);
  /// Of `from`, what was copied to `to` since the last reset.
  imap::UidSet copies(const record::Mailbox& from, const record::Mailbox& to) const {
    const auto found = copied_.find({from, to});
    return found == copied_.end() ? imap::UidSet{} : found->second;
  }
  void reset() { copied_.clear(); }

 private:
  record::Copy without_unstored(const record::Copy& action);
  void select(const record::Copy& action);
  void send(const record::Copy& action, const std::string& to);
  void copied(const record::Copy& action, const std::vector<imap::CopyUid>& parts,
              const std::optional<Problem>& problem);

  Peer& target_;
  Selector& selector_;
  Editor& editor_;
  Storer& storer_;
  Outcomes& outcomes_;
  /// By mailbox and the mailbox to which these messages were copied.
  std::map<std::pair<record::Mailbox, record::Mailbox>, imap::UidSet> copied_;
};

#endif
