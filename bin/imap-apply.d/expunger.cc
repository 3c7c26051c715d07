// SPDX-License-Identifier: GPL-3.0-or-later
#include "expunger.h"

#include <map>
#include <optional>
#include <utility>

#include "imap/command.h"
#include "imap/mailbox_name.h"

struct Expunger::Doomed {
  record::Expunge action;
  imap::UidSet uids;     ///< to expunge; the second time what is left of them
  imap::UidSet modified; ///< survive because they changed meanwhile
  std::optional<Problem> problem;
};

struct Expunger::Group {
  std::vector<Doomed> doomed;
  std::size_t unanswered = 0;
  imap::UidSet left; ///< that a SEARCH found after the EXPUNGEs
  bool again = false;
};

/// What may be expunged of an action: not what stays because its copy was not made.
record::Expunge Expunger::allowed(const record::Expunge& action) {
  record::Expunge allowed = action;
  if (!action.after) return allowed;
  const imap::UidSet stay =
      intersect(action.uids, editor_.not_copied(action.mailbox, *action.after));
  if (stay.empty()) return allowed;
  allowed.uids = subtract(action.uids, stay);
  outcomes_.failed(target_.side, action.mailbox, "expunge", stay,
                   {"refused", "its copy in " + imap::display_name(*action.after) +
                                   " could not be made"});
  return allowed;
}

void Expunger::expunge(const std::vector<record::Expunge>& actions) {
  std::map<record::Mailbox, std::vector<record::Expunge>> by_mailbox;
  for (const record::Expunge& action : actions) {
    record::Expunge rest = allowed(action);
    if (!rest.uids.empty()) by_mailbox[action.mailbox].push_back(std::move(rest));
  }
  for (const auto& [mailbox, group] : by_mailbox) {
    outcomes_.open(group.size());
    const auto run = [this, group = group](const Selected& selected) {
      expunge(group, selected);
    };
    const auto fail = [this, group = group](const Problem& problem) {
      for (const record::Expunge& action : group)
        editor_.failing(action.mailbox, "expunge", action.uids)(problem);
    };
    selector_.with(mailbox, run, fail);
  }
}

/// All STOREs, all EXPUNGEs, then the question what is left, in one flight.
void Expunger::expunge(const std::vector<record::Expunge>& actions,
                       const Selected& selected) {
  const auto group = std::make_shared<Group>();
  for (const record::Expunge& action : actions)
    if (editor_.accepts(selected, action.uidvalidity, action.mailbox, "expunge",
                        action.uids))
      group->doomed.push_back({action, action.uids, {}, {}});
  if (group->doomed.empty()) return;
  send_stores(group);
  send_expunges(group);
  send_search(group);
}

void Expunger::send_stores(const std::shared_ptr<Group>& group) {
  for (std::size_t i = 0; i < group->doomed.size(); ++i) {
    const record::Expunge& action = group->doomed[i].action;
    const std::string unchanged =
        action.unchangedsince == 0
            ? ""
            : "(UNCHANGEDSINCE " + std::to_string(action.unchangedsince) + ") ";
    for (const std::string& command : imap::uid_commands(
             "UID STORE", action.uids, unchanged + "+FLAGS.SILENT (\\Deleted)")) {
      ++group->unanswered;
      target_.session->command(command, [this, group, i](const imap::Tagged& answer) {
        Doomed& doomed = group->doomed[i];
        if (answer.condition != imap::Condition::ok && !doomed.problem)
          doomed.problem = problem_of(answer);
        if (const auto* survivors = std::get_if<imap::Modified>(&answer.code))
          doomed.modified = unite(doomed.modified, survivors->uids);
        answered(group);
      });
    }
  }
}

void Expunger::send_expunges(const std::shared_ptr<Group>& group) {
  for (std::size_t i = 0; i < group->doomed.size(); ++i)
    for (const std::string& command :
         imap::uid_commands("UID EXPUNGE", group->doomed[i].uids, "")) {
      ++group->unanswered;
      target_.session->command(command, [this, group, i](const imap::Tagged& answer) {
        Doomed& doomed = group->doomed[i];
        if (answer.condition != imap::Condition::ok && !doomed.problem)
          doomed.problem = problem_of(answer);
        answered(group);
      });
    }
}

/// The OK to an EXPUNGE proves nothing: when somebody else works on the mailbox Dovecot
/// says it, to an EXPUNGE in one flight with its STORE, without seeing the \Deleted yet.
void Expunger::send_search(const std::shared_ptr<Group>& group) {
  imap::UidSet all;
  for (const Doomed& doomed : group->doomed) all = unite(all, doomed.uids);
  const char* const search =
      target_.session->has("ESEARCH") || target_.session->has("IMAP4REV2")
          ? "UID SEARCH RETURN (ALL) UID"
          : "UID SEARCH UID";
  const auto untagged = [group](const imap::Response& response) {
    const auto* extended = std::get_if<imap::EsearchData>(&response);
    const auto* plain = std::get_if<imap::SearchData>(&response);
    if (extended) group->left = unite(group->left, extended->all);
    if (plain) group->left = unite(group->left, plain->uids);
    return extended || plain;
  };
  for (const std::string& command : imap::uid_commands(search, all, "")) {
    ++group->unanswered;
    // Without an answer the OK to the EXPUNGE has to do.
    target_.session->command(
        command, [this, group](const imap::Tagged&) { answered(group); }, untagged);
  }
}

void Expunger::answered(const std::shared_ptr<Group>& group) {
  if (--group->unanswered > 0) return;
  bool again = false;
  for (Doomed& doomed : group->doomed) {
    const imap::UidSet left =
        subtract(intersect(doomed.uids, group->left), doomed.modified);
    doomed.uids = doomed.problem ? imap::UidSet{} : left;
    again = again || !doomed.uids.empty();
  }
  // By now the STOREs were answered, so that their \Deleted is seen.
  if (again && !std::exchange(group->again, true)) return once_more(group);
  for (const Doomed& doomed : group->doomed) report(doomed);
}

/// Another mailbox may have been selected meanwhile.
void Expunger::once_more(const std::shared_ptr<Group>& group) {
  const auto fail = [this, group](const Problem& problem) {
    for (Doomed& doomed : group->doomed) {
      if (!doomed.problem && !doomed.uids.empty()) doomed.problem = problem;
      report(doomed);
    }
  };
  const auto run = [this, group, fail](const Selected& selected) {
    if (selected.uidvalidity != group->doomed.front().action.uidvalidity)
      return fail({"uidvalidity", "UIDVALIDITY changed meanwhile"});
    group->left = {};
    send_expunges(group);
    send_search(group);
  };
  selector_.with(group->doomed.front().action.mailbox, run, fail);
}

void Expunger::report(const Doomed& doomed) {
  const imap::UidSet& left = doomed.uids;
  const record::Expunge& action = doomed.action;
  const imap::UidSet modified = intersect(action.uids, doomed.modified);
  const imap::UidSet gone = subtract(subtract(action.uids, modified), left);
  const auto failed = [&](const imap::UidSet& uids, const Problem& problem) {
    if (!uids.empty())
      outcomes_.failed(target_.side, action.mailbox, "expunge", uids, problem);
  };
  if (doomed.problem) {
    failed(action.uids, *doomed.problem);
  } else {
    if (!gone.empty())
      outcomes_.emit(record::Expunged{target_.side, action.mailbox, gone});
    failed(modified, {"modified", "changed meanwhile, kept"});
    failed(left, {"refused", "the server said OK but did not expunge it"});
  }
  outcomes_.close();
}
