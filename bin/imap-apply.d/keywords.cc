// SPDX-License-Identifier: GPL-3.0-or-later
#include "keywords.h"

#include <memory>
#include <utility>

#include "imap/command.h"

imap::Flags Keywords::mask(const record::Mailbox& mailbox,
                           const imap::PermanentFlags& permanent,
                           const imap::Flags& wanted) {
  imap::Flags kept = permanent.mask(wanted);
  if (const auto at = refused_.find(mailbox); at != refused_.end())
    kept = subtract(kept, at->second);
  const imap::Flags rest = subtract(wanted, kept);
  leave_out(mailbox, rest);
  return kept;
}

void Keywords::leave_out(const record::Mailbox& mailbox, const imap::Flags& flags) {
  if (!flags.empty()) left_out_[mailbox] = unite(left_out_[mailbox], flags);
}

imap::Flags Keywords::doubtful(const imap::PermanentFlags& permanent,
                               const imap::Flags& flags) {
  imap::Flags found;
  for (const std::string& keyword : flags.keywords())
    if (!permanent.flags.contains(keyword)) found.add(keyword);
  return found;
}

bool Keywords::may_blame(const imap::Tagged& answer) {
  if (answer.condition != imap::Condition::no) return false;
  const auto* code = std::get_if<imap::OtherCode>(&answer.code);
  if (code)
    for (const char* temporary : {"UNAVAILABLE", "INUSE", "SERVERBUG"})
      if (code->name == temporary) return false;
  return problem_of(answer).code == "refused";
}

void Keywords::add_each(const record::Mailbox& mailbox, const imap::UidSet& uids,
                        const imap::Flags& keywords,
                        std::function<void(const Added&)> done) {
  struct Each {
    std::size_t unanswered = 0;
    Added added;
    std::function<void(const Added&)> done;
  };
  const auto each = std::make_shared<Each>();
  each->done = std::move(done);
  std::vector<std::pair<std::string, imap::Flags>> commands;
  for (const std::string& keyword : keywords.keywords()) {
    imap::Flags one;
    one.add(keyword);
    for (const std::string& command :
         imap::uid_commands("UID STORE", uids, "+FLAGS.SILENT " + one.to_string()))
      commands.emplace_back(command, one);
  }
  if (commands.empty()) return each->done({});
  each->unanswered = commands.size();
  for (const auto& command : commands)
    target_.session->command(command.first, [this, mailbox, each, one = command.second](
                                                const imap::Tagged& answer) {
      Added& added = each->added;
      if (may_blame(answer)) {
        added.refused = unite(added.refused, one);
      } else if (answer.condition != imap::Condition::ok) {
        added.failed = unite(added.failed, one);
        added.problem = problem_of(answer);
      }
      if (--each->unanswered > 0) return;
      if (!added.refused.empty())
        refused_[mailbox] = unite(refused_[mailbox], added.refused);
      leave_out(mailbox, added.refused);
      each->done(added);
    });
}

void Keywords::end_round() {
  for (const auto& [mailbox, flags] : left_out_)
    outcomes_.emit(record::Warning{
        target_.side,
        mailbox,
        {"flags"},
        "flags that the server does not keep, so that only the other side has them: " +
            flags.to_string()});
  refused_.clear();
  left_out_.clear();
}
