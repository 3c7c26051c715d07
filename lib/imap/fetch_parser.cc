// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/fetch_parser.h"

#include <algorithm>
#include <utility>

#include "imap/ascii.h"
#include "imap/grammar.h"

namespace imap {
namespace {

bool contains_nocase(std::string_view text, std::string_view what) {
  return std::search(text.begin(), text.end(), what.begin(), what.end(),
                     [](char a, char b) { return upper(a) == upper(b); }) != text.end();
}

/// "[…]" and a partial's "<0>" behind it; nullopt if it does not end here.
std::optional<std::string_view> take_section(Lex& lex,
                                             std::optional<std::uint64_t>& origin) {
  const std::string_view all = lex.rest();
  lex.take('[');
  while (!lex.take(']')) {
    if (lex.peek() == '"') {
      if (!lex.skip_quoted()) return {};
    } else if (lex.word("\"]").empty() && !lex.take(' ')) {
      return {};
    }
  }
  const std::string_view section = all.substr(0, all.size() - lex.rest().size());
  origin.reset();
  if (lex.take('<') && (!(origin = lex.number()) || !lex.take('>'))) return {};
  return section;
}

bool at_literal(const Lex& lex) {
  return lex.peek() == '{' || lex.rest().starts_with("~{");
}

} // namespace

FetchParser::Step FetchParser::feed(Lex& lex) {
  if (!begun_) {
    lex.spaces();
    if (!lex.take('(')) return Step::malformed;
    begun_ = true;
  }
  for (;;) {
    if (depth_ > 0) {
      const Step step = skip(lex);
      if (step != Step::done) return step;
    }
    lex.spaces();
    if (lex.take(')')) break;
    const Step step = item(lex);
    if (step != Step::done) return step;
  }
  lex.spaces();
  return lex.at_end() ? Step::done : Step::malformed;
}

FetchParser::Step FetchParser::item(Lex& lex) {
  const std::string_view name = lex.word("()[\"{");
  if (name.empty()) return Step::malformed;
  if (lex.peek() == '[') {
    std::optional<std::uint64_t> origin;
    const auto section = take_section(lex, origin);
    if (!section || !lex.take(' ')) return Step::malformed;
    lex.spaces();
    const bool wanted = equal_nocase(name, "BODY") || equal_nocase(name, "BINARY");
    const Item item = !wanted                                      ? Item::other
                      : contains_nocase(*section, "HEADER.FIELDS") ? Item::header
                                                                   : Item::body;
    if (item == Item::body && !data.has_body) data.origin = origin;
    return section_value(lex, item);
  }
  if (!lex.take(' ')) return Step::malformed;
  lex.spaces();
  bool known = true;
  if (!plain_item(lex, name, known)) return Step::malformed;
  return known ? Step::done : section_value(lex, Item::other);
}

FetchParser::Step FetchParser::section_value(Lex& lex, Item item) {
  if (item == Item::body && data.has_body) return Step::malformed;
  if (at_literal(lex)) return literal(lex, item);
  if (item == Item::other) {
    if (lex.take('(')) {
      depth_ = 1;
      return Step::done; // feed() goes on with skip()
    }
    return lex.skip_value(0) ? Step::done : Step::malformed;
  }
  nil = lex.peek() != '"';
  auto value = nil ? std::string{} : lex.quoted();
  if (!value || (nil && !equal_nocase(lex.word("()"), "NIL"))) return Step::malformed;
  if (item == Item::header) {
    data.header = std::move(value);
    return Step::done;
  }
  text = std::move(*value);
  size = data.body_size = text.size();
  data.has_body = true;
  return Step::body_text;
}

FetchParser::Step FetchParser::literal(Lex& lex, Item item) {
  const auto octets = literal_size(lex.rest());
  if (!octets) return Step::malformed;
  size = *octets;
  if (item == Item::header) {
    data.header.emplace();
    return Step::header;
  }
  if (item == Item::other) return Step::skip;
  data.has_body = true;
  data.body_size = size;
  nil = false;
  return Step::body;
}

FetchParser::Step FetchParser::skip(Lex& lex) {
  while (depth_ > 0) {
    lex.spaces();
    if (lex.take('(')) {
      if (++depth_ > nesting_) return Step::malformed;
    } else if (lex.take(')')) {
      --depth_;
    } else if (at_literal(lex)) {
      return literal(lex, Item::other);
    } else if (lex.peek() == '"') {
      if (!lex.skip_quoted()) return Step::malformed;
    } else if (lex.word("()\"").empty()) {
      return Step::malformed;
    }
  }
  return Step::done;
}

/// Reads the value of an item without a section; false if it is malformed.
bool FetchParser::plain_item(Lex& lex, std::string_view name, bool& known) {
  if (equal_nocase(name, "UID")) {
    const auto n = lex.number(max_number);
    // Twice, it could name another message after its body was streamed.
    if (!n || *n == 0 || data.uid) return false;
    data.uid = Uid{static_cast<std::uint32_t>(*n)};
    return true;
  }
  if (equal_nocase(name, "FLAGS")) return flags(lex);
  if (equal_nocase(name, "MODSEQ")) return modseq(lex);
  if (equal_nocase(name, "INTERNALDATE"))
    return at_literal(lex) ? !(known = false) : date(lex);
  if (equal_nocase(name, "RFC822.SIZE")) {
    data.size = lex.number(max_modseq);
    return data.size.has_value();
  }
  known = false;
  return true;
}

bool FetchParser::flags(Lex& lex) {
  const auto list = lex.flat_list();
  if (!list) return false;
  data.flags = parse_server_flags(*list);
  return data.flags.has_value();
}

bool FetchParser::date(Lex& lex) {
  if (lex.peek() != '"') return equal_nocase(lex.word("()"), "NIL");
  const auto text_of_date = lex.quoted();
  if (text_of_date) data.date = parse_internal_date(*text_of_date);
  return text_of_date.has_value();
}

bool FetchParser::modseq(Lex& lex) {
  const bool list = lex.take('(');
  data.modseq = lex.number(max_modseq);
  return data.modseq && (!list || lex.take(')'));
}

} // namespace imap
