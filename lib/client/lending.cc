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

constexpr std::string_view promise_text = "promise", lend_text = "lend\n",
                           back_text = "back", unused_text = "unused",
                           lost_text = "lost\n";

/// Empty if there is none: this filter was not started by imapsync.
posix::Fd lending_socket(std::string_view side) {
  const std::string variable = "IMAPSYNC_LEND_" + imap::upper(side) + "_FD";
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
  text += std::to_string(selected.uidvalidity) + "\n";
  for (const std::string& capability : capabilities) text += capability + " ";
  return text + "\n" + selected.name; // which may hold anything
}

} // namespace

// ---- the lender -----------------------------------------------------------------------

Lender::Lender(posix::Loop& loop, Session& session, std::string_view side)
    : session_{session}, socket_{lending_socket(side)} {
  if (socket_)
    loop.add({socket_.get(), [this] { return short(lent_ ? POLLIN : 0); },
              [this](short) { receive(); }});
}

bool Lender::promise() {
  // What a message cannot hold would be cut: the longest name of a mailbox is asked for.
  constexpr std::size_t longest_name = 4096;
  if (!socket_ || lend_message({}, session_.capabilities()).size() + longest_name >
                      posix::max_message)
    return false;
  session_.go_direct(); // for the bodies that will come
  return posix::send_message(socket_.get(), promise_text);
}

void Lender::lend(const LentMailbox& selected) {
  std::string text = lend_message(selected, session_.capabilities());
  if (text.size() > posix::max_message) text = lend_message({}, session_.capabilities());
  const Descriptors& fds = session_.descriptors();
  std::vector<int> along{fds.read, fds.write};
  if (fds.direct >= 0) along.push_back(fds.direct);
  lent_ = session_.idle() && posix::send_message(socket_.get(), text, along);
  session_.rest(lent_);
  unselected_ = false;
  // Whoever was promised it sees the end, and opens one.
  if (!lent_) ::shutdown(socket_.get(), SHUT_RDWR);
}

void Lender::reclaim() {
  if (gone_) throw posix::BrokenPipe{"the session that was lent did not come back"};
  if (!lost_.empty()) throw posix::Fault{EX_TEMPFAIL, lost_};
  if (!lent_) return;
  reclaiming_ = true;
  (void)posix::send_message(socket_.get(), back_text); // else receive() sees its end
}

void Lender::receive() {
  posix::Message message;
  const auto received = posix::receive_message(socket_.get(), message);
  if (received == posix::Received::nothing) return;
  lent_ = false;
  unselected_ = message.text == back_text;
  const bool back = unselected_ || message.text == unused_text;
  if (received == posix::Received::end || !back) {
    gone_ = !message.text.starts_with(lost_text); // and the line ends
    if (!gone_) lost_ = message.text.substr(lost_text.size());
    if (reclaiming_) reclaim();
    return;
  }
  reclaiming_ = false;
  session_.rest(false);
}

// ---- the borrower ---------------------------------------------------------------------

Borrower::Borrower(posix::Loop& loop, Session& session, std::string_view side,
                   Listener listener)
    : loop_{loop}, session_{session}, listener_{std::move(listener)}, socket_{
                                                                          lending_socket(
                                                                              side)} {
  if (socket_)
    loop.add({socket_.get(), [] { return short{POLLIN}; }, [this](short) { receive(); }});
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
    const std::string_view text{message.text};
    if (received == posix::Received::end) {
      // Nothing is to come, or to be returned, any more.
      promised_ = returning_ = false;
      loop_.remove(socket_.get());
      socket_.reset();
    } else if (text == promise_text) {
      promised_ = !session_.used();
    } else if (text.starts_with(lend_text)) {
      owes_ = true;
      auto& descriptors = message.descriptors;
      if (descriptors.size() == 3) guard_ = std::move(descriptors.back());
      if (std::exchange(promised_, false) && descriptors.size() >= 2)
        take(text.substr(lend_text.size()), descriptors);
      else
        give_back(unused_text);
    } else if (text == back_text && owes_) {
      reclaimed();
    }
  }
}

void Borrower::take(std::string_view text, const std::vector<posix::Fd>& descriptors) {
  LentMailbox selected;
  const std::string_view number = take_word(text, '\n');
  std::from_chars(number.data(), number.data() + number.size(), selected.uidvalidity);
  std::vector<std::string> capabilities;
  for (std::string_view words = take_word(text, '\n'); !words.empty();)
    capabilities.emplace_back(take_word(words, ' '));
  selected.name = text;
  session_.borrow({descriptors[0].get(), descriptors[1].get()}, std::move(capabilities));
  listener_.lent(selected);
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

void Borrower::lost(const posix::Fault& fault) {
  guard_.reset();
  if (!std::exchange(owes_, false)) return;
  const std::string text = std::string{lost_text} + fault.what();
  (void)posix::send_message(socket_.get(), text.substr(0, posix::max_message));
}

} // namespace client
