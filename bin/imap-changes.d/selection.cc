// SPDX-License-Identifier: GPL-3.0-or-later
#include "selection.h"

#include <algorithm>

#include "imap/command.h"
#include "record/overloaded.h"

namespace {

using record::Overloaded;

constexpr std::uint64_t last_uid = 0xffffffff;
/// How many UIDs below the recorded UIDNEXT are looked at again.
constexpr std::uint64_t known_again = 16;
/// Ranges of UIDs that are named as missing: where a mailbox is sparse any may be.
constexpr std::size_t max_named = 1000;

} // namespace

Selection::Selection(client::Session& session, record::Side side, Mailbox mailbox,
                     bool examine, Emit emit)
    : session_{session}, side_{side}, mailbox_{std::move(mailbox)}, examine_{examine},
      emit_{std::move(emit)} {
  if (room_for_deletions())
    to_send_.push_back({session_.has("ESEARCH") || session_.has("IMAP4REV2")
                            ? "UID SEARCH RETURN (ALL) UID 1:4294967295"
                            : "UID SEARCH UID 1:4294967295"});
  searched_ = !to_send_.empty();
  plan_fetches();
}

/// New messages raise the count by at most the distance that UIDNEXT went: anything less
/// means that some are gone.
bool Selection::room_for_deletions() const {
  const auto& [recorded, listed] = std::tie(mailbox_.recorded, mailbox_.listed);
  if (recorded.uidvalidity == 0 || recorded.messages == 0 || listed.messages == 0)
    return false;
  return listed.messages < recorded.messages + (listed.uidnext - recorded.uidnext);
}

/// New messages are fetched in ranges, so that a reader who is slow bounds what is asked
/// for; few, however sparse the UIDs. The last that are known are fetched with them:
/// where a backup was restored, and as much has come since as was lost, the numbers look
/// right and these UIDs are of other messages.
void Selection::plan_fetches() {
  const std::uint64_t known = std::max<std::uint64_t>(mailbox_.recorded.uidnext, 1);
  const std::uint64_t first = known > known_again ? known - known_again : 1;
  if (mailbox_.listed.uidnext <= first || mailbox_.listed.messages == 0) return;
  fetches_new_ = mailbox_.listed.uidnext > known;
  const std::uint64_t last = mailbox_.listed.uidnext - 1;
  const std::uint64_t step = std::max<std::uint64_t>((last - first) / 64 + 1, 16384);
  for (std::uint64_t from = first; from <= last; from += step) {
    std::uint64_t to = from + step - 1;
    // Open-ended at last: what came since LIST is wanted too.
    if (to >= last) to = fetches_new_ ? last_uid : last;
    to_send_.push_back({"UID FETCH " + std::to_string(from) + ":" + std::to_string(to) +
                            " (UID FLAGS INTERNALDATE RFC822.SIZE)",
                        std::min({step, last - from + 1, mailbox_.listed.messages})});
  }
}

void Selection::issue() {
  if (!select_sent_) return select();
  send(to_send_.front());
  to_send_.pop_front();
}

void Selection::select() {
  const record::Numbers& known = mailbox_.recorded;
  std::string command =
      (examine_ ? "EXAMINE " : "SELECT ") + imap::mailbox_argument(mailbox_.server_name);
  // Without the set of known UIDs (RFC 7162 3.2.5): pairs are known above UIDNEXT too
  // when a run ended between their commit and that of its numbers, and those may be
  // expunged.
  if (known.uidvalidity != 0 && known.highestmodseq != 0 && known.uidnext > 1)
    command += " (QRESYNC (" + std::to_string(known.uidvalidity) + " " +
               std::to_string(known.highestmodseq) + "))";
  select_sent_ = true;
  ++unanswered_;
  session_.command(
      command, [this](const imap::Tagged& answer) { answered(answer, true); },
      [this](imap::Response& response) { return absorb(response); });
}

void Selection::send(const Step& step) {
  ++unanswered_;
  asked_ += step.messages;
  session_.command(
      step.command,
      [this, messages = step.messages](const imap::Tagged& answer) {
        asked_ -= messages;
        answered(answer, false);
      },
      [this](imap::Response& response) { return absorb(response); });
}

void Selection::answered(const imap::Tagged& answer, bool is_select) {
  --unanswered_;
  if (is_select) absorb_code(answer.code);
  if (answer.condition == imap::Condition::ok) {
    selected_ = selected_ || is_select;
  } else if (!failure_) {
    failure_ = record::Failed{side_, mailbox_.name, {"select"},
                              {},    {"refused"},   client::words(answer)};
  }
  if (unanswered_ == 0 && to_send_.empty()) finish();
}

bool Selection::absorb(imap::Response& response) {
  return std::visit(Overloaded{
                        [&](const imap::Status& status) {
                          absorb_code(status.code);
                          return true;
                        },
                        [&](const imap::Exists& exists) {
                          // Later ones are news of messages that the SELECT's numbers
                          // don't count.
                          if (!selected_) {
                            numbers_.messages = exists.n;
                            counted_ = true;
                          }
                          return true;
                        },
                        [&](const imap::Vanished& vanished) {
                          if (vanished.earlier)
                            vanished_ = unite(vanished_, vanished.uids);
                          else // nobody will hear more of it
                            gone_ = unite(gone_, vanished.uids);
                          return true;
                        },
                        [&](const imap::FetchData& fetch) {
                          absorb_fetch(fetch);
                          return true;
                        },
                        [&](imap::EsearchData& found) {
                          if (found.uid) present_ = unite(present_, found.all);
                          return true;
                        },
                        [&](imap::SearchData& found) {
                          present_ = unite(present_, found.uids);
                          return true;
                        },
                        [](const auto&) { return false; },
                    },
                    response);
}

void Selection::absorb_code(const imap::Code& code) {
  std::visit(Overloaded{
                 [&](const imap::UidValidity& v) { numbers_.uidvalidity = value(v); },
                 // After the SELECT they are of news that the next run shall see.
                 [&](const imap::UidNext& next) {
                   if (!selected_) numbers_.uidnext = value(next.uid);
                 },
                 [&](const imap::HighestModSeq& high) {
                   if (!selected_) numbers_.highestmodseq = high.modseq;
                 },
                 [&](const imap::NoModSeq&) { numbers_.highestmodseq = 0; },
                 [&](const imap::PermanentFlags& flags) {
                   if (!examine_) permanent_ = flags;
                 },
                 [&](const imap::ReadOnly&) { writable_ = examine_; },
                 [&](const imap::UidNotSticky&) { sticky_ = false; },
                 [](const auto&) {},
             },
             code);
}

void Selection::absorb_fetch(const imap::FetchData& fetch) {
  if (!fetch.uid || failure_) return;
  const imap::Uid uid = *fetch.uid;
  const auto whole = [](const imap::FetchData& f) { return f.flags && f.size && f.date; };
  const bool known = value(uid) < mailbox_.recorded.uidnext;
  if (known && !whole(fetch)) {
    if (fetch.flags) flags_[uid] = *fetch.flags; // said twice: the later one counts
    return;
  }
  // Beyond the SELECT's UIDNEXT: it came since, the next run sees it.
  const bool beyond = numbers_.uidnext != 0 && value(uid) >= numbers_.uidnext;
  if (beyond || seen_new_.contains(uid)) return;
  if (whole(fetch) && (known || parts_.empty())) return absorb_new(fetch);
  // What the SELECT itself tells of new messages is told again.
  if (!selected_) return;
  imap::FetchData& all = parts_[uid];
  all.uid = uid;
  if (fetch.flags) all.flags = fetch.flags;
  if (fetch.size) all.size = fetch.size;
  if (fetch.date) all.date = fetch.date;
  if (!whole(all)) return;
  absorb_new(all);
  parts_.erase(uid);
}

// A message whose INTERNALDATE is no date at all still has to be copied.
void Selection::absorb_new(const imap::FetchData& fetch) {
  seen_new_.add(*fetch.uid);
  change(record::New{side_, mailbox_.name, *fetch.uid,
                     fetch.date.value_or(imap::InternalDate{}), *fetch.size,
                     *fetch.flags});
}

// Messages that the server told of, but not enough: the plan keeps the mailbox from being
// recorded, so that each run asks for them.
imap::UidSet Selection::tell_incomplete() {
  imap::UidSet incomplete;
  for (const auto& [uid, known] : parts_) {
    if (value(uid) >= numbers_.uidnext) continue; // it was not asked for
    if (gone_.contains(uid)) continue;
    if (known.flags && known.size)
      absorb_new(known);
    else
      incomplete.add(uid);
  }
  parts_.clear();
  if (!incomplete.empty())
    emit_(record::Failed{side_,
                         mailbox_.name,
                         {"mailbox"},
                         incomplete,
                         {"refused"},
                         "the server does not tell flags and size of these messages"});
  return incomplete;
}

// Messages that are there, as far as the numbers of the SELECT say so, and that FETCH
// passed over with OK: had they not been said to be missing they would never be copied.
void Selection::tell_omitted(const imap::UidSet& incomplete) {
  const std::uint64_t first = std::max<std::uint64_t>(mailbox_.recorded.uidnext, 1);
  if (!fetches_new_ || numbers_.uidnext <= first) return;
  const imap::UidSet asked{imap::Uid(first), imap::Uid(numbers_.uidnext - 1)};
  const imap::UidSet told = intersect(asked, unite(unite(seen_new_, incomplete), gone_));
  imap::UidSet omitted = subtract(asked, told);
  if (searched_)
    omitted = intersect(omitted, present_);
  else if (mailbox_.recorded.messages + told.size() >= numbers_.messages)
    return;
  if (omitted.empty()) return;
  std::vector<imap::UidRange> named = omitted.ranges();
  named.resize(std::min(named.size(), max_named));
  emit_(record::Failed{side_,
                       mailbox_.name,
                       {"mailbox"},
                       imap::UidSet::from_ranges(std::move(named)),
                       {"modified"},
                       "the server counts messages there that it does not list"});
}

void Selection::change(const record::Record& record) {
  ++changes_;
  emit_(record);
}

void Selection::finish() {
  finished_ = true;
  if (!failure_ && (!sticky_ || numbers_.uidvalidity == 0))
    failure_ = record::Failed{
        side_, mailbox_.name,   {"select"},
        {},    {"unsupported"}, "the server does not keep the UIDs of this mailbox"};
  if (failure_) return emit_(*failure_);
  const bool exact = counted_ && numbers_.uidnext != 0;
  // That no number was told does not say that it is 0.
  if (!counted_) numbers_.messages = mailbox_.listed.messages;
  // What came between LIST and SELECT was not asked for where LIST told of nothing new:
  // the next run shall.
  const std::uint64_t listed = mailbox_.listed.uidnext;
  if (numbers_.uidnext == 0 || (!fetches_new_ && numbers_.uidnext > listed))
    numbers_.uidnext = listed;
  const imap::UidSet incomplete = tell_incomplete();
  if (exact) tell_omitted(incomplete);
  if (!vanished_.empty()) change(record::Vanished{side_, mailbox_.name, vanished_});
  // A search that found nothing confirms nothing.
  if (searched_ && !present_.empty())
    change(record::Present{side_, mailbox_.name, present_});
  std::map<imap::Flags, imap::UidSet> by_flags;
  for (const auto& [uid, flags] : flags_) by_flags[flags].add(uid);
  for (const auto& [flags, uids] : by_flags)
    change(record::FlagsChanged{side_, mailbox_.name, uids, flags});
  emit_(record::EndChanges{
      side_, mailbox_.name, {}, changes_, numbers_, permanent_, writable_});
}
