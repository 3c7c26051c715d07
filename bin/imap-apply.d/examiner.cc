// SPDX-License-Identifier: GPL-3.0-or-later
#include "examiner.h"

#include "imap/command.h"

std::optional<Problem> Examined::objection(std::uint64_t expected) const {
  if (problem) return Problem{problem->code, "the source says: " + problem->text};
  if (uidvalidity == expected) return {};
  return Problem{"uidvalidity", "UIDVALIDITY of the source changed meanwhile"};
}

void Examiner::adopt(const client::LentMailbox& mailbox) {
  any_ = adopted_ = true;
  if (mailbox.name.empty()) return;
  selected_ = std::make_shared<Examined>(Examined{mailbox.name, mailbox.uidvalidity, {}});
}

void Examiner::select(const record::Mailbox& mailbox) {
  client::Session& session = *source_.session;
  adopted_ = false;
  // A FETCH behind an EXAMINE that fails must not answer for the mailbox before.
  if (any_) session.command("UNSELECT", [](const imap::Tagged&) {});
  auto examined = std::make_shared<Examined>();
  examined->mailbox = mailbox;
  selected_ = examined;
  const auto server_name = source_.server_name(mailbox);
  if (const auto* error = std::get_if<imap::NameError>(&server_name)) {
    examined->problem = Problem{"name", error->text};
    return;
  }
  any_ = true;
  session.command(
      "EXAMINE " + imap::mailbox_argument(std::get<std::string>(server_name)),
      [examined](const imap::Tagged& answer) {
        if (answer.condition != imap::Condition::ok)
          examined->problem = problem_of(answer);
      },
      [examined](imap::Response& response) {
        const auto* status = std::get_if<imap::Status>(&response);
        if (!status) return false;
        if (const auto* validity = std::get_if<imap::UidValidity>(&status->code))
          examined->uidvalidity = value(*validity);
        return true;
      });
}
