// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_RESPONSE_H
#define IMAPSYNC_IMAP_RESPONSE_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "imap/date.h"
#include "imap/flags.h"
#include "imap/uid_set.h"

/// What a server says, as values (RFC 3501 7, RFC 9051 7). Strings are the server's
/// octets, unquoted: pass them through printable() before a person sees them.
namespace imap {

// Response codes. A known code whose arguments don't parse becomes OtherCode.

struct NoCode {
  friend bool operator==(const NoCode&, const NoCode&) = default;
};
struct CapabilityList {
  std::vector<std::string> names; ///< upper-cased
  friend bool operator==(const CapabilityList&, const CapabilityList&) = default;
};
struct UidNext {
  Uid uid{};
  friend bool operator==(const UidNext&, const UidNext&) = default;
};
struct HighestModSeq {
  ModSeq modseq = 0; ///< 0 was seen in place of NOMODSEQ
  friend bool operator==(const HighestModSeq&, const HighestModSeq&) = default;
};
struct NoModSeq {
  friend bool operator==(const NoModSeq&, const NoModSeq&) = default;
};
/// The UIDs in the order of the messages of the command; strictly ascending, else
/// OtherCode.
struct AppendUid {
  UidValidity uidvalidity{};
  UidSet uids;
  friend bool operator==(const AppendUid&, const AppendUid&) = default;
};
/// The nth UID of `source` became the nth of `target`, in the order in which the server
/// sent them, which may be any; both of one size and no UID twice in either, else
/// OtherCode.
struct CopyUid {
  UidValidity uidvalidity{}; ///< of the target mailbox
  OrderedUids source, target;
  friend bool operator==(const CopyUid&, const CopyUid&) = default;
};
struct Modified {
  UidSet uids;
  friend bool operator==(const Modified&, const Modified&) = default;
};
struct Closed {
  friend bool operator==(const Closed&, const Closed&) = default;
};
struct ReadOnly {
  friend bool operator==(const ReadOnly&, const ReadOnly&) = default;
};
struct ReadWrite {
  friend bool operator==(const ReadWrite&, const ReadWrite&) = default;
};
struct UidNotSticky {
  friend bool operator==(const UidNotSticky&, const UidNotSticky&) = default;
};
struct OtherCode {
  std::string name; ///< upper-cased
  std::string args; ///< raw, "" if none
  friend bool operator==(const OtherCode&, const OtherCode&) = default;
};

/// UidValidity and PermanentFlags stand for the codes of these names.
using Code = std::variant<NoCode, CapabilityList, PermanentFlags, UidNext, UidValidity,
                          HighestModSeq, NoModSeq, AppendUid, CopyUid, Modified, Closed,
                          ReadOnly, ReadWrite, UidNotSticky, OtherCode>;

enum class Condition { ok, no, bad, bye, preauth };

/// The answer to the command of that tag; never bye or preauth.
struct Tagged {
  std::string tag;
  Condition condition{};
  Code code;
  std::string text;
  friend bool operator==(const Tagged&, const Tagged&) = default;
};
/// `* OK …` and the other untagged conditions, the greeting among them.
struct Status {
  Condition condition{};
  Code code;
  std::string text;
  friend bool operator==(const Status&, const Status&) = default;
};
/// `+ …`.
struct Continuation {
  std::string text;
  friend bool operator==(const Continuation&, const Continuation&) = default;
};
struct CapabilityData {
  std::vector<std::string> names; ///< upper-cased
  friend bool operator==(const CapabilityData&, const CapabilityData&) = default;
};
struct Enabled {
  std::vector<std::string> names; ///< upper-cased
  friend bool operator==(const Enabled&, const Enabled&) = default;
};
struct ListData {
  bool lsub = false;                   ///< it was LSUB
  std::vector<std::string> attributes; ///< as sent, such as "\HasNoChildren"
  std::optional<char> delimiter;       ///< nullopt for NIL and ""
  std::string name;                    ///< server form: see canonical_from_server
  /// Case-insensitive.
  bool has_attribute(std::string_view attribute) const;
  friend bool operator==(const ListData&, const ListData&) = default;
};
/// Attributes that were not sent, or not as numbers in range, are absent.
struct StatusData {
  std::string name; ///< server form
  std::optional<std::uint32_t> messages, unseen;
  std::optional<Uid> uidnext;
  std::optional<UidValidity> uidvalidity;
  std::optional<ModSeq> highestmodseq;
  std::optional<std::uint64_t> size;
  std::optional<std::string> mailboxid;
  friend bool operator==(const StatusData&, const StatusData&) = default;
};
struct FlagsData {
  Flags flags;
  friend bool operator==(const FlagsData&, const FlagsData&) = default;
};
struct Exists {
  std::uint32_t n = 0;
  friend bool operator==(const Exists&, const Exists&) = default;
};
struct Expunge {
  std::uint32_t seq = 0; ///< 1..2^32-1
  friend bool operator==(const Expunge&, const Expunge&) = default;
};
struct Vanished {
  bool earlier = false; ///< VANISHED (EARLIER): before this session, not news
  UidSet uids;          ///< may lie, may be vast: intersect with known UIDs first
  friend bool operator==(const Vanished&, const Vanished&) = default;
};
/// Unknown items are skipped. An INTERNALDATE that is no valid date is absent.
struct FetchData {
  std::uint32_t seq = 0; ///< 1..2^32-1; meaningless to us
  std::optional<Uid> uid;
  std::optional<Flags> flags;
  std::optional<InternalDate> date;
  std::optional<std::uint64_t> size; ///< RFC822.SIZE
  std::optional<ModSeq> modseq;
  std::optional<std::string> header;   ///< of BODY[HEADER.FIELDS …]; "" for NIL
  bool has_body = false;               ///< a body was streamed as events
  std::optional<std::uint64_t> origin; ///< of a partial body: BODY[]<origin>
  std::uint64_t body_size = 0;         ///< its octets
  friend bool operator==(const FetchData&, const FetchData&) = default;
};
/// Named uids because only UID SEARCH is ever sent.
struct SearchData {
  UidSet uids;
  std::optional<ModSeq> modseq;
  friend bool operator==(const SearchData&, const SearchData&) = default;
};
struct EsearchData {
  std::optional<std::string> tag;
  bool uid = false; ///< numbers are UIDs
  UidSet all;       ///< empty too if ALL was not sent because nothing matched
  std::optional<std::uint32_t> count, min, max;
  std::optional<ModSeq> modseq;
  friend bool operator==(const EsearchData&, const EsearchData&) = default;
};
struct IdData {
  std::vector<std::pair<std::string, std::optional<std::string>>> pairs;
  friend bool operator==(const IdData&, const IdData&) = default;
};
/// Anything else untagged: RECENT, NAMESPACE, … Ignorable.
struct OtherData {
  std::string name;                    ///< upper-cased
  std::string args;                    ///< raw text, with "" for each literal
  std::optional<std::uint32_t> number; ///< of "* 3 RECENT"
  friend bool operator==(const OtherData&, const OtherData&) = default;
};

using Response = std::variant<Tagged, Status, Continuation, CapabilityData, Enabled,
                              ListData, StatusData, FlagsData, Exists, Expunge, Vanished,
                              FetchData, SearchData, EsearchData, IdData, OtherData>;

/// The response as a server would write it, CRLF included: Parser reads the same value
/// from it (a streamed body is left out, a CR or LF in free text becomes a space). For
/// what we say as a server, for tests and for logs.
std::string to_wire(const Response& response);
std::string to_wire(const Code& code); ///< "[UIDNEXT 5]", "" for NoCode

} // namespace imap

#endif
