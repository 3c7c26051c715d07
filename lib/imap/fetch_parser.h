// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_IMAP_FETCH_PARSER_H
#define IMAPSYNC_IMAP_FETCH_PARSER_H

#include <cstdint>
#include <string>
#include <string_view>

#include "imap/lex.h"
#include "imap/response.h"

namespace imap {

/// Parses one FETCH response (RFC 3501 7.4.2, RFC 3516, RFC 7162), piece by piece: a
/// piece ends with CRLF or with the head of a literal. Each octet is looked at once,
/// however many literals there are.
class FetchParser {
 public:
  enum class Step {
    done,   ///< `data` is complete
    header, ///< the piece ended in a literal of `size` octets: put them into data.header
    skip,   ///< … drop them
    body,   ///< … they are the body
    body_text, ///< the body is `text`; call feed() again with the same piece to go on
    malformed,
  };

  FetchParser() = default;
  FetchParser(std::uint32_t seq, unsigned nesting) : nesting_{nesting} { data.seq = seq; }

  /// Goes on in the piece at `lex`: a new one, or the last one after body_text.
  Step feed(Lex& lex);

  FetchData data;
  std::uint64_t size = 0;
  std::string text;
  bool nil = false; ///< of body_text: there is no body

 private:
  enum class Item { header, body, other };

  /// These return Step::done for "go on".
  Step item(Lex& lex);
  Step section_value(Lex& lex, Item item);
  Step skip(Lex& lex);
  Step literal(Lex& lex, Item item);
  bool plain_item(Lex& lex, std::string_view name, bool& known);
  bool flags(Lex& lex);
  bool date(Lex& lex);
  bool modseq(Lex& lex);

  unsigned nesting_ = 0;
  unsigned depth_ = 0; ///< of the value that is being skipped
  bool begun_ = false; ///< "(" was seen
};

} // namespace imap

#endif
