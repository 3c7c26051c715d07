// SPDX-License-Identifier: GPL-3.0-or-later
#include "fetch_job.h"

#include <algorithm>

namespace {

// One command's worth. A server that answers commands side by side mixes the messages of
// two: the more in one command, the more come in order.
constexpr std::uint64_t part_octets = std::uint64_t{8} << 20;
constexpr std::uint64_t part_messages = 1000;

} // namespace

bool FetchJob::learn(const imap::FetchData& told) {
  if (!told.uid || !fetch.uids.contains(*told.uid)) return false;
  const bool ours = told.size || told.date; // flags alone are somebody's change, too
  if (known.contains(*told.uid)) return ours;
  imap::FetchData& all = parts[*told.uid];
  if (told.flags) all.flags = told.flags;
  if (told.size) all.size = told.size;
  if (told.date) all.date = told.date;
  if (all.flags && all.size && all.date) settle(*told.uid);
  return ours;
}

void FetchJob::settle_all() {
  for (auto at = parts.begin(); at != parts.end();) {
    const auto& [uid, all] = *at++;
    if (all.flags && all.size) settle(uid); // its INTERNALDATE is no date at all
  }
}

void FetchJob::settle(imap::Uid uid) {
  const imap::FetchData all = std::move(parts.extract(uid).mapped());
  known[uid] = {uid,
                all.size.value(),
                all.flags.value(),
                all.date.value_or(imap::InternalDate{}),
                {}};
}

imap::UidSet FetchJob::told_in_part() const {
  imap::UidSet uids;
  for (const auto& [uid, all] : parts) uids.add(uid);
  return uids;
}

FetchJob::Choice FetchJob::choose_unknown(std::uint64_t limit) {
  if (fetch.sizes_first || sizes_known() || guessed || fetch.octets > limit) return {};
  guessed = true;
  const std::uint64_t count = fetch.uids.size();
  const std::uint64_t most =
      std::min(part_messages, part_octets * count / (fetch.octets + 1));
  Choice choice;
  for (const imap::Uid uid : left) {
    if (choice.whole.size() >= most) break;
    choice.whole.add(uid);
  }
  left = subtract(left, choice.whole);
  choice.octets = fetch.octets;
  return choice;
}

FetchJob::Choice FetchJob::choose(std::uint64_t limit, bool one) {
  Choice choice;
  for (const imap::Uid uid : left) {
    const std::uint64_t size = known.at(uid).size;
    if (size > limit) {
      choice.too_large.add(uid);
      continue;
    }
    choice.in_pieces = choice.whole.empty() && size > piece;
    if (choice.in_pieces) break;
    const bool full =
        one || choice.octets + size > part_octets || choice.whole.size() >= part_messages;
    if (full && !choice.whole.empty()) break;
    choice.octets += size;
    choice.whole.add(uid);
  }
  left = subtract(left, unite(choice.whole, choice.too_large));
  return choice;
}

void FetchJob::leave(imap::Uid uid) {
  if (left.contains(uid)) offset = 0; // it is the first of them
  left = subtract(left, imap::UidSet{uid});
}
