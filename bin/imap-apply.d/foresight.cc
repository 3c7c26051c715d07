// SPDX-License-Identifier: GPL-3.0-or-later
#include "foresight.h"

#include <algorithm>

namespace {

using namespace std::chrono_literals;

// What a remote server is waited for to answer imap-changes, which tells then whether its
// session will be lent: one that is far away takes longer to be dialled, too. One that
// has answered is near: soon it is said. For the local server, which is near, to wait is
// the quicker way in any case.
constexpr auto patience = 8ms, longer = 20ms;

/// Whatever the server's delimiter is, it is none of these.
bool is_plain(const record::Mailbox& mailbox) {
  return std::ranges::all_of(mailbox, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

} // namespace

Foresight::Foresight(posix::Loop& loop, record::Side target, Selector& selector,
                     Fetcher& fetcher, client::Borrower& of_source,
                     client::Borrower& of_target)
    : target_{target}, selector_{selector}, fetcher_{fetcher}, of_source_{of_source},
      of_target_{of_target} {
  loop.at([this] { return until_; },
          [this] {
            decided_ = true;
            until_.reset();
          });
}

void Foresight::on(const record::Server& server) {
  if (server.side != target_) return;
  server_ = true;
  if (until_) until_ = posix::Clock::now() + longer;
  pump();
}

void Foresight::on(const record::Differs& differs) {
  if (differs.side == target_) {
    there_.insert(differs.mailbox);
  } else {
    if (!decided_ && target_ == record::Side::remote && !until_)
      until_ = posix::Clock::now() + (server_ ? longer : patience);
    if (differs.grown() && !of_source_.look()) fetcher_.open();
    changed_.push_back(differs);
  }
  pump();
}

void Foresight::pump() {
  if (changed_.empty() || selected_) return;
  const bool lent = of_target_.look();
  if (of_target_.returning()) return;
  decided_ = decided_ || !of_target_.listens();
  if (!decided_) return;
  until_.reset();
  if (lent) return of_target_.waits_for_plan() ? void() : of_target_.want();
  selector_.open();
  select();
}

void Foresight::select() {
  for (const record::Differs& differs : changed_) {
    if (!server_ && !is_plain(differs.mailbox)) continue;
    // The state knows it, so the target should have it; or it is listed there.
    if (!differs.known() && !there_.contains(differs.mailbox)) continue;
    selected_ = true;
    return selector_.know(
        differs.mailbox, [](const Selected&) {}, [](const Problem&) {});
  }
}

void Foresight::reset() {
  server_ = selected_ = false;
  until_.reset();
  decided_ = false;
  changed_.clear();
  there_.clear();
}
