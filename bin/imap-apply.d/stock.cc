// SPDX-License-Identifier: GPL-3.0-or-later
#include "stock.h"

#include <algorithm>

FetchListener Stock::listener() {
  return {
      .begin = [this](const Destination& destination,
                      const Message& message) { begin(destination, message); },
      .data = [this](std::string_view octets) { data(octets); },
      .end = [this] { end(); },
      .failed = [this](const Destination& destination, const imap::UidSet& uids,
                       const Problem& problem) { failed(destination, uids, problem); },
      .limit = onward_.limit};
}

std::shared_ptr<Shelf> Stock::reserve(std::uint64_t octets) {
  if (octets > room - std::min(reserved_, room)) return {};
  reserved_ += octets;
  return std::make_shared<Shelf>();
}

void Stock::release(const std::shared_ptr<Shelf>& shelf, std::uint64_t uidvalidity,
                    const imap::PermanentFlags& permanent) {
  shelf->state = Shelf::State::passes;
  shelf->uidvalidity = uidvalidity;
  shelf->permanent = permanent;
  if (passing_)
    released_.push_back(shelf);
  else
    pass_on(*shelf);
  if (!current_ || current_->first != shelf) return;
  // It comes just now.
  const Shelf::Held held = take_current();
  passing_ = begin_onward(held);
}

void Stock::drop(const std::shared_ptr<Shelf>& shelf) {
  shelf->state = Shelf::State::drops;
  if (current_ && current_->first == shelf) (void)take_current();
  for (const Shelf::Held& held : std::exchange(shelf->held, {}))
    octets_ -= held.body.size();
}

Shelf::Held Stock::take_current() {
  Shelf::Held held = std::move(current_->second);
  current_.reset();
  octets_ -= held.body.size();
  return held;
}

void Stock::pass_on(Shelf& shelf) {
  for (const Shelf::Held& held : std::exchange(shelf.held, {})) {
    octets_ -= held.body.size();
    if (!held.missing.empty())
      onward_.failed(held.destination, held.missing, held.problem);
    else if (begin_onward(held))
      onward_.end();
  }
}

/// False if the target, which could not be asked before, does not take it.
bool Stock::begin_onward(const Shelf::Held& held) {
  if (held.message.size > onward_.limit()) {
    onward_.too_large(held.destination, imap::UidSet{held.message.uid});
    return false;
  }
  onward_.begin(known(held.destination), held.message);
  onward_.data(held.body);
  return true;
}

/// The destination as the target has told of it since.
Destination Stock::known(Destination destination) {
  if (!destination.shelf) return destination;
  destination.uidvalidity = destination.shelf->uidvalidity;
  destination.permanent = destination.shelf->permanent;
  return destination;
}

// ---- what is fetched ------------------------------------------------------------------

void Stock::begin(const Destination& destination, const Message& message) {
  const auto state = destination.shelf ? destination.shelf->state : Shelf::State::passes;
  passing_ = state == Shelf::State::passes;
  if (passing_)
    onward_.begin(known(destination), message);
  else if (state == Shelf::State::holds)
    current_.emplace(destination.shelf, Shelf::Held{destination, message, {}, {}, {}});
}

void Stock::data(std::string_view octets) {
  if (passing_) return onward_.data(octets);
  if (!current_) return; // dropped
  current_->second.body += octets;
  octets_ += octets.size();
}

void Stock::end() {
  if (current_) {
    current_->first->held.push_back(std::move(current_->second));
    current_.reset();
  } else if (std::exchange(passing_, false)) {
    onward_.end();
    for (const auto& shelf : std::exchange(released_, {})) pass_on(*shelf);
  }
}

void Stock::failed(const Destination& destination, const imap::UidSet& uids,
                   const Problem& problem) {
  const auto state = destination.shelf ? destination.shelf->state : Shelf::State::passes;
  if (state == Shelf::State::passes)
    onward_.failed(destination, uids, problem);
  else if (state == Shelf::State::holds)
    destination.shelf->held.push_back({destination, {}, {}, uids, problem});
}
