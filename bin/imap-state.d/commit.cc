// SPDX-License-Identifier: GPL-3.0-or-later
#include <sysexits.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "commands.h"
#include "filter/stdio.h"
#include "outcomes.h"
#include "posix/clock.h"
#include "posix/fault.h"
#include "posix/signals.h"
#include "record/overloaded.h"
#include "state/schema.h"

namespace {

using namespace std::chrono_literals;
using record::Mailbox;
using record::Side;

/// Outcomes of one transaction.
constexpr std::size_t batch_size = 1000;
/// What an outcome waits for others: ten times what the last transaction took, so that
/// the disk is left in peace nine tenths of the time.
constexpr int patience = 10;
constexpr posix::Clock::duration shortest_wait = 10ms, longest_wait = 200ms;
/// Actions in a mailbox for whose outcomes it is read beforehand.
constexpr std::uint64_t worth_reading = 1000;
/// After a signal the stages upstream flush what they know and end; so long we listen.
constexpr auto grace = 5s;

using record::Overloaded;

struct Memory {
  explicit Memory(const std::string& path)
      : db{path, state::Access::write}, dictionary{db}, ledger{db, dictionary} {
    state::require_schema(db);
  }
  state::Database db;
  state::Dictionary dictionary;
  state::Ledger ledger;
};

class Commit {
 public:
  explicit Commit(const Settings& settings)
      : settings_{settings}, stdio_{loop_, [this](const auto& item) { handle(item); }} {
    loop_.at([this] { return deadline_; }, [this] { flush(); });
    loop_.at([this] { return end_; }, [this] { ended_ = true; });
  }

  int run() {
    const posix::Signals signals;
    try {
      while (!ended_ && (!stdio_.ended() || stdio_.queued() > 0)) {
        loop_.turn();
        tidy_up();
        if (posix::Signals::caught() != 0 && !end_) end_ = posix::Clock::now() + grace;
      }
      if (!ended_) stdio_.finish();
      flush();
    } catch (const record::Malformed&) {
      keep_pairs();
      throw;
    } catch (const record::Truncated&) {
      keep_pairs();
      tell_what_is_safe();
      if (posix::Signals::caught() == 0) throw; // else it ended them, too
    } catch (const posix::Fault&) {
      keep_pairs();
      tell_what_is_safe();
      throw;
    }
    stdio_.close();
    posix::Signals::end();
    return EX_OK;
  }

 private:
  void handle(const record::Reader::Item& item) {
    std::visit(Overloaded{
                   [&](const record::Base& r) { tallies_[r.mailbox].add(r); },
                   [&](const record::Lacks& r) { tallies_[r.mailbox].add(r); },
                   [&](const record::Forget& r) { tallies_[r.mailbox].forget(); },
                   [&](const record::NumbersRecord& r) { tallies_[r.mailbox].add(r); },
                   [&](const record::Done& r) {
                     tallies_[r.mailbox].add(r);
                     open(); // while the servers work
                     if (r.local_units + r.remote_units >= worth_reading)
                       memory_->ledger.read_ahead(r.mailbox);
                     settle(r.mailbox);
                   },
                   [&](const record::Pair& r) { keep(r); },
                   [&](const record::Unpair& r) { keep(r); },
                   [&](const record::Identity& r) { keep(r); },
                   [&](const record::Created& r) { outcome(r, 1); },
                   [&](const record::Subscribed& r) { outcome(r, 1); },
                   [&](const record::Identified& r) { outcome(r, r.uids.size()); },
                   [&](const record::Appended& r) { outcome(r, 1); },
                   [&](const record::Copied& r) { outcome(r, r.source.size()); },
                   [&](const record::Stored& r) { outcome(r, r.uids.size()); },
                   [&](const record::Expunged& r) { outcome(r, r.uids.size()); },
                   [&](const record::Failed& r) {
                     if (is_action(r.action.text) && r.mailbox)
                       outcome(r, *r.mailbox, r.uids ? r.uids->size() : 1);
                     else {
                       note_untold(r);
                       stdio_.pass(item.line);
                     }
                   },
                   [&](const record::Foreign& r) { foreign_.insert(r.mailbox); },
                   [&](const record::EndRound&) {
                     end_round();
                     stdio_.pass(item.line);
                   },
                   [&](const auto&) { stdio_.pass(item.line); },
               },
               item.record);
  }

  static bool is_action(std::string_view word) {
    for (const char* action :
         {"create", "subscribe", "identify", "append", "copy", "store", "expunge"})
      if (word == action) return true;
    return false;
  }

  // Messages that a server does not tell of count once in a run, in its first round that
  // comes to an end: plan shall read the same in all of it.
  void note_untold(const record::Failed& r) {
    if (r.action.text == "mailbox" && r.mailbox && r.uids && !counted_)
      untold_.push_back(r);
  }

  template <class R>
  void outcome(const R& record, std::uint64_t units) {
    outcome(record, record.mailbox, units);
  }
  void outcome(const record::Record& record, const Mailbox& mailbox,
               std::uint64_t units) {
    const Side side = std::visit(
        [](const auto& r) {
          if constexpr (std::is_same_v<std::decay_t<decltype(r.side)>, Side>)
            return r.side;
          else
            return Side::local;
        },
        record);
    tallies_[mailbox].count(side, units);
    keep(record);
    settle(mailbox);
  }

  // A mailbox of which all has come back is recorded with the batch.
  void settle(const Mailbox& mailbox) {
    if (!tallies_[mailbox].complete()) return;
    complete_.push_back(mailbox);
    deadline_ = deadline_.value_or(posix::Clock::now() + wait_);
  }

  void keep(const record::Record& record) {
    batch_.push_back(record);
    deadline_ = deadline_.value_or(posix::Clock::now() + wait_);
    if (batch_.size() >= batch_size) flush();
  }

  void end_round() {
    flush();
    counted_ = counted_ || !untold_.empty();
    batch_ = std::exchange(untold_, {});
    flush();
    for (const auto& [mailbox, tally] : tallies_)
      if (tally.planned())
        throw record::Malformed{mailbox + ": the round ended after " + tally.missing()};
    tallies_.clear();
    for (const Mailbox& mailbox : foreign_)
      stdio_.emit(record::Again{{}, mailbox, {"foreign"}});
    foreign_.clear();
    round_ended_ = true;
  }

  // While the other stages end, once they know that they may.
  void tidy_up() {
    if (!round_ended_ || stdio_.queued() > 0) return;
    round_ended_ = false;
    if (memory_) memory_->db.tidy_up();
  }

  // Upstream or downstream died: what is done stays done, but no numbers.
  void keep_pairs() {
    complete_.clear();
    flush();
  }

  void tell_what_is_safe() {
    try {
      stdio_.flush();
    } catch (const posix::Fault&) {
      // Downstream died: there is another fault to be told, or nobody to tell.
    }
  }

  void open() {
    if (!memory_) memory_.emplace(settings_.database);
  }

  void flush() {
    deadline_.reset();
    if (batch_.empty() && complete_.empty()) return;
    open();
    const auto begun = posix::Clock::now();
    Outcomes outcomes{memory_->ledger, tallies_};
    state::Transaction transaction{memory_->db};
    outcomes.write(batch_);
    const std::optional<Mailbox> moved_on = outcomes.conclude(complete_);
    transaction.commit();
    wait_ =
        std::clamp((posix::Clock::now() - begun) * patience, shortest_wait, longest_wait);
    for (const record::Record& record : outcomes.told()) stdio_.emit(record);
    batch_.clear();
    if (moved_on)
      throw posix::Fault{EX_TEMPFAIL,
                         *moved_on + ": the state has moved on meanwhile: another run?"};
    for (const Mailbox& mailbox : complete_) tallies_.erase(mailbox);
    complete_.clear();
  }

  const Settings& settings_;
  posix::Loop loop_;
  filter::Stdio stdio_;
  std::optional<Memory> memory_;
  Tallies tallies_;
  std::set<Mailbox> foreign_;
  std::vector<record::Record> untold_;
  bool counted_ = false; ///< in an earlier round
  std::vector<record::Record> batch_;
  std::vector<Mailbox> complete_;
  std::optional<posix::Clock::time_point> deadline_, end_;
  posix::Clock::duration wait_ = shortest_wait;
  bool ended_ = false, round_ended_ = false;
};

} // namespace

int commit(const Settings& settings) { return Commit{settings}.run(); }
