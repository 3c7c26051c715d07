// SPDX-License-Identifier: GPL-3.0-or-later
#include <sysexits.h>

#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "commands.h"
#include "filter/stdio.h"
#include "posix/clock.h"
#include "posix/fault.h"
#include "posix/signals.h"
#include "record/overloaded.h"
#include "state/schema.h"
#include "tally.h"

namespace {

using namespace std::chrono_literals;
using record::Mailbox;
using record::Side;

/// Outcomes of one transaction, and the longest that one waits for others.
constexpr std::size_t batch_size = 1000;
constexpr auto batch_time = 100ms;
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
        if (posix::Signals::caught() != 0 && !end_) end_ = posix::Clock::now() + grace;
      }
      if (!ended_) stdio_.finish();
      flush();
    } catch (const record::Malformed&) {
      keep_pairs();
      throw;
    } catch (const record::Truncated&) {
      keep_pairs();
      if (posix::Signals::caught() == 0) throw; // else it ended them, too
    } catch (const posix::Fault&) {
      keep_pairs();
      throw;
    }
    stdio_.flush();
    posix::Signals::end();
    return EX_OK;
  }

 private:
  void handle(const record::Reader::Item& item) {
    std::visit(Overloaded{
                   [&](const record::Base& r) { tallies_[r.mailbox].add(r); },
                   [&](const record::NumbersRecord& r) { tallies_[r.mailbox].add(r); },
                   [&](const record::Done& r) {
                     tallies_[r.mailbox].add(r);
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
                     else
                       stdio_.pass(item.line);
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
    deadline_ = deadline_.value_or(posix::Clock::now() + batch_time);
  }

  void keep(const record::Record& record) {
    batch_.push_back(record);
    deadline_ = deadline_.value_or(posix::Clock::now() + batch_time);
    if (batch_.size() >= batch_size) flush();
  }

  void end_round() {
    flush();
    for (const auto& [mailbox, tally] : tallies_)
      if (tally.planned())
        throw record::Malformed{mailbox + ": the round ended after " + tally.missing()};
    tallies_.clear();
    for (const Mailbox& mailbox : foreign_)
      stdio_.emit(record::Again{{}, mailbox, {"foreign"}});
    foreign_.clear();
  }

  // Upstream or downstream died: what is done stays done, but no numbers.
  void keep_pairs() {
    complete_.clear();
    flush();
  }

  void flush() {
    deadline_.reset();
    if (batch_.empty() && complete_.empty()) return;
    if (!memory_) memory_.emplace(settings_.database);
    std::map<std::tuple<Mailbox, std::optional<Side>, std::string>, std::uint64_t> counts;
    std::vector<record::Record> tell;
    std::optional<Mailbox> moved_on;
    state::Transaction transaction{memory_->db};
    for (const record::Record& record : batch_) {
      std::visit([&](const auto& r) { apply(r, counts, tell); }, record);
    }
    for (auto& [target, ranges] : landed_)
      memory_->ledger.land(target.first, target.second,
                           imap::UidSet::from_ranges(std::move(ranges)));
    landed_.clear();
    for (const Mailbox& mailbox : complete_) {
      const Tally& tally = tallies_[mailbox];
      if (memory_->ledger.generation(mailbox) != tally.generation()) {
        moved_on = mailbox; // its pairs are true all the same
        continue;
      }
      if (tally.record(memory_->ledger)) ++counts[{mailbox, std::nullopt, "mailbox"}];
      if (const std::string reason = tally.again(); !reason.empty())
        tell.push_back(record::Again{{}, mailbox, {reason}});
    }
    transaction.commit();
    for (const auto& [key, count] : counts)
      stdio_.emit(record::Committed{
          std::get<1>(key), std::get<0>(key), {std::get<2>(key)}, count});
    for (const record::Record& record : tell) stdio_.emit(record);
    batch_.clear();
    if (moved_on)
      throw posix::Fault{EX_TEMPFAIL,
                         *moved_on + ": the state has moved on meanwhile: another run?"};
    for (const Mailbox& mailbox : complete_) tallies_.erase(mailbox);
    complete_.clear();
  }

  using Counts =
      std::map<std::tuple<Mailbox, std::optional<Side>, std::string>, std::uint64_t>;
  using Records = std::vector<record::Record>;

  void apply(const record::Pair& r, Counts& counts, Records&) {
    if (!memory_->ledger.pair(r)) tallies_[r.mailbox].hold();
    ++counts[{r.mailbox, std::nullopt, "pair"}];
  }
  void apply(const record::Unpair& r, Counts& counts, Records&) {
    memory_->ledger.unpair(r.mailbox, Side::local, r.local);
    counts[{r.mailbox, std::nullopt, "unpair"}] += r.local.size();
  }
  void apply(const record::Identity& r, Counts&, Records&) {
    memory_->ledger.identity(r);
  }
  void apply(const record::Identified& r, Counts& counts, Records&) {
    tallies_[r.mailbox].identified(r.side);
    counts[{r.mailbox, r.side, "identified"}] += r.uids.size();
  }
  void apply(const record::Created& r, Counts& counts, Records&) {
    memory_->ledger.created(r);
    tallies_[r.mailbox].add(r);
    ++counts[{r.mailbox, r.side, "created"}];
  }
  void apply(const record::Subscribed& r, Counts& counts, Records&) {
    ++counts[{r.mailbox, r.side, "subscribed"}];
  }
  void apply(const record::Appended& r, Counts& counts, Records& tell) {
    if (!memory_->ledger.appended(r))
      return taken(r.side, r.mailbox, imap::UidSet{r.uid}, tell);
    landed(r.side, r.mailbox, imap::UidSet{r.source}, imap::UidSet{r.uid});
    ++counts[{r.mailbox, r.side, "appended"}];
  }
  void apply(const record::Copied& r, Counts& counts, Records& tell) {
    const state::Ledger::Copies copies = memory_->ledger.copied(r);
    if (copies.differs) tallies_[r.mailbox].differs();
    landed(r.side, r.mailbox, copies.sources, copies.uids);
    if (!copies.taken.empty()) taken(r.side, r.mailbox, copies.taken, tell);
    counts[{r.mailbox, r.side, "copied"}] += copies.sources.size();
  }
  void landed(Side side, const Mailbox& mailbox, const imap::UidSet& sources,
              const imap::UidSet& uids) {
    tallies_[mailbox].landed(side, uids);
    auto& ranges = landed_[{mailbox, side}]; // all of a batch at once: by ranges
    ranges.insert(ranges.end(), sources.ranges().begin(), sources.ranges().end());
  }
  void taken(Side side, const Mailbox& mailbox, const imap::UidSet& uids, Records& tell) {
    tallies_[mailbox].hold();
    tell.push_back(record::Warning{
        side,
        mailbox,
        {"mismatch"},
        "the server gave a new message a UID that was taken: " + uids.to_string()});
  }
  void apply(const record::Stored& r, Counts& counts, Records&) {
    memory_->ledger.stored(r);
    counts[{r.mailbox, r.side, "stored"}] += r.uids.size();
  }
  void apply(const record::Expunged& r, Counts& counts, Records&) {
    memory_->ledger.unpair(r.mailbox, r.side, r.uids);
    tallies_[r.mailbox].expunged(r.side, r.uids.size());
    counts[{r.mailbox, r.side, "expunged"}] += r.uids.size();
  }

  void apply(const record::Failed& r, Counts&, Records& tell) {
    const std::string_view action = r.action.text;
    const std::string_view code = r.code.text;
    const Mailbox& mailbox = r.mailbox.value();
    Tally& tally = tallies_[mailbox];
    tell.push_back(r);
    if (action == "create") return tally.create_failed();
    if (action == "subscribe") return tally.subscribe_failed(r.side);
    if (!r.uids) return tally.hold();
    if (action == "identify") {
      // What was not tried by itself may be read another time: to take it for a message
      // without identity would copy what is there.
      const bool alone = code == "refused" && r.uids->size() == 1;
      // A new message only waits to know whether it is a copy of a paired one.
      const bool paired =
          alone && !memory_->ledger.partners(mailbox, r.side, *r.uids).empty();
      if (alone && !paired) tally.unreadable(r);
      if (code != "gone" && !paired) return;
      tally.identified(r.side);
      return memory_->ledger.unidentified(mailbox, r.side, *r.uids);
    }
    // Its flags are not what both sides have, even if the mailbox is read again.
    if (action == "store" && (code == "connection" || code == "mismatch"))
      tally.store_failed(r);
    if (code == "connection") return tally.hold(); // it may have been done all the same
    if (code == "uidvalidity" || code == "mismatch" || tally.has_failed_creation()) {
      // Nothing was done, and what is known is void: the mailbox is read again.
      if (action == "append" || action == "copy")
        memory_->ledger.land(mailbox, r.side, *r.uids);
      return tally.hold();
    }
    if (action == "append" || action == "copy") {
      if (code == "gone") return memory_->ledger.land(mailbox, r.side, *r.uids);
      // What cannot be copied there is appended, in a round more: nothing failed yet.
      if (action == "copy" && code == "refused")
        tell.back() = record::Again{{}, mailbox, {"deferred"}};
      return memory_->ledger.owe_append(r);
    }
    if (action == "store") {
      if (code != "gone") tally.store_failed(r);
      return;
    }
    if (code == "gone") return memory_->ledger.unpair(mailbox, r.side, *r.uids);
    if (code == "modified") return memory_->ledger.survive(r);
    memory_->ledger.owe_expunge(r);
  }
  template <class R>
  void apply(const R&, Counts&, Records&) {}

  const Settings& settings_;
  posix::Loop loop_;
  filter::Stdio stdio_;
  std::optional<Memory> memory_;
  std::map<Mailbox, Tally> tallies_;
  std::set<Mailbox> foreign_;
  std::map<std::pair<Mailbox, Side>, std::vector<imap::UidRange>> landed_; // in a batch
  std::vector<record::Record> batch_;
  std::vector<Mailbox> complete_;
  std::optional<posix::Clock::time_point> deadline_, end_;
  bool ended_ = false;
};

} // namespace

int commit(const Settings& settings) { return Commit{settings}.run(); }
