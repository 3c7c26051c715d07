// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_EDITOR_H
#define IMAPSYNC_IMAP_APPLY_EDITOR_H

#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "context.h"
#include "keywords.h"
#include "selector.h"

/// All actions on the target but APPEND and EXPUNGE: one command or a few each,
/// pipelined.
class Editor {
 public:
  Editor(Peer& target, Selector& selector, Keywords& keywords, Outcomes& outcomes)
      : target_{target}, selector_{selector}, keywords_{keywords}, outcomes_{outcomes} {}

  void create(const record::Create& action);
  void subscribe(const record::Subscribe& action);
  void identify(const record::Identify& action);
  void copy(const record::Copy& action);
  void store(const record::Store& action);

  /// Whether `mailbox` was created by us since the last reset.
  bool created(const record::Mailbox& mailbox) const {
    return created_.contains(mailbox);
  }
  /// Whether it was there all the time, unlisted, and holds or held messages: copies into
  /// it might be of what it has.
  bool occupied(const record::Mailbox& mailbox) const {
    return occupied_.contains(mailbox);
  }
  static Problem occupied_problem();
  /// Of `from`, what was to be copied to `to` since the last reset and was not.
  imap::UidSet not_copied(const record::Mailbox& from, const record::Mailbox& to) const {
    const auto found = not_copied_.find({from, to});
    return found == not_copied_.end() ? imap::UidSet{} : found->second;
  }
  /// The target's selection is as the action wants it, else the action has failed.
  bool accepts(const Selected& selected, std::uint64_t uidvalidity,
               const record::Mailbox& mailbox, const char* action,
               const imap::UidSet& uids);
  std::function<void(const Problem&)>
  failing(const record::Mailbox& mailbox, const char* action, const imap::UidSet& uids);

  void reset() {
    created_.clear();
    occupied_.clear();
    not_copied_.clear();
  }

 private:
  void store_apart(const record::Store& action, const Problem& problem);
  void stored(const record::Store& action, const imap::Flags& lacks,
              const std::optional<Problem>& problem);
  std::vector<std::string> store_commands(const record::Store& action,
                                          const imap::Flags& add) const;
  void ask_identities(const record::Identify& action, bool afresh);
  struct Wide; ///< an action on UIDs that takes several commands

  void created(const record::Create& action, const imap::StatusData& status);
  void copied(const record::Copy& action, const std::vector<imap::CopyUid>& parts,
              const std::optional<Problem>& problem);

  Peer& target_;
  Selector& selector_;
  Keywords& keywords_;
  Outcomes& outcomes_;
  std::set<record::Mailbox> created_, occupied_;
  /// By mailbox and the mailbox to which these messages were to be copied.
  std::map<std::pair<record::Mailbox, record::Mailbox>, imap::UidSet> not_copied_;
};

#endif
