// SPDX-License-Identifier: GPL-3.0-or-later
#include "fetcher.h"

#include <algorithm>
#include <utility>

#include "imap/command.h"
#include "imap/mailbox_name.h"
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

std::uint64_t Fetcher::outstanding() const {
  std::uint64_t sum = 0;
  for (const Part& part : parts_) sum += part.octets;
  return sum;
}

/// The next command's bodies will come behind all that was asked for, whatever the server
/// answers side by side.
bool Fetcher::all_begun() const {
  return std::ranges::all_of(parts_, [](const Part& part) { return part.uids.empty(); });
}

void Fetcher::pump(std::size_t queued, bool one_by_one) {
  while (!queue_.empty() && outstanding() + queued < window) {
    const std::shared_ptr<FetchJob> job = queue_.front();
    if (one_by_one && !quiet() && !job->in_pieces()) return;
    const record::Mailbox& mailbox = job->fetch.destination.mailbox;
    if (!job->sizes_asked) {
      if (!examiner_.has_selected(mailbox)) examiner_.select(mailbox);
      ask_sizes(job);
    }
    if (!one_by_one)
      ask_unknown(job, std::min(listener_.limit(), most_ahead - outstanding() - queued));
    if (!job->left.empty()) {
      // The next ones' sizes meanwhile, as long as they are in the selected mailbox.
      if (queue_.size() > 1 && !queue_[1]->sizes_asked &&
          queue_[1]->fetch.destination.mailbox == mailbox)
        ask_sizes(queue_[1]);
      if (!job->sizes_known() || job->probing) return;
      const bool large = job->known.at(job->left.first()).size > FetchJob::piece;
      if ((large || (!quiet() && parts_.back().is_piece)) && !all_begun()) return;
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
          weigh(*job);
          return true;
        });
  }
}

/// What was asked for before its sizes were known counted as much as it could have been.
void Fetcher::weigh(const FetchJob& job) {
  if (!job.sizes_known()) return;
  for (Part& part : parts_) {
    if (part.job.get() != &job || !std::exchange(part.is_guess, false)) continue;
    part.octets = 0;
    for (const imap::Uid uid : part.uids)
      if (const auto at = job.known.find(uid); at != job.known.end())
        part.octets += at->second.size;
  }
}

void Fetcher::sizes_answered(FetchJob& job, const imap::Tagged& answer) {
  if (--job.sizes_unanswered > 0) return;
  job.settle_all();
  weigh(job);
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
  const std::size_t before = parts_.size();
  ask_whole(job, first.whole, first.octets);
  for (std::size_t i = before; i < parts_.size(); ++i) parts_[i].is_guess = true;
}

/// Asks for the next bodies of a job whose sizes are known. False if it did not ask.
bool Fetcher::ask_some(const std::shared_ptr<FetchJob>& job, bool one) {
  const auto choice = job->choose(listener_.limit(), one);
  if (!choice.too_large.empty())
    listener_.too_large(job->fetch.destination, choice.too_large);
  if (choice.in_pieces) ask_piece(job, job->known.at(job->left.first()));
  if (!choice.whole.empty()) ask_whole(job, choice.whole, choice.octets);
  return choice.in_pieces || !choice.whole.empty();
}

std::uint64_t Fetcher::add_part(Part part) {
  part.id = next_id_++;
  parts_.push_back(std::move(part));
  return parts_.back().id;
}

void Fetcher::ask_whole(const std::shared_ptr<FetchJob>& job, const imap::UidSet& uids,
                        std::uint64_t octets) {
  const auto commands = imap::uid_commands("UID FETCH", uids, "(UID BODY.PEEK[])");
  for (const std::string& command : commands) {
    imap::UidSet named = uids;
    if (commands.size() > 1)
      named = *imap::parse_uid_set(
          std::string_view{command}.substr(10, command.find(' ', 10) - 10));
    const auto id =
        add_part({job, std::move(named), &command == &commands.front() ? octets : 0});
    source_.session->command(
        command, [this, id](const imap::Tagged& answer) { answered(id, answer); });
  }
}

void Fetcher::ask_piece(const std::shared_ptr<FetchJob>& job, const Message& message) {
  if (!job->confirmed.contains(message.uid)) return probe(job, message);
  const std::uint64_t size = std::min(FetchJob::piece, message.size - job->offset);
  const auto id = add_part({job, imap::UidSet{message.uid}, size, job->offset, true});
  source_.session->command(
      "UID FETCH " + std::to_string(value(message.uid)) + " (UID BODY.PEEK[]<" +
          std::to_string(job->offset) + "." + std::to_string(size) + ">)",
      [this, id](const imap::Tagged& answer) { answered(id, answer); });
  job->offset += size;
  if (job->offset >= message.size) job->leave(message.uid);
}

/// An APPEND tells its size before it begins, and RFC822.SIZE may be another: pieces of a
/// size that is too small would make half a message.
void Fetcher::probe(const std::shared_ptr<FetchJob>& job, const Message& message) {
  job->probing = true;
  Part part{job, imap::UidSet{message.uid}, 2, message.size - 1, true};
  part.is_probe = true;
  const auto id = add_part(std::move(part));
  source_.session->command(
      "UID FETCH " + std::to_string(value(message.uid)) + " (UID BODY.PEEK[]<" +
          std::to_string(message.size - 1) + ".2>)",
      [this, id](const imap::Tagged& answer) { answered(id, answer); });
}

void Fetcher::probed(const Part& part) {
  part.job->probing = false;
  const imap::Uid uid = part.uids.first();
  if (!part.job->left.contains(uid)) return;
  if (part.found == 1)
    part.job->confirmed.add(uid);
  else
    ask_all_at_once(part.job, uid);
}

/// The command that asked for this body. A server may answer several side by side; only
/// where it does not tell the UID first, the oldest one that asked for a single message.
Fetcher::Part* Fetcher::part_of(const imap::FetchData& fetch) {
  for (Part& part : parts_) {
    const bool same = fetch.uid ? part.uids.contains(*fetch.uid) : part.uids.size() == 1;
    if (same && part.is_piece == fetch.origin.has_value() &&
        part.offset == fetch.origin.value_or(0))
      return &part;
  }
  return nullptr;
}

void Fetcher::body_begin(const imap::BodyBegin& begin) {
  current_ = nullptr;
  Part* part = part_of(*begin.fetch);
  if (!part) return;
  if (part->is_probe) {
    part->found = begin.size;
    return;
  }
  const FetchJob& job = *part->job;
  const imap::Uid uid = begin.fetch->uid.value_or(part->uids.first());
  if (!job.wanted()) return;
  const auto found = job.known.find(uid);
  part->uids = subtract(part->uids, imap::UidSet{uid});
  if (found == job.known.end()) {
    part->early.add(uid);
    return;
  }
  Message message = found->second;
  const std::uint64_t most =
      part->any_size ? UINT64_MAX : std::max(message.size, 2 * FetchJob::piece);
  const bool as_told =
      part->is_piece
          ? begin.size == std::min(FetchJob::piece, message.size - part->offset)
          : begin.size <= most;
  if (!as_told && part->is_piece && part->offset == 0 && expected_offset_ == 0)
    return ask_all_at_once(part->job, uid);
  if (!as_told) {
    doubt(*part, uid);
    throw posix::Fault{EX_PROTOCOL,
                       "the source sends a message of another size than it told, UID " +
                           std::to_string(value(uid)) + " of " +
                           imap::display_name(job.fetch.destination.mailbox)};
  }
  // The pieces of a message are asked for in order; another order cannot be streamed.
  if (part->offset != expected_offset_)
    throw posix::Fault{EX_PROTOCOL, "the source sends pieces of a message out of order"};
  if (!part->is_piece)
    message.size = begin.size; // what it sends counts, not what it told
  if (message.size == 0) {
    if (found->second.size != 0 && !job.fetch.sizes_first) {
      part->early.add(uid); // expunged meanwhile, it seems
      return;
    }
    listener_.failed(job.fetch.destination, imap::UidSet{uid},
                     {"empty", "a message without octets"});
    return;
  }
  if (message.size > listener_.limit())
    return listener_.too_large(job.fetch.destination, imap::UidSet{uid});
  current_ = part;
  doubt(*part, uid);
  if (part->offset == 0) listener_.begin(job.fetch.destination, message);
  expected_offset_ =
      part->offset + begin.size == message.size ? 0 : part->offset + begin.size;
}

/// Not of the size that the source told: what it sends without being asked for a piece
/// counts.
void Fetcher::ask_all_at_once(const std::shared_ptr<FetchJob>& job, imap::Uid uid) {
  job->leave(uid);
  for (Part& part : parts_)
    if (part.job == job && part.is_piece)
      part.uids = subtract(part.uids, imap::UidSet{uid});
  ask_whole(job, imap::UidSet{uid}, 2 * FetchJob::piece);
  parts_.back().any_size = true;
}

void Fetcher::body_data(std::string_view octets) {
  if (!current_) return;
  current_->octets -= std::min<std::uint64_t>(current_->octets, octets.size());
  listener_.data(octets);
}

void Fetcher::body_end() {
  if (!current_) return;
  const bool whole = !current_->is_piece || expected_offset_ == 0;
  current_ = nullptr;
  if (!whole) return;
  doubted_.reset();
  listener_.end();
}

void Fetcher::answered(std::uint64_t id, const imap::Tagged& answer) {
  const auto found = std::ranges::find(parts_, id, &Part::id);
  const Part part = std::move(*found);
  parts_.erase(found);
  if (part.is_probe) return probed(part);
  if (!part.early.empty()) retries_.early(*part.job, part.early);
  if (part.uids.empty()) return;
  if (part.is_piece && part.offset != 0)
    throw posix::Fault{EX_TEMPFAIL, "the source lost a message while it was copied"};
  // Its further pieces will not come either.
  if (part.is_piece) part.job->leave(part.uids.first());
  retries_.unsent(*part.job, part.uids, answer);
}

void Fetcher::doubt(const Part& part, imap::Uid uid) {
  doubted_ = {part.job->fetch.destination, uid};
}

std::optional<Fetcher::Suspects> Fetcher::suspects() const {
  if (doubted_) return Suspects{doubted_->first, imap::UidSet{doubted_->second}, true};
  if (parts_.empty() || parts_.front().job->known.empty()) return {};
  const Part& part = parts_.front();
  return Suspects{part.job->fetch.destination, part.uids};
}

// ---- another session ------------------------------------------------------------------

bool Fetcher::lost() {
  if (current_ || expected_offset_ != 0) return false;
  const auto queue = std::exchange(queue_, {});
  for (const Part& part : std::exchange(parts_, {})) {
    // A message that comes in pieces may be left to be asked for.
    const imap::UidSet uids = unite(part.uids, part.early);
    retries_.elsewhere(*part.job, subtract(uids, part.job->left));
  }
  for (const auto& job : queue) retries_.elsewhere(*job, job->left);
  examiner_.restart();
  return true;
}
