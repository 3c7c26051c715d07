// SPDX-License-Identifier: GPL-3.0-or-later
#include "fetcher.h"

#include <algorithm>
#include <utility>

#include "imap/command.h"
#include "posix/fault.h"

namespace {

// More is asked for when less than this is on its way or waits for the target: with the
// round-trip time it bounds the throughput.
constexpr std::uint64_t window = std::uint64_t{24} << 20;
// So much may have to be held for a target that takes nothing. No part is larger than a
// piece.
constexpr std::uint64_t most_ahead = window + FetchJob::piece;

} // namespace

void Fetcher::open() {
  client::Session& session = *source_.session;
  if (!session.used()) session.command("NOOP", [](const imap::Tagged&) {});
}

void Fetcher::pump(std::size_t queued, bool one_by_one) {
  while (!queue_.empty() && receiver_.outstanding() + queued < window) {
    const std::shared_ptr<FetchJob> job = queue_.front();
    if (one_by_one && !quiet() && !job->in_pieces()) return;
    const record::Mailbox& mailbox = job->fetch.destination.mailbox;
    if (!job->sizes_asked) {
      if (!examiner_.has_selected(mailbox)) examiner_.select(mailbox);
      ask_sizes(job);
    }
    if (!one_by_one)
      ask_unknown(job, std::min(listener_.limit(),
                                most_ahead - receiver_.outstanding() - queued));
    if (!job->left.empty()) {
      // The next ones' sizes meanwhile, as long as they are in the selected mailbox.
      if (queue_.size() > 1 && !queue_[1]->sizes_asked &&
          queue_[1]->fetch.destination.mailbox == mailbox)
        ask_sizes(queue_[1]);
      if (!job->sizes_known() || job->probing) return;
      const bool large = job->known.at(job->left.first()).size > FetchJob::piece;
      if ((large || receiver_.ends_in_piece()) && !receiver_.all_begun()) return;
      if (!ask_some(job, one_by_one)) continue;
    }
    if (job->left.empty()) queue_.pop_front();
  }
}

// ---- flags, dates, sizes --------------------------------------------------------------

void Fetcher::ask_sizes(const std::shared_ptr<FetchJob>& job) {
  job->sizes_asked = true;
  job->examined = examiner_.selected();
  if (job->fetch.afresh) source_.session->command("NOOP", [](const imap::Tagged&) {});
  for (const std::string& command : imap::uid_commands(
           "UID FETCH", job->fetch.uids, "(UID FLAGS INTERNALDATE RFC822.SIZE)")) {
    ++job->sizes_unanswered;
    source_.session->command(
        command,
        [this, job](const imap::Tagged& answer) { sizes_answered(*job, answer); },
        [this, job](imap::Response& response) {
          const auto* fetch = std::get_if<imap::FetchData>(&response);
          if (!fetch || !job->learn(*fetch)) return false;
          receiver_.weigh(*job);
          return true;
        });
  }
}

void Fetcher::sizes_answered(FetchJob& job, const imap::Tagged& answer) {
  if (--job.sizes_unanswered > 0) return;
  job.settle_all();
  receiver_.weigh(job);
  if (job.left.empty()) return;
  if (!job.wanted()) {
    retries_.untold(job, std::exchange(job.left, {}), answer);
    return;
  }
  imap::UidSet known;
  for (const auto& [uid, message] : job.known) known.add(uid);
  const imap::UidSet gone = subtract(job.left, known);
  job.left = intersect(job.left, known);
  if (!gone.empty()) retries_.untold(job, gone, answer);
}

// ---- bodies ---------------------------------------------------------------------------

/// Asks for the first bodies of a moderate job before their sizes are known, none of
/// which may be above `limit` octets.
void Fetcher::ask_unknown(const std::shared_ptr<FetchJob>& job, std::uint64_t limit) {
  const auto first = job->choose_unknown(limit);
  if (first.whole.empty()) return;
  Receiver::Part part{job, first.whole, first.octets};
  part.is_guess = true;
  ask_whole(std::move(part));
}

/// Asks for the next bodies of a job whose sizes are known. False if it did not ask.
bool Fetcher::ask_some(const std::shared_ptr<FetchJob>& job, bool one) {
  const auto choice = job->choose(listener_.limit(), one);
  if (!choice.too_large.empty())
    listener_.too_large(job->fetch.destination, choice.too_large);
  if (choice.in_pieces) ask_piece(job, job->known.at(job->left.first()));
  if (!choice.whole.empty()) ask_whole({job, choice.whole, choice.octets});
  return choice.in_pieces || !choice.whole.empty();
}

void Fetcher::ask_whole(Receiver::Part part) {
  const auto commands = imap::uid_commands("UID FETCH", part.uids, "(UID BODY.PEEK[])");
  for (const std::string& command : commands) {
    if (commands.size() > 1)
      part.uids = *imap::parse_uid_set(
          std::string_view{command}.substr(10, command.find(' ', 10) - 10));
    send(command, part);
    part.octets = 0; // the first one's count for all
  }
}

void Fetcher::ask_piece(const std::shared_ptr<FetchJob>& job, const Message& message) {
  if (!job->confirmed.contains(message.uid)) return probe(job, message);
  const std::uint64_t size = std::min(FetchJob::piece, message.size - job->offset);
  send_piece({job, imap::UidSet{message.uid}, size, job->offset, true});
  job->offset += size;
  if (job->offset >= message.size) job->leave(message.uid);
}

/// An APPEND tells its size before it begins, and RFC822.SIZE may be another: pieces of a
/// size that is too small would make half a message.
void Fetcher::probe(const std::shared_ptr<FetchJob>& job, const Message& message) {
  job->probing = true;
  Receiver::Part part{job, imap::UidSet{message.uid}, 2, message.size - 1, true};
  part.is_probe = true;
  send_piece(std::move(part));
}

void Fetcher::probed(const Receiver::Part& part) {
  part.job->probing = false;
  const imap::Uid uid = part.uids.first();
  if (!part.job->left.contains(uid)) return;
  if (part.found == 1)
    part.job->confirmed.add(uid);
  else
    ask_all_at_once(part.job, uid);
}

/// Not of the size that the source told: what it sends without being asked for a piece
/// counts.
void Fetcher::ask_all_at_once(const std::shared_ptr<FetchJob>& job, imap::Uid uid) {
  job->leave(uid);
  receiver_.drop_pieces(*job, uid);
  Receiver::Part part{job, imap::UidSet{uid}, 2 * FetchJob::piece};
  part.any_size = true;
  ask_whole(std::move(part));
}

/// `part` has the octets that it is asked for, and where they begin.
void Fetcher::send_piece(Receiver::Part part) {
  const std::string command = "UID FETCH " + std::to_string(value(part.uids.first())) +
                              " (UID BODY.PEEK[]<" + std::to_string(part.offset) + "." +
                              std::to_string(part.octets) + ">)";
  send(command, std::move(part));
}

void Fetcher::send(const std::string& command, Receiver::Part part) {
  const auto id = receiver_.expect(std::move(part));
  source_.session->command(
      command, [this, id](const imap::Tagged& answer) { answered(id, answer); });
}

void Fetcher::answered(std::uint64_t id, const imap::Tagged& answer) {
  const Receiver::Part part = receiver_.take(id);
  if (part.is_probe) return probed(part);
  if (!part.early.empty()) retries_.early(*part.job, part.early);
  if (part.uids.empty()) return;
  if (part.is_piece && part.offset != 0)
    throw posix::Fault{EX_TEMPFAIL, "the source lost a message while it was copied"};
  // Its further pieces will not come either.
  if (part.is_piece) part.job->leave(part.uids.first());
  retries_.unsent(*part.job, part.uids, answer);
}

// ---- another session ------------------------------------------------------------------

bool Fetcher::lost() {
  if (receiver_.in_message()) return false;
  const auto queue = std::exchange(queue_, {});
  for (const Receiver::Part& part : receiver_.take_all()) {
    // A message that comes in pieces may be left to be asked for.
    const imap::UidSet uids = unite(part.uids, part.early);
    retries_.elsewhere(*part.job, subtract(uids, part.job->left));
  }
  for (const auto& job : queue) retries_.elsewhere(*job, job->left);
  examiner_.restart();
  return true;
}
