// SPDX-License-Identifier: GPL-3.0-or-later
#include "carrier.h"

#include <algorithm>
#include <memory>
#include <utility>

bool Carrier::foresee(const record::Append& append) {
  const Foreseen shelf = stock_.reserve(append.octets);
  if (!shelf) return false;
  foreseen_.emplace_back(append, shelf);
  Destination destination{append.mailbox, 0, {}, append.source_uidvalidity, ++groups_};
  destination.shelf = shelf;
  fetcher_.add({destination, append.source, append.octets});
  return true;
}

Carrier::Foreseen Carrier::take_foreseen(const record::Append& action) {
  const auto found = std::ranges::find_if(foreseen_, [&](const auto& foreseen) {
    return foreseen.first.mailbox == action.mailbox &&
           foreseen.first.source == action.source;
  });
  if (found == foreseen_.end()) return {};
  const Foreseen shelf = found->second;
  foreseen_.erase(found);
  return shelf;
}

void Carrier::append(const record::Append& append) {
  outcomes_.open(append.source.size());
  progress_.expect(append.source.size(), append.octets);
  // Once, however long it waits: an account's worth of UIDs may.
  const auto action = std::make_shared<const record::Append>(append);
  const Foreseen shelf = take_foreseen(append);
  ++unasked_;
  const auto run = [this, action, shelf](const Selected& selected) {
    --unasked_;
    if (const auto problem = editor_.occupied(action->mailbox))
      return fail_append(*action, shelf, *problem);
    if (action->uidvalidity != 0 && selected.uidvalidity != action->uidvalidity)
      return fail_append(*action, shelf,
                         {"uidvalidity", "UIDVALIDITY changed meanwhile"});
    if (!selected.writable)
      return fail_append(*action, shelf, {"readonly", "the mailbox is read-only"});
    if (shelf) return stock_.release(shelf, selected.uidvalidity, selected.permanent);
    fetcher_.add({{action->mailbox, selected.uidvalidity, selected.permanent,
                   action->source_uidvalidity, ++groups_},
                  action->source,
                  action->octets});
  };
  selector_.know(action->mailbox, run, [this, action, shelf](const Problem& problem) {
    --unasked_;
    if (editor_.created(action->mailbox))
      fail_append(*action, shelf, {"missing", "the mailbox could not be created"});
    else
      fail_append(*action, shelf, problem);
  });
}

void Carrier::fail_append(const record::Append& action, const Foreseen& foreseen,
                          Problem problem) {
  if (foreseen) stock_.drop(foreseen);
  outcomes_.failed(side_, action.mailbox, "append", action.source, std::move(problem));
  outcomes_.close(action.source.size());
}

void Carrier::answered(const Destination& destination,
                       const std::vector<Message>& messages, const imap::Tagged& answer) {
  if (answer.condition == imap::Condition::ok) {
    const auto* uids = std::get_if<imap::AppendUid>(&answer.code);
    if (uids && uids->uids.size() == messages.size())
      appended(destination, messages, *uids);
    else
      unpaired(destination, messages);
  } else if (messages.size() == 1 && !destination.bare && Keywords::may_blame(answer) &&
             !Keywords::doubtful(destination.permanent, messages.front().flags).empty()) {
    retry_bare(destination, messages.front());
  } else if (messages.size() == 1 || answer.condition == imap::Condition::bad) {
    // After BAD nothing more is risked: the next run tries each alone.
    for (const Message& message : messages)
      refused(destination, message, problem_of(answer));
  } else if (const Problem problem = problem_of(answer); problem.code == "missing") {
    // Somebody deleted the mailbox meanwhile: no message is guilty, halves would hear the
    // same.
    fail_all(destination, messages, problem);
  } else {
    retry_halves(destination, messages);
  }
}

void Carrier::lost(const Destination& destination, const imap::UidSet& uids,
                   const std::string& why) {
  if (!uids.empty())
    outcomes_.failed(side_, destination.mailbox, "append", uids, {"connection", why});
}

/// They are there, but with what UIDs was not told: the journal keeps them, and the next
/// run finds them by it.
void Carrier::unpaired(const Destination& destination,
                       const std::vector<Message>& messages) {
  fail_all(destination, messages,
           {"unsupported",
            "the server did not tell their UIDs there (APPENDUID): the next "
            "run looks for them"});
}

void Carrier::fail_all(const Destination& destination,
                       const std::vector<Message>& messages, const Problem& problem) {
  imap::UidSet uids;
  std::uint64_t octets = 0;
  for (const Message& message : messages) {
    uids.add(message.uid);
    octets += message.size;
  }
  outcomes_.failed(side_, destination.mailbox, "append", uids, problem);
  outcomes_.close(messages.size());
  progress_.leave(messages.size(), octets, destination.mailbox);
}

void Carrier::appended(const Destination& destination,
                       const std::vector<Message>& messages,
                       const imap::AppendUid& uids) {
  const std::uint64_t uidvalidity = value(uids.uidvalidity);
  // Another mailbox has the name by now: these UIDs are not of the one that is meant.
  if (uidvalidity != destination.uidvalidity) {
    for (const Message& message : messages)
      refused(destination, message, {"uidvalidity", "UIDVALIDITY changed meanwhile"});
    return;
  }
  auto uid = uids.uids.begin();
  for (const Message& message : messages) {
    if (message.left_out.empty())
      appended(destination, *uid, message);
    else
      add_keywords(destination, *uid, message);
    ++uid;
  }
}

void Carrier::appended(const Destination& destination, imap::Uid uid,
                       const Message& message) {
  outcomes_.emit(record::Appended{side_, destination.mailbox, destination.uidvalidity,
                                  message.uid, uid, message.date, message.size,
                                  message.flags, message.digest});
  outcomes_.close();
  progress_.count(1, message.size, destination.mailbox);
}

/// Refused with new keywords and taken without: to blame is one of them, not all.
void Carrier::retry_bare(const Destination& destination, const Message& message) {
  Fetch fetch{destination, imap::UidSet{message.uid}, message.size};
  fetch.destination.group = ++groups_;
  fetch.destination.bare = true;
  fetcher_.add(std::move(fetch));
}

void Carrier::add_keywords(const Destination& destination, imap::Uid uid,
                           const Message& message) {
  const auto without = [this, destination, uid, message] {
    keywords_.leave_out(destination.mailbox, message.left_out);
    appended(destination, uid, message);
  };
  const auto run = [this, destination, uid, message, without](const Selected& selected) {
    if (selected.uidvalidity != destination.uidvalidity) return without();
    // Not every server tells of a new message with the answer to its APPEND, and a STORE
    // to one that the session does not know says OK and does nothing.
    selector_.refresh();
    keywords_.add_each(destination.mailbox, imap::UidSet{uid}, message.left_out,
                       [this, destination, uid, message](const Keywords::Added& added) {
                         const imap::Flags lacks = unite(added.refused, added.failed);
                         keywords_.leave_out(destination.mailbox, lacks);
                         Message whole = message;
                         whole.flags =
                             unite(whole.flags, subtract(message.left_out, lacks));
                         appended(destination, uid, whole);
                       });
  };
  selector_.with(destination.mailbox, run, [without](const Problem&) { without(); });
}

/// A batch was refused for one of its messages: halves show which.
void Carrier::retry_halves(const Destination& destination,
                           const std::vector<Message>& messages) {
  const std::size_t half = messages.size() / 2;
  for (const auto& [from, to] :
       {std::pair{std::size_t{0}, half}, {half, messages.size()}}) {
    Fetch fetch{destination, {}, 0};
    fetch.destination.group = ++groups_;
    for (std::size_t i = from; i < to; ++i) {
      // Nothing frees space meanwhile: what is as large as one that had no room has none.
      if (refused_octets_ && messages[i].size >= *refused_octets_) {
        refused(destination, messages[i], {"overquota", "no room left"});
        continue;
      }
      fetch.uids.add(messages[i].uid);
      fetch.octets += messages[i].size;
    }
    if (!fetch.uids.empty()) fetcher_.add(std::move(fetch));
  }
}

void Carrier::refused(const Destination& destination, const Message& message,
                      const Problem& problem) {
  if (problem.code == "overquota")
    refused_octets_ = std::min(refused_octets_.value_or(message.size), message.size);
  outcomes_.failed(side_, destination.mailbox, "append", imap::UidSet{message.uid},
                   problem);
  outcomes_.close();
  progress_.leave(1, message.size, destination.mailbox);
}
