// SPDX-License-Identifier: GPL-3.0-or-later
#include "refusals.h"

bool Refusals::accepts(const Selected& selected, std::uint64_t uidvalidity,
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

std::function<void(const Problem&)> Refusals::failing(const record::Mailbox& mailbox,
                                                      const char* action,
                                                      const imap::UidSet& uids) {
  return [this, mailbox, action, uids](const Problem& problem) {
    outcomes_.failed(side_, mailbox, action, uids, problem);
    outcomes_.close();
  };
}
