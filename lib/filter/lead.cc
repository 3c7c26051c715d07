// SPDX-License-Identifier: GPL-3.0-or-later
#include "filter/lead.h"

#include <vector>

#include "record/overloaded.h"

namespace filter {

void Lead::note(const record::Record& record, std::uint64_t octets) {
  const auto told = [&](const auto& r) { of(r.side).told[r.mailbox] += octets; };
  std::visit(record::Overloaded{
                 [&](const record::Round&) {
                   for (Teller& teller : tellers_) teller = {};
                 },
                 [&](const record::Differs& r) { of(r.side).open.insert(r.mailbox); },
                 [&](const record::EndMailboxes& r) { listed(r.side); },
                 [&](const record::Vanished& r) { told(r); },
                 [&](const record::Present& r) { told(r); },
                 [&](const record::FlagsChanged& r) { told(r); },
                 [&](const record::New& r) { told(r); },
                 [&](const record::EndChanges& r) { ended(r.side, r.mailbox); },
                 [&](const record::Failed& r) {
                   if (r.action.text == "select" && r.mailbox) ended(r.side, *r.mailbox);
                 },
                 [](const auto&) {},
             },
             record);
}

void Lead::listed(record::Side side) {
  of(side).listed = true;
  Teller& opposite = of(record::other(side));
  std::vector<record::Mailbox> free;
  for (const auto& [mailbox, octets] : opposite.ended)
    if (!of(side).open.contains(mailbox)) free.push_back(mailbox);
  for (const record::Mailbox& mailbox : free) release(opposite, mailbox);
}

void Lead::ended(record::Side side, const record::Mailbox& mailbox) {
  Teller& teller = of(side);
  Teller& opposite = of(record::other(side));
  const std::uint64_t octets = teller.told[mailbox];
  teller.told.erase(mailbox);
  teller.open.erase(mailbox);
  release(opposite, mailbox);
  if (opposite.listed && !opposite.open.contains(mailbox)) return;
  teller.held += octets - teller.ended[mailbox];
  teller.ended[mailbox] = octets;
}

void Lead::release(Teller& teller, const record::Mailbox& mailbox) {
  const auto found = teller.ended.find(mailbox);
  if (found == teller.ended.end()) return;
  teller.held -= found->second;
  teller.ended.erase(found);
}

} // namespace filter
