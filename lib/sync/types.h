// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_SYNC_TYPES_H
#define IMAPSYNC_SYNC_TYPES_H

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "imap/flags.h"
#include "imap/uid_set.h"
#include "record/record.h"

/// Pure decisions: what has to be done so that both sides agree. No I/O. (Not `sync`:
/// unistd.h has a function of that name.)
namespace syncing {

using record::Mailbox;
using record::other;
using record::Side;

inline constexpr Side both[] = {Side::local, Side::remote};

/// A UID that is known to be one of side S: a mix-up of the two loses mail, so it does
/// not compile.
template <Side S>
struct UidOn {
  imap::Uid uid{};
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a 0 in it
  friend auto operator<=>(const UidOn&, const UidOn&) = default;
};
using LocalUid = UidOn<Side::local>;
using RemoteUid = UidOn<Side::remote>;

/// One value for each side.
template <class T>
struct PerSide {
  T local{}, remote{};
  T& operator[](Side side) { return side == Side::local ? local : remote; }
  const T& operator[](Side side) const { return side == Side::local ? local : remote; }
  friend bool operator==(const PerSide&, const PerSide&) = default;
};

/// A list of flags, by its number in a FlagsPool.
enum class FlagsId : std::uint32_t {};

/// Every distinct list of flags once: messages by the thousand share a few of them.
class FlagsPool {
 public:
  FlagsId id(const imap::Flags& flags);
  const imap::Flags& operator[](FlagsId id) const {
    return *lists_[static_cast<std::uint32_t>(id)];
  }

 private:
  std::map<imap::Flags, FlagsId> ids_;
  std::vector<const imap::Flags*> lists_; // keys of ids_
};

/// A committed pair of messages and the flags that both sides agreed on last.
struct Pair {
  LocalUid local;
  RemoteUid remote;
  FlagsId flags{};

  template <Side S>
  UidOn<S> on() const {
    if constexpr (S == Side::local)
      return local;
    else
      return remote;
  }
};

/// SHA-256 of the identity fields. Nothing while it is not known; an empty digest is that
/// of a message without any of these fields.
using KnownDigest = std::optional<record::Digest>;

/// What tells messages apart without their headers.
struct Stamp {
  std::int64_t date = 0;  ///< INTERNALDATE, seconds since 1970 UTC: servers change zones
  std::uint64_t size = 0; ///< RFC822.SIZE, octets
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a 0 in it
  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

/// A message that has no pair. (There may be millions: without padding.)
struct Message {
  imap::Uid uid{};
  FlagsId flags{};
  Stamp stamp;
};

/// A message that is on its way to the other side.
struct Flight {
  Message message; ///< the source
  KnownDigest identity;
  std::optional<FlagsId> copied; ///< copied on the target side from one with these flags
  bool alone = false;            ///< refused before: nothing else may share its fate
};

/// How conflicting changes of one message's flags are settled.
enum class Conflicts {
  unite, ///< both get the union of the two lists, with a warning
  merge, ///< each flag by itself against the base
};

/// The most deletions in one mailbox and round. Without any limit given: not more than
/// 100 messages and 75 % of the mailbox.
struct MaxDelete {
  enum class Kind { standard, count, percent, none } kind = Kind::standard;
  std::uint64_t limit = 0;

  /// `count` of `pairs` paired messages are about to be deleted.
  bool allows(std::uint64_t count, std::uint64_t pairs) const;
};

/// "50", "20%" or "none"; nothing for other texts.
std::optional<MaxDelete> parse_max_delete(std::string_view text);

struct Options {
  Conflicts conflicts = Conflicts::unite;
  MaxDelete max_delete;
};

} // namespace syncing

#endif
