// SPDX-License-Identifier: GPL-3.0-or-later
#include "loans.h"

#include <utility>

Loans::Loans(posix::Loop& loop, Peer& target, Peer& source, Selector& selector,
             Fetcher& fetcher, Waiting::Listener actions)
    : fetcher_{fetcher},
      source_{loop,
              *source.session,
              name(source.side),
              client::Use::source,
              {.lent = [&fetcher](const auto& mailbox) { fetcher.borrowed(mailbox); },
               .returned = [&fetcher] { fetcher.returned(); }}},
      target_{loop,
              *target.session,
              name(target.side),
              client::Use::target,
              {.lent = [&selector](const auto& mailbox) { selector.adopt(mailbox); },
               .returned = [&selector] { selector.returned(); }}},
      foresight_{loop, target.side, selector, fetcher, source_, target_},
      waiting_{loop, target_, *target.session, std::move(actions)} {}

void Loans::pump(const State& state) {
  source_.pump();
  target_.pump();
  if (state.stopping) return;
  foresight_.pump();
  waiting_.pump(state.planned, state.told);
  // Not before: to read a mailbox that is changed in another session costs a server time.
  if (source_.is_waited_for()) waiting_.foresee();
}

void Loans::reset() {
  foresight_.reset();
  target_.reset();
}
