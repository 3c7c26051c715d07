// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "imap/ascii.h"

namespace client {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t chunk = std::size_t{256} << 10;
// Dovecot drops a client that is silent for 30 minutes; NATs and others sooner.
constexpr auto keep_alive_after = 4min;
// A server that neither answers nor takes what we send for so long is dead.
constexpr auto silence_limit = 2h; // imap-connect(1) notices dead connections sooner
constexpr auto longest_hold = 2min;

} // namespace

std::string words(const imap::Tagged& answer) { return imap::printable(answer.text); }

Session::Session(posix::Loop& loop, std::string name, Descriptors descriptors,
                 Listener listener)
    : name_{std::move(name)}, link_{descriptors}, listener_{std::move(listener)},
      out_{descriptors.write, name_}, buffer_(chunk, '\0') {
  posix::set_nonblocking(link_.read());
  posix::set_nonblocking(link_.write());
  loop.add({link_.read(),
            [this] {
              paused_ = !reads();
              return short(paused_ ? 0 : POLLIN);
            },
            [this](short) { (void)read(); }});
  loop.add({link_.write(),
            [this] { return short(writes() && !link_.asked() ? POLLOUT : 0); },
            [this](short) { write(); }});
  if (descriptors.direct >= 0)
    loop.add({descriptors.direct, [this] { return short(link_.listens() ? POLLIN : 0); },
              [this](short) { hear_of_server(); }});
  loop.at(
      [this]() -> std::optional<posix::Clock::time_point> {
        if (!used() || unopened_ || resting_) return {};
        const auto quiet = spoke_ + keep_alive_after;
        return in_flight() > 0 ? std::max(heard_, spoke_) + silence_limit : quiet;
      },
      [this] { keep_alive(); });
  loop.at( // wakes up to read again
      [this]() -> std::optional<posix::Clock::time_point> {
        // As the loop was told: by now it might be time to read, and nothing would wake
        // it.
        if (!held_since_ || !paused_) return {};
        return *held_since_ + longest_hold;
      },
      [] {});
}

bool Session::has(std::string_view capability) const {
  return std::ranges::find(capabilities_, capability) != capabilities_.end();
}

std::optional<std::uint64_t> Session::limit(std::string_view capability) const {
  for (const std::string& name : capabilities_)
    if (name.starts_with(capability) && name.substr(capability.size(), 1) == "=")
      return imap::parse_number(std::string_view{name}.substr(capability.size() + 1));
  return {};
}

// ---- sending --------------------------------------------------------------------------

std::string Session::next_tag() {
  used_ = true;
  return mark_ + std::to_string(next_tag_++);
}

void Session::command(std::string_view text, Done done, Untagged untagged) {
  Command command{next_tag(), std::string{text}, std::move(done), std::move(untagged)};
  if (in_flight_.empty()) heard_ = posix::Clock::now();
  if (streaming())
    deferred_.push_back(std::move(command));
  else
    send(std::move(command));
}

void Session::send(Command command) {
  out_.command(command.tag, command.text);
  command.text.clear();
  in_flight_.push_back(std::move(command));
  spoke_ = posix::Clock::now();
}

void Session::begin_stream(std::string_view text, Done done) {
  Command command{next_tag(), {}, std::move(done), {}};
  if (in_flight_.empty()) heard_ = posix::Clock::now();
  out_.begin(command.tag, text);
  in_flight_.push_back(std::move(command));
}

void Session::stream(std::string_view octets) {
  if (out_.aborted()) return;
  spoke_ = posix::Clock::now();
  out_.stream(octets, !link_.asked());
}

void Session::stream_literal(std::uint64_t size) {
  const bool at_once = has("LITERAL+") || (has("LITERAL-") && size <= 4096);
  stream(" {" + std::to_string(size) + (at_once ? "+}\r\n" : "}\r\n"));
  if (out_.aborted()) return;
  if (!at_once)
    out_.wait_for_leave();
  else if (!in_flight_.empty()) // else it was answered already
    in_flight_.back().streams_octets = true;
}

void Session::end_stream() {
  stream("\r\n");
  out_.end();
  send_deferred();
}

void Session::send_deferred() {
  while (!streaming() && !deferred_.empty()) {
    Command command = std::move(deferred_.front());
    deferred_.pop_front();
    send(std::move(command));
  }
}

void Session::write() {
  out_.write();
  spoke_ = posix::Clock::now();
  if (wants_direct_) go_direct();
}

// ---- the way to the server ------------------------------------------------------------

void Session::go_direct() {
  wants_direct_ = writes();
  if (!wants_direct_ && used() && !borrowed()) link_.ask();
}

void Session::farewell() {
  if (idle() && !borrowed()) link_.farewell();
}

void Session::hear_of_server() {
  const Link::News news = link_.look();
  if (news == Link::News::lost) sever("imap-connect has ended");
  if (news != Link::News::granted) return;
  while (read()) {
  }
  link_.go_direct();
}

void Session::keep_alive() {
  if (in_flight() > 0) return sever("no answer for a long time");
  command("NOOP", [](const imap::Tagged&) {});
}

// ---- another one's session ------------------------------------------------------------

void Session::borrow(Descriptors lent, std::vector<std::string> capabilities, char mark) {
  link_.borrow(lent);
  mark_ = mark;
  capabilities_ = std::move(capabilities);
  used_ = greeted_ = true;
  heard_ = spoke_ = posix::Clock::now();
}

void Session::return_borrowed() {
  if (!idle()) return end("an answer was cut in two");
  use_own();
}

void Session::use_own() {
  link_.use_own();
  mark_ = own_mark;
  capabilities_.clear();
  used_ = greeted_ = severed_ = false;
  out_.clear();
}

// ---- receiving ------------------------------------------------------------------------

bool Session::reads() const {
  return used() && !unopened_ && !resting_ &&
         (!held_since_ || posix::Clock::now() >= *held_since_ + longest_hold);
}

void Session::hold(bool on) {
  if (!on)
    held_since_.reset();
  else if (!held_since_)
    held_since_ = posix::Clock::now();
}

/// False if there was nothing to read, or there will not be.
bool Session::read() {
  std::string_view octets;
  const auto status = posix::read_some(link_.read(), buffer_, octets, name_);
  if (status == posix::ReadStatus::end) {
    sever("the server closed the connection");
    return false;
  }
  heard_ = posix::Clock::now();
  const bool borrowed = this->borrowed(); // what is left is of that session
  while (!octets.empty() && !unopened_ && borrowed == this->borrowed()) {
    imap::Event event = parser_.next(octets);
    handle(event);
  }
  return status == posix::ReadStatus::some;
}

void Session::handle(imap::Event& event) {
  if (auto* response = std::get_if<imap::Response>(&event))
    handle(*response);
  else if (auto* begin = std::get_if<imap::BodyBegin>(&event))
    listener_.body_begin(*begin);
  else if (auto* data = std::get_if<imap::BodyData>(&event))
    listener_.body_data(data->octets);
  else if (std::holds_alternative<imap::BodyEnd>(event))
    listener_.body_end();
  else if (auto* bad = std::get_if<imap::Malformed>(&event))
    give_up("not understood: " + bad->why);
}

void Session::give_up(const std::string& why) {
  severed_ = true;
  throw posix::Fault{EX_PROTOCOL, name_ + ": " + why};
}

void Session::handle(imap::Response& response) {
  if (const auto* status = std::get_if<imap::Status>(&response)) {
    if (status->condition == imap::Condition::bye) return bye(*status);
    if (!greeted_) return greeting(*status);
  }
  if (!greeted_)
    throw posix::Fault{EX_PROTOCOL,
                       name_ + ": the session does not begin with a greeting"};
  if (const auto* answer = std::get_if<imap::Tagged>(&response)) return tagged(*answer);
  if (std::holds_alternative<imap::Continuation>(response)) {
    out_.leave();
    return send_deferred();
  }
  if (auto* data = std::get_if<imap::CapabilityData>(&response))
    capabilities_ = std::move(data->names);
  else if (!take(response))
    listener_.news(response);
}

bool Session::take(imap::Response& response) {
  for (const Command& command : in_flight_)
    if (command.untagged && command.untagged(response)) return true;
  return false;
}

void Session::greeting(const imap::Status& status) {
  if (status.condition != imap::Condition::preauth)
    throw posix::Fault{EX_PROTOCOL,
                       name_ + ": the session is not authenticated (no PREAUTH)"};
  greeted_ = true;
  if (const auto* list = std::get_if<imap::CapabilityList>(&status.code))
    capabilities_ = list->names;
  on_greeting();
}

void Session::tagged(const imap::Tagged& answer) {
  const auto found = std::ranges::find(in_flight_, answer.tag, &Command::tag);
  if (found == in_flight_.end())
    give_up("an answer to no command of ours: " + imap::printable(answer.tag));
  const bool unfinished = streaming() && std::next(found) == in_flight_.end();
  const Command command = std::move(*found);
  in_flight_.erase(found);
  if (answer.condition == imap::Condition::bad && command.streams_octets) {
    // The server may be reading the literal as commands: nothing more on this connection.
    severed_ = true;
    command.done(answer);
    return end("the server refused a command with a literal: " + words(answer));
  }
  if (unfinished) out_.refused();
  command.done(answer);
  send_deferred();
}

void Session::bye(const imap::Status& status) {
  severed_ = true;
  int code = EX_TEMPFAIL;
  if (const auto* other = std::get_if<imap::OtherCode>(&status.code)) {
    severed_ = other->name != "UNAVAILABLE"; // nothing that we sent or asked for is why
    if (other->name == "AUTHENTICATIONFAILED" || other->name == "AUTHORIZATIONFAILED" ||
        other->name == "EXPIRED" || other->name == "PRIVACYREQUIRED" ||
        other->name == "CONTACTADMIN")
      code = EX_NOPERM;
    else if (other->name == "X-MISSING")
      code = EX_UNAVAILABLE;
    else if (other->name == "X-NOHOST")
      code = EX_NOHOST;
    else if (other->name == "X-CONFIG")
      code = EX_CONFIG;
    else if (other->name == "X-PROTOCOL")
      code = EX_PROTOCOL;
  }
  end(posix::Fault{code, name_ + ": " + imap::printable(status.text)});
}

void Session::sever(const std::string& why) {
  severed_ = true;
  end(why);
}

void Session::end(const std::string& why) {
  end(posix::Fault{EX_TEMPFAIL, name_ + ": " + why});
}

void Session::end(const posix::Fault& fault) {
  if (borrowed() && listener_.lost(fault)) {
    parser_ = imap::Parser{};
    in_flight_.clear();
    return use_own();
  }
  unopened_ = !greeted_ && listener_.unopened(fault);
  if (!unopened_) throw fault;
}

} // namespace client
