// SPDX-License-Identifier: GPL-3.0-or-later
#include "lister.h"

#include <algorithm>
#include <utility>

#include "imap/ascii.h"
#include "imap/command.h"
#include "imap/mailbox_name.h"
#include "posix/fault.h"

namespace {

/// A refusal that may be another answer next time (RFC 5530).
bool is_temporary(const imap::Tagged& answer) {
  const auto* code = std::get_if<imap::OtherCode>(&answer.code);
  if (answer.condition != imap::Condition::no || !code) return false;
  return code->name == "UNAVAILABLE" || code->name == "INUSE" || code->name == "LIMIT" ||
         code->name == "SERVERBUG";
}

// No server has a letter, a digit or a wildcard for a delimiter, or what modified UTF-7
// is made of.
bool may_hold_delimiter(const std::string& pattern) {
  return std::ranges::any_of(pattern, [](char c) {
    const bool letter =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return !letter && std::string_view{"\0 *%&+,-", 8}.find(c) == std::string_view::npos;
  });
}

// More of them are not an account, but an attack on our memory.
constexpr std::size_t max_mailboxes = 100'000, max_octets = std::size_t{16} << 20;

constexpr std::string_view status_items = "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)";

} // namespace

bool selectable(const record::Listed& listed) {
  return std::ranges::none_of(listed.attributes.list, [](const std::string& attribute) {
    return imap::equal_nocase(attribute, "\\Noselect") ||
           imap::equal_nocase(attribute, "\\NonExistent");
  });
}

Lister::Lister(const Options& options, client::Session& session, Listener listener)
    : options_{options}, session_{session}, listener_{std::move(listener)} {
  if (!options_.ignore.empty()) ignore_.emplace(options_.ignore);
  awaits_delimiter_ = options_.side == record::Side::remote &&
                      std::ranges::any_of(options_.patterns, may_hold_delimiter);
}

void Lister::translate(std::optional<char> theirs) {
  if (!awaits_delimiter_) return;
  awaits_delimiter_ = false;
  theirs_ = theirs;
}

void Lister::begin_round() {
  all_requested_ = false;
  requested_.clear();
  left_.clear();
  listings_.clear();
  early_.clear();
  names_ = 0;
}

void Lister::request(const record::Request& request) {
  if (request.what.text == "leave")
    left_.insert(request.mailbox.value());
  else if (request.mailbox)
    requested_.insert(*request.mailbox);
  else
    all_requested_ = true;
}

bool Lister::restricted() const {
  return !all_requested_ || !options_.patterns.empty() ||
         !options_.select_options.empty() || ignore_;
}

void Lister::list() {
  // Only names inside a hierarchy cannot be asked for without knowing the delimiter
  // first.
  const auto level = [this](const std::string& pattern) {
    return pattern.find('\0') != pattern.npos ||
           (theirs_ && pattern.find(*theirs_) != pattern.npos);
  };
  if (!delimiter_known_ && all_requested_ &&
      std::ranges::any_of(options_.patterns, level))
    ask_delimiter([this] { ask(); });
  else
    ask();
}

void Lister::ask() {
  session_.command(
      list_command(), [this](const imap::Tagged& answer) { listed(answer); },
      [this](imap::Response& response) { return absorb(response); });
}

void Lister::ask_delimiter(std::function<void()> then) {
  session_.command(
      "LIST " + imap::mailbox_argument(options_.reference) + " \"\"",
      [this, then = std::move(then)](const imap::Tagged&) {
        delimiter_known_ = true;
        then();
      },
      [this](imap::Response& response) {
        if (const auto* data = std::get_if<imap::ListData>(&response))
          delimiter_ = data->delimiter;
        return true;
      });
}

std::string Lister::list_command() const {
  std::string command = "LIST ";
  if (all_requested_ && !options_.select_options.empty())
    command += "(" + options_.select_options + ") ";
  command += imap::mailbox_argument(options_.reference) + " (";
  std::vector<std::string> patterns{"*"};
  if (all_requested_ && !options_.patterns.empty()) patterns = options_.patterns;
  for (std::string& pattern : patterns) {
    const char delimiter = delimiter_.value_or('/');
    std::ranges::replace(pattern, '\0', delimiter);
    if (theirs_) std::ranges::replace(pattern, *theirs_, delimiter);
    if (&pattern != &patterns.front()) command += ' ';
    command += imap::mailbox_argument(pattern);
  }
  command += ") RETURN (SUBSCRIBED";
  if (special_use_) command += " SPECIAL-USE";
  return command.append(" STATUS ").append(status_items).append(")");
}

void Lister::listed(const imap::Tagged& answer) {
  if (answer.condition != imap::Condition::ok && special_use_ &&
      !session_.has("SPECIAL-USE")) {
    special_use_ = false; // an unknown return option is an error (RFC 5258 section 3)
    listings_.clear();
    early_.clear();
    return ask();
  }
  if (answer.condition != imap::Condition::ok)
    throw posix::Fault{is_temporary(answer) ? EX_TEMPFAIL : EX_PROTOCOL,
                       std::string{name(options_.side)} +
                           ": the server refused LIST: " + client::words(answer)};
  // Nothing was listed: what is created there needs it all the same.
  if (!delimiter_ && !delimiter_known_)
    ask_delimiter([this] { ask_numbers(); });
  else
    ask_numbers();
}

/// Of a mailbox that is listed for what is below it (RECURSIVEMATCH), or that it cannot
/// open, a server may tell no numbers (RFC 5819 section 2).
void Lister::ask_numbers() {
  ++unanswered_;
  for (const auto& [mailbox, listing] : listings_) {
    if (listing.record.numbers.uidvalidity != 0 || !selectable(listing.record)) continue;
    ++unanswered_;
    session_.command(
        "STATUS " + imap::mailbox_argument(listing.server_name) + " " +
            std::string{status_items},
        [this, mailbox = mailbox](const imap::Tagged& answer) {
          told_numbers(mailbox, answer);
        },
        [this](imap::Response& response) {
          const auto* status = std::get_if<imap::StatusData>(&response);
          return status && add(*status);
        });
  }
  if (--unanswered_ == 0) listener_.listed();
}

void Lister::told_numbers(const record::Mailbox& mailbox, const imap::Tagged& answer) {
  if (answer.condition != imap::Condition::ok)
    listings_.at(mailbox).refused = client::words(answer);
  if (--unanswered_ == 0) listener_.listed();
}

bool Lister::absorb(imap::Response& response) {
  if (const auto* line = std::get_if<imap::Status>(&response)) note_absent(*line);
  if (const auto* data = std::get_if<imap::ListData>(&response))
    add(*data);
  else if (const auto* status = std::get_if<imap::StatusData>(&response)) {
    if (!add(*status)) {
      reckon(status->name);
      early_[status->name] = *status;
    }
  } else
    return false;
  return true;
}

/// A name more to be kept.
void Lister::reckon(const std::string& server_name) {
  names_ += server_name.size();
  if (listings_.size() + early_.size() >= max_mailboxes || names_ > max_octets)
    throw posix::Fault{EX_PROTOCOL, std::string{name(options_.side)} +
                                        ": the server lists too many mailboxes: more "
                                        "than 100,000, or names of more than 16 MiB"};
}

/// Dovecot goes on to list a Maildir++ folder that was deleted while it has children, and
/// says instead of its STATUS that there is none.
void Lister::note_absent(const imap::Status& status) {
  constexpr std::string_view absent = "Mailbox doesn't exist: ";
  if (status.condition != imap::Condition::no || !status.text.starts_with(absent)) return;
  const auto name =
      imap::encode_mutf7(std::string_view{status.text}.substr(absent.size()));
  if (!name) return;
  const auto mailbox = imap::canonical_from_server(*name, delimiter_, options_.reference);
  const auto found = mailbox ? listings_.find(*mailbox) : listings_.end();
  if (found == listings_.end() || found->second.server_name != *name) return;
  std::vector<std::string>& attributes = found->second.record.attributes.list;
  constexpr std::string_view none = "\\NonExistent";
  if (found->second.record.numbers == record::Numbers{} &&
      std::ranges::find(attributes, none) == attributes.end())
    attributes.emplace_back(none);
}

void Lister::not_understood(const std::string& server_name) {
  const std::string& reference = options_.reference;
  const std::string text =
      "mailbox name not understood, skipped: " + imap::printable(server_name);
  if (!server_name.starts_with(reference)) {
    // The prefix itself is no mailbox of the hierarchy below it.
    if (!reference.starts_with(server_name))
      listener_.emit(record::Warning{options_.side, {}, {"name"}, text});
  } else if (all_requested_ && !(ignore_ && ignored(server_name, {}))) {
    listener_.emit(record::Failed{options_.side, {}, {"list"}, {}, {"name"}, text});
  }
}

void Lister::add(const imap::ListData& data) {
  if (!delimiter_) delimiter_ = data.delimiter;
  const auto mailbox =
      imap::canonical_from_server(data.name, data.delimiter, options_.reference);
  if (!mailbox) return not_understood(data.name);
  if (!wanted(data.name, *mailbox)) return;
  reckon(data.name);
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
  if (const auto status = early_.extract(data.name)) add(status.mapped());
}

bool Lister::add(const imap::StatusData& data) {
  const auto same = [&](const auto& entry) {
    return entry.second.server_name == data.name;
  };
  auto found = listings_.end();
  if (const auto mailbox =
          imap::canonical_from_server(data.name, delimiter_, options_.reference))
    found = listings_.find(*mailbox);
  if (found == listings_.end()) found = std::ranges::find_if(listings_, same);
  if (found == listings_.end()) return false;
  record::Numbers& numbers = found->second.record.numbers;
  numbers.uidvalidity = data.uidvalidity ? value(*data.uidvalidity) : 0;
  // How many there are is not known to be none: as good as if nothing were told.
  numbers.uidnext = data.uidnext && data.messages ? value(*data.uidnext) : 0;
  numbers.highestmodseq = data.highestmodseq.value_or(0);
  numbers.messages = data.messages.value_or(0);
  return true;
}

bool Lister::wanted(const std::string& server_name,
                    const record::Mailbox& mailbox) const {
  if (requested_.contains(mailbox)) return true;
  if (!all_requested_) return false;
  return !ignore_ || !ignored(server_name, mailbox);
}

bool Lister::ignored(const std::string& server_name,
                     const record::MaybeMailbox& mailbox) const {
  std::string_view text = server_name;
  if (text.starts_with(options_.reference)) text.remove_prefix(options_.reference.size());
  std::string with_nul{text};
  if (delimiter_) std::ranges::replace(with_nul, *delimiter_, '\0');
  const auto matches = ignore_->matches(with_nul);
  if (!matches)
    listener_.emit(record::Warning{options_.side,
                                   mailbox,
                                   {"name"},
                                   "ignore-mailbox is too costly to match: ignored"});
  return matches.value_or(true);
}
