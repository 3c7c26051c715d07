// SPDX-License-Identifier: GPL-3.0-or-later
#include "changes.h"

#include <algorithm>
#include <utility>

#include "imap/ascii.h"
#include "imap/command.h"
#include "imap/mailbox_name.h"
#include "posix/fault.h"
#include "posix/signals.h"
#include "record/overloaded.h"

namespace {

using record::Overloaded;

// Bounds on what is asked for ahead: mailboxes in flight, octets that stdout has not
// taken.
constexpr std::size_t max_selections = 64;
// What a reader that takes nothing makes us hold: octets of records, and the new messages
// that the server was asked for, of some 100 octets each.
constexpr std::size_t max_queued = std::size_t{1} << 20;
constexpr std::uint64_t max_asked = 65536;

/// A refusal that may be another answer next time (RFC 5530).
bool is_temporary(const imap::Tagged& answer) {
  const auto* code = std::get_if<imap::OtherCode>(&answer.code);
  if (answer.condition != imap::Condition::no || !code) return false;
  return code->name == "UNAVAILABLE" || code->name == "INUSE" || code->name == "LIMIT" ||
         code->name == "SERVERBUG";
}

} // namespace

Changes::Changes(Options options)
    : options_{std::move(options)}, io_{loop_,
                                        [this](const record::Reader::Item& item) {
                                          on_record(item);
                                        }},
      session_{loop_,
               std::string{name(options_.side)},
               client::session_descriptors(name(options_.side)),
               {}} {
  if (!options_.ignore.empty()) ignore_.emplace(options_.ignore);
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
  } catch (const posix::Fault&) {
    io_.flush();           // what was found is true all the same
    posix::Signals::end(); // a terminal's signal reached the server, too: no news
    throw;
  }
  if (posix::Signals::caught() == 0) io_.finish();
  io_.flush();
  posix::Signals::end();
  return EX_OK;
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

void Changes::on_record(const record::Reader::Item& item) {
  bool forward = true;
  std::visit(Overloaded{
                 [&](const record::Round&) { begin_round(); },
                 [&](const record::Request& request) {
                   if (request.mailbox)
                     requested_.insert(*request.mailbox);
                   else
                     all_requested_ = true;
                 },
                 [&](const record::EndRequests&) {
                   // Only names inside a hierarchy cannot be asked for without knowing
                   // the delimiter first.
                   const auto level = [](const std::string& pattern) {
                     return pattern.find('\0') != pattern.npos;
                   };
                   if (!delimiter_known_ && std::ranges::any_of(options_.patterns, level))
                     ask_delimiter();
                   else
                     list();
                 },
                 [&](const record::State& state) {
                   if (state.side == options_.side)
                     recorded_[state.mailbox] = state.numbers;
                 },
                 [&](const record::EndStates&) { states_complete_ = true; },
                 [&](const record::EndRound& end) {
                   end_round_ = end;
                   forward = false;
                 },
                 [](const auto&) {},
             },
             item.record);
  if (forward) io_.pass(item.line);
  if (std::holds_alternative<record::EndStates>(item.record)) compare();
}

void Changes::begin_round() {
  end_round_.reset();
  all_requested_ = states_complete_ = list_complete_ = false;
  requested_.clear();
  recorded_.clear();
  listings_.clear();
}

// ---- LIST -----------------------------------------------------------------------------

void Changes::ask_delimiter() {
  session_.command(
      "LIST " + imap::mailbox_argument(options_.reference) + " \"\"",
      [this](const imap::Tagged&) {
        delimiter_known_ = true;
        list();
      },
      [this](imap::Response& response) {
        if (const auto* data = std::get_if<imap::ListData>(&response))
          delimiter_ = data->delimiter;
        return true;
      });
}

std::string Changes::list_command() const {
  std::string command = "LIST ";
  if (all_requested_ && !options_.select_options.empty())
    command += "(" + options_.select_options + ") ";
  command += imap::mailbox_argument(options_.reference) + " (";
  std::vector<std::string> patterns{"*"};
  if (all_requested_ && !options_.patterns.empty()) patterns = options_.patterns;
  for (std::string& pattern : patterns) {
    std::ranges::replace(pattern, '\0', delimiter_.value_or('/'));
    if (&pattern != &patterns.front()) command += ' ';
    command += imap::mailbox_argument(pattern);
  }
  command += ") RETURN (SUBSCRIBED";
  if (special_use_) command += " SPECIAL-USE";
  return command + " STATUS (MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ))";
}

/// What comes until it is answered is news of the mailbox before, not of the next one.
void Changes::unselect() {
  session_.command(
      "UNSELECT", [](const imap::Tagged&) {}, [](imap::Response&) { return true; });
}

/// The first flight: sent before the greeting has come, whose capabilities are checked
/// when it does. HIGHESTMODSEQ is known to servers that QRESYNC was enabled on.
void Changes::list() {
  if (!enabled_) session_.command("ENABLE QRESYNC", [](const imap::Tagged&) {});
  enabled_ = true;
  // Of a mailbox that is selected a server may tell what the session has seen last, not
  // what the round before has brought.
  if (std::exchange(was_selected_, false)) unselect();
  session_.command(
      list_command(), [this](const imap::Tagged& answer) { listed(answer); },
      [this](imap::Response& response) { return absorb(response); });
}

void Changes::listed(const imap::Tagged& answer) {
  if (answer.condition != imap::Condition::ok && special_use_ &&
      !session_.has("SPECIAL-USE")) {
    special_use_ = false; // an unknown return option is an error (RFC 5258 section 3)
    listings_.clear();
    return list();
  }
  if (answer.condition != imap::Condition::ok)
    throw posix::Fault{is_temporary(answer) ? EX_TEMPFAIL : EX_PROTOCOL,
                       std::string{name(options_.side)} +
                           ": the server refused LIST: " + client::words(answer)};
  list_complete_ = true;
  compare();
}

bool Changes::absorb(imap::Response& response) {
  if (const auto* data = std::get_if<imap::ListData>(&response))
    add(*data);
  else if (const auto* status = std::get_if<imap::StatusData>(&response))
    add(*status);
  else
    return false;
  return true;
}

void Changes::add(const imap::ListData& data) {
  if (!delimiter_) delimiter_ = data.delimiter;
  const auto mailbox =
      imap::canonical_from_server(data.name, data.delimiter, options_.reference);
  if (!mailbox) {
    // The prefix itself is no mailbox of the hierarchy below it.
    if (!options_.reference.empty() && options_.reference.starts_with(data.name)) return;
    io_.emit(record::Warning{options_.side,
                             {},
                             {"name"},
                             "mailbox name not understood, skipped: " +
                                 imap::printable(data.name)});
    return;
  }
  if (!wanted(data.name, *mailbox)) return;
  Listing& listing = listings_[*mailbox];
  listing.server_name = data.name;
  listing.record.side = options_.side;
  listing.record.mailbox = *mailbox;
  listing.record.subscribed = data.has_attribute("\\Subscribed");
  for (const std::string& attribute : data.attributes)
    if (attribute.size() > 1 && attribute.size() < 64 && attribute[0] == '\\' &&
        imap::valid_keyword(attribute.substr(1)) &&
        !imap::equal_nocase(attribute, "\\Subscribed"))
      listing.record.attributes.list.push_back(attribute);
}

void Changes::add(const imap::StatusData& data) {
  const auto same = [&](const auto& entry) {
    return entry.second.server_name == data.name;
  };
  auto found = listings_.end();
  if (const auto mailbox =
          imap::canonical_from_server(data.name, delimiter_, options_.reference))
    found = listings_.find(*mailbox);
  if (found == listings_.end()) found = std::ranges::find_if(listings_, same);
  if (found == listings_.end()) return;
  record::Numbers& numbers = found->second.record.numbers;
  numbers.uidvalidity = data.uidvalidity ? value(*data.uidvalidity) : 0;
  numbers.uidnext = data.uidnext ? value(*data.uidnext) : 0;
  numbers.highestmodseq = data.highestmodseq.value_or(0);
  numbers.messages = data.messages.value_or(0);
}

bool Changes::wanted(const std::string& server_name,
                     const record::Mailbox& mailbox) const {
  if (requested_.contains(mailbox)) return true;
  if (!all_requested_) return false;
  if (!ignore_) return true;
  std::string_view text = server_name;
  if (text.starts_with(options_.reference)) text.remove_prefix(options_.reference.size());
  std::string with_nul{text};
  if (delimiter_) std::ranges::replace(with_nul, *delimiter_, '\0');
  return !ignore_->matches(with_nul);
}

// ---- what differs ---------------------------------------------------------------------

bool Changes::differs(const record::Listed& listed,
                      const record::Numbers& recorded) const {
  for (const std::string& attribute : listed.attributes.list)
    if (imap::equal_nocase(attribute, "\\Noselect") ||
        imap::equal_nocase(attribute, "\\NonExistent"))
      return false;
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
  const bool restricted = !all_requested_ || !options_.patterns.empty() ||
                          !options_.select_options.empty() || ignore_;
  io_.emit(record::Server{options_.side, {}, delimiter_, {restricted ? "some" : "all"}});
  for (const auto& [mailbox, listing] : listings_) io_.emit(listing.record);
  for (const auto& [mailbox, listing] : listings_) {
    const record::Numbers recorded = recorded_[mailbox];
    if (!differs(listing.record, recorded)) continue;
    const record::Numbers& now = listing.record.numbers;
    io_.emit(record::Differs{options_.side, mailbox, recorded.uidnext, now.uidnext});
    to_select_.push_back({mailbox, listing.server_name, recorded, now});
  }
  io_.emit(record::EndMailboxes{options_.side, {}, {}, listings_.size()});
}

std::uint64_t Changes::asked() const {
  std::uint64_t asked = 0;
  for (const auto& selection : selections_) asked += selection->asked();
  return asked;
}

/// Issues what may be issued, and ends the round when all was answered.
void Changes::pump() {
  while (io_.queued() < max_queued && asked() < max_asked) {
    if (!selections_.empty() && selections_.back()->more()) {
      selections_.back()->issue();
      continue;
    }
    if (to_select_.empty() || selections_.size() >= max_selections) break;
    // Else a FETCH behind a SELECT that fails would answer for the mailbox before.
    if (was_selected_) unselect();
    was_selected_ = true;
    selections_.push_back(std::make_unique<Selection>(
        session_, options_.side, std::move(to_select_.front()),
        [this](const record::Record& record) { io_.emit(record); }));
    to_select_.pop_front();
  }
  std::erase_if(selections_, [](const auto& selection) { return selection->finished(); });
  if (end_round_ && states_complete_ && list_complete_ && to_select_.empty() &&
      selections_.empty()) {
    io_.emit(*end_round_);
    end_round_.reset();
  }
}
