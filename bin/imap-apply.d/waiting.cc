// SPDX-License-Identifier: GPL-3.0-or-later
#include "waiting.h"

namespace {

// So many are not kept until all is planned.
constexpr std::size_t enough = 1000;

} // namespace

void Waiting::add(const record::Record& action) {
  const bool now = session_.used() ? !borrower_.returning() : !borrower_.look();
  if (actions_.empty() && now) return perform_(action);
  actions_.push_back(action);
}

void Waiting::pump(bool planned, bool told) {
  if (borrower_.returning()) return;
  if (borrower_.expects()) {
    const bool now =
        !borrower_.waits_for_plan() || (told && (planned || actions_.size() > enough));
    if (!actions_.empty() && now) borrower_.want();
    return;
  }
  for (; !actions_.empty(); actions_.pop_front()) perform_(actions_.front());
}
