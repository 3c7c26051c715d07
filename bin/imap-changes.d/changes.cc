// SPDX-License-Identifier: GPL-3.0-or-later
#include "changes.h"

#include <algorithm>
#include <utility>

#include "imap/ascii.h"
#include "imap/mailbox_name.h"
#include "posix/fault.h"
#include "posix/signals.h"
#include "record/overloaded.h"

namespace {

using namespace std::chrono_literals;

using record::Overloaded;

// Bounds on what is asked for ahead: mailboxes in flight, octets that stdout has not
// taken.
constexpr std::size_t max_selections = 64;
// What a reader that takes nothing makes us hold: octets of records, and the new messages
// that the server was asked for, of some 100 octets each.
constexpr std::size_t max_queued = std::size_t{1} << 20;
constexpr std::uint64_t max_asked = 65536;
// To wait for the changes of so many mailboxes takes less time than to connect and log in
// once more; or else of a single one, which the plan waits for anyway.
constexpr std::size_t few_mailboxes = 4;
constexpr std::uint64_t few_messages = 1000;
// New messages that are read before the session serves to change this side: a few, for
// that has to wait.
constexpr std::uint64_t few_bodies = 300, few_octets = std::uint64_t{1} << 20;
// A server that begins to answer a SELECT so soon: it is not worth opening another
// session in order to do two things at once.
constexpr auto near = 20ms;

} // namespace

Changes::Changes(Options options)
    : options_{std::move(options)}, io_{loop_,
                                        [this](const record::Reader::Item& item) {
                                          on_record(item);
                                        }},
      session_{loop_,
               std::string{name(options_.side)},
               client::session_descriptors(name(options_.side)),
               {}},
      lender_{loop_, session_, name(options_.side)},
      lister_{options_,
              session_,
              {.emit = [this](const record::Record& record) { io_.emit(record); },
               .listed =
                   [this] {
                     list_complete_ = true;
                     compare();
                   }}} {
  session_.on_greeting = [this] { require_capabilities(); };
}

int Changes::run() {
  const posix::Signals signals;
  try {
    while (posix::Signals::caught() == 0) {
      pump();
      if (io_.ended() && !end_round_) break;
      if (!loop_.turn()) break;
    }
  } catch (const posix::Fault& fault) {
    const auto suspect = blame(fault);
    io_.flush();           // what was found is true all the same
    posix::Signals::end(); // a terminal's signal reached the server, too: no news
    if (!suspect) throw;
    throw posix::Fault{fault.status, std::string{fault.what()} + ", asked for " +
                                         imap::display_name(*suspect)};
  }
  if (posix::Signals::caught() == 0) {
    io_.finish();
    lender_.farewell();
  }
  io_.close();
  posix::Signals::end();
  return EX_OK;
}

/// Names the mailbox that may be why the session ended: if it happens again, the others
/// shall not wait for it.
std::optional<record::Mailbox> Changes::blame(const posix::Fault& fault) {
  const auto suspect = std::ranges::find_if(
      selections_, [](const auto& selection) { return !selection->finished(); });
  if (!session_.severed() || suspect == selections_.end()) return {};
  const record::Mailbox& mailbox = (*suspect)->name();
  io_.emit(record::Failed{
      options_.side, mailbox, {"select"}, {}, {"connection"}, fault.what()});
  return mailbox;
}

void Changes::require_capabilities() const {
  const bool rev2 = session_.has("IMAP4REV2");
  std::string missing;
  for (const char* capability :
       {"ENABLE", "QRESYNC", "LIST-EXTENDED", "LIST-STATUS", "UIDPLUS"}) {
    const bool in_rev2 = std::string_view{capability} != "QRESYNC";
    if (!session_.has(capability) && !(rev2 && in_rev2))
      missing.append(missing.empty() ? "" : ", ").append(capability);
  }
  if (!missing.empty())
    throw posix::Fault{EX_UNAVAILABLE, std::string{name(options_.side)} +
                                           ": the server lacks " + missing +
                                           ", which synchronisation needs"};
}

void Changes::emit(const record::Record& record) {
  const auto* message = std::get_if<record::New>(&record);
  if (message && value(message->uid) >= recorded_[message->mailbox].uidnext)
    octets_ += message->size;
  const std::size_t before = io_.queued();
  io_.emit(record);
  lead_.note(record, io_.queued() - before);
}

void Changes::on_record(const record::Reader::Item& item) {
  bool forward = true;
  lead_.note(item.record, item.line.size());
  std::visit(
      Overloaded{
          [&](const record::Round&) { begin_round(); },
          [&](const record::Request& request) { lister_.request(request); },
          [&](const record::EndRequests&) { requests_complete_ = to_list_ = true; },
          [&](const record::State& state) {
            if (state.side == options_.side) recorded_[state.mailbox] = state.numbers;
          },
          [&](const record::EndStates&) { states_complete_ = true; },
          [&](const record::Server& server) {
            if (server.side != options_.side) lister_.translate(server.delimiter);
          },
          [&](const record::EndRound& end) {
            if (!requests_complete_)
              throw record::Malformed{"the round ends without its requests"};
            if (!states_complete_)
              throw record::Malformed{"the round ends without its states"};
            end_round_ = end;
            io_.hold(true); // the next one waits
            forward = false;
          },
          [](const auto&) {},
      },
      item.record);
  if (forward) io_.pass(item.line);
  if (std::holds_alternative<record::EndStates>(item.record)) compare();
}

void Changes::begin_round() {
  lender_.reclaim();
  end_round_.reset();
  requests_complete_ = states_complete_ = list_complete_ = false;
  to_lend_ = read_first_ = false;
  near_until_.reset();
  octets_ = 0;
  recorded_.clear();
  lister_.begin_round();
}

/// What comes until it is answered is news of the mailbox before, not of the next one.
void Changes::unselect() {
  session_.command(
      "UNSELECT", [](const imap::Tagged&) {}, [](imap::Response&) { return true; });
}

/// The first flight: sent before the greeting has come, whose capabilities are checked
/// when it does. HIGHESTMODSEQ is known to servers that QRESYNC was enabled on.
void Changes::list() {
  to_list_ = false;
  if (!enabled_) session_.command("ENABLE QRESYNC", [](const imap::Tagged&) {});
  enabled_ = true;
  // Of a mailbox that is selected a server may tell what the session has seen last, not
  // what the round before has brought.
  if (lender_.take_unselected()) was_selected_ = false;
  if (std::exchange(was_selected_, false)) unselect();
  selected_.emplace();
  lister_.list();
}

// ---- what differs ---------------------------------------------------------------------

bool Changes::differs(const record::Listed& listed,
                      const record::Numbers& recorded) const {
  if (!selectable(listed)) return false;
  const record::Numbers& now = listed.numbers;
  if (now.uidvalidity == 0 || now.uidnext == 0 || now.highestmodseq == 0) return false;
  if (recorded.uidvalidity == 0) return true;
  // Another UIDVALIDITY, numbers that went back: not changes, but a case for the plan,
  // which sees them in the mailbox record.
  if (now.uidvalidity != recorded.uidvalidity || now.uidnext < recorded.uidnext ||
      now.highestmodseq < recorded.highestmodseq)
    return false;
  return now != recorded;
}

void Changes::compare() {
  if (!states_complete_ || !list_complete_) return;
  const auto& listings = lister_.listings();
  emit(record::Server{
      options_.side, {}, lister_.delimiter(), {lister_.restricted() ? "some" : "all"}});
  for (const auto& [mailbox, listing] : listings) emit(listing.record);
  for (const auto& [mailbox, listing] : listings) {
    const record::Numbers recorded = recorded_[mailbox];
    if (!listing.refused.empty())
      emit(record::Failed{
          options_.side, mailbox, {"select"}, {}, {"refused"}, listing.refused});
    if (!differs(listing.record, recorded)) continue;
    if (lister_.left(mailbox))
      emit(record::Failed{options_.side,
                          mailbox,
                          {"select"},
                          {},
                          {"fatal"},
                          "each time that it is read: not in this run"});
    else
      to_select_.push_back(
          {mailbox, listing.server_name, recorded, listing.record.numbers});
  }
  promise(); // before what makes others connect
  for (const Selection::Mailbox& mailbox : to_select_)
    emit(record::Differs{options_.side, mailbox.name, mailbox.recorded.uidnext,
                         mailbox.listed.uidnext});
  emit(record::EndMailboxes{options_.side, {}, {}, listings.size()});
}

/// That the session, once all is listed, will be lent: to fetch the new messages, and to
/// change what is there. One after the other only where that takes little time: for few
/// messages, which whoever fetches them can hold, and a server that is near.
void Changes::promise() {
  std::uint64_t grown = 0;
  for (const auto& [name, server_name, recorded, listed] : to_select_)
    grown += listed.uidnext - std::max<std::uint64_t>(recorded.uidnext, 1);
  const bool single = to_select_.size() == 1;
  const bool few =
      single || (to_select_.size() <= few_mailboxes && grown <= few_messages);
  if (grown > 0 && few) (void)lender_.promise(client::Use::source);
  read_first_ = single && grown > 0;
  const bool soon = few && (grown == 0 || (read_first_ && grown <= few_bodies));
  if (soon && read_first_ && options_.side == record::Side::remote)
    near_until_ = posix::Clock::now() + near;
  else
    promise_target(soon);
  to_lend_ = true;
}

void Changes::promise_target(bool soon) {
  near_until_.reset();
  if (!soon || !lender_.promise(client::Use::target)) lender_.decline();
}

std::uint64_t Changes::asked() const {
  std::uint64_t asked = 0;
  for (const auto& selection : selections_) asked += selection->asked();
  return asked;
}

/// Issues what may be issued, and ends the round when all was answered.
void Changes::pump() {
  lender_.pump();
  // What is selected is known when the session is back.
  if (io_.ended() || end_round_) lister_.translate({}); // nobody said
  if (to_list_ && !lender_.lent() && !lister_.awaits_delimiter()) list();
  // The stage before us has to wait while its side is ahead of ours; or we for it, unless
  // it has nothing more to say.
  io_.pause(io_.queued() > max_queued || lead_.ahead(other(options_.side)));
  const bool wait = lead_.ahead(options_.side) && !end_round_ && !io_.ended();
  while (!wait && io_.queued() < max_queued && asked() < max_asked) {
    if (!selections_.empty() && selections_.back()->more()) {
      selections_.back()->issue();
      continue;
    }
    if (to_select_.empty() || selections_.size() >= max_selections) break;
    // Else a FETCH behind a SELECT that fails would answer for the mailbox before.
    if (was_selected_) unselect();
    was_selected_ = true;
    selections_.push_back(std::make_unique<Selection>(
        session_, options_.side, std::move(to_select_.front()), options_.dry_run,
        [this](const record::Record& record) { emit(record); }));
    to_select_.pop_front();
  }
  if (near_until_ && !selections_.empty() && selections_.front()->told())
    promise_target(posix::Clock::now() < *near_until_);
  // In their order, whatever a server answers first: the last of them is what is
  // selected.
  while (!selections_.empty() && selections_.front()->finished()) {
    selected_ = selections_.front()->selected();
    selections_.pop_front();
  }
  if (states_complete_ && list_complete_ && to_select_.empty() && selections_.empty())
    listed_all();
}

void Changes::listed_all() {
  if (std::exchange(to_lend_, false)) {
    if (!selected_ || (read_first_ && octets_ > few_octets)) lender_.decline();
    lender_.lend(selected_.value_or(client::LentMailbox{}));
  }
  if (end_round_) io_.emit(*end_round_);
  end_round_.reset();
  io_.hold(false);
}
