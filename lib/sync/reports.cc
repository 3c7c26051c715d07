// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/reports.h"

#include <algorithm>

#include "imap/ascii.h"
#include "record/overloaded.h"

namespace syncing {

namespace {

using record::Overloaded;

bool selectable(const record::Words& attributes) {
  return std::ranges::none_of(attributes.list, [](const std::string& word) {
    return imap::equal_nocase(word, "\\Noselect") ||
           imap::equal_nocase(word, "\\NonExistent");
  });
}

} // namespace

void Reports::reset() {
  accounts_.clear();
  requested_.clear();
  servers_ = {};
  answered_.clear();
  states_ended_ = all_seen_ = all_requested_ = false;
}

bool Reports::is_complete(const Account& account) const {
  return std::ranges::all_of(both, [&](Side side) {
    const Report& report = account.report[side];
    return servers_[side].listed && (!report.differs || report.answered || report.failed);
  });
}

void Reports::answered(const Mailbox& mailbox) {
  if (all_seen_) answered_.push_back(mailbox);
}

// Of a mailbox that was planned and forgotten nothing more can be told in this round.
Account& Reports::open(const Mailbox& mailbox) {
  const auto at = accounts_.find(mailbox);
  if (at != accounts_.end()) return at->second;
  if (all_seen_) throw record::Malformed{mailbox + ": news of it come too late"};
  return accounts_[mailbox];
}

void Reports::absorb_listed(const record::Listed& listed) {
  if (!wanted(listed.mailbox)) return;
  Account& account = accounts_[listed.mailbox];
  Report& report = account.report[listed.side];
  report.listed = selectable(listed.attributes);
  report.attributes = listed.attributes;
  report.subscribed = listed.subscribed;
  report.status = listed.numbers;
  const std::uint64_t was = account.recorded[listed.side].numbers.uidvalidity;
  // Any account has an INBOX; it is another one that has another UIDVALIDITY.
  if (report.listed && was != 0 && was == listed.numbers.uidvalidity)
    servers_[listed.side].known = true;
}

void Reports::absorb_new(const record::New& message) {
  Account& account = open(message.mailbox);
  Report& report = account.report[message.side];
  const bool known =
      imap::value(message.uid) < account.recorded[message.side].numbers.uidnext;
  (known ? report.again : report.fresh)
      .push_back(
          {message.uid, pool_.id(message.flags), {message.date.seconds, message.size}});
}

void Reports::absorb_end(const record::EndChanges& end) {
  Report& report = open(end.mailbox).report[end.side];
  report.selected = end.numbers;
  report.permanent = end.permanent;
  report.writable = end.writable;
  report.differs = report.answered = true;
  const auto uid = [](const Message& message) { return message.uid; };
  if (!std::ranges::is_sorted(report.fresh, std::less_equal{}, uid)) {
    std::ranges::stable_sort(report.fresh, std::less{}, uid);
    const auto same = [](const Message& a, const Message& b) { return a.uid == b.uid; };
    report.fresh.erase(std::unique(report.fresh.begin(), report.fresh.end(), same),
                       report.fresh.end());
  }
  std::ranges::stable_sort(report.flags, std::less{},
                           [](const FlagChange& change) { return change.range.first; });
  answered(end.mailbox);
}

void Reports::absorb_failed(const record::Failed& failed) {
  if (!failed.mailbox) return;
  const auto report = [&]() -> Report& {
    return open(*failed.mailbox).report[failed.side];
  };
  if (failed.action.text == "select") {
    report().failed = true;
    answered(*failed.mailbox);
  } else if (failed.action.text == "mailbox" && failed.uids) {
    report().untold = imap::unite(report().untold, *failed.uids);
  }
}

bool Reports::absorb(const record::Record& record) {
  return std::visit(Overloaded{
                        [&](const record::Request& r) {
                          if (r.what.text != "sync") return false;
                          if (r.mailbox)
                            requested_.insert(*r.mailbox);
                          else
                            all_requested_ = true;
                          return false;
                        },
                        [&](const record::State& r) {
                          Account& account = accounts_[r.mailbox];
                          account.generation = r.generation;
                          account.recorded[r.side] = {r.numbers, r.subscribed};
                          return true;
                        },
                        [&](const record::EndStates&) {
                          states_ended_ = true;
                          return true;
                        },
                        [&](const record::Server& r) {
                          servers_[r.side].all = r.scope.text == "all";
                          servers_[r.side].delimiter = r.delimiter;
                          return false;
                        },
                        [&](const record::Listed& r) {
                          absorb_listed(r);
                          return true;
                        },
                        [&](const record::EndMailboxes& r) {
                          servers_[r.side].listed = true;
                          return true;
                        },
                        [&](const record::Differs& r) {
                          open(r.mailbox).report[r.side].differs = true;
                          return false;
                        },
                        [&](const record::Vanished& r) {
                          imap::UidSet& all = open(r.mailbox).report[r.side].vanished;
                          all = imap::unite(all, r.uids);
                          return true;
                        },
                        [&](const record::Present& r) {
                          auto& all = open(r.mailbox).report[r.side].present;
                          all = all ? imap::unite(*all, r.uids) : r.uids;
                          return true;
                        },
                        [&](const record::FlagsChanged& r) {
                          Report& report = open(r.mailbox).report[r.side];
                          const FlagsId id = pool_.id(r.flags);
                          for (const imap::UidRange& range : r.uids.ranges())
                            report.flags.push_back({range, id});
                          return true;
                        },
                        [&](const record::New& r) {
                          absorb_new(r);
                          return true;
                        },
                        [&](const record::EndChanges& r) {
                          absorb_end(r);
                          return true;
                        },
                        [&](const record::Failed& r) {
                          absorb_failed(r);
                          return false;
                        },
                        [](const auto&) { return false; },
                    },
                    record);
}

std::optional<std::string> Reports::unfinished() const {
  for (const Side side : both) {
    if (states_ended_ && !servers_[side].listed)
      return "the mailboxes of " + std::string{name(side)};
    for (const auto& [mailbox, account] : accounts_) {
      const Report& report = account.report[side];
      if (report.differs && !report.answered && !report.failed)
        return "the changes of " + mailbox + " on " + std::string{name(side)};
    }
  }
  return {};
}

std::optional<std::uint64_t> Reports::count() const {
  if (!servers_.local.listed || !servers_.remote.listed) return {};
  return std::ranges::count_if(accounts_, [&](const auto& entry) {
    const PerSide<Report>& report = entry.second.report;
    return wanted(entry.first) && (report.local.listed || report.remote.listed);
  });
}

std::vector<Mailbox> Reports::nowhere() const {
  std::vector<Mailbox> found;
  if (!servers_.local.listed || !servers_.remote.listed) return found;
  for (const Mailbox& mailbox : requested_) {
    const auto at = accounts_.find(mailbox); // known perhaps, but not there any more
    if (at == accounts_.end() ||
        (!at->second.report.local.listed && !at->second.report.remote.listed))
      found.push_back(mailbox);
  }
  return found;
}

std::vector<Mailbox> Reports::complete() {
  std::vector<Mailbox> found;
  if (!servers_.local.listed || !servers_.remote.listed) return found;
  if (!all_seen_) {
    all_seen_ = true;
    for (const auto& [mailbox, account] : accounts_)
      if (wanted(mailbox) && is_complete(account)) found.push_back(mailbox);
  } else {
    for (Mailbox& mailbox : answered_)
      if (const auto at = accounts_.find(mailbox);
          at != accounts_.end() && wanted(mailbox) && is_complete(at->second))
        found.push_back(std::move(mailbox));
  }
  answered_.clear();
  return found;
}

} // namespace syncing
