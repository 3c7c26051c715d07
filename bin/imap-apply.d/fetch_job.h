// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_APPLY_FETCH_JOB_H
#define IMAPSYNC_IMAP_APPLY_FETCH_JOB_H

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "appender.h"
#include "examiner.h"

/// Messages of one mailbox of the source that are wanted.
struct Fetch {
  Destination destination;
  imap::UidSet uids;
  std::uint64_t octets = 0; ///< about the sum of their sizes, or more
  bool sizes_first = false; ///< before any body
  bool afresh = false;      ///< the server is asked for news of the mailbox before
};

/// What has become of a Fetch, and what is to be asked for next.
struct FetchJob {
  /// Messages that are larger come in pieces of so many octets, each asked for when the
  /// one before has begun: a server that answers side by side cannot mix the two then.
  static constexpr std::uint64_t piece = std::uint64_t{16} << 20;

  explicit FetchJob(Fetch f) : fetch{std::move(f)}, left{fetch.uids} {}

  /// Why none of them will come, if the mailbox is not as it was.
  std::optional<Problem> objection() const {
    return examined->objection(fetch.destination.source_uidvalidity);
  }
  bool wanted() const { return !objection(); }
  /// Takes what the server tells of one of them, whose items may come one by one. False
  /// if it is none of these messages or none of these items.
  bool learn(const imap::FetchData& told);
  /// No more will be told: a message without a date is known, too.
  void settle_all();
  /// Messages of which something was told, but not enough.
  imap::UidSet told_in_part() const;
  /// All have come, before the answer: a server may keep that until it has sent bodies
  /// (Dovecot does). Or those that have not are not there.
  bool sizes_known() const {
    return sizes_unanswered == 0 || known.size() == fetch.uids.size();
  }

  /// What one command asks for, taken from `left`.
  struct Choice {
    imap::UidSet whole;       ///< messages
    std::uint64_t octets = 0; ///< of these
    imap::UidSet too_large;   ///< for the target: not to be asked for
    /// The first that is left comes in pieces, of which the next is due.
    bool in_pieces = false;
  };
  /// The first of a moderate job before their sizes are known, which takes a round trip:
  /// as many as make a command if they are like the others. None where they may make
  /// more than `limit` octets; what they may make are their octets.
  Choice choose_unknown(std::uint64_t limit);
  /// The next of those whose sizes are known, none above `limit` octets.
  Choice choose(std::uint64_t limit, bool one);

  /// The first of those that are left is asked for in part.
  bool in_pieces() const { return offset > 0; }
  /// No piece of this message is to be asked for any more.
  void leave(imap::Uid uid);

  Fetch fetch;
  std::shared_ptr<const Examined> examined;
  std::size_t sizes_unanswered = 0;
  bool sizes_asked = false, guessed = false;
  std::map<imap::Uid, Message> known;
  std::map<imap::Uid, imap::FetchData> parts; ///< of those that are not known yet
  imap::UidSet left;                          ///< whose bodies were not asked for
  std::uint64_t offset = 0;                   ///< of the next piece of the first of them
  bool probing = false;   ///< whether the first of them ends where it was told to
  imap::UidSet confirmed; ///< that they do

 private:
  void settle(imap::Uid uid);
};

#endif
