// SPDX-License-Identifier: GPL-3.0-or-later
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>

#include "commands.h"
#include "filter/stdio.h"
#include "guard.h"
#include "state/journal.h"
#include "state/recall.h"
#include "state/schema.h"
#include "sync/mailbox_plan.h"
#include "sync/origins.h"

namespace {

using record::Mailbox;
using record::Side;
using syncing::both;

// Waiting output beyond which no more input is read.
constexpr std::size_t enough = std::size_t{1} << 20;

// The memory of a dry run without a database.
class Oblivion : public syncing::Memory {
 public:
  std::uint64_t pairs(const Mailbox&) override { return 0; }
  std::optional<syncing::Identified> paired(const Mailbox&, Side, imap::Uid) override {
    return {};
  }
  std::vector<syncing::Twin> twins(Side, const syncing::Stamp&) override { return {}; }
};

// The database and what is prepared on it, opened when the first states have come.
struct Memory {
  Memory(const Settings& settings, syncing::FlagsPool& pool)
      : db{settings.database,
           settings.dry_run ? state::Access::read : state::Access::write},
        dictionary{db}, recall{db, dictionary, pool} {
    if (!settings.dry_run) journal.emplace(db, dictionary, pool);
  }

  state::Database db;
  state::Dictionary dictionary;
  state::Recall recall;
  std::optional<state::JournalWriter> journal;
};

class Planner {
 public:
  explicit Planner(const Settings& settings)
      : settings_{settings}, stdio_{loop_, [this](const auto& item) { handle(item); }},
        reports_{pool_}, origins_{pool_} {}

  int run() {
    while (!stdio_.ended() || stdio_.queued() > 0) {
      loop_.turn();
      stdio_.pause(stdio_.queued() > enough);
    }
    stdio_.finish();
    stdio_.close();
    return EX_OK;
  }

 private:
  // What waits for the end of the round.
  struct Waiting {
    std::uint64_t generation = 0;
    syncing::MailboxPlan plan;
    syncing::PerSide<std::uint64_t> uidvalidity, had;
    syncing::PerSide<imap::UidSet> inquiries;
    std::vector<syncing::Transfer> copies;
  };

  void handle(const record::Reader::Item& item) {
    if (std::holds_alternative<record::Round>(item.record)) {
      reports_.reset();
      waiting_.clear();
      origins_.reset();
      moves_.clear();
      unfinished_.clear();
      deferred_ = find_moves_ = false;
    }
    if (std::holds_alternative<record::EndStates>(item.record)) open();
    if (std::holds_alternative<record::EndRound>(item.record)) end_round();
    if (!reports_.absorb(item.record)) stdio_.pass(item.line);
    const auto* differs = std::get_if<record::Differs>(&item.record);
    if (const auto* account = differs ? reports_.find(differs->mailbox) : nullptr)
      if (memory_) memory_->recall.anticipate(differs->mailbox, *account);
    if (std::holds_alternative<record::EndMailboxes>(item.record)) {
      if (const auto count = reports_.count())
        stdio_.emit(record::Compared{{}, {}, *count});
      for (const Mailbox& mailbox : reports_.nowhere())
        stdio_.emit(record::Failed{Side::local,
                                   mailbox,
                                   {"mailbox"},
                                   {},
                                   {"missing"},
                                   "no such mailbox, neither locally nor remotely"});
    }
    for (const Mailbox& mailbox : reports_.complete()) consider(mailbox);
  }

  void open() {
    const bool absent = settings_.dry_run &&
                        ::access(settings_.database.c_str(), F_OK) != 0 &&
                        errno == ENOENT;
    if (!memory_ && !absent) {
      memory_.emplace(settings_, pool_);
      state::require_schema(memory_->db);
    }
    if (!memory_) return;
    for (Mailbox& mailbox : memory_->recall.unfinished())
      unfinished_.insert(std::move(mailbox));
    find_moves_ = memory_->recall.any_pairs();
  }

  syncing::Memory& memory() {
    return memory_ ? static_cast<syncing::Memory&>(memory_->recall) : oblivion_;
  }

  Guard guard() { return {memory(), settings_.plan.max_delete, doomed_}; }

  bool dooms(const Mailbox& mailbox, Side side, imap::Uid uid) const {
    const auto at = waiting_.find(mailbox);
    return at != waiting_.end() && at->second.plan.expunge[side].contains(uid);
  }

  void consider(const Mailbox& mailbox) {
    const syncing::Account& account = reports_.account(mailbox);
    const bool quiet = !account.report.local.differs && !account.report.remote.differs &&
                       !unfinished_.contains(mailbox);
    syncing::Known known;
    std::optional<state::Reading> reading;
    if (memory_ && !quiet) {
      reading.emplace(memory_->db);
      memory_->recall.check_generation(mailbox, account.generation);
      known = memory_->recall.known(mailbox, account);
    }
    const syncing::Question question{
        mailbox,
        account,
        known,
        {reports_.lists(Side::local, mailbox), reports_.lists(Side::remote, mailbox)},
        {reports_.lists_known(Side::local), reports_.lists_known(Side::remote)},
        {reports_.delimiter(Side::local), reports_.delimiter(Side::remote)},
        find_moves_,
        settings_.plan};
    syncing::MailboxPlan plan = syncing::plan_mailbox(question, pool_, memory());
    const syncing::PerSide<std::uint64_t> had = guard().had(mailbox, account, plan);
    reading.reset();
    if (find_moves_) origins_.reported(mailbox, account, known.pairs);
    emit(mailbox, account, std::move(plan));
    if (const auto at = waiting_.find(mailbox); at != waiting_.end())
      at->second.had = had;
    reports_.forget(mailbox);
  }

  void emit(const Mailbox& mailbox, const syncing::Account& account,
            syncing::MailboxPlan plan) {
    deferred_ = deferred_ || plan.waits;
    held_ = held_ || plan.held;
    state::JournalWriter* journal =
        memory_ && memory_->journal ? &*memory_->journal : nullptr;
    if (journal && account.generation == 0 && !plan.idle() && never_begun(account))
      journal->begin(mailbox, {account.report.local.now(), account.report.remote.now()});
    for (const syncing::NewPair& pair : plan.pairs)
      tell(syncing::to_record(mailbox, pair, pool_));
    for (const record::Record& record : plan.before) tell(record);
    std::vector<syncing::Transfer> copies;
    for (syncing::Transfer& transfer : plan.transfers) {
      if (std::holds_alternative<record::Copy>(transfer.action))
        copies.push_back(std::move(transfer));
      else
        send(mailbox, transfer);
    }
    for (const record::Record& record : plan.after) tell(record);
    if (find_moves_) origins_.planned(mailbox, plan);
    for (const syncing::Orphan& orphan : plan.orphans)
      if (journal) journal->owe(mailbox, orphan);
    if (journal)
      for (const Side side : both) journal->settle(mailbox, side, plan.settled[side]);
    for (const syncing::Inquiry& inquiry : plan.inquiries) {
      const auto [at, added] = waiting_.try_emplace(inquiry.mailbox);
      Waiting& asked = at->second;
      if (added) asked.generation = memory_->dictionary.generation(inquiry.mailbox);
      asked.inquiries[inquiry.side].add(inquiry.uid);
      asked.uidvalidity[inquiry.side] = inquiry.uidvalidity;
    }
    if (plan.idle() && !plan.numbers) return;
    plan.before = plan.after = {};
    plan.pairs = {};
    plan.transfers = {};
    Waiting& rest = waiting_[mailbox];
    rest.generation = account.generation;
    for (const Side side : both)
      if (account.report[side].listed)
        rest.uidvalidity[side] = account.report[side].now().uidvalidity;
    rest.plan = std::move(plan);
    rest.copies = std::move(copies);
    // Questions about messages of a mailbox may come as long as others are planned.
    if (!find_moves_ && rest.plan.expunge.local.empty() &&
        rest.plan.expunge.remote.empty()) {
      finish(mailbox, rest);
      waiting_.erase(mailbox);
    }
  }

  static bool never_begun(const syncing::Account& account) {
    return std::ranges::any_of(both, [&](Side side) {
      return account.report[side].listed &&
             account.recorded[side].numbers.uidvalidity == 0;
    });
  }

  void tell(const record::Record& record) {
    if (const auto side = record::action_side(record)) ++actions_[*side];
    stdio_.emit(record);
  }

  void send(const Mailbox& mailbox, const syncing::Transfer& transfer) {
    if (memory_ && memory_->journal) memory_->journal->add(mailbox, transfer);
    tell(transfer.action);
  }

  // Copies come when all stores are planned: the server copies a message as it is then.
  void copy(const Mailbox& mailbox, Waiting& rest) {
    bool again = false;
    for (syncing::Transfer& transfer : rest.copies) {
      again = origins_.correct(transfer) || again;
      for (const syncing::Twin& origin : transfer.origins)
        moves_[{transfer.target, origin.mailbox, origin.there}] = mailbox;
      send(mailbox, transfer);
    }
    rest.copies.clear();
    if (again) stdio_.emit(record::Again{{}, mailbox, {"deferred"}});
  }

  void end_round() {
    if (const auto what = reports_.unfinished())
      throw record::Malformed{"the round ends without " + *what};
    for (auto& [mailbox, rest] : waiting_) ask(mailbox, rest);
    for (auto& [mailbox, rest] : waiting_) copy(mailbox, rest);
    // A message that moved is never absent from both places: expunges wait for all else.
    // Who only wants to see them does not wait for another round.
    if (!deferred_ || settings_.dry_run)
      for (auto& [mailbox, rest] : waiting_)
        for (const Side side : both) expunge(mailbox, rest, side);
    for (const Side side : both)
      if (const auto count = std::exchange(actions_[side], 0))
        stdio_.emit(record::EndActions{side, {}, {}, count});
    for (auto& [mailbox, rest] : waiting_) finish(mailbox, rest);
    waiting_.clear();
  }

  void ask(const Mailbox& mailbox, Waiting& rest) {
    for (const Side side : both) {
      imap::UidSet& uids = rest.inquiries[side];
      if (uids.empty()) continue;
      rest.plan.units[side] += uids.size();
      tell(record::Identify{side, mailbox, rest.uidvalidity[side], uids});
    }
  }

  void expunge(const Mailbox& mailbox, Waiting& rest, Side side) {
    if (rest.plan.expunge[side].empty()) return;
    // Who only looks has time.
    if (held_ && !settings_.dry_run) return rest.plan.numbers.reset();
    imap::UidSet deleted;
    std::map<Mailbox, imap::UidSet> moved;
    if (moves_.empty()) deleted = rest.plan.expunge[side];
    for (const imap::Uid uid : subtract(rest.plan.expunge[side], deleted))
      if (const auto at = moves_.find({side, mailbox, uid}); at == moves_.end())
        deleted.add(uid);
      else
        moved[at->second].add(uid);
    const auto emit = [&](imap::UidSet uids, std::optional<Mailbox> moved_to) {
      record::Expunge expunge{side,
                              mailbox,
                              rest.uidvalidity[side],
                              rest.plan.unchangedsince[side],
                              std::move(uids),
                              std::move(moved_to)};
      rest.plan.units[side] += expunge.uids.size();
      tell(expunge);
    };
    std::optional<record::Failed> failed;
    // Moves are not known yet: who only looks sees them as deletions.
    if (!deferred_) failed = guard().judge(mailbox, side, deleted, rest.had[side]);
    if (failed) {
      stdio_.emit(*failed);
      rest.plan.numbers.reset();
    } else if (!deleted.empty()) {
      emit(std::move(deleted), {});
    }
    for (auto& [moved_to, uids] : moved) emit(std::move(uids), moved_to);
  }

  void finish(const Mailbox& mailbox, const Waiting& rest) {
    const bool expunges =
        !rest.plan.expunge.local.empty() || !rest.plan.expunge.remote.empty();
    if (expunges && deferred_)
      stdio_.emit(record::Again{{}, mailbox, {"deferred"}});
    else if (rest.plan.numbers)
      for (const Side side : both) stdio_.emit((*rest.plan.numbers)[side]);
    stdio_.emit(record::Done{
        {}, mailbox, rest.generation, rest.plan.units.local, rest.plan.units.remote});
  }

  const Settings& settings_;
  posix::Loop loop_;
  filter::Stdio stdio_;
  syncing::FlagsPool pool_;
  syncing::Reports reports_;
  std::optional<Memory> memory_;
  Oblivion oblivion_;
  std::set<Mailbox> unfinished_;
  std::map<Mailbox, Waiting> waiting_;
  const Guard::Doomed doomed_ = [this](const Mailbox& mailbox, Side side, imap::Uid uid) {
    return dooms(mailbox, side, uid);
  };
  syncing::Origins origins_;
  /// Where the originals of this round's copies went.
  std::map<std::tuple<Side, Mailbox, imap::Uid>, Mailbox> moves_;
  syncing::PerSide<std::uint64_t> actions_; ///< of this round
  bool deferred_ = false;
  bool held_ = false;       ///< in this run, messages that may be those which were moved
  bool find_moves_ = false; ///< something is paired that may have been moved
};

} // namespace

int plan(const Settings& settings) { return Planner{settings}.run(); }
