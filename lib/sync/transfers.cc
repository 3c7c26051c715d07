// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <utility>

#include "sync/parts.h"

namespace syncing {

namespace {

/// Messages of one journal transaction and of one action.
constexpr std::size_t chunk = 1000;

// A message that the target side holds already.
struct Copying {
  Flight flight;
  Twin origin;
};

class Transfers {
 public:
  Transfers(Draft& draft, Side side) : draft_{draft}, side_{side}, target_{other(side)} {}

  void run(std::vector<Flight>&& sources) {
    if (draft_.question.find_moves)
      for (const Flight& flight : sources) sort_out(flight);
    else
      appends_ = std::move(sources);
    finish_questions();
    copy();
    append();
  }

 private:
  // Where it comes from: a copy, an append, or a question.
  void sort_out(const Flight& flight) {
    std::vector<Twin> twins;
    // What the server would not copy is sent: where this round does not look the original
    // may have gone. And what has no identity to speak of may be another message of the
    // same second and size.
    const bool weak = flight.identity && flight.identity->weak();
    if (!flight.alone && !weak) twins = draft_.memory.twins(side_, flight.message.stamp);
    std::erase_if(twins, [](const Twin& twin) { return twin.uidvalidity == 0; });
    if (twins.empty()) {
      appends_.push_back(flight);
      return;
    }
    bool unknown = !flight.identity;
    if (unknown) ask_.add(flight.message.uid);
    for (const Twin& twin : twins) {
      if (flight.identity && twin.identity == flight.identity) {
        copies_.push_back({flight, twin});
        return;
      }
      if (twin.identity) continue;
      draft_.plan.inquiries.push_back(
          {target_, twin.mailbox, twin.uidvalidity, twin.there});
      unknown = true;
    }
    if (unknown)
      draft_.plan.waits = draft_.plan.hold = true;
    else
      appends_.push_back(flight);
  }

  void finish_questions() {
    if (ask_.empty()) return;
    draft_.plan.units[side_] += ask_.size();
    draft_.plan.before.push_back(record::Identify{
        side_, draft_.question.mailbox, draft_.uidvalidity(side_), std::move(ask_)});
  }

  Transfer transfer() const {
    Transfer t;
    t.target = target_;
    t.uidvalidity = draft_.uidvalidity(target_);
    t.source_uidvalidity = draft_.uidvalidity(side_);
    const Journal& open = draft_.question.known.journal[target_];
    const std::uint64_t uidnext =
        draft_.creates[target_] ? 1 : draft_.now(target_).uidnext;
    t.bound = static_cast<imap::Uid>(std::max<std::uint64_t>(uidnext, 1));
    // While something is under way the old bound stands: it may land even now.
    if (!open.flights.empty()) t.bound = std::min(t.bound, open.bound);
    return t;
  }

  void emit(Transfer&& t, record::Record action) {
    draft_.plan.units[target_] += t.flights.size();
    t.action = std::move(action);
    draft_.plan.transfers.push_back(std::move(t));
  }

  // The n-th UID of one set is a copy of the n-th of the other, so both have to ascend.
  void copy() {
    if (copies_.empty() || !draft_.writable(target_)) return;
    std::ranges::stable_sort(copies_, {}, [](const Copying& c) -> const std::string& {
      return c.origin.mailbox;
    });
    for (std::size_t i = 0; i < copies_.size();) {
      Transfer t = transfer();
      const Twin& first = copies_[i].origin;
      record::Copy action{target_,
                          draft_.question.mailbox,
                          t.uidvalidity,
                          first.mailbox,
                          first.uidvalidity,
                          {},
                          {}};
      do {
        const Copying& c = copies_[i++];
        action.from_uids.add(c.origin.there);
        action.source.add(c.flight.message.uid);
        t.flights.push_back(c.flight);
        t.flights.back().copied = c.origin.flags;
        t.origins.push_back(c.origin);
      } while (i < copies_.size() && t.flights.size() < chunk &&
               copies_[i].origin.mailbox == first.mailbox &&
               copies_[i].origin.there > action.from_uids.last());
      emit(std::move(t), std::move(action));
    }
  }

  void append() {
    if (appends_.empty() || !draft_.writable(target_)) return;
    for (std::size_t i = 0; i < appends_.size();) {
      Transfer t = transfer();
      record::Append action{
          target_, draft_.question.mailbox, t.uidvalidity, t.source_uidvalidity, {}, 0};
      const bool alone = appends_[i].alone;
      const std::size_t most = alone ? 1 : chunk;
      for (; i < appends_.size() && t.flights.size() < most && appends_[i].alone == alone;
           ++i) {
        action.source.add(appends_[i].message.uid);
        action.octets += appends_[i].message.stamp.size;
        t.flights.push_back(appends_[i]);
      }
      emit(std::move(t), std::move(action));
    }
  }

  Draft& draft_;
  Side side_, target_;
  imap::UidSet ask_;
  std::vector<Copying> copies_;
  std::vector<Flight> appends_;
};

} // namespace

void plan_transfers(Draft& draft, Side side, std::vector<Flight>&& sources) {
  if (!sources.empty()) Transfers{draft, side}.run(std::move(sources));
}

} // namespace syncing
