// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_RECEIVER_H
#define IMAPSYNC_IMAP_APPLY_RECEIVER_H

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "fetch_job.h"
#include "fetch_listener.h"

/// Receives the bodies that the source was asked for: knows which command asked for each
/// and how much is still to come, and passes on what comes as it was told.
class Receiver {
 public:
  /// One command for bodies: some whole messages, or a piece of a large one.
  struct Part {
    std::shared_ptr<FetchJob> job;
    imap::UidSet uids;        ///< not yet begun
    std::uint64_t octets = 0; ///< not yet come, as far as known
    std::uint64_t offset = 0; ///< of a piece
    bool is_piece = false;
    bool is_guess = false;   ///< `octets` is the most that it can be
    bool any_size = false;   ///< of its messages: it is not what was told
    bool is_probe = false;   ///< the last octet and one more
    std::uint64_t found = 0; ///< of these
    imap::UidSet early = {}; ///< came before their flags, dates and sizes
    std::uint64_t id = 0;
  };
  /// The first piece of a message shows that its size is not what was told: it is to be
  /// asked for as a whole.
  using OtherSize = std::function<void(const std::shared_ptr<FetchJob>&, imap::Uid)>;

  /// `listener` must outlive it.
  Receiver(const FetchListener& listener, OtherSize other_size)
      : listener_{listener}, other_size_{std::move(other_size)} {}

  /// A command is sent. Returns what it is to be taken by.
  std::uint64_t expect(Part part);
  /// It was answered. What it still says has not come.
  Part take(std::uint64_t id);
  /// None will be answered any more.
  std::deque<Part> take_all() { return std::exchange(parts_, {}); }
  /// The sizes of a job may be known now: counts what was guessed.
  void weigh(const FetchJob& job);
  /// No further pieces of this message are awaited.
  void drop_pieces(const FetchJob& job, imap::Uid uid);

  bool quiet() const { return parts_.empty(); }
  /// Octets that are still to come.
  std::uint64_t outstanding() const;
  /// The next command's bodies will come behind all that was asked for, whatever the
  /// server answers side by side.
  bool all_begun() const;
  /// What was asked for last is a piece.
  bool ends_in_piece() const { return !quiet() && parts_.back().is_piece; }
  /// A message was begun and is not whole.
  bool in_message() const { return current_ || expected_offset_ != 0; }

  struct Suspects {
    Destination destination;
    imap::UidSet uids;
    bool begun = false; ///< a single one, in the middle
  };
  /// What a server that fails now was about to send: what it told of them shows that it
  /// had worked until then.
  std::optional<Suspects> suspects() const;

  // What the source session reports of a body.
  void begin(const imap::BodyBegin& body);
  void data(std::string_view octets);
  void end();

 private:
  Part* part_of(const imap::FetchData& fetch);
  void compare(Part& part, const Message& told, std::uint64_t size);
  void pass_on(Part& part, const Message& message, std::uint64_t size);
  void doubt(const Part& part, imap::Uid uid);

  const FetchListener& listener_;
  OtherSize other_size_;
  std::deque<Part> parts_; ///< in the order in which they were asked for
  std::uint64_t next_id_ = 0;
  Part* current_ = nullptr; ///< whose body comes now, if it is passed on
  /// The message that was begun and is not whole.
  std::optional<std::pair<Destination, imap::Uid>> doubted_;
  /// Where the next piece of the message in the middle must begin; 0 between messages.
  std::uint64_t expected_offset_ = 0;
};

#endif
