// SPDX-License-Identifier: GPL-3.0-or-later
#include "apply.h"

#include <utility>

#include "posix/fault.h"
#include "record/overloaded.h"

namespace {

using namespace std::chrono_literals;

using record::Overloaded;

// APPENDs without an answer: what an interruption leaves to be identified.
constexpr std::size_t max_commands = 16;
// What we hold for a target that is slower than the source, and of records for a reader
// who is; the rest waits in the pipes.
constexpr std::size_t enough = std::size_t{1} << 20;
// Once the line is broken; imapsync(1) waits longer.
constexpr auto grace = 4s;

} // namespace

Apply::Apply(Options options)
    : options_{std::move(options)}, io_{loop_,
                                        [this](const record::Reader::Item& item) {
                                          on_record(item);
                                        }},
      outcomes_{[this](const record::Record& record) { io_.emit(record); }},
      target_{options_.side, options_.reference(options_.side), {}, &target_session_},
      source_{other(options_.side),
              options_.reference(other(options_.side)),
              {},
              &source_session_},
      target_session_{loop_,
                      std::string{name(target_.side)},
                      client::session_descriptors(name(target_.side)),
                      {.news = [this](imap::Response& response) { news(response); },
                       .unopened =
                           [this](const posix::Fault& fault) {
                             return unopened_.bear(target_.side, fault);
                           }}},
      source_session_{
          loop_,
          std::string{name(source_.side)},
          client::session_descriptors(name(source_.side)),
          {.news = [](imap::Response&) {},
           .body_begin =
               [this](const imap::BodyBegin& begin) { fetcher_.body_begin(begin); },
           .body_data = [this](std::string_view octets) { fetcher_.body_data(octets); },
           .body_end = [this] { fetcher_.body_end(); },
           .unopened =
               [this](const posix::Fault& fault) {
                 return unopened_.bear(source_.side, fault);
               },
           .lost = [this](const posix::Fault& fault) { return lost(fault); }}},
      selector_{target_}, keywords_{target_, outcomes_}, refusals_{target_.side,
                                                                   outcomes_},
      editor_{target_, selector_, outcomes_, refusals_}, storer_{target_, selector_,
                                                                 keywords_, outcomes_,
                                                                 refusals_},
      copier_{target_, selector_, editor_, storer_, outcomes_}, expunger_{copier_,
                                                                          target_,
                                                                          selector_,
                                                                          outcomes_,
                                                                          refusals_},
      appender_{target_, keywords_,
                [this](const Destination& destination,
                       const std::vector<Message>& messages, const imap::Tagged& answer) {
                  answered(destination, messages, answer);
                }},
      stock_{{.begin =
                  [this](const Destination& destination, const Message& message) {
                    dropping_ = posix::Signals::caught() != 0;
                    if (!dropping_) appender_.begin(destination, message);
                  },
              .data =
                  [this](std::string_view octets) {
                    if (!dropping_) appender_.data(octets);
                  },
              .end =
                  [this] {
                    if (!dropping_) appender_.end();
                  },
              .failed =
                  [this](const Destination& destination, const imap::UidSet& uids,
                         const Problem& problem) {
                    outcomes_.failed(target_.side, destination.mailbox, "append", uids,
                                     problem);
                    outcomes_.close(uids.size());
                  },
              .limit =
                  [this] {
                    return target_session_.limit("APPENDLIMIT").value_or(UINT64_MAX);
                  }},
             [this] { return may_append(false); }},
      fetcher_{source_, stock_.listener()},
      loans_{
          loop_,
          target_,
          source_,
          selector_,
          fetcher_,
          {.perform = [this](const record::Record& action) { perform(action); },
           .foresee = [this](const record::Record& action) { return foresee(action); }}},
      progress_{target_.side, outcomes_}, carrier_{target_.side, selector_, editor_,
                                                   keywords_,    fetcher_,  stock_,
                                                   outcomes_,    progress_} {
  // Bodies are to pass.
  for (client::Session* session : {&target_session_, &source_session_})
    session->on_greeting = [session] { session->go_direct(); };
}

int Apply::run() {
  const posix::Signals signals;
  loop_.at([this] { return end_; }, [this] { abandoned_ = true; });
  try {
    for (;;) {
      pump();
      if (io_.ended() && !end_round_ && !stopping()) break;
      if (interrupted()) break;
      if (!loop_.turn()) break;
    }
  } catch (const posix::Fault& fault) {
    if (!stopping()) blame(fault);
    progress_.tell();
    io_.flush();           // what was done is done
    posix::Signals::end(); // a terminal's signal reached the server, too: no news
    throw;
  }
  if (stopping()) progress_.tell();
  io_.flush();
  if (posix::Signals::caught() == 0) {
    io_.finish();
    for (client::Session* session : {&target_session_, &source_session_})
      session->farewell();
    loans_.farewell();
    io_.close();
  }
  posix::Signals::end();
  return EX_OK;
}

/// Names the messages that may be why a session ended: else they would end each one.
void Apply::blame(const posix::Fault& fault) {
  if (target_session_.severed()) {
    if (const auto* batch = appender_.suspect())
      blame(batch->destination, batch->messages, fault.what());
  } else if (fault.status == EX_TEMPFAIL || fault.status == EX_PROTOCOL) {
    const auto suspects = fetcher_.suspects();
    if (suspects && (suspects->begun || source_session_.severed()))
      carrier_.lost(suspects->destination, suspects->uids, fault.what());
  }
}

void Apply::blame(const Destination& destination, const std::vector<Message>& messages,
                  const std::string& why) {
  if (std::exchange(blamed_, true)) return;
  imap::UidSet uids;
  for (const Message& message : messages) uids.add(message.uid);
  carrier_.lost(destination, uids, why);
}

/// After BAD to octets that the server may have read as commands the session is given up.
void Apply::answered(const Destination& destination, const std::vector<Message>& messages,
                     const imap::Tagged& answer) {
  if (target_session_.severed())
    blame(destination, messages, client::words(answer));
  else
    carrier_.answered(destination, messages, answer);
}

/// After a signal, or when the input ended too early with actions under way: the line is
/// broken. After a signal to all of it the input ends, too, often before the answers.
bool Apply::stopping() const {
  return posix::Signals::caught() != 0 ||
         (io_.ended() && !end_round_ && !outcomes_.all_closed());
}

/// Then nothing new is begun; what the target was sent in full is waited for, so that its
/// outcome is known, but not for long.
bool Apply::interrupted() {
  if (!stopping()) return false;
  if (!end_) end_ = posix::Clock::now() + grace;
  if (unopened_.is(target_.side)) return true;
  return abandoned_ || (!appender_.in_message() && target_session_.in_flight() == 0);
}

/// Somebody has deleted the mailbox that was lent as selected, for example: the messages
/// of others are fetched in a session of our own, where this one is refused.
bool Apply::lost(const posix::Fault& fault) {
  if (!fetcher_.lost()) return false;
  loans_.lost(fault);
  return true;
}

void Apply::on_record(const record::Reader::Item& item) {
  unopened_.on(item.record);
  bool mine = false;
  std::visit(Overloaded{
                 [&](const record::Server& server) {
                   (server.side == target_.side ? target_ : source_).delimiter =
                       server.delimiter;
                   loans_.on(server);
                 },
                 [&](const record::Differs& differs) { loans_.on(differs); },
                 [&](const record::EndActions& end) {
                   mine = end.side == target_.side;
                   planned_ = planned_ || mine;
                 },
                 [&](const record::EndRound& end) {
                   end_round_ = end;
                   io_.hold(true); // the next one waits
                   mine = true;
                 },
                 [&](const auto&) { mine = act(item.record); },
             },
             item.record);
  if (!mine) io_.pass(item.line);
}

bool Apply::act(const record::Record& record) {
  if (record::action_side(record) != target_.side) return false;
  loans_.act(record);
  return true;
}

void Apply::perform(const record::Record& action) {
  std::visit(Overloaded{
                 [&](const record::Create& a) { editor_.create(a); },
                 [&](const record::Subscribe& a) { editor_.subscribe(a); },
                 [&](const record::Identify& a) { editor_.identify(a); },
                 [&](const record::Append& a) { carrier_.append(a); },
                 [&](const record::Copy& a) { copier_.copy(a); },
                 [&](const record::Store& a) { storer_.store(a); },
                 [&](const record::Expunge& a) { expunges_.push_back(a); },
                 [&](const auto&) {},
             },
             action);
}

bool Apply::foresee(const record::Record& action) {
  const auto* append = std::get_if<record::Append>(&action);
  return append == nullptr || carrier_.foresee(*append);
}

/// Somebody else changed the mailbox that is selected: the round is worth repeating.
void Apply::news(const imap::Response& response) {
  const auto* fetch = std::get_if<imap::FetchData>(&response);
  if (!fetch || !fetch->flags || !selector_.current()) return;
  if (foreign_.insert(*selector_.current()).second)
    outcomes_.emit(record::Foreign{target_.side, *selector_.current()});
}

void Apply::pump() {
  const bool stopping = this->stopping();
  loans_.pump({stopping, planned_ || end_round_, io_.queued() == 0});
  const bool unread = io_.queued() > enough;
  io_.pause(unread);
  if (!stopping) stock_.pump();
  source_session_.hold(target_session_.queued() > enough || stock_.is_full());
  if (may_append(fetcher_.in_pieces()) && stock_.empty() && !unread && !stopping &&
      loans_.may_fetch())
    fetcher_.pump(target_session_.queued(), one_by_one());
  if ((fetcher_.quiet() || stopping) && !appender_.in_message()) appender_.finish();
  if ((planned_ || end_round_) && !loans_.wait() && outcomes_.all_closed() && !stopping)
    finish();
  if (loans_.is_waited_for() && all_fetched()) loans_.fetched();
}

/// Literals that have to wait for the server's leave come one at a time.
bool Apply::one_by_one() const {
  return target_session_.greeted() && !target_session_.has("LITERAL+");
}

/// `in_pieces`: or go on with the one that was begun.
bool Apply::may_append(bool in_pieces) const {
  const bool waiting = one_by_one() && target_session_.streaming() && !in_pieces;
  return !waiting && appender_.commands() < max_commands;
}

/// Whoever waits for the source's session has handed on our actions before. They may be
/// on their way where something else is between the two, such as tee(1): then their
/// messages are fetched in another session.
bool Apply::all_fetched() const {
  return !loans_.need_source() && carrier_.all_asked() && fetcher_.idle() &&
         source_session_.idle() && (planned_ || io_.drained());
}

/// Expunges come last, when everything else of the round was answered: a message that was
/// moved is never absent from both places. What the other side still does, for which the
/// end of the round waits, is of no concern to them.
void Apply::finish() {
  if (!expunges_.empty()) expunger_.expunge(std::exchange(expunges_, {}));
  if (end_round_ && outcomes_.all_closed()) end_round();
}

void Apply::end_round() {
  progress_.tell(); // so that the sums of a round are known, however short it was
  keywords_.end_round();
  io_.emit(*end_round_);
  end_round_.reset();
  io_.hold(false);
  planned_ = false;
  loans_.reset();
  foreign_.clear();
  carrier_.reset();
  selector_.reset();
  editor_.reset();
  storer_.reset();
  copier_.reset();
  fetcher_.reset();
}
