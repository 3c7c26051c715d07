// SPDX-License-Identifier: GPL-3.0-or-later
#include "apply.h"

#include <algorithm>
#include <utility>

#include "posix/fault.h"
#include "record/overloaded.h"

namespace {

using namespace std::chrono_literals;

using record::Overloaded;

// APPENDs without an answer: what an interruption leaves to be identified.
constexpr std::size_t max_commands = 16;
// What we hold for a target that is slower than the source; the rest waits in the pipes.
constexpr std::size_t enough = std::size_t{1} << 20;
// After a signal; imapsync(1) waits longer.
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
                             return unopened(target_.side, fault);
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
                 return unopened(source_.side, fault);
               }}},
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
      fetcher_{source_,
               {.begin =
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
                    }}},
      foresight_{target_.side, selector_, fetcher_}, progress_{target_.side, outcomes_} {}

int Apply::run() {
  const posix::Signals signals;
  loop_.at([this] { return end_; }, [this] { abandoned_ = true; });
  try {
    for (;;) {
      pump();
      // After a signal to all of the line the input ends, too, often before the answers.
      if (posix::Signals::caught() == 0 && io_.ended() && !end_round_) break;
      if (interrupted()) break;
      if (!loop_.turn()) break;
    }
  } catch (const posix::Fault&) {
    io_.flush();           // what was done is done
    posix::Signals::end(); // a terminal's signal reached the server, too: no news
    throw;
  }
  if (posix::Signals::caught() == 0) io_.finish();
  io_.flush();
  posix::Signals::end();
  return EX_OK;
}

/// After a signal nothing new is begun; what the target was sent in full is waited for,
/// so that its outcome is known, but not for long.
bool Apply::interrupted() {
  if (posix::Signals::caught() == 0) return false;
  if (!end_) end_ = posix::Clock::now() + grace;
  if (unopened_ && unopened_->first == target_.side) return true;
  return abandoned_ || (!appender_.in_message() && target_session_.in_flight() == 0);
}

/// What keeps us from a server keeps imap-changes from it, too, which tells it: that a
/// login was refused is read once. Ours alone is told when imap-changes is known to be
/// in.
bool Apply::unopened(record::Side side, const posix::Fault& fault) {
  if (listed_[side == target_.side]) return false;
  if (!unopened_) unopened_.emplace(side, fault);
  return true;
}

void Apply::tell_unopened(const record::Record& record) {
  const auto* server = std::get_if<record::Server>(&record);
  if (server) listed_[server->side == target_.side] = true;
  if (!unopened_) return;
  if ((server && server->side == unopened_->first) ||
      std::holds_alternative<record::EndRound>(record))
    throw posix::Fault{unopened_->second};
}

void Apply::on_record(const record::Reader::Item& item) {
  tell_unopened(item.record);
  bool mine = false;
  std::visit(Overloaded{
                 [&](const record::Server& server) {
                   (server.side == target_.side ? target_ : source_).delimiter =
                       server.delimiter;
                   foresight_.on(server);
                 },
                 [&](const record::Differs& differs) { foresight_.on(differs); },
                 [&](const record::EndRound& end) {
                   end_round_ = end;
                   mine = true;
                 },
                 [&](const auto&) { mine = act(item.record); },
             },
             item.record);
  if (!mine) io_.pass(item.line);
}

bool Apply::act(const record::Record& record) {
  bool mine = true;
  const auto ours = [&](const auto& action) {
    return mine = action.side == target_.side;
  };
  std::visit(
      Overloaded{
          [&](const record::Create& a) { ours(a) ? editor_.create(a) : void(); },
          [&](const record::Subscribe& a) { ours(a) ? editor_.subscribe(a) : void(); },
          [&](const record::Identify& a) { ours(a) ? editor_.identify(a) : void(); },
          [&](const record::Append& a) { ours(a) ? append(a) : void(); },
          [&](const record::Copy& a) { ours(a) ? copier_.copy(a) : void(); },
          [&](const record::Store& a) { ours(a) ? storer_.store(a) : void(); },
          [&](const record::Expunge& a) { ours(a) ? expunges_.push_back(a) : void(); },
          [&](const auto&) { mine = false; },
      },
      record);
  return mine;
}

// ---- APPEND ---------------------------------------------------------------------------

void Apply::append(const record::Append& action) {
  outcomes_.open(action.source.size());
  progress_.expect(action.source.size(), action.octets);
  const auto run = [this, action](const Selected& selected) {
    if (editor_.occupied(action.mailbox))
      return fail_append(action, Editor::occupied_problem());
    if (action.uidvalidity != 0 && selected.uidvalidity != action.uidvalidity)
      return fail_append(action, {"uidvalidity", "UIDVALIDITY changed meanwhile"});
    if (!selected.writable)
      return fail_append(action, {"readonly", "the mailbox is read-only"});
    fetcher_.add({{action.mailbox, selected.uidvalidity, selected.permanent,
                   action.source_uidvalidity, ++groups_},
                  action.source,
                  action.octets});
  };
  selector_.know(action.mailbox, run, [this, action](const Problem& problem) {
    if (editor_.created(action.mailbox))
      fail_append(action, {"missing", "the mailbox could not be created"});
    else
      fail_append(action, problem);
  });
}

void Apply::fail_append(const record::Append& action, Problem problem) {
  outcomes_.failed(target_.side, action.mailbox, "append", action.source,
                   std::move(problem));
  outcomes_.close(action.source.size());
}

void Apply::answered(const Destination& destination, const std::vector<Message>& messages,
                     const imap::Tagged& answer) {
  if (answer.condition == imap::Condition::ok) {
    appended(destination, messages, std::get<imap::AppendUid>(answer.code));
  } else if (messages.size() == 1 && !destination.bare && Keywords::may_blame(answer) &&
             !Keywords::doubtful(destination.permanent, messages.front().flags).empty()) {
    retry_bare(destination, messages.front());
  } else if (messages.size() == 1 || answer.condition == imap::Condition::bad) {
    // After BAD the connection is given up: the next run tries each alone.
    for (const Message& message : messages)
      refused(destination, message, problem_of(answer));
  } else if (const Problem problem = problem_of(answer); problem.code == "missing") {
    mailbox_gone(destination, messages, problem);
  } else {
    retry_halves(destination, messages);
  }
}

/// Somebody deleted the mailbox meanwhile: no message is guilty, halves would hear the
/// same.
void Apply::mailbox_gone(const Destination& destination,
                         const std::vector<Message>& messages, const Problem& problem) {
  imap::UidSet uids;
  std::uint64_t octets = 0;
  for (const Message& message : messages) {
    uids.add(message.uid);
    octets += message.size;
  }
  outcomes_.failed(target_.side, destination.mailbox, "append", uids, problem);
  outcomes_.close(messages.size());
  progress_.count(messages.size(), octets, destination.mailbox);
}

void Apply::appended(const Destination& destination, const std::vector<Message>& messages,
                     const imap::AppendUid& uids) {
  const std::uint64_t uidvalidity = value(uids.uidvalidity);
  // Another mailbox has the name by now: these UIDs are not of the one that is meant.
  if (uidvalidity != destination.uidvalidity) {
    for (const Message& message : messages)
      refused(destination, message, {"uidvalidity", "UIDVALIDITY changed meanwhile"});
    return;
  }
  auto uid = uids.uids.begin();
  for (const Message& message : messages) {
    if (message.left_out.empty())
      appended(destination, *uid, message);
    else
      add_keywords(destination, *uid, message);
    ++uid;
  }
}

void Apply::appended(const Destination& destination, imap::Uid uid,
                     const Message& message) {
  outcomes_.emit(record::Appended{target_.side,
                                  destination.mailbox,
                                  destination.uidvalidity,
                                  message.uid,
                                  uid,
                                  message.date,
                                  message.size,
                                  message.flags,
                                  {message.digest}});
  outcomes_.close();
  progress_.count(1, message.size, destination.mailbox);
}

/// Refused with new keywords and taken without: to blame is one of them, not all.
void Apply::retry_bare(const Destination& destination, const Message& message) {
  Fetch fetch{destination, imap::UidSet{message.uid}, message.size};
  fetch.destination.group = ++groups_;
  fetch.destination.bare = true;
  fetcher_.add(std::move(fetch));
}

void Apply::add_keywords(const Destination& destination, imap::Uid uid,
                         const Message& message) {
  const auto without = [this, destination, uid, message] {
    appended(destination, uid, message);
  };
  const auto run = [this, destination, uid, message, without](const Selected& selected) {
    if (selected.uidvalidity != destination.uidvalidity) return without();
    keywords_.add_each(destination.mailbox, imap::UidSet{uid}, message.left_out,
                       [this, destination, uid, message](const imap::Flags& taken) {
                         Message whole = message;
                         whole.flags = unite(whole.flags, taken);
                         appended(destination, uid, whole);
                       });
  };
  selector_.with(destination.mailbox, run, [without](const Problem&) { without(); });
}

/// A batch was refused for one of its messages: halves show which.
void Apply::retry_halves(const Destination& destination,
                         const std::vector<Message>& messages) {
  const std::size_t half = messages.size() / 2;
  for (const auto& [from, to] :
       {std::pair{std::size_t{0}, half}, {half, messages.size()}}) {
    Fetch fetch{destination, {}, 0};
    fetch.destination.group = ++groups_;
    for (std::size_t i = from; i < to; ++i) {
      // Nothing frees space meanwhile: what is as large as one that had no room has none.
      if (refused_octets_ && messages[i].size >= *refused_octets_) {
        refused(destination, messages[i], {"overquota", "no room left"});
        continue;
      }
      fetch.uids.add(messages[i].uid);
      fetch.octets += messages[i].size;
    }
    if (!fetch.uids.empty()) fetcher_.add(std::move(fetch));
  }
}

void Apply::refused(const Destination& destination, const Message& message,
                    const Problem& problem) {
  if (problem.code == "overquota")
    refused_octets_ = std::min(refused_octets_.value_or(message.size), message.size);
  outcomes_.failed(target_.side, destination.mailbox, "append", imap::UidSet{message.uid},
                   problem);
  outcomes_.close();
  progress_.count(1, message.size, destination.mailbox);
}

// ---- the round ------------------------------------------------------------------------

/// Somebody else changed the mailbox that is selected: the round is worth repeating.
void Apply::news(const imap::Response& response) {
  const auto* fetch = std::get_if<imap::FetchData>(&response);
  if (!fetch || !fetch->flags || !selector_.current()) return;
  if (foreign_.insert(*selector_.current()).second)
    outcomes_.emit(record::Foreign{target_.side, *selector_.current()});
}

void Apply::pump() {
  // Literals that have to wait for the server's leave come one at a time.
  const bool one_by_one = target_session_.greeted() && !target_session_.has("LITERAL+");
  const bool waiting = one_by_one && target_session_.streaming();
  source_session_.hold(target_session_.queued() > enough);
  const bool stopping = posix::Signals::caught() != 0;
  if (!waiting && !stopping && appender_.commands() < max_commands)
    fetcher_.pump(target_session_.queued(), one_by_one);
  if ((fetcher_.quiet() || stopping) && !appender_.in_message()) appender_.finish();
  if (end_round_ && outcomes_.all_closed() && !stopping) end_round();
}

/// Expunges come last, when everything else of the round was answered: a message that was
/// moved is never absent from both places.
void Apply::end_round() {
  if (!expunges_.empty()) {
    expunger_.expunge(std::exchange(expunges_, {}));
    if (!outcomes_.all_closed()) return;
  }
  progress_.tell(); // so that the sums of a round are known, however short it was
  keywords_.end_round();
  io_.emit(*end_round_);
  end_round_.reset();
  foresight_.reset();
  foreign_.clear();
  refused_octets_.reset(); // somebody may have made room
  selector_.reset();
  editor_.reset();
  storer_.reset();
  copier_.reset();
  fetcher_.reset();
}
