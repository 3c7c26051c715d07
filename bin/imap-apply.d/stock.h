// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_STOCK_H
#define IMAPSYNC_IMAP_APPLY_STOCK_H

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fetch_listener.h"

/// Messages that were fetched before their target was at hand, or why they did not come.
struct Shelf {
  struct Held {
    Destination destination; ///< of what has come in whole, without the shelf
    Message message;
    std::string body;
    imap::UidSet missing; ///< instead: these will not come
    Problem problem;
  };
  std::vector<Held> held;
  enum class State { holds, passes, drops } state = State::holds;
  std::uint64_t uidvalidity = 0; ///< of the target, once it is known
  imap::PermanentFlags permanent = imap::PermanentFlags::unsaid();
};

/// Passes on what is fetched; but what is meant for a shelf is held there until its
/// target is known, and then goes as the target takes it, or is dropped. Few messages,
/// for a short while.
class Stock {
 public:
  /// `may`: another message may be begun.
  Stock(FetchListener onward, std::function<bool()> may)
      : onward_{std::move(onward)}, may_{std::move(may)} {}
  Stock(const Stock&) = delete;
  Stock& operator=(const Stock&) = delete;

  /// For a Fetcher to tell.
  FetchListener listener();
  /// A shelf for messages of `octets`; null if there is no room for them.
  std::shared_ptr<Shelf> reserve(std::uint64_t octets);
  /// What is, and will be, on it may go to the target.
  void release(const std::shared_ptr<Shelf>& shelf, std::uint64_t uidvalidity,
               const imap::PermanentFlags& permanent);
  void drop(const std::shared_ptr<Shelf>& shelf);
  /// Passes on what may go. To be called each time around.
  void pump();
  /// Nothing is left that may go.
  bool empty() const { return ready_.empty() && !(current_ && !holds(*current_)); }
  /// More is held than was told: no more should come for now.
  bool is_full() const { return octets_ > room; }
  /// A new round.
  void reset() { reserved_ = 0; }

 private:
  static constexpr std::uint64_t room = std::uint64_t{1} << 20;

  static bool holds(const Shelf::Held& held);
  void begin(const Destination& destination, const Message& message);
  void data(std::string_view octets);
  void end();
  void failed(const Destination& destination, const imap::UidSet& uids,
              const Problem& problem);
  void put(Shelf::Held held);
  bool begin_onward(const Shelf::Held& held);

  FetchListener onward_;
  std::function<bool()> may_;
  std::deque<Shelf::Held> ready_;      ///< from shelves that were released
  std::optional<Shelf::Held> current_; ///< what is held and has not come in whole
  bool passing_ = false;               ///< in the middle of a message that is passed on
  std::uint64_t reserved_ = 0, octets_ = 0; ///< this round, at this moment
};

#endif
