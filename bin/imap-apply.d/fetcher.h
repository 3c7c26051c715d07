// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FETCHER_H
#define IMAPSYNC_IMAP_APPLY_FETCHER_H

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "client/lending.h"
#include "context.h"
#include "examiner.h"
#include "fetch_job.h"
#include "fetch_listener.h"
#include "receiver.h"
#include "retries.h"

/// Fetches messages from the source: decides what is asked for next, ahead of what the
/// target takes but no more than a window of octets, since so much can be held when the
/// source session has to be read although the target is slow. Each message's flags, date
/// and size are fetched before its body, very large ones come in pieces.
class Fetcher {
 public:
  Fetcher(Peer& source, FetchListener listener)
      : source_{source}, listener_{std::move(listener)}, examiner_{source},
        retries_{listener_, [this](Fetch fetch) { add(std::move(fetch)); }},
        receiver_{listener_, [this](const std::shared_ptr<FetchJob>& job, imap::Uid uid) {
                    ask_all_at_once(job, uid);
                  }} {}

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
  bool quiet() const { return receiver_.quiet(); }
  /// Nothing is left to be asked for.
  bool idle() const { return quiet() && queue_.empty(); }
  /// The session that was borrowed is as it was.
  bool as_lent() const { return examiner_.as_adopted(); }
  /// The session is another one's, with this selected.
  void borrowed(const client::LentMailbox& selected) { examiner_.adopt(selected); }
  void returned() { examiner_.restart(); }
  /// The session has ended, and another one is used instead: asks there for all that has
  /// not come. False if a message was begun, which cannot be taken back from the target.
  bool lost();
  /// What a server that fails now was about to send.
  std::optional<Receiver::Suspects> suspects() const { return receiver_.suspects(); }
  /// A new round: another UIDVALIDITY is noticed again.
  void reset() { examiner_.reset(); }

  // What the source session reports.
  void body_begin(const imap::BodyBegin& body) { receiver_.begin(body); }
  void body_data(std::string_view octets) { receiver_.data(octets); }
  void body_end() { receiver_.end(); }

 private:
  void ask_sizes(const std::shared_ptr<FetchJob>& job);
  void sizes_answered(FetchJob& job, const imap::Tagged& answer);
  void ask_unknown(const std::shared_ptr<FetchJob>& job, std::uint64_t limit);
  bool ask_some(const std::shared_ptr<FetchJob>& job, bool one);
  void ask_whole(Receiver::Part part);
  void ask_piece(const std::shared_ptr<FetchJob>& job, const Message& message);
  void probe(const std::shared_ptr<FetchJob>& job, const Message& message);
  void probed(const Receiver::Part& part);
  void ask_all_at_once(const std::shared_ptr<FetchJob>& job, imap::Uid uid);
  void send_piece(Receiver::Part part);
  void send(const std::string& command, Receiver::Part part);
  void answered(std::uint64_t id, const imap::Tagged& answer);

  Peer& source_;
  FetchListener listener_;
  Examiner examiner_;
  Retries retries_;
  Receiver receiver_;
  std::deque<std::shared_ptr<FetchJob>> queue_;
};

#endif
