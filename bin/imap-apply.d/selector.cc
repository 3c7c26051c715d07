// SPDX-License-Identifier: GPL-3.0-or-later
#include "selector.h"

#include "imap/command.h"

Problem problem_of(const imap::Tagged& answer) {
  std::string code = "refused";
  if (const auto* other = std::get_if<imap::OtherCode>(&answer.code)) {
    if (other->name == "OVERQUOTA") code = "overquota";
    if (other->name == "NONEXISTENT" || other->name == "TRYCREATE") code = "missing";
  }
  return {code, client::words(answer)};
}

void Selector::with(const record::Mailbox& mailbox, Run run, Fail fail) {
  tasks_.push_back({mailbox, true, std::move(run), std::move(fail)});
  pump();
}

void Selector::know(const record::Mailbox& mailbox, Run run, Fail fail) {
  const auto found = known_.find(mailbox);
  if (found == known_.end()) {
    tasks_.push_back({mailbox, false, std::move(run), std::move(fail)});
    pump();
  } else if (Entry& entry = *found->second; !entry.answered) {
    entry.waiting.push_back({mailbox, false, std::move(run), std::move(fail)});
  } else if (entry.problem) {
    fail(*entry.problem);
  } else {
    run(entry.selected);
  }
}

void Selector::reset() {
  // The mailbox stays selected, its SELECT is not repeated while it is.
  stale_ = current_.has_value();
  std::erase_if(known_, [&](const auto& entry) {
    return entry.first != current_ || entry.second->problem;
  });
}

void Selector::adopt(const client::LentMailbox& mailbox) {
  returned();
  open_ = true;
  if (mailbox.name.empty()) return;
  const auto entry = std::make_shared<Entry>();
  entry->answered = true;
  entry->selected = {mailbox.uidvalidity, mailbox.permanent, mailbox.writable};
  known_[mailbox.name] = entry;
  current_ = mailbox.name;
}

void Selector::returned() {
  known_.clear();
  current_.reset();
  open_ = stale_ = false;
}

void Selector::pump() {
  while (!tasks_.empty()) {
    Task& front = tasks_.front();
    const auto found = known_.find(front.mailbox);
    const bool here = current_ == front.mailbox && found != known_.end();
    if (!here && (front.selected || found == known_.end())) {
      // A task whose mailbox's SELECT is under way must not lose it to the next one.
      select(front.mailbox);
      continue;
    }
    Task task = std::move(front);
    Entry& entry = *found->second;
    if (!entry.answered) {
      if (task.selected) {
        tasks_.front() = std::move(task);
        return;
      }
      tasks_.pop_front();
      entry.waiting.push_back(std::move(task));
      continue;
    }
    tasks_.pop_front();
    if (entry.problem) {
      task.fail(*entry.problem);
    } else {
      // A message that the session has not seen yet would be passed over without a word.
      if (task.selected && std::exchange(stale_, false)) refresh();
      task.run(entry.selected);
    }
  }
}

void Selector::open() {
  if (!std::exchange(open_, true))
    target_.session->command("ENABLE QRESYNC", [](const imap::Tagged&) {});
}

void Selector::refresh() {
  target_.session->command("NOOP", [](const imap::Tagged&) {});
}

void Selector::select(const record::Mailbox& mailbox) {
  const auto server_name = target_.server_name(mailbox);
  const auto entry = std::make_shared<Entry>();
  known_[mailbox] = entry;
  if (const auto* error = std::get_if<imap::NameError>(&server_name)) {
    entry->answered = true;
    entry->problem = Problem{"name", error->text};
    current_ = mailbox; // nothing was sent: the task that asks fails at once
    return;
  }
  client::Session& session = *target_.session;
  open();
  if (current_ && session.used()) session.command("UNSELECT", [](const imap::Tagged&) {});
  current_ = mailbox;
  stale_ = false;
  ++selecting_;
  session.command(
      "SELECT " + imap::mailbox_argument(std::get<std::string>(server_name)),
      [this, entry](const imap::Tagged& answer) { answered(*entry, answer); },
      [entry](imap::Response& response) { return absorb(entry->selected, response); });
}

void Selector::answered(Entry& entry, const imap::Tagged& answer) {
  --selecting_;
  entry.answered = true;
  absorb_code(entry.selected, answer.code);
  if (answer.condition != imap::Condition::ok) entry.problem = problem_of(answer);
  const std::deque<Task> waiting = std::exchange(entry.waiting, {});
  for (const Task& task : waiting)
    if (entry.problem)
      task.fail(*entry.problem);
    else
      task.run(entry.selected);
  pump();
}

bool Selector::absorb(Selected& selected, const imap::Response& response) {
  if (const auto* status = std::get_if<imap::Status>(&response))
    absorb_code(selected, status->code);
  else if (!std::holds_alternative<imap::Exists>(response))
    return false;
  return true;
}

void Selector::absorb_code(Selected& selected, const imap::Code& code) {
  if (const auto* validity = std::get_if<imap::UidValidity>(&code))
    selected.uidvalidity = value(*validity);
  else if (const auto* flags = std::get_if<imap::PermanentFlags>(&code))
    selected.permanent = *flags;
  else if (std::holds_alternative<imap::ReadOnly>(code))
    selected.writable = false;
}
