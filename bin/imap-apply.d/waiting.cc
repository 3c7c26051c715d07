// SPDX-License-Identifier: GPL-3.0-or-later
#include "waiting.h"

#include <utility>

namespace {

using namespace std::chrono_literals;

// So many are not kept until all is planned.
constexpr std::size_t enough = 1000;
// After that a session of our own is the quicker way.
constexpr auto patience = 100ms;

} // namespace

Waiting::Waiting(posix::Loop& loop, client::Borrower& borrower,
                 const client::Session& session, Listener listener)
    : borrower_{borrower}, session_{session}, listener_{std::move(listener)} {
  loop.at([this] { return until_; },
          [this] {
            until_.reset();
            borrower_.renounce();
          });
}

void Waiting::add(const record::Record& action) {
  const bool now = session_.used() ? !borrower_.returning() : !borrower_.look();
  if (actions_.empty() && now) return listener_.perform(action);
  actions_.push_back(action);
}

void Waiting::foresee() {
  for (; foreseen_ < actions_.size(); ++foreseen_)
    need_source_ = !listener_.foresee(actions_[foreseen_]) || need_source_;
}

void Waiting::pump(bool planned, bool told) {
  if (borrower_.returning()) return;
  if (borrower_.expects()) {
    const bool now =
        !borrower_.waits_for_plan() || (told && (planned || actions_.size() > enough));
    if (actions_.empty() || !now) return;
    borrower_.want();
    if (!until_) until_ = posix::Clock::now() + patience;
    return;
  }
  until_.reset();
  foreseen_ = 0;
  need_source_ = false;
  for (; !actions_.empty(); actions_.pop_front()) listener_.perform(actions_.front());
}
