// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_RECORD_RECORD_H
#define IMAPSYNC_RECORD_RECORD_H

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "imap/date.h"
#include "imap/flags.h"
#include "imap/uid_set.h"
#include "record/digest.h"
#include "record/faults.h"
#include "record/word.h"

/// The records that flow through the pipeline; imapsync-records(5) is their
/// specification. Each struct is one verb: `verb` is its name, `fields` lists its fields
/// in the order in which they are written, so that reading and writing cannot disagree.
namespace record {

enum class Side { local, remote };

constexpr Side other(Side side) {
  return side == Side::local ? Side::remote : Side::local;
}

/// "local" or "remote".
std::string_view name(Side side);

/// Stands for a side or a mailbox where a verb has none; always "-".
struct None {
  bool operator==(const None&) const = default;
};

/// A canonical mailbox name as it is written in a record, escapes included: levels joined
/// by
/// '/'. Never empty.
using Mailbox = std::string;
/// "-" when absent.
using MaybeMailbox = std::optional<Mailbox>;

/// A list such as `(\Noselect \Sent)`: LIST attributes.
struct Words {
  std::vector<std::string> list;
  bool operator==(const Words&) const = default;
};

/// UIDVALIDITY, UIDNEXT, HIGHESTMODSEQ and the number of messages of one mailbox on one
/// side; 0 means that the number is not known.
struct Numbers {
  std::uint64_t uidvalidity = 0;
  std::uint64_t uidnext = 0;
  std::uint64_t highestmodseq = 0;
  std::uint64_t messages = 0;
  bool operator==(const Numbers&) const = default;
};

// One line of declarations per struct instead of five: the verb and its fields, in order.
#define IMAPSYNC_RECORD(VERB, ...)                                                       \
  static constexpr std::string_view verb = VERB;                                         \
  auto fields() { return std::tie(__VA_ARGS__); }                                        \
  auto fields() const { return std::tie(__VA_ARGS__); }

struct Round {
  None side, mailbox;
  std::uint64_t number = 0;
  IMAPSYNC_RECORD("round", side, mailbox, number)
};
struct Request {
  None side;
  MaybeMailbox mailbox;
  OneOf<"sync", "leave"> what;
  IMAPSYNC_RECORD("request", side, mailbox, what)
};
struct EndRequests {
  None side, mailbox;
  Kind<"requests"> kind;
  std::uint64_t count = 0;
  IMAPSYNC_RECORD("end", side, mailbox, kind, count)
};
struct EndRound {
  None side, mailbox;
  Kind<"round"> kind;
  std::uint64_t number = 0;
  IMAPSYNC_RECORD("end", side, mailbox, kind, number)
};

struct State {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t generation = 0;
  Numbers numbers;
  bool subscribed = false;
  IMAPSYNC_RECORD("state", side, mailbox, generation, numbers, subscribed)
};
struct EndStates {
  None side, mailbox;
  Kind<"states"> kind;
  std::uint64_t count = 0;
  IMAPSYNC_RECORD("end", side, mailbox, kind, count)
};

struct Server {
  Side side = {};
  None mailbox;
  std::optional<char> delimiter;
  OneOf<"all", "some"> scope;
  IMAPSYNC_RECORD("server", side, mailbox, delimiter, scope)
};
struct Listed {
  Side side = {};
  Mailbox mailbox;
  Words attributes;
  bool subscribed = false;
  Numbers numbers;
  IMAPSYNC_RECORD("mailbox", side, mailbox, attributes, subscribed, numbers)
};
struct Differs {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t recorded = 0; ///< UIDNEXT of the state, 0 if it does not know the mailbox
  std::uint64_t uidnext = 0;
  IMAPSYNC_RECORD("differs", side, mailbox, recorded, uidnext)

  bool known() const { return recorded != 0; }
  /// There are new messages, as far as STATUS tells.
  bool grown() const { return uidnext > std::max<std::uint64_t>(recorded, 1); }
};
struct EndMailboxes {
  Side side = {};
  None mailbox;
  Kind<"mailboxes"> kind;
  std::uint64_t count = 0;
  IMAPSYNC_RECORD("end", side, mailbox, kind, count)
};
struct Vanished {
  Side side = {};
  Mailbox mailbox;
  imap::UidSet uids;
  IMAPSYNC_RECORD("vanished", side, mailbox, uids)
};
struct Present {
  Side side = {};
  Mailbox mailbox;
  imap::UidSet uids;
  IMAPSYNC_RECORD("present", side, mailbox, uids)
};
struct FlagsChanged {
  Side side = {};
  Mailbox mailbox;
  imap::UidSet uids;
  imap::Flags flags;
  IMAPSYNC_RECORD("flags", side, mailbox, uids, flags)
};
struct New {
  Side side = {};
  Mailbox mailbox;
  imap::Uid uid = {};
  imap::InternalDate date;
  std::uint64_t size = 0;
  imap::Flags flags;
  IMAPSYNC_RECORD("new", side, mailbox, uid, date, size, flags)
};
struct EndChanges {
  Side side = {};
  Mailbox mailbox;
  Kind<"changes"> kind;
  std::uint64_t count = 0;
  Numbers numbers;
  imap::PermanentFlags permanent;
  bool writable = true;
  IMAPSYNC_RECORD("end", side, mailbox, kind, count, numbers, permanent, writable)
};
struct Changed {
  Side side = {};
  MaybeMailbox mailbox;
  IMAPSYNC_RECORD("changed", side, mailbox)
};

struct Compared {
  None side, mailbox;
  std::uint64_t count = 0;
  IMAPSYNC_RECORD("compared", side, mailbox, count)
};
struct Create {
  Side side = {};
  Mailbox mailbox;
  Words attributes;
  IMAPSYNC_RECORD("create", side, mailbox, attributes)
};
struct Subscribe {
  Side side = {};
  Mailbox mailbox;
  bool on = true;
  IMAPSYNC_RECORD("subscribe", side, mailbox, on)
};
struct Identify {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0;
  imap::UidSet uids;
  IMAPSYNC_RECORD("identify", side, mailbox, uidvalidity, uids)
};
struct Append {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0, source_uidvalidity = 0;
  imap::UidSet source;
  std::uint64_t octets = 0;
  IMAPSYNC_RECORD("append", side, mailbox, uidvalidity, source_uidvalidity, source,
                  octets)
};
struct Copy {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0;
  Mailbox from;
  std::uint64_t from_uidvalidity = 0;
  imap::UidSet from_uids, source;
  IMAPSYNC_RECORD("copy", side, mailbox, uidvalidity, from, from_uidvalidity, from_uids,
                  source)
};
struct Store {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0;
  imap::UidSet uids;
  imap::Flags add, remove;
  IMAPSYNC_RECORD("store", side, mailbox, uidvalidity, uids, add, remove)
};
struct Expunge {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0, unchangedsince = 0;
  imap::UidSet uids;
  MaybeMailbox after;
  IMAPSYNC_RECORD("expunge", side, mailbox, uidvalidity, unchangedsince, uids, after)
};
struct EndActions {
  Side side = {};
  None mailbox;
  Kind<"actions"> kind;
  std::uint64_t count = 0;
  IMAPSYNC_RECORD("end", side, mailbox, kind, count)
};
struct Pair {
  None side;
  Mailbox mailbox;
  imap::Uid local = {}, remote = {};
  imap::InternalDate local_date;
  std::uint64_t local_size = 0;
  imap::InternalDate remote_date;
  std::uint64_t remote_size = 0;
  imap::Flags flags;
  Digest digest;
  IMAPSYNC_RECORD("pair", side, mailbox, local, remote, local_date, local_size,
                  remote_date, remote_size, flags, digest)
};
struct Unpair {
  None side;
  Mailbox mailbox;
  imap::UidSet local;
  IMAPSYNC_RECORD("unpair", side, mailbox, local)
};
struct Base {
  None side;
  Mailbox mailbox;
  imap::UidSet local;
  imap::Flags flags;
  IMAPSYNC_RECORD("base", side, mailbox, local, flags)
};
struct Forget {
  None side;
  Mailbox mailbox;
  IMAPSYNC_RECORD("forget", side, mailbox)
};
struct NumbersRecord {
  Side side = {};
  Mailbox mailbox;
  Numbers numbers;
  bool subscribed = false;
  IMAPSYNC_RECORD("numbers", side, mailbox, numbers, subscribed)
};
struct Done {
  None side;
  Mailbox mailbox;
  std::uint64_t generation = 0, local_units = 0, remote_units = 0;
  IMAPSYNC_RECORD("done", side, mailbox, generation, local_units, remote_units)
};

struct Created {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0, uidnext = 0, highestmodseq = 0;
  IMAPSYNC_RECORD("created", side, mailbox, uidvalidity, uidnext, highestmodseq)
};
struct Subscribed {
  Side side = {};
  Mailbox mailbox;
  bool on = true;
  IMAPSYNC_RECORD("subscribed", side, mailbox, on)
};
struct Identity {
  Side side = {};
  Mailbox mailbox;
  imap::Uid uid = {};
  Digest digest;
  IMAPSYNC_RECORD("identity", side, mailbox, uid, digest)
};
struct Identified {
  Side side = {};
  Mailbox mailbox;
  imap::UidSet uids;
  IMAPSYNC_RECORD("identified", side, mailbox, uids)
};
struct Appended {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0;
  imap::Uid source = {}, uid = {};
  imap::InternalDate date;
  std::uint64_t size = 0;
  imap::Flags flags;
  Digest digest;
  IMAPSYNC_RECORD("appended", side, mailbox, uidvalidity, source, uid, date, size, flags,
                  digest)
};
struct Copied {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t uidvalidity = 0;
  imap::UidSet source, uids;
  IMAPSYNC_RECORD("copied", side, mailbox, uidvalidity, source, uids)
};
struct Stored {
  Side side = {};
  Mailbox mailbox;
  imap::UidSet uids;
  IMAPSYNC_RECORD("stored", side, mailbox, uids)
};
struct Lacks {
  Side side = {};
  Mailbox mailbox;
  imap::UidSet uids;
  imap::Flags flags;
  IMAPSYNC_RECORD("lacks", side, mailbox, uids, flags)
};
struct Expunged {
  Side side = {};
  Mailbox mailbox;
  imap::UidSet uids;
  IMAPSYNC_RECORD("expunged", side, mailbox, uids)
};
struct Foreign {
  Side side = {};
  Mailbox mailbox;
  IMAPSYNC_RECORD("foreign", side, mailbox)
};
struct Progress {
  Side side = {};
  Mailbox mailbox;
  std::uint64_t messages = 0, messages_total = 0, octets = 0, octets_total = 0;
  IMAPSYNC_RECORD("progress", side, mailbox, messages, messages_total, octets,
                  octets_total)
};

struct Failed {
  Side side = {};
  MaybeMailbox mailbox;
  OneOf<"create", "subscribe", "identify", "append", "copy", "store", "expunge", "select",
        "list", "mailbox">
      action;
  std::optional<imap::UidSet> uids;
  OneOf<"gone", "modified", "refused", "exists", "untold", "empty", "overquota",
        "uidvalidity", "rollback", "missing", "vanished", "guard", "name", "readonly",
        "mismatch", "unsupported", "connection", "fatal">
      code;
  std::string text;
  IMAPSYNC_RECORD("failed", side, mailbox, action, uids, code, text)
};
struct Warning {
  std::optional<Side> side;
  MaybeMailbox mailbox;
  Word code;
  std::string text;
  IMAPSYNC_RECORD("warning", side, mailbox, code, text)
};
struct Again {
  None side;
  Mailbox mailbox;
  OneOf<"identified", "deferred", "foreign"> reason;
  IMAPSYNC_RECORD("again", side, mailbox, reason)
};
struct Committed {
  std::optional<Side> side;
  Mailbox mailbox;
  OneOf<"created", "subscribed", "identified", "appended", "copied", "stored", "expunged",
        "suspected", "pair", "unpair", "mailbox", "forgotten">
      what;
  std::uint64_t count = 0;
  IMAPSYNC_RECORD("committed", side, mailbox, what, count)
};
#undef IMAPSYNC_RECORD

using Record =
    std::variant<Round, Request, EndRequests, EndRound, State, EndStates, Server, Listed,
                 Differs, EndMailboxes, Vanished, Present, FlagsChanged, New, EndChanges,
                 Changed, Compared, Create, Subscribe, Identify, Append, Copy, Store,
                 Expunge, EndActions, Pair, Unpair, Base, Forget, NumbersRecord, Done,
                 Created, Subscribed, Identity, Identified, Appended, Copied, Stored,
                 Lacks, Expunged, Foreign, Progress, Failed, Warning, Again, Committed>;

/// The side that an action of imap-state plan is for; nothing for any other record.
std::optional<Side> action_side(const Record& record);

/// Parses one line without its LF. Throws Malformed.
Record parse(std::string_view line);

/// Appends the line of `record`, LF included, to `out`.
void append(std::string& out, const Record& record);

/// The line of `record`, LF included.
std::string format(const Record& record);

/// "imapsync-records<TAB>1\n".
inline constexpr std::string_view header = "imapsync-records\t1\n";

} // namespace record

#endif
