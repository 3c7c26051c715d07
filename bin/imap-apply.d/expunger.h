// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_EXPUNGER_H
#define IMAPSYNC_IMAP_APPLY_EXPUNGER_H

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "context.h"
#include "copier.h"
#include "selector.h"

/// Deletes messages of the target, and looks whether they are gone.
class Expunger {
 public:
  Expunger(Copier& copier, Peer& target, Selector& selector, Outcomes& outcomes,
           Refusals& refusals)
      : copier_{copier}, target_{target}, selector_{selector}, outcomes_{outcomes},
        refusals_{refusals} {}

  /// To be called when every append and copy of the round was answered.
  void expunge(const std::vector<record::Expunge>& actions);

 private:
  struct Doomed; ///< one action
  struct Group;  ///< those of one mailbox
  using Step = void (Expunger::*)(const std::shared_ptr<Group>&);

  record::Expunge allowed(const record::Expunge& action);
  void expunge(const std::vector<record::Expunge>& actions, const Selected& selected);
  bool send_saved(const std::shared_ptr<Group>& group);
  void send_plain(const std::shared_ptr<Group>& group);
  void send_expunges(const std::shared_ptr<Group>& group);
  void send(const std::shared_ptr<Group>& group, std::size_t index,
            const std::vector<std::string>& commands);
  void send_search(const std::shared_ptr<Group>& group);
  void answered(const std::shared_ptr<Group>& group);
  void go_on(const std::shared_ptr<Group>& group, Step step);
  void report(const Doomed& doomed);

  Copier& copier_;
  Peer& target_;
  Selector& selector_;
  Outcomes& outcomes_;
  Refusals& refusals_;
  std::set<record::Mailbox> saved_; ///< those for which the server kept UIDs
};

#endif
