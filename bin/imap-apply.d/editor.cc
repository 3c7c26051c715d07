// SPDX-License-Identifier: GPL-3.0-or-later
#include "editor.h"

#include <algorithm>
#include <memory>

#include "imap/ascii.h"
#include "imap/command.h"
#include "sync/identity.h"

/// An action on UIDs that takes several commands: done when the last was answered.
struct Editor::Wide {
  std::size_t unanswered = 0;
  std::optional<Problem> problem;
  imap::UidSet found;                ///< by identify
  std::vector<imap::CopyUid> copies; ///< one a command
  bool blamed = false;               ///< keywords may be why one was refused

  /// Counts an answer; true at the last.
  bool answered(const imap::Tagged& answer) {
    if (answer.condition != imap::Condition::ok && !problem) problem = problem_of(answer);
    if (const auto* copy = std::get_if<imap::CopyUid>(&answer.code))
      copies.push_back(*copy);
    return --unanswered == 0;
  }
};

bool Editor::accepts(const Selected& selected, std::uint64_t uidvalidity,
                     const record::Mailbox& mailbox, const char* action,
                     const imap::UidSet& uids) {
  Problem problem;
  if (selected.uidvalidity != uidvalidity)
    problem = {"uidvalidity", "UIDVALIDITY is " + std::to_string(selected.uidvalidity) +
                                  ", not " + std::to_string(uidvalidity)};
  else if (!selected.writable && std::string_view{action} != "identify" &&
           std::string_view{action} != "copy")
    problem = {"readonly", "the mailbox is read-only"};
  else
    return true;
  failing(mailbox, action, uids)(problem);
  return false;
}

Problem Editor::occupied_problem() {
  return {"refused", "the mailbox exists, was not listed and has had messages"};
}

std::function<void(const Problem&)> Editor::failing(const record::Mailbox& mailbox,
                                                    const char* action,
                                                    const imap::UidSet& uids) {
  return [this, mailbox, action, uids](const Problem& problem) {
    outcomes_.failed(target_.side, mailbox, action, uids, problem);
    outcomes_.close();
  };
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
        std::optional<Problem> problem;
        if (!answered)
          problem = refusal->value_or(problem_of(answer));
        else if (*refusal && !empty)
          problem = occupied_problem();
        if (*refusal && !empty) occupied_.insert(action.mailbox);
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
    if (!accepts(selected, action.uidvalidity, action.mailbox, "identify", action.uids))
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
            outcomes_.emit(record::Identity{
                target_.side, action.mailbox, *fetch->uid, {identity.digest()}});
            return true;
          });
  };
  selector_.with(action.mailbox, run, failing(action.mailbox, "identify", action.uids));
}

std::vector<std::string> Editor::store_commands(const record::Store& action,
                                                const imap::Flags& add) const {
  std::vector<std::string> commands;
  const auto collect = [&](const char* item, const imap::Flags& flags) {
    if (flags.empty()) return;
    const auto more =
        imap::uid_commands("UID STORE", action.uids, item + flags.to_string());
    commands.insert(commands.end(), more.begin(), more.end());
  };
  collect("+FLAGS.SILENT ", add);
  collect("-FLAGS.SILENT ", action.remove);
  return commands;
}

void Editor::store(const record::Store& action) {
  outcomes_.open();
  const auto run = [this, action](const Selected& selected) {
    if (!accepts(selected, action.uidvalidity, action.mailbox, "store", action.uids))
      return;
    const imap::Flags add =
        keywords_.mask(action.mailbox, selected.permanent, action.add);
    const imap::Flags lacks = subtract(action.add, add);
    const auto commands = store_commands(action, add);
    if (commands.empty()) return stored(action, lacks, {});
    const bool doubtful = !Keywords::doubtful(selected.permanent, add).empty();
    const auto wide = std::make_shared<Wide>();
    wide->unanswered = commands.size();
    for (const std::string& command : commands)
      target_.session->command(
          command, [this, action, lacks, doubtful, wide](const imap::Tagged& answer) {
            wide->blamed = wide->blamed || Keywords::may_blame(answer);
            if (!wide->answered(answer)) return;
            if (wide->problem && wide->blamed && doubtful)
              store_apart(action, *wide->problem);
            else
              stored(action, lacks, wide->problem);
          });
  };
  selector_.with(action.mailbox, run, failing(action.mailbox, "store", action.uids));
}

/// Refused with keywords that the mailbox had not: all else first, then each by itself.
void Editor::store_apart(const record::Store& action, const Problem& problem) {
  const auto run = [this, action, problem](const Selected& selected) {
    if (!accepts(selected, action.uidvalidity, action.mailbox, "store", action.uids))
      return;
    const imap::Flags add =
        keywords_.mask(action.mailbox, selected.permanent, action.add);
    const imap::Flags doubtful = Keywords::doubtful(selected.permanent, add);
    const auto commands = store_commands(action, subtract(add, doubtful));
    struct Apart {
      std::size_t unanswered;
      bool failed = false;
      imap::Flags lacks;
    };
    const auto apart = std::make_shared<Apart>();
    apart->unanswered = commands.size() + 1;
    apart->lacks = subtract(action.add, add);
    const auto answered = [this, action, problem, apart] {
      if (--apart->unanswered > 0) return;
      stored(action, apart->lacks, apart->failed ? std::optional{problem} : std::nullopt);
    };
    for (const std::string& command : commands)
      target_.session->command(command, [apart, answered](const imap::Tagged& answer) {
        apart->failed = apart->failed || answer.condition != imap::Condition::ok;
        answered();
      });
    keywords_.add_each(action.mailbox, action.uids, doubtful,
                       [apart, answered, doubtful](const imap::Flags& taken) {
                         apart->lacks = unite(apart->lacks, subtract(doubtful, taken));
                         answered();
                       });
  };
  selector_.with(action.mailbox, run, failing(action.mailbox, "store", action.uids));
}

void Editor::stored(const record::Store& action, const imap::Flags& lacks,
                    const std::optional<Problem>& problem) {
  if (problem) {
    outcomes_.failed(target_.side, action.mailbox, "store", action.uids, *problem);
  } else {
    if (!lacks.empty())
      outcomes_.emit(record::Lacks{target_.side, action.mailbox, action.uids, lacks});
    outcomes_.emit(record::Stored{target_.side, action.mailbox, action.uids});
  }
  outcomes_.close();
}

void Editor::copy(const record::Copy& action) {
  if (action.from_uids.size() != action.source.size())
    throw record::Malformed{"copy: the two UID sets differ in size"};
  outcomes_.open();
  const auto fail = [this, action](const Problem& problem) {
    copied(action, {}, problem);
  };
  const auto server_name = target_.server_name(action.mailbox);
  if (const auto* error = std::get_if<imap::NameError>(&server_name))
    return fail({"name", error->text});
  const auto run = [this, action, fail,
                    to = imap::mailbox_argument(std::get<std::string>(server_name))](
                       const Selected& selected) {
    if (selected.uidvalidity != action.from_uidvalidity)
      return fail({"uidvalidity", "UIDVALIDITY of " + imap::display_name(action.from) +
                                      " changed meanwhile"});
    if (occupied(action.mailbox)) return fail(occupied_problem());
    const auto wide = std::make_shared<Wide>();
    const auto commands = imap::uid_commands("UID COPY", action.from_uids, to);
    wide->unanswered = commands.size();
    const auto untagged = [wide](const imap::Response& response) {
      // Some servers say it apart from the tagged answer.
      const auto* status = std::get_if<imap::Status>(&response);
      const auto* copy = status ? std::get_if<imap::CopyUid>(&status->code) : nullptr;
      if (copy) wide->copies.push_back(*copy);
      return copy != nullptr;
    };
    for (const std::string& command : commands)
      target_.session->command(
          command,
          [this, action, wide](const imap::Tagged& answer) {
            if (wide->answered(answer)) copied(action, wide->copies, wide->problem);
          },
          untagged);
  };
  if (!created(action.mailbox)) return selector_.with(action.from, run, fail);
  // Only the answer to the creation tells whether it may be filled.
  selector_.know(
      action.mailbox,
      [this, from = action.from, run, fail](const Selected&) {
        selector_.with(from, run, fail);
      },
      fail);
}

namespace {

/// Pairs the UIDs of both sets, in their order.
void add_copies(std::map<imap::Uid, imap::Uid>& copy_of, const imap::CopyUid& copied) {
  auto range = copied.target.ranges.begin();
  std::uint64_t to = value(range->first);
  for (const imap::UidRange& sources : copied.source.ranges)
    for (std::uint64_t from = value(sources.first); from <= value(sources.last); ++from) {
      if (to > value(range->last)) to = value((++range)->first);
      copy_of.emplace(static_cast<imap::Uid>(from), static_cast<imap::Uid>(to++));
    }
}

} // namespace

/// An OK without COPYUID says nothing: COPY of absent UIDs is OK too.
void Editor::copied(const record::Copy& action, const std::vector<imap::CopyUid>& parts,
                    const std::optional<Problem>& problem) {
  std::map<imap::Uid, imap::Uid> copy_of;
  std::uint64_t uidvalidity = action.uidvalidity;
  for (const imap::CopyUid& part : parts) {
    // Not what was asked for, or not into the mailbox that is meant.
    if (part.source.size() > action.from_uids.size() ||
        (action.uidvalidity != 0 && value(part.uidvalidity) != action.uidvalidity))
      continue;
    uidvalidity = value(part.uidvalidity);
    add_copies(copy_of, part);
  }
  imap::UidSet source, uids, lost, lost_from;
  const auto emit = [&] {
    if (source.empty()) return;
    outcomes_.emit(
        record::Copied{target_.side, action.mailbox, uidvalidity, source, uids});
    source = uids = {};
  };
  auto new_uid = action.source.begin();
  for (const imap::Uid from : action.from_uids) {
    const auto found = copy_of.find(from);
    if (found == copy_of.end()) {
      lost.add(*new_uid);
      lost_from.add(from);
    } else {
      // Both sets of a record ascend together, to be paired by position.
      if (!uids.empty() && uids.last() >= found->second) emit();
      source.add(*new_uid);
      uids.add(found->second);
    }
    ++new_uid;
  }
  emit();
  if (!lost.empty()) {
    auto& kept = not_copied_[{action.from, action.mailbox}];
    kept = unite(kept, lost_from);
    outcomes_.failed(target_.side, action.mailbox, "copy", lost,
                     problem.value_or(Problem{"refused", "the server copied nothing"}));
  }
  outcomes_.close();
}
