// SPDX-License-Identifier: GPL-3.0-or-later
// Untagged data other than FETCH (RFC 3501 7.2-7.3, 4731, 7162, 2971).
#include <utility>

#include "imap/ascii.h"
#include "imap/grammar.h"

namespace imap {
namespace {

std::optional<Response> parse_list(Lex& lex, bool lsub) {
  ListData out;
  out.lsub = lsub;
  if (!lex.take('(')) return {};
  for (lex.spaces(); !lex.take(')'); lex.spaces()) {
    const std::string_view attribute = lex.word("()\"{");
    if (attribute.empty()) return {};
    out.attributes.emplace_back(attribute);
  }
  if (!lex.spaces()) return {};
  if (lex.peek() == '"') {
    const auto delimiter = lex.quoted();
    if (!delimiter || delimiter->size() > 1) return {};
    if (!delimiter->empty()) out.delimiter = delimiter->front();
    if (out.delimiter && (*out.delimiter < ' ' || *out.delimiter > '~')) return {};
  } else if (!equal_nocase(lex.word(), "NIL")) {
    return {};
  }
  if (!lex.spaces()) return {};
  auto name = lex.astring();
  if (!name || !lex.spaces()) return {};
  out.name = std::move(*name);
  return out; // what may follow is OLDNAME, CHILDINFO …
}

void set_status_item(StatusData& out, const std::string& item, std::string_view value) {
  const auto small = [&](std::uint64_t least) -> std::optional<std::uint32_t> {
    const auto n = parse_number(value, max_number);
    if (!n || *n < least) return {};
    return static_cast<std::uint32_t>(*n);
  };
  if (item == "MESSAGES") out.messages = small(0);
  if (item == "UNSEEN") out.unseen = small(0);
  if (item == "UIDNEXT") {
    out.uidnext.reset();
    if (const auto n = small(1)) out.uidnext = Uid{*n};
  }
  if (item == "UIDVALIDITY") {
    out.uidvalidity.reset();
    if (const auto n = small(1)) out.uidvalidity = UidValidity{*n};
  }
  if (item == "HIGHESTMODSEQ") out.highestmodseq = parse_number(value, max_modseq);
  if (item == "SIZE") out.size = parse_number(value, max_modseq);
}

std::optional<Response> parse_status_data(Lex& lex, unsigned nesting) {
  StatusData out;
  auto name = lex.astring();
  if (!name || !lex.spaces() || !lex.take('(')) return {};
  out.name = std::move(*name);
  for (lex.spaces(); !lex.take(')'); lex.spaces()) {
    const std::string item = upper(lex.word("()\""));
    if (item.empty() || !lex.spaces()) return {};
    if (item == "MAILBOXID" && lex.peek() == '(') {
      const auto id = lex.flat_list();
      if (!id) return {};
      out.mailboxid = std::string{id->substr(1, id->size() - 2)};
      continue;
    }
    const std::size_t from = lex.offset();
    const std::string_view value = lex.rest();
    if (!lex.skip_value(nesting)) return {};
    set_status_item(out, item, value.substr(0, lex.offset() - from));
  }
  return out;
}

std::optional<Response> parse_vanished(Lex& lex) {
  Vanished out;
  if (lex.peek() == '(') {
    const auto list = lex.flat_list();
    if (!list || !equal_nocase(*list, "(EARLIER)") || !lex.spaces()) return {};
    out.earlier = true;
  }
  auto uids = parse_vanished_uids(lex.word());
  if (!uids || !lex.spaces() || !lex.at_end()) return {};
  out.uids = std::move(*uids);
  return out;
}

/// "(MODSEQ 5)", as SEARCH has it at its end.
bool parse_search_modseq(Lex& lex, std::optional<ModSeq>& modseq) {
  lex.take('(');
  if (!equal_nocase(lex.word(), "MODSEQ") || !lex.spaces()) return false;
  modseq = lex.number(max_modseq);
  return modseq && lex.take(')');
}

std::optional<Response> parse_search(Lex& lex) {
  SearchData out;
  std::vector<UidRange> ranges;
  for (lex.spaces(); !lex.at_end() && lex.peek() != '('; lex.spaces()) {
    const auto n = lex.number(max_number);
    if (!n || *n == 0 || (!lex.at_end() && lex.peek() != ' ')) return {};
    const auto uid = Uid{static_cast<std::uint32_t>(*n)};
    if (!ranges.empty() && value(ranges.back().last) + 1 == *n)
      ranges.back().last = uid;
    else if (ranges.size() == max_uid_ranges)
      return {};
    else
      ranges.push_back({uid, uid});
  }
  if (lex.peek() == '(' && !parse_search_modseq(lex, out.modseq)) return {};
  lex.spaces();
  if (!lex.at_end()) return {};
  out.uids = UidSet::from_ranges(std::move(ranges));
  return out;
}

bool parse_esearch_item(Lex& lex, EsearchData& out, unsigned nesting) {
  const std::string item = upper(lex.word("()\""));
  if (item.empty() || !lex.spaces()) return false;
  const auto number = [&lex](std::optional<std::uint32_t>& to) {
    if (const auto n = lex.number(max_number)) to = static_cast<std::uint32_t>(*n);
    return to.has_value();
  };
  if (item == "COUNT") return number(out.count);
  if (item == "MIN") return number(out.min);
  if (item == "MAX") return number(out.max);
  if (item == "MODSEQ") {
    out.modseq = lex.number(max_modseq);
    return out.modseq.has_value();
  }
  if (item != "ALL") return lex.skip_value(nesting);
  auto all = parse_uid_set(lex.word());
  if (!all) return false;
  out.all = std::move(*all);
  return true;
}

std::optional<Response> parse_esearch(Lex& lex, unsigned nesting) {
  EsearchData out;
  if (lex.take('(')) {
    if (!equal_nocase(lex.word(), "TAG") || !lex.spaces()) return {};
    out.tag = lex.astring(")");
    if (!out.tag || !lex.take(')') || !lex.spaces()) return {};
  }
  constexpr std::string_view uid = "UID";
  if (equal_nocase(lex.rest().substr(0, uid.size()), uid) &&
      (lex.rest().size() == uid.size() || lex.rest()[uid.size()] == ' ')) {
    lex.word();
    out.uid = true;
  }
  for (lex.spaces(); !lex.at_end(); lex.spaces())
    if (!parse_esearch_item(lex, out, nesting) || (!lex.at_end() && lex.peek() != ' '))
      return {};
  return out;
}

std::optional<Response> parse_id(Lex& lex) {
  IdData out;
  if (equal_nocase(lex.rest(), "NIL")) return out;
  if (!lex.take('(')) return {};
  for (lex.spaces(); !lex.take(')'); lex.spaces()) {
    auto field = lex.astring(")");
    if (!field || !lex.spaces()) return {};
    const bool string = lex.peek() == '"';
    auto text = lex.astring(")");
    if (!text) return {};
    if (!string && equal_nocase(*text, "NIL")) text.reset();
    out.pairs.emplace_back(std::move(*field), std::move(text));
  }
  return out;
}

std::optional<Response> parse_flags_data(Lex& lex) {
  const auto list = lex.flat_list();
  if (!list) return {};
  auto flags = parse_mailbox_flags(*list);
  if (!flags) return {};
  return FlagsData{std::move(*flags)};
}

Response other(std::string name, std::string_view args,
               std::optional<std::uint32_t> number = {}) {
  return OtherData{std::move(name), std::string{args}, number};
}

/// "3 EXISTS"
std::optional<Response> parse_numbered(Lex& lex) {
  const auto n = lex.number(max_number);
  if (!n || !lex.take(' ')) return {};
  lex.spaces();
  const auto number = static_cast<std::uint32_t>(*n);
  std::string name = upper(lex.word());
  lex.take(' ');
  if (name.empty()) return {};
  if (name == "EXISTS") return Exists{number};
  if (name != "EXPUNGE") return other(std::move(name), lex.rest(), number);
  if (number == 0) return {};
  return Expunge{number};
}

} // namespace

std::optional<Response> parse_data(std::string_view data,
                                   std::vector<InlineLiteral>& literals,
                                   unsigned nesting) {
  Lex lex{data, &literals};
  if (lex.peek() >= '0' && lex.peek() <= '9') return parse_numbered(lex);
  std::string name = upper(lex.word("()\"{"));
  if (name.empty() || name[0] < 'A' || name[0] > 'Z' || !(lex.at_end() || lex.take(' ')))
    return {};
  const std::string_view args = lex.rest();
  if (name == "CAPABILITY") return CapabilityData{capability_words(args)};
  if (name == "ENABLED") return Enabled{capability_words(args)};
  if (name == "ID") {
    auto id = parse_id(lex);
    return id ? std::move(id) : other(std::move(name), args);
  }
  if (name == "LIST" || name == "LSUB") return parse_list(lex, name == "LSUB");
  if (name == "STATUS") return parse_status_data(lex, nesting);
  if (name == "FLAGS") return parse_flags_data(lex);
  if (name == "VANISHED") return parse_vanished(lex);
  if (name == "SEARCH") return parse_search(lex);
  if (name == "ESEARCH") return parse_esearch(lex, nesting);
  return other(std::move(name), args);
}

} // namespace imap
