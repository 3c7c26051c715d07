// SPDX-License-Identifier: GPL-3.0-or-later
#include "receiver.h"

#include <algorithm>
#include <string>

#include "imap/mailbox_name.h"
#include "posix/fault.h"

namespace {

bool as_told(const Receiver::Part& part, std::uint64_t told, std::uint64_t size) {
  if (part.is_piece) return size == std::min(FetchJob::piece, told - part.offset);
  return part.any_size || size <= std::max(told, 2 * FetchJob::piece);
}

} // namespace

// ---- what is on its way ---------------------------------------------------------------

std::uint64_t Receiver::expect(Part part) {
  part.id = next_id_++;
  parts_.push_back(std::move(part));
  return parts_.back().id;
}

Receiver::Part Receiver::take(std::uint64_t id) {
  const auto found = std::ranges::find(parts_, id, &Part::id);
  Part part = std::move(*found);
  parts_.erase(found);
  return part;
}

/// What was asked for before its sizes were known counted as much as it could have been.
void Receiver::weigh(const FetchJob& job) {
  if (!job.sizes_known()) return;
  for (Part& part : parts_) {
    if (part.job.get() != &job || !std::exchange(part.is_guess, false)) continue;
    part.octets = 0;
    for (const imap::Uid uid : part.uids)
      if (const auto at = job.known.find(uid); at != job.known.end())
        part.octets += at->second.size;
  }
}

void Receiver::drop_pieces(const FetchJob& job, imap::Uid uid) {
  for (Part& part : parts_)
    if (part.job.get() == &job && part.is_piece)
      part.uids = subtract(part.uids, imap::UidSet{uid});
}

std::uint64_t Receiver::outstanding() const {
  std::uint64_t sum = 0;
  for (const Part& part : parts_) sum += part.octets;
  return sum;
}

bool Receiver::all_begun() const {
  return std::ranges::all_of(parts_, [](const Part& part) { return part.uids.empty(); });
}

// ---- what comes -----------------------------------------------------------------------

/// The command that asked for this body. A server may answer several side by side; only
/// where it does not tell the UID first, the oldest one that asked for a single message.
Receiver::Part* Receiver::part_of(const imap::FetchData& fetch) {
  for (Part& part : parts_) {
    const bool same = fetch.uid ? part.uids.contains(*fetch.uid) : part.uids.size() == 1;
    if (same && part.is_piece == fetch.origin.has_value() &&
        part.offset == fetch.origin.value_or(0))
      return &part;
  }
  return nullptr;
}

void Receiver::begin(const imap::BodyBegin& body) {
  current_ = nullptr;
  Part* part = part_of(*body.fetch);
  if (!part) return;
  if (part->is_probe) {
    part->found = body.size;
    return;
  }
  if (!part->job->wanted()) return;
  const imap::Uid uid = body.fetch->uid.value_or(part->uids.first());
  part->uids = subtract(part->uids, imap::UidSet{uid});
  const auto found = part->job->known.find(uid);
  if (found == part->job->known.end())
    part->early.add(uid);
  else
    compare(*part, found->second, body.size);
}

/// What comes of a message with what was told of it.
void Receiver::compare(Part& part, const Message& told, std::uint64_t size) {
  const Destination& destination = part.job->fetch.destination;
  if (!as_told(part, told.size, size)) {
    if (part.is_piece && part.offset == 0 && expected_offset_ == 0)
      return other_size_(part.job, told.uid);
    doubt(part, told.uid);
    throw posix::Fault{EX_PROTOCOL,
                       "the source sends a message of another size than it told, UID " +
                           std::to_string(value(told.uid)) + " of " +
                           imap::display_name(destination.mailbox)};
  }
  // The pieces of a message are asked for in order; another order cannot be streamed.
  if (part.offset != expected_offset_)
    throw posix::Fault{EX_PROTOCOL, "the source sends pieces of a message out of order"};
  Message message = told;
  if (!part.is_piece) message.size = size; // what it sends counts, not what it told
  if (message.size == 0 && told.size != 0 && !part.job->fetch.sizes_first)
    part.early.add(told.uid); // expunged meanwhile, it seems
  else if (message.size == 0)
    listener_.failed(destination, imap::UidSet{told.uid},
                     {"empty", "a message without octets"});
  else if (message.size > listener_.limit())
    listener_.too_large(destination, imap::UidSet{told.uid});
  else
    pass_on(part, message, size);
}

void Receiver::pass_on(Part& part, const Message& message, std::uint64_t size) {
  current_ = &part;
  doubt(part, message.uid);
  if (part.offset == 0) listener_.begin(part.job->fetch.destination, message);
  const std::uint64_t next = part.offset + size;
  expected_offset_ = next == message.size ? 0 : next;
}

void Receiver::data(std::string_view octets) {
  if (!current_) return;
  current_->octets -= std::min<std::uint64_t>(current_->octets, octets.size());
  listener_.data(octets);
}

void Receiver::end() {
  if (!current_) return;
  const bool whole = !current_->is_piece || expected_offset_ == 0;
  current_ = nullptr;
  if (!whole) return;
  doubted_.reset();
  listener_.end();
}

// ---- whom a failure is blamed on ------------------------------------------------------

void Receiver::doubt(const Part& part, imap::Uid uid) {
  doubted_ = {part.job->fetch.destination, uid};
}

std::optional<Receiver::Suspects> Receiver::suspects() const {
  if (doubted_) return Suspects{doubted_->first, imap::UidSet{doubted_->second}, true};
  if (quiet() || parts_.front().job->known.empty()) return {};
  const Part& part = parts_.front();
  return Suspects{part.job->fetch.destination, part.uids};
}
