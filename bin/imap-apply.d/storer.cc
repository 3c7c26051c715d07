// SPDX-License-Identifier: GPL-3.0-or-later
#include "storer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "imap/command.h"
#include "wide.h"

/// Removed first: what is there should the connection end in between is part of what is
/// to be, and the union of the two is right. The other way round the removed flags came
/// back.
std::vector<std::string> Storer::commands_of(const record::Store& action,
                                             const imap::Flags& add) const {
  std::vector<std::string> commands;
  const auto collect = [&](const char* item, const imap::Flags& flags) {
    for (const imap::Flags& list : imap::flag_lists(flags)) {
      const auto more =
          imap::uid_commands("UID STORE", action.uids, item + list.to_string());
      commands.insert(commands.end(), more.begin(), more.end());
    }
  };
  collect("-FLAGS.SILENT ", action.remove);
  collect("+FLAGS.SILENT ", add);
  return commands;
}

void Storer::store(const record::Store& action) {
  outcomes_.open();
  mailboxes_[action.mailbox].unknown.push_back(action.uids);
  const auto run = [this, action](const Selected& selected) {
    if (!refusals_.accepts(selected, action.uidvalidity, action.mailbox, "store",
                           action.uids))
      return known(action, false);
    const imap::Flags add =
        keywords_.mask(action.mailbox, selected.permanent, action.add);
    const imap::Flags lacks = subtract(action.add, add);
    const auto commands = commands_of(action, add);
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
  selector_.with(action.mailbox, run,
                 [this, action](const Problem& failure) { stored(action, {}, failure); });
}

/// Refused with keywords that the mailbox had not: all else first, then each by itself.
void Storer::store_apart(const record::Store& action, const Problem& problem) {
  const auto run = [this, action, problem](const Selected& selected) {
    if (!refusals_.accepts(selected, action.uidvalidity, action.mailbox, "store",
                           action.uids))
      return known(action, false);
    const imap::Flags add =
        keywords_.mask(action.mailbox, selected.permanent, action.add);
    const imap::Flags doubtful = Keywords::doubtful(selected.permanent, add);
    const auto commands = commands_of(action, subtract(add, doubtful));
    struct Apart {
      std::size_t unanswered;
      std::optional<Problem> problem;
      imap::Flags lacks;
    };
    const auto apart = std::make_shared<Apart>();
    apart->unanswered = commands.size() + 1;
    apart->lacks = subtract(action.add, add);
    const auto answered = [this, action, apart] {
      if (--apart->unanswered > 0) return;
      stored(action, apart->lacks, apart->problem);
    };
    for (const std::string& command : commands)
      target_.session->command(command,
                               [apart, answered, problem](const imap::Tagged& answer) {
                                 if (answer.condition != imap::Condition::ok)
                                   apart->problem = problem;
                                 answered();
                               });
    keywords_.add_each(action.mailbox, action.uids, doubtful,
                       [apart, answered](const Keywords::Added& added) {
                         apart->lacks = unite(apart->lacks, added.refused);
                         if (added.problem) apart->problem = added.problem;
                         answered();
                       });
  };
  selector_.with(action.mailbox, run,
                 [this, action](const Problem& failure) { stored(action, {}, failure); });
}

void Storer::stored(const record::Store& action, const imap::Flags& lacks,
                    const std::optional<Problem>& problem) {
  if (problem) {
    outcomes_.failed(target_.side, action.mailbox, "store", action.uids, *problem);
  } else {
    if (!lacks.empty())
      outcomes_.emit(record::Lacks{target_.side, action.mailbox, action.uids, lacks});
    outcomes_.emit(record::Stored{target_.side, action.mailbox, action.uids});
  }
  outcomes_.close();
  known(action, !problem && lacks.empty());
}

void Storer::known(const record::Store& action, bool as_wanted) {
  Mailbox& mailbox = mailboxes_[action.mailbox];
  mailbox.unknown.erase(std::ranges::find(mailbox.unknown, action.uids));
  if (!as_wanted) mailbox.unstored = unite(mailbox.unstored, action.uids);
  for (Waiting& waiting : std::exchange(mailbox.waiting, {}))
    when_known(action.mailbox, waiting.uids, std::move(waiting.then));
}

void Storer::when_known(const record::Mailbox& name, const imap::UidSet& uids,
                        std::function<void()> then) {
  const auto found = mailboxes_.find(name);
  const auto concerned = [&](const imap::UidSet& unknown) {
    return !intersect(unknown, uids).empty();
  };
  if (found == mailboxes_.end() || std::ranges::none_of(found->second.unknown, concerned))
    then();
  else
    found->second.waiting.push_back({uids, std::move(then)});
}

imap::UidSet Storer::unstored(const record::Mailbox& mailbox) const {
  const auto found = mailboxes_.find(mailbox);
  return found == mailboxes_.end() ? imap::UidSet{} : found->second.unstored;
}
