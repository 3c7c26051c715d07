// SPDX-License-Identifier: GPL-3.0-or-later
#include "appender.h"

#include <algorithm>

#include "imap/command.h"
#include "posix/clock.h"
#include "posix/fault.h"

namespace {

using namespace std::chrono_literals;

// What one APPEND carries at most. Each costs the server a transaction, in which a
// Maildir of many messages is listed anew; but one that is refused is halved and sent
// again, and one that is cut off is lost in whole: on a slow link it is ended after a
// while.
constexpr std::size_t batch_messages = 512;
constexpr std::uint64_t batch_octets = std::uint64_t{8} << 20;
constexpr auto batch_time = 5s;

/// More keywords than a command line holds are stored when the message is there.
void leave_out_surplus(Message& message) {
  const auto lists = imap::flag_lists(message.flags);
  if (lists.size() < 2) return;
  message.left_out = unite(message.left_out, subtract(message.flags, lists.front()));
  message.flags = lists.front();
}

} // namespace

/// Whether literals are sent without waiting. If not, a command holds one message: more
/// would save no round trip.
bool Appender::at_once() const { return target_.session->has("LITERAL+"); }

bool Appender::fits(const Destination& destination, std::uint64_t size) const {
  return batch_ && !batch_->answered && at_once() &&
         target_.session->has("MULTIAPPEND") &&
         batch_->destination.group == destination.group &&
         batch_->destination.mailbox == destination.mailbox &&
         batch_->messages.size() < batch_messages &&
         batch_->octets + size <= batch_octets &&
         posix::Clock::now() - batch_->begun < batch_time;
}

void Appender::open(const Destination& destination) {
  batch_ = std::make_shared<Batch>();
  batch_->destination = destination;
  batch_->begun = posix::Clock::now();
  unanswered_.push_back(batch_);
  const auto server_name = target_.server_name(destination.mailbox);
  target_.session->begin_stream(
      "APPEND " + imap::mailbox_argument(std::get<std::string>(server_name)),
      [this, batch = batch_](const imap::Tagged& answer) { answered(batch, answer); });
}

void Appender::begin(const Destination& destination, Message message) {
  if (!fits(destination, message.size)) {
    finish();
    open(destination);
  }
  // Written anew from values, never the source's octets: a server may answer BAD to
  // arguments that it doesn't like and go on to read the literal as commands.
  message.flags =
      keywords_.mask(destination.mailbox, destination.permanent, message.flags);
  if (destination.bare) {
    message.left_out = Keywords::doubtful(destination.permanent, message.flags);
    message.flags = subtract(message.flags, message.left_out);
  }
  leave_out_surplus(message);
  target_.session->stream(" " + message.flags.to_string() + " " +
                          imap::date_argument(message.date));
  target_.session->stream_literal(message.size);
  left_ = message.size;
  batch_->octets += message.size;
  batch_->messages.push_back(std::move(message));
  identity_ = {};
  in_message_ = true;
}

void Appender::data(std::string_view octets) {
  if (octets.size() > left_)
    throw posix::Fault{EX_PROTOCOL,
                       "the source sent more of a message than it announced"};
  left_ -= octets.size();
  identity_.update(octets);
  target_.session->stream(octets);
}

void Appender::end() {
  in_message_ = false;
  if (left_ != 0)
    throw posix::Fault{EX_PROTOCOL,
                       "the source sent less of a message than it announced"};
  batch_->messages.back().digest = identity_.digest();
  if (!at_once() || batch_->answered) finish();
}

void Appender::finish() {
  if (!batch_) return;
  batch_.reset();
  target_.session->end_stream();
}

const Appender::Batch* Appender::suspect() const {
  return unanswered_.empty() ? nullptr : unanswered_.front().get();
}

void Appender::answered(const std::shared_ptr<Batch>& batch, const imap::Tagged& answer) {
  std::erase(unanswered_, batch);
  batch->answered = true;
  if (batch_ == batch && !in_message_) finish();
  answered_(batch->destination, batch->messages, answer);
}
