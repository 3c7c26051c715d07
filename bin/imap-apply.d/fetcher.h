// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FETCHER_H
#define IMAPSYNC_IMAP_APPLY_FETCHER_H

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "client/lending.h"
#include "context.h"
#include "examiner.h"
#include "fetch_job.h"
#include "fetch_listener.h"
#include "retries.h"

/// Fetches messages from the source, ahead of what the target takes but no more than a
/// window of octets: so much can be held when the source session has to be read although
/// the target is slow. Each message's flags, date and size are fetched before its body,
/// very large ones come in pieces.
class Fetcher {
 public:
  Fetcher(Peer& source, FetchListener listener)
      : source_{source}, listener_{std::move(listener)}, examiner_{source},
        retries_{listener_, [this](Fetch fetch) { add(std::move(fetch)); }} {}

  void add(Fetch fetch) {
    queue_.push_back(std::make_shared<FetchJob>(std::move(fetch)));
  }
  /// Opens the session, unless it is open.
  void open();
  /// Asks for as much as may be asked for while the target holds `queued` octets.
  /// With `one_by_one`, for no more than one message.
  void pump(std::size_t queued, bool one_by_one);
  /// In the middle of a message there is more of it to be asked for.
  bool in_pieces() const { return !queue_.empty() && queue_.front()->in_pieces(); }
  /// Nothing is outstanding: what was begun may be finished.
  bool quiet() const { return parts_.empty(); }
  /// The session is another one's, with this selected.
  void borrowed(const client::LentMailbox& selected) { examiner_.adopt(selected); }
  void returned() { examiner_.restart(); }
  /// The session has ended, and another one is used instead: asks there for all that has
  /// not come. False if a message was begun, which cannot be taken back from the target.
  bool lost();
  struct Suspects {
    Destination destination;
    imap::UidSet uids;
    bool begun = false; ///< a single one, in the middle
  };
  /// What a server that fails now was about to send: what it told of them shows that it
  /// had worked until then.
  std::optional<Suspects> suspects() const;
  /// A new round: another UIDVALIDITY is noticed again.
  void reset() { examiner_.reset(); }

  // What the source session reports.
  void body_begin(const imap::BodyBegin& begin);
  void body_data(std::string_view octets);
  void body_end();

 private:
  /// One command for bodies: some whole messages, or a piece of a large one.
  struct Part {
    std::shared_ptr<FetchJob> job;
    imap::UidSet uids;        ///< not yet begun
    std::uint64_t octets = 0; ///< not yet come, as far as known
    std::uint64_t offset = 0; ///< of a piece
    bool is_piece = false;
    std::uint64_t id = 0;
    bool is_guess = false;   ///< `octets` is the most that it can be
    bool any_size = false;   ///< of its messages: it is not what was told
    bool is_probe = false;   ///< the last octet and one more
    std::uint64_t found = 0; ///< of these
    imap::UidSet early = {}; ///< came before their flags, dates and sizes
  };

  void ask_sizes(const std::shared_ptr<FetchJob>& job);
  void weigh(const FetchJob& job);
  void sizes_answered(FetchJob& job, const imap::Tagged& answer);
  void ask_unknown(const std::shared_ptr<FetchJob>& job, std::uint64_t limit);
  bool ask_some(const std::shared_ptr<FetchJob>& job, bool one);
  void ask_whole(const std::shared_ptr<FetchJob>& job, const imap::UidSet& uids,
                 std::uint64_t octets);
  void probe(const std::shared_ptr<FetchJob>& job, const Message& message);
  void probed(const Part& part);
  void ask_all_at_once(const std::shared_ptr<FetchJob>& job, imap::Uid uid);
  void ask_piece(const std::shared_ptr<FetchJob>& job, const Message& message);
  std::uint64_t add_part(Part part);
  void doubt(const Part& part, imap::Uid uid);
  Part* part_of(const imap::FetchData& fetch);
  void answered(std::uint64_t id, const imap::Tagged& answer);
  std::uint64_t outstanding() const;
  bool all_begun() const;

  Peer& source_;
  FetchListener listener_;
  Examiner examiner_;
  Retries retries_;
  std::deque<std::shared_ptr<FetchJob>> queue_;
  std::deque<Part> parts_;
  Part* current_ = nullptr; ///< whose body comes now, if it is passed on
  /// The message that was begun and is not whole.
  std::optional<std::pair<Destination, imap::Uid>> doubted_;
  /// Where the next piece of the message in the middle must begin; 0 between messages.
  std::uint64_t expected_offset_ = 0;
  std::uint64_t next_id_ = 0;
};

#endif
