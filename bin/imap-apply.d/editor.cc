// SPDX-License-Identifier: GPL-3.0-or-later
#include "editor.h"

#include <algorithm>
#include <memory>

#include "imap/ascii.h"
#include "imap/command.h"
#include "sync/identity.h"
#include "wide.h"

std::optional<Problem> Editor::occupied(const record::Mailbox& mailbox) const {
  if (!occupied_.contains(mailbox)) return {};
  // Asked for by name it is listed in another round, unless the server says otherwise.
  return Problem{told_.contains(mailbox) ? "refused" : "exists",
                 "the mailbox exists, was not listed and has had messages"};
}

// ---- mailboxes ------------------------------------------------------------------------

void Editor::create(const record::Create& action) {
  outcomes_.open();
  created_.insert(action.mailbox);
  selector_.forget(action.mailbox);
  const auto server_name = target_.server_name(action.mailbox);
  if (const auto* error = std::get_if<imap::NameError>(&server_name)) {
    outcomes_.failed(target_.side, action.mailbox, "create", {}, {"name", error->text});
    return outcomes_.close();
  }
  client::Session& session = *target_.session;
  const std::string argument = imap::mailbox_argument(std::get<std::string>(server_name));
  const auto refusal = std::make_shared<std::optional<Problem>>();
  const auto numbers = std::make_shared<imap::StatusData>();
  session.command("CREATE " + argument, [refusal](const imap::Tagged& answer) {
    if (answer.condition != imap::Condition::ok) *refusal = problem_of(answer);
  });
  // Not every server says ALREADYEXISTS (RFC 5530): it is there if it has a status.
  session.command(
      "STATUS " + argument + " (UIDVALIDITY UIDNEXT HIGHESTMODSEQ)",
      [this, action, refusal, numbers](const imap::Tagged& answer) {
        const bool answered = answer.condition == imap::Condition::ok;
        const bool empty = answered && numbers->uidnext && value(*numbers->uidnext) == 1;
        if (*refusal && !empty) occupied_.insert(action.mailbox);
        const std::optional<Problem> problem =
            answered ? occupied(action.mailbox) : refusal->value_or(problem_of(answer));
        if (problem)
          outcomes_.failed(target_.side, action.mailbox, "create", {}, *problem);
        else
          created(action, *numbers);
        outcomes_.close();
      },
      [numbers](imap::Response& response) {
        auto* status = std::get_if<imap::StatusData>(&response);
        if (status) *numbers = std::move(*status);
        return status != nullptr;
      });
}

void Editor::created(const record::Create& action, const imap::StatusData& status) {
  outcomes_.emit(record::Created{
      target_.side, action.mailbox, status.uidvalidity ? value(*status.uidvalidity) : 0,
      status.uidnext ? value(*status.uidnext) : 0, status.highestmodseq.value_or(0)});
}

void Editor::subscribe(const record::Subscribe& action) {
  outcomes_.open();
  const auto server_name = target_.server_name(action.mailbox);
  if (const auto* error = std::get_if<imap::NameError>(&server_name)) {
    outcomes_.failed(target_.side, action.mailbox, "subscribe", {},
                     {"name", error->text});
    return outcomes_.close();
  }
  target_.session->command(
      (action.on ? "SUBSCRIBE " : "UNSUBSCRIBE ") +
          imap::mailbox_argument(std::get<std::string>(server_name)),
      [this, action](const imap::Tagged& answer) {
        if (answer.condition == imap::Condition::ok)
          outcomes_.emit(record::Subscribed{target_.side, action.mailbox, action.on});
        else
          outcomes_.failed(target_.side, action.mailbox, "subscribe", {},
                           problem_of(answer));
        outcomes_.close();
      });
}

// ---- messages -------------------------------------------------------------------------

void Editor::identify(const record::Identify& action) {
  outcomes_.open();
  ask_identities(action, false);
}

/// A message may have come since the mailbox was selected; only when the server was asked
/// for news, `afresh`, one that is not there is gone.
void Editor::ask_identities(const record::Identify& action, bool afresh) {
  const auto run = [this, action, afresh](const Selected& selected) {
    if (!refusals_.accepts(selected, action.uidvalidity, action.mailbox, "identify",
                           action.uids))
      return;
    if (afresh) target_.session->command("NOOP", [](const imap::Tagged&) {});
    const auto wide = std::make_shared<Wide>();
    const std::string items =
        "(UID BODY.PEEK[HEADER.FIELDS (" + std::string{syncing::Identity::fields} + ")])";
    const auto commands = imap::uid_commands("UID FETCH", action.uids, items);
    wide->unanswered = commands.size();
    for (const std::string& command : commands)
      target_.session->command(
          command,
          [this, action, wide, afresh](const imap::Tagged& answer) {
            if (!wide->answered(answer)) return;
            const imap::UidSet gone = subtract(action.uids, wide->found);
            if (!wide->found.empty())
              outcomes_.emit(
                  record::Identified{target_.side, action.mailbox, wide->found});
            if (!gone.empty() && !wide->problem && !afresh) {
              record::Identify again = action;
              again.uids = gone;
              return ask_identities(again, true);
            }
            // A server may give up at the first that it cannot read.
            if (wide->problem && action.uids.size() > 1)
              for (const imap::Uid uid : gone)
                identify(
                    {action.side, action.mailbox, action.uidvalidity, imap::UidSet{uid}});
            else if (!gone.empty())
              outcomes_.failed(
                  target_.side, action.mailbox, "identify", gone,
                  wide->problem.value_or(Problem{"gone", "no longer there"}));
            outcomes_.close();
          },
          [this, action, wide](imap::Response& response) {
            const auto* fetch = std::get_if<imap::FetchData>(&response);
            if (!fetch || !fetch->uid || !fetch->header) return false;
            if (!action.uids.contains(*fetch->uid)) return false;
            if (wide->found.contains(*fetch->uid)) return true;
            syncing::Identity identity;
            identity.update(*fetch->header);
            wide->found.add(*fetch->uid);
            outcomes_.emit(record::Identity{target_.side, action.mailbox, *fetch->uid,
                                            identity.digest()});
            return true;
          });
  };
  selector_.with(action.mailbox, run,
                 refusals_.failing(action.mailbox, "identify", action.uids));
}
