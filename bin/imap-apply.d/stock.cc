// SPDX-License-Identifier: GPL-3.0-or-later
#include "stock.h"

#include <utility>

#include "fetch_job.h"
#include "posix/fault.h"

namespace {

// The source is not read while more is held than there is room for, but not for ever, and
// the size that it told of a message need not be true.
constexpr std::uint64_t most = 2 * FetchJob::piece;

/// The destination as the target has told of it, once it is known.
Destination known(Destination destination) {
  if (const auto shelf = std::exchange(destination.shelf, {})) {
    destination.uidvalidity = shelf->uidvalidity;
    destination.permanent = shelf->permanent;
  }
  return destination;
}

} // namespace

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
  if (octets > room - reserved_) return {};
  reserved_ += octets;
  return std::make_shared<Shelf>();
}

void Stock::release(const std::shared_ptr<Shelf>& shelf, std::uint64_t uidvalidity,
                    const imap::PermanentFlags& permanent) {
  shelf->state = Shelf::State::passes;
  shelf->uidvalidity = uidvalidity;
  shelf->permanent = permanent;
  for (Shelf::Held& held : std::exchange(shelf->held, {})) {
    held.destination.shelf = shelf;
    put(std::move(held));
  }
  pump(); // before what comes after: a server looks after all of it at once then
}

void Stock::drop(const std::shared_ptr<Shelf>& shelf) {
  shelf->state = Shelf::State::drops;
  for (const Shelf::Held& held : std::exchange(shelf->held, {}))
    octets_ -= held.body.size();
  if (!current_ || current_->destination.shelf != shelf) return;
  octets_ -= current_->body.size();
  current_.reset();
}

void Stock::pump() {
  while (!passing_ && !ready_.empty() && may_()) {
    const Shelf::Held held = std::move(ready_.front());
    ready_.pop_front();
    if (!held.missing.empty())
      onward_.failed(held.destination, held.missing, held.problem);
    else if (begin_onward(held))
      onward_.end();
  }
  // What comes just now need not come in whole first, however large it is.
  if (!ready_.empty() || !current_ || holds(*current_) || !may_()) return;
  Shelf::Held held = *std::exchange(current_, {});
  held.destination = known(std::move(held.destination));
  passing_ = begin_onward(held);
}

bool Stock::holds(const Shelf::Held& held) {
  const auto& shelf = held.destination.shelf;
  return shelf && shelf->state == Shelf::State::holds;
}

/// False if the target, which could not be asked before, does not take it.
bool Stock::begin_onward(const Shelf::Held& held) {
  octets_ -= held.body.size();
  if (held.message.size > onward_.limit()) {
    onward_.too_large(held.destination, imap::UidSet{held.message.uid});
    return false;
  }
  onward_.begin(held.destination, held.message);
  onward_.data(held.body);
  return true;
}

// ---- what is fetched ------------------------------------------------------------------

void Stock::begin(const Destination& destination, const Message& message) {
  const Shelf* const shelf = destination.shelf.get();
  if (shelf && shelf->state == Shelf::State::drops) return;
  Shelf::Held held{destination, message, {}, {}, {}};
  // What was asked for when nothing was known of the target may be more than it takes.
  passing_ = ready_.empty() && !holds(held) && (!shelf || may_());
  if (passing_)
    onward_.begin(known(destination), message);
  else
    current_ = std::move(held);
}

void Stock::data(std::string_view octets) {
  if (passing_) return onward_.data(octets);
  if (!current_) return; // dropped
  current_->body += octets;
  octets_ += octets.size();
  if (octets_ > most)
    throw posix::Fault{EX_PROTOCOL, "the source sends far more than it told"};
}

void Stock::end() {
  if (std::exchange(passing_, false))
    onward_.end();
  else if (current_)
    put(*std::exchange(current_, {}));
}

void Stock::failed(const Destination& destination, const imap::UidSet& uids,
                   const Problem& problem) {
  const Shelf* const shelf = destination.shelf.get();
  if (!shelf || shelf->state == Shelf::State::passes)
    onward_.failed(destination, uids, problem);
  else if (shelf->state == Shelf::State::holds)
    put({destination, {}, {}, uids, problem});
}

void Stock::put(Shelf::Held held) {
  if (holds(held)) {
    const auto shelf = std::exchange(held.destination.shelf, {}); // which owns it
    shelf->held.push_back(std::move(held));
  } else {
    held.destination = known(std::move(held.destination));
    ready_.push_back(std::move(held));
  }
}
