// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_PARSER_H
#define IMAPSYNC_IMAP_PARSER_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "imap/response.h"

namespace imap {

/// Bounds on what a server may make us hold, in octets. Beyond them: Malformed.
struct Limits {
  std::size_t line = 64U << 10;    ///< one line, without literals
  std::size_t set_line = 8U << 20; ///< a line that carries a UID set (VANISHED, SEARCH …)
                                   ///< or the flags of a mailbox
  std::size_t literal = 1U << 20;   ///< one literal other than a body; of a header's, the
                                    ///< octets that are kept
  std::size_t response = 16U << 20; ///< all lines and literals of one response, no body
  unsigned nesting = 32;            ///< of parentheses
  std::uint64_t body = 0x7fffffffffffffffU;
};

/// All input was consumed: call again with more.
struct NeedMore {};
/// A body begins: BODY[…] or BINARY[…] without HEADER.FIELDS. At most one per FETCH.
struct BodyBegin {
  const FetchData*
      fetch;          ///< the items that came before it (uid may still be absent); valid
                      ///< until the FetchData response, which is at BodyEnd or later
  std::uint64_t size; ///< octets that will follow
  bool nil;           ///< NIL: there is no such body; size is 0
};
/// Some of the body's octets, never empty: a view into `input` (or the parser), valid
/// until the input buffer changes or next() is called.
struct BodyData {
  std::string_view octets;
};
/// The body is complete; the response with the other items follows.
struct BodyEnd {};
/// The octets are no IMAP, or exceed a limit. Final: the same is returned ever after.
struct Malformed {
  std::string why; ///< printable
};

using Event = std::variant<NeedMore, Response, BodyBegin, BodyData, BodyEnd, Malformed>;

/// An incremental parser of what a server sends. Does no I/O, never looks twice at an
/// octet, and holds at most one response within Limits, never a body.
///
///     std::string_view input = …;       // what has been read
///     for (;;) {
///       imap::Event event = parser.next(input);
///       if (std::holds_alternative<imap::NeedMore>(event)) break;  // input is empty now
///       …
///     }
class Parser {
 public:
  explicit Parser(Limits limits = {});
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;
  ~Parser();

  /// Consumes octets from the front of `input` up to the end of the next event.
  Event next(std::string_view& input);

  /// True between responses: an end of file here cuts nothing in two.
  bool idle() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace imap

#endif
