// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/lending.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "imap/ascii.h"
#include "posix/fault.h"
#include "posix/message.h"

namespace client {

namespace {

constexpr std::string_view promise_text = "promise", later_text = "promise planned",
                           none_text = "none", lend_text = "lend\n", want_text = "want",
                           finish_text = "finish", kept_text = "kept", back_text = "back",
                           unused_text = "unused", lost_text = "lost\n";

/// Empty if there is none: this filter was not started by imapsync.
posix::Fd lending_socket(std::string_view side, Use use) {
  const std::string variable = "IMAPSYNC_LEND_" + imap::upper(side) +
                               (use == Use::target ? "_TARGET" : "") + "_FD";
  const char* text = std::getenv(variable.c_str()); // NOLINT(concurrency-mt-unsafe)
  return posix::Fd{text == nullptr ? -1 : posix::message_socket(text)};
}

std::string_view take_word(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view word = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return word;
}

std::string lend_message(const LentMailbox& selected,
                         const std::vector<std::string>& capabilities) {
  std::string text{lend_text};
  text += std::to_string(selected.uidvalidity) + (selected.writable ? " rw " : " ro ") +
          selected.permanent.to_string() + "\n";
  for (const std::string& capability : capabilities) text += capability + " ";
  return text + "\n" + selected.name; // which may hold anything
}

} // namespace

// ---- the lender -----------------------------------------------------------------------

Lender::Lender(posix::Loop& loop, Session& session, std::string_view side)
    : loop_{loop}, session_{session} {
  for (const Use use : {Use::source, Use::target}) {
    Client& client = at(use);
    client.socket = lending_socket(side, use);
    if (!client.socket) continue;
    // A source has nothing to say before it has the session.
    loop.add({client.socket.get(),
              [&client, use] {
                const bool may_speak = client.has || use == Use::target;
                return short(may_speak && client.socket ? POLLIN : 0);
              },
              [this, &client](short) { (void)receive(client); }});
  }
}

bool Lender::promise(Use use) {
  // What a message cannot hold would be cut: the longest name of a mailbox is asked for.
  constexpr std::size_t longest_name = 4096;
  Client& client = at(use);
  if (!client.socket || lend_message({}, session_.capabilities()).size() + longest_name >
                            posix::max_message)
    return false;
  if (use == Use::source) session_.go_direct(); // for the bodies that will come
  client.promised = posix::send_message(
      client.socket.get(),
      use == Use::target && source_.promised ? later_text : promise_text);
  return client.promised;
}

void Lender::decline() {
  target_.promised = false;
  if (target_.socket && !target_.has)
    (void)posix::send_message(target_.socket.get(), none_text);
}

void Lender::lend(const LentMailbox& selected) {
  ready_ = selected;
  unselected_ = false;
  if (source_.promised) give(source_);
  pump();
}

void Lender::pump() {
  if (!ready_ || lent() || !target_.wants || !target_.promised) return;
  session_.go_direct();
  if (session_.idle()) give(target_);
}

void Lender::give(Client& client) {
  std::string text = lend_message(*ready_, session_.capabilities());
  if (text.size() > posix::max_message) {
    // Who is not told what is selected has to leave it first.
    if (&client == &target_) return decline();
    text = lend_message({}, session_.capabilities());
  }
  const Descriptors& fds = session_.descriptors();
  std::vector<int> along{fds.read, fds.write};
  if (fds.direct >= 0) along.push_back(fds.direct);
  client.promised = client.wants = false;
  client.has = session_.idle() && posix::send_message(client.socket.get(), text, along);
  session_.rest(client.has);
  ask_source();
  // Whoever was promised it sees the end, and opens one.
  if (!client.has) ::shutdown(client.socket.get(), SHUT_RDWR);
}

void Lender::reclaim() {
  while (receive(target_)) { // what was wanted in the round before
  }
  if (gone_) throw posix::BrokenPipe{"the session that was lent did not come back"};
  if (!lost_.empty()) throw posix::Fault{EX_TEMPFAIL, lost_};
  ready_.reset();
  source_.promised = target_.promised = target_.wants = false;
  for (const Client* client : {&source_, &target_})
    if (client->has) {
      reclaiming_ = true;
      // Else receive() sees its end.
      (void)posix::send_message(client->socket.get(), back_text);
    }
}

bool Lender::receive(Client& client) {
  if (!client.socket) return false;
  posix::Message message;
  const auto received = posix::receive_message(client.socket.get(), message);
  const std::string_view text{message.text};
  if (received == posix::Received::nothing) return false;
  if (received == posix::Received::end) {
    lose(client, "");
  } else if (text == want_text) {
    client.wants = true;
    ask_source();
  } else if (text == kept_text || text == back_text || text == unused_text) {
    come_back(client, text);
  } else {
    lose(client, text);
  }
  return bool(client.socket);
}

void Lender::ask_source() {
  if (source_.has && target_.promised && target_.wants)
    (void)posix::send_message(source_.socket.get(), finish_text);
}

void Lender::come_back(Client& client, std::string_view how) {
  client.has = reclaiming_ = false;
  unselected_ = unselected_ || how == back_text;
  if (unselected_ && ready_) ready_.emplace();
  session_.rest(false);
}

void Lender::lose(Client& client, std::string_view text) {
  if (text.empty()) {
    loop_.remove(client.socket.get());
    client.socket.reset();
  }
  if (!std::exchange(client.has, false)) return;
  gone_ = !text.starts_with(lost_text); // and the line ends
  if (!gone_) lost_ = text.substr(lost_text.size());
  decline();
  if (reclaiming_) reclaim();
}

// ---- the borrower ---------------------------------------------------------------------

Borrower::Borrower(posix::Loop& loop, Session& session, std::string_view side, Use use,
                   Listener listener)
    : loop_{loop}, session_{session}, use_{use}, listener_{std::move(listener)},
      socket_{lending_socket(side, use)} {
  if (socket_)
    loop.add({socket_.get(), [] { return short{POLLIN}; }, [this](short) { receive(); }});
}

void Borrower::reset() {
  receive();
  told_ = promised_ = false;
}

bool Borrower::look() {
  receive();
  return promised_;
}

void Borrower::receive() {
  posix::Message message;
  while (socket_) {
    const auto received = posix::receive_message(socket_.get(), message);
    if (received == posix::Received::nothing) return;
    if (received == posix::Received::end) {
      // Nothing is to come, or to be returned, any more.
      promised_ = returning_ = false;
      told_ = true;
      loop_.remove(socket_.get());
      socket_.reset();
    } else {
      understand(message);
    }
  }
}

void Borrower::understand(posix::Message& message) {
  const std::string_view text{message.text};
  if (text == promise_text || text == later_text) {
    promised_ = !session_.used();
    after_plan_ = text == later_text;
    told_ = true;
    wanted_ = false;
  } else if (text == none_text) {
    told_ = true;
    promised_ = false;
  } else if (text.starts_with(lend_text)) {
    owes_ = true;
    awaited_ = false;
    if (std::exchange(promised_, false) && message.descriptors.size() >= 2)
      take(text.substr(lend_text.size()), message.descriptors);
    else
      give_back(unused_text);
  } else if (text == finish_text && owes_) {
    awaited_ = true;
  } else if (text == back_text && owes_) {
    reclaimed();
  }
}

void Borrower::take(std::string_view text, std::vector<posix::Fd>& descriptors) {
  LentMailbox selected;
  std::string_view state = take_word(text, '\n');
  const std::string_view number = take_word(state, ' ');
  std::from_chars(number.data(), number.data() + number.size(), selected.uidvalidity);
  selected.writable = take_word(state, ' ') != "ro";
  if (const auto flags = imap::parse_permanent_flags(state)) selected.permanent = *flags;
  std::vector<std::string> capabilities;
  for (std::string_view words = take_word(text, '\n'); !words.empty();)
    capabilities.emplace_back(take_word(words, ' '));
  selected.name = text;
  if (descriptors.size() == 3) guard_ = std::move(descriptors.back());
  session_.borrow({descriptors[0].get(), descriptors[1].get()}, std::move(capabilities),
                  use_ == Use::target ? 'c' : 'b');
  listener_.lent(selected);
}

void Borrower::want() {
  if (promised_ && !std::exchange(wanted_, true))
    (void)posix::send_message(socket_.get(), want_text);
}

void Borrower::finish(bool as_lent) {
  awaited_ = false;
  if (!as_lent) return reclaimed();
  session_.return_borrowed();
  listener_.returned();
  give_back(kept_text);
}

/// What the server still says to us must not be read by its owner, in the middle. Where
/// the mailbox was deleted meanwhile, Dovecot ends the session at any other command.
void Borrower::reclaimed() {
  returning_ = true;
  if (session_.borrowed()) session_.command("UNSELECT", [](const imap::Tagged&) {});
}

void Borrower::pump() {
  if (!returning_ || (session_.borrowed() && session_.in_flight() > 0)) return;
  returning_ = false;
  if (!session_.borrowed()) return give_back(unused_text);
  session_.return_borrowed();
  listener_.returned();
  give_back(back_text);
}

/// Once for each time: its owner uses the session from then on.
void Borrower::give_back(std::string_view how) {
  guard_.reset();
  if (!std::exchange(owes_, false)) return;
  (void)posix::send_message(socket_.get(), how);
}

void Borrower::farewell() {
  if (guard_ && borrowing() && session_.idle())
    (void)posix::send_message(guard_.get(), "answered");
}

void Borrower::lost(const posix::Fault& fault) {
  guard_.reset();
  if (!std::exchange(owes_, false)) return;
  const std::string text = std::string{lost_text} + fault.what();
  (void)posix::send_message(socket_.get(), text.substr(0, posix::max_message));
}

} // namespace client
