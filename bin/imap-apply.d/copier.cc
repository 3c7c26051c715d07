// SPDX-License-Identifier: GPL-3.0-or-later
#include "copier.h"

#include <memory>

#include "imap/command.h"
#include "wide.h"

void Copier::copy(const record::Copy& action) {
  if (action.from_uids.size() != action.source.size())
    throw record::Malformed{"copy: the two UID sets differ in size"};
  outcomes_.open();
  storer_.when_known(action.from, action.from_uids, [this, action] {
    const record::Copy rest = without_unstored(action);
    if (rest.source.empty())
      outcomes_.close();
    else
      select(rest);
  });
}

record::Copy Copier::without_unstored(const record::Copy& action) {
  const imap::UidSet unstored =
      intersect(action.from_uids, storer_.unstored(action.from));
  if (unstored.empty()) return action;
  const imap::UidSet lost = counterparts(unstored, action.from_uids, action.source);
  record::Copy rest = action;
  rest.from_uids = subtract(action.from_uids, unstored);
  rest.source = subtract(action.source, lost);
  outcomes_.failed(target_.side, action.mailbox, "copy", lost,
                   {"refused", "its flags could not be stored before"});
  return rest;
}

void Copier::select(const record::Copy& action) {
  const auto failed = [this, action](const Problem& problem) {
    copied(action, {}, problem);
  };
  const auto server_name = target_.server_name(action.mailbox);
  if (const auto* error = std::get_if<imap::NameError>(&server_name))
    return failed({"name", error->text});
  const auto run = [this, action, failed,
                    to = imap::mailbox_argument(std::get<std::string>(server_name))](
                       const Selected& selected) {
    if (selected.uidvalidity != action.from_uidvalidity)
      return failed({"uidvalidity", "UIDVALIDITY of " + imap::display_name(action.from) +
                                        " changed meanwhile"});
    if (const auto problem = editor_.occupied(action.mailbox)) return failed(*problem);
    send(action, to);
  };
  if (!editor_.created(action.mailbox)) return selector_.with(action.from, run, failed);
  // Only the answer to the creation tells whether it may be filled.
  selector_.know(
      action.mailbox,
      [this, from = action.from, run, failed](const Selected&) {
        selector_.with(from, run, failed);
      },
      failed);
}

void Copier::send(const record::Copy& action, const std::string& to) {
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
void Copier::copied(const record::Copy& action, const std::vector<imap::CopyUid>& parts,
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
  imap::UidSet found, source, uids;
  const auto emit = [&] {
    if (source.empty()) return;
    outcomes_.emit(
        record::Copied{target_.side, action.mailbox, uidvalidity, source, uids});
    source = uids = {};
  };
  for (const auto& [from, to] : copy_of)
    if (action.from_uids.contains(from)) found.add(from);
  const imap::UidSet new_uids = counterparts(found, action.from_uids, action.source);
  auto new_uid = new_uids.begin();
  for (const imap::Uid from : found) {
    const imap::Uid to = copy_of.at(from);
    // Both sets of a record ascend together, to be paired by position.
    if (!uids.empty() && uids.last() >= to) emit();
    source.add(*new_uid++);
    uids.add(to);
  }
  emit();
  imap::UidSet& copies = copied_[{action.from, action.mailbox}];
  copies = unite(copies, found);
  if (const imap::UidSet lost = subtract(action.source, new_uids); !lost.empty())
    outcomes_.failed(target_.side, action.mailbox, "copy", lost,
                     problem.value_or(Problem{"refused", "the server copied nothing"}));
  outcomes_.close();
}
