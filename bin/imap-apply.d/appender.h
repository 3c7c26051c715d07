// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_APPENDER_H
#define IMAPSYNC_IMAP_APPLY_APPENDER_H

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "context.h"
#include "keywords.h"
#include "posix/clock.h"
#include "sync/identity.h"

/// A message on its way, as the source told of it just before its body.
struct Message {
  imap::Uid uid = {};
  std::uint64_t size = 0; ///< of the body that follows, once it has begun
  imap::Flags flags;
  imap::InternalDate date;
  record::Digest digest;     ///< of its identity fields, once the body has passed
  imap::Flags left_out = {}; ///< keywords to try when it is there
};

struct Shelf;

/// Where messages go: one mailbox of the target, and messages that may share an APPEND.
struct Destination {
  record::Mailbox mailbox;
  std::uint64_t uidvalidity = 0; ///< of the target
  imap::PermanentFlags permanent;
  std::uint64_t source_uidvalidity = 0;
  std::uint64_t group = 0; ///< messages of different groups never share a command
  bool bare = false;       ///< refused with new keywords: without them
  std::shared_ptr<Shelf> shelf = {}; ///< the target is not known yet: where they wait
};

/// Streams messages into APPEND commands on the target: several messages each where the
/// server has MULTIAPPEND, several commands in flight, their bodies never held in whole.
class Appender {
 public:
  /// A command was answered.
  using Answered = std::function<void(const Destination&, const std::vector<Message>&,
                                      const imap::Tagged&)>;

  Appender(Peer& target, Keywords& keywords, Answered answered)
      : target_{target}, keywords_{keywords}, answered_{std::move(answered)} {}

  void begin(const Destination& destination, Message message);
  void data(std::string_view octets);
  void end();
  /// Ends the open command, if any: nothing more will come soon.
  void finish();

  /// In the middle of a body.
  bool in_message() const { return in_message_; }
  /// Commands without an answer, the open one included.
  std::size_t commands() const { return unanswered_.size(); }

  /// The messages of one APPEND.
  struct Batch {
    Destination destination;
    std::vector<Message> messages;
    std::uint64_t octets = 0;
    posix::Clock::time_point begun = {};
    bool answered = false; ///< refused before its end, which is still to be sent
  };
  /// What the server was at when it ended the session: the oldest command that it has not
  /// answered, whole or not; null if there is none.
  const Batch* suspect() const;

 private:
  bool at_once() const;
  bool fits(const Destination& destination, std::uint64_t size) const;
  void open(const Destination& destination);
  void answered(const std::shared_ptr<Batch>& batch, const imap::Tagged& answer);

  Peer& target_;
  Keywords& keywords_;
  Answered answered_;
  std::shared_ptr<Batch> batch_; ///< open
  std::deque<std::shared_ptr<Batch>> unanswered_;
  syncing::Identity identity_;
  std::uint64_t left_ = 0; ///< octets of the body that are still to come
  bool in_message_ = false;
};

#endif
