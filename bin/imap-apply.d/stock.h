// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_STOCK_H
#define IMAPSYNC_IMAP_APPLY_STOCK_H

#include <cstdint>
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
    Destination destination;
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
/// target is known, or dropped. Few messages, for a short while.
class Stock {
 public:
  explicit Stock(FetchListener onward) : onward_{std::move(onward)} {}
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
  /// More is held than was told: no more should come for now.
  bool is_full() const { return octets_ > room; }
  /// A new round.
  void reset() { reserved_ = 0; }

 private:
  static constexpr std::uint64_t room = std::uint64_t{1} << 20;

  void begin(const Destination& destination, const Message& message);
  void data(std::string_view octets);
  void end();
  void failed(const Destination& destination, const imap::UidSet& uids,
              const Problem& problem);
  Shelf::Held take_current();
  void pass_on(Shelf& shelf);
  bool begin_onward(const Shelf::Held& held);
  static Destination known(Destination destination);

  FetchListener onward_;
  /// What is being held and has not come in whole.
  std::optional<std::pair<std::shared_ptr<Shelf>, Shelf::Held>> current_;
  bool passing_ = false; ///< in the middle of a message that is passed on
  std::vector<std::shared_ptr<Shelf>> released_; ///< behind that
  std::uint64_t reserved_ = 0, octets_ = 0;      ///< this round, at this moment
};

#endif
