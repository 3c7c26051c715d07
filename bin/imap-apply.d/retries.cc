// SPDX-License-Identifier: GPL-3.0-or-later
#include "retries.h"

#include <algorithm>
#include <optional>

void Retries::untold(const FetchJob& job, const imap::UidSet& uids,
                     const imap::Tagged& answer) {
  std::optional<Problem> problem = job.objection();
  if (!problem && answer.condition != imap::Condition::ok) problem = problem_of(answer);
  if (!problem && !job.fetch.afresh) return afresh(job, uids);
  const imap::UidSet told =
      problem ? imap::UidSet{} : intersect(uids, job.told_in_part());
  if (!told.empty())
    listener_.failed(job.fetch.destination, told,
                     {"refused", "the source does not tell its flags and size"});
  if (const imap::UidSet rest = subtract(uids, told); !rest.empty())
    listener_.failed(job.fetch.destination, rest,
                     problem.value_or(Problem{"gone", "no longer there"}));
}

void Retries::unsent(const FetchJob& job, const imap::UidSet& uids,
                     const imap::Tagged& answer) {
  const bool ok = answer.condition == imap::Condition::ok;
  const bool was_there =
      std::ranges::any_of(uids, [&](imap::Uid uid) { return job.known.contains(uid); });
  if (job.wanted()) {
    // OK without a body that was there a moment ago: it went, or its UID came too late.
    if (ok && was_there && !job.fetch.afresh) return afresh(job, uids);
    if ((!ok || was_there) && uids.size() > 1) return each_alone(job, uids);
    if (ok && was_there)
      return listener_.failed(job.fetch.destination, uids,
                              {"refused", "the source did not send it"});
  }
  untold(job, uids, answer);
}

/// They are there all the same: once more, in order.
void Retries::early(const FetchJob& job, const imap::UidSet& uids) {
  Fetch again = apart(job, uids);
  again.sizes_first = true;
  ask_(std::move(again));
}

void Retries::elsewhere(const FetchJob& job, const imap::UidSet& uids) {
  if (uids.empty()) return;
  Fetch again = job.fetch;
  again.uids = uids;
  ask_(std::move(again));
}

/// The same of these messages, which share no APPEND with those that came.
Fetch Retries::apart(const FetchJob& job, const imap::UidSet& uids) {
  Fetch again = job.fetch;
  again.uids = uids;
  again.destination.group = ++group_;
  return again;
}

/// They may have come or gone since the mailbox was selected, which the session has not
/// seen yet.
void Retries::afresh(const FetchJob& job, const imap::UidSet& uids) {
  Fetch again = apart(job, uids);
  again.sizes_first = again.afresh = true;
  ask_(std::move(again));
}

/// One of several cannot be read: each alone shows which.
void Retries::each_alone(const FetchJob& job, const imap::UidSet& uids) {
  for (const imap::Uid uid : uids) {
    Fetch alone = apart(job, imap::UidSet{uid});
    const auto known = job.known.find(uid);
    alone.octets = known == job.known.end() ? 0 : known->second.size;
    ask_(std::move(alone));
  }
}
