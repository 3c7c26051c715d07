// SPDX-License-Identifier: GPL-3.0-or-later
#include "expunger.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "imap/command.h"
#include "imap/mailbox_name.h"

struct Expunger::Doomed {
  record::Expunge action;
  imap::UidSet uids;     ///< not known to be gone yet
  imap::UidSet modified; ///< survive because they changed meanwhile
  std::optional<Problem> problem;

  /// Whether it is still to be found out what became of some.
  bool open() const { return !problem && !uids.empty(); }
};

struct Expunger::Group {
  std::vector<Doomed> doomed;
  std::size_t unanswered = 0;
  imap::UidSet vanished; ///< as the server tells of its own accord
  imap::UidSet found;    ///< by SEARCH
  bool searching = false, again = false;
  bool unsaved = false; ///< the server would not keep UIDs for us

  bool all_known() const { return std::ranges::none_of(doomed, &Doomed::open); }
};

namespace {

std::string store_item(const record::Expunge& action) {
  const std::string unchanged =
      action.unchangedsince == 0
          ? ""
          : "(UNCHANGEDSINCE " + std::to_string(action.unchangedsince) + ") ";
  return unchanged + "+FLAGS.SILENT (\\Deleted)";
}

} // namespace

/// What may be expunged of an action: a message that moves is copied before.
record::Expunge Expunger::allowed(const record::Expunge& action) {
  record::Expunge allowed = action;
  if (!action.after) return allowed;
  const imap::UidSet stay =
      subtract(action.uids, copier_.copies(action.mailbox, *action.after));
  if (stay.empty()) return allowed;
  allowed.uids = subtract(action.uids, stay);
  outcomes_.failed(
      target_.side, action.mailbox, "expunge", stay,
      {"refused", "it was not copied to " + imap::display_name(*action.after)});
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
        refusals_.failing(action.mailbox, "expunge", action.uids)(problem);
    };
    selector_.with(mailbox, run, fail);
  }
}

/// All STOREs come before all EXPUNGEs, in one flight.
void Expunger::expunge(const std::vector<record::Expunge>& actions,
                       const Selected& selected) {
  const auto group = std::make_shared<Group>();
  for (const record::Expunge& action : actions)
    if (refusals_.accepts(selected, action.uidvalidity, action.mailbox, "expunge",
                          action.uids))
      group->doomed.push_back({action, action.uids, {}, {}});
  if (group->doomed.empty()) return;
  if (!send_saved(group)) send_plain(group);
}

void Expunger::send_plain(const std::shared_ptr<Group>& group) {
  for (std::size_t i = 0; i < group->doomed.size(); ++i)
    send(group, i,
         imap::uid_commands("UID STORE", group->doomed[i].uids,
                            store_item(group->doomed[i].action)));
  send_expunges(group);
}

/// UIDs that are too many for one line are told once (RFC 5182) instead of with every
/// command: the fewer of these, the less often a server rewrites the mailbox. Once in a
/// mailbox: a SEARCH that fails with BAD would leave $ as the one before made it.
bool Expunger::send_saved(const std::shared_ptr<Group>& group) {
  const client::Session& session = *target_.session;
  const Doomed& doomed = group->doomed.front();
  if (group->doomed.size() > 1 || !session.has("SEARCHRES")) return false;
  std::vector<std::string> searches =
      imap::uid_commands("UID SEARCH RETURN (SAVE) OR $ UID", doomed.uids, "");
  if (searches.size() == 1 || !saved_.insert(doomed.action.mailbox).second) return false;
  searches.front().erase(searches.front().find("OR $ "), 5);
  group->unanswered += searches.size();
  for (const std::string& search : searches)
    target_.session->command(search, [this, group](const imap::Tagged& answer) {
      if (answer.condition == imap::Condition::bad)
        group->doomed.front().problem = problem_of(answer);
      if (answer.condition == imap::Condition::no) group->unsaved = true;
      answered(group);
    });
  send(group, 0, {"UID STORE $ " + store_item(doomed.action), "UID EXPUNGE $"});
  return true;
}

void Expunger::send_expunges(const std::shared_ptr<Group>& group) {
  for (std::size_t i = 0; i < group->doomed.size(); ++i)
    if (group->doomed[i].open())
      send(group, i, imap::uid_commands("UID EXPUNGE", group->doomed[i].uids, ""));
}

/// Sends the commands of one action.
void Expunger::send(const std::shared_ptr<Group>& group, std::size_t index,
                    const std::vector<std::string>& commands) {
  const auto done = [this, group, index](const imap::Tagged& answer) {
    Doomed& doomed = group->doomed[index];
    if (answer.condition != imap::Condition::ok && !doomed.problem)
      doomed.problem = problem_of(answer);
    if (const auto* survivors = std::get_if<imap::Modified>(&answer.code))
      doomed.modified = unite(doomed.modified, survivors->uids);
    answered(group);
  };
  const auto untagged = [group](const imap::Response& response) {
    const auto* vanished = std::get_if<imap::Vanished>(&response);
    if (vanished) group->vanished = unite(group->vanished, vanished->uids);
    return vanished != nullptr;
  };
  group->unanswered += commands.size();
  for (const std::string& command : commands)
    target_.session->command(command, done, untagged);
}

/// What VANISHED did not confirm. Only when all was answered: Dovecot answers a SEARCH
/// before an EXPUNGE that it was sent with.
void Expunger::send_search(const std::shared_ptr<Group>& group) {
  group->searching = true;
  group->found = {};
  imap::UidSet all;
  for (const Doomed& doomed : group->doomed)
    if (doomed.open()) all = unite(all, doomed.uids);
  const char* const search =
      target_.session->has("ESEARCH") || target_.session->has("IMAP4REV2")
          ? "UID SEARCH RETURN (ALL) UID"
          : "UID SEARCH UID";
  for (const std::string& command : imap::uid_commands(search, all, "")) {
    const auto told = std::make_shared<bool>(false);
    ++group->unanswered;
    target_.session->command(
        command,
        [this, group, all, told](const imap::Tagged& answer) {
          // What cannot be asked for is not known to be gone: it stays owed.
          if (answer.condition != imap::Condition::ok || !*told) group->found = all;
          answered(group);
        },
        [group, told](const imap::Response& response) {
          const auto* extended = std::get_if<imap::EsearchData>(&response);
          const auto* plain = std::get_if<imap::SearchData>(&response);
          if (extended) group->found = unite(group->found, extended->all);
          if (plain) group->found = unite(group->found, plain->uids);
          *told = *told || plain || (extended && extended->uid);
          return extended || plain;
        });
  }
}

/// The OK to an EXPUNGE proves nothing: when somebody else works on the mailbox Dovecot
/// says it, to an EXPUNGE in one flight with its STORE, without seeing the \Deleted yet.
void Expunger::answered(const std::shared_ptr<Group>& group) {
  if (--group->unanswered > 0) return;
  if (std::exchange(group->unsaved, false)) { // $ was empty: nothing was done
    group->doomed.front().problem.reset();
    return go_on(group, &Expunger::send_plain);
  }
  const bool searched = std::exchange(group->searching, false);
  for (Doomed& doomed : group->doomed) {
    doomed.uids = subtract(doomed.uids, unite(doomed.modified, group->vanished));
    if (searched && doomed.open()) doomed.uids = intersect(doomed.uids, group->found);
  }
  if (group->all_known() || (searched && group->again)) {
    for (const Doomed& doomed : group->doomed) report(doomed);
  } else if (searched) {
    group->again = true; // the STOREs were answered: now their \Deleted is seen
    go_on(group, &Expunger::send_expunges);
  } else {
    go_on(group, &Expunger::send_search);
  }
}

/// Another mailbox may have been selected meanwhile.
void Expunger::go_on(const std::shared_ptr<Group>& group, Step step) {
  const auto fail = [this, group](const Problem& problem) {
    for (Doomed& doomed : group->doomed) {
      if (doomed.open()) doomed.problem = problem;
      report(doomed);
    }
  };
  const auto run = [this, group, fail, step](const Selected& selected) {
    if (selected.uidvalidity != group->doomed.front().action.uidvalidity)
      return fail({"uidvalidity", "UIDVALIDITY changed meanwhile"});
    (this->*step)(group);
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
  if (!gone.empty()) outcomes_.emit(record::Expunged{target_.side, action.mailbox, gone});
  failed(modified, {"modified", "changed meanwhile, kept"});
  failed(left, doomed.problem.value_or(
                   Problem{"refused", "the server said OK but did not expunge it"}));
  outcomes_.close();
}
