// SPDX-License-Identifier: GPL-3.0-or-later
// Conditions and their response codes (RFC 3501 7.1, 4315, 7162).
#include <algorithm>
#include <utility>

#include "imap/ascii.h"
#include "imap/grammar.h"

namespace imap {
namespace {

std::optional<Condition> parse_condition(std::string_view word) {
  constexpr std::pair<std::string_view, Condition> words[] = {
      {"OK", Condition::ok},
      {"NO", Condition::no},
      {"BAD", Condition::bad},
      {"BYE", Condition::bye},
      {"PREAUTH", Condition::preauth}};
  for (const auto& [name, condition] : words)
    if (equal_nocase(word, name)) return condition;
  return {};
}

std::optional<Code> parse_append_uid(std::string_view args) {
  Lex lex{args};
  const auto validity = lex.number(max_number);
  if (!validity || *validity == 0 || !lex.take(' ')) return {};
  auto uids = parse_ascending_uid_set(lex.rest());
  if (!uids) return {};
  return AppendUid{UidValidity{static_cast<std::uint32_t>(*validity)}, std::move(*uids)};
}

std::optional<Code> parse_copy_uid(std::string_view args) {
  Lex lex{args};
  const auto validity = lex.number(max_number);
  if (!validity || *validity == 0 || !lex.take(' ')) return {};
  auto source = parse_ordered_uids(lex.word());
  if (!source || !lex.take(' ')) return {};
  auto target = parse_ordered_uids(lex.rest());
  if (!target || source->size() != target->size()) return {};
  return CopyUid{UidValidity{static_cast<std::uint32_t>(*validity)}, std::move(*source),
                 std::move(*target)};
}

/// A code with arguments; nullopt if unknown, or if they don't parse.
std::optional<Code> parse_known(std::string_view name, std::string_view args) {
  if (name == "APPENDUID") return parse_append_uid(args);
  if (name == "COPYUID") return parse_copy_uid(args);
  if (name == "PERMANENTFLAGS") {
    auto flags = parse_server_permanent_flags(args);
    if (flags) return std::move(*flags);
  } else if (name == "CAPABILITY") {
    auto names = capability_words(args);
    if (!names.empty()) return CapabilityList{std::move(names)};
  } else if (name == "MODIFIED") {
    auto uids = parse_uid_set(args);
    if (uids) return Modified{std::move(*uids)};
  } else if (name == "HIGHESTMODSEQ") {
    const auto modseq = parse_number(args, max_modseq);
    if (modseq) return HighestModSeq{*modseq};
  } else if (name == "UIDNEXT" || name == "UIDVALIDITY") {
    const auto n = parse_number(args, max_number);
    if (!n || *n == 0) return {};
    const auto number = static_cast<std::uint32_t>(*n);
    if (name == "UIDNEXT") return UidNext{Uid{number}};
    return UidValidity{number};
  }
  return {};
}

std::optional<Code> parse_bare(std::string_view name) {
  if (name == "NOMODSEQ") return NoModSeq{};
  if (name == "CLOSED") return Closed{};
  if (name == "READ-ONLY") return ReadOnly{};
  if (name == "READ-WRITE") return ReadWrite{};
  if (name == "UIDNOTSTICKY") return UidNotSticky{};
  return {};
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Code parse_code(std::string_view inside) {
  const std::size_t space = inside.find(' ');
  const std::string name = upper(inside.substr(0, space));
  std::string_view args;
  if (space != std::string_view::npos) args = inside.substr(space + 1);
  auto code = args.empty() ? parse_bare(name) : parse_known(name, trim(args));
  if (code) return std::move(*code);
  return OtherCode{name, std::string{args}};
}

/// The offset of the "]" that ends the code, which "[" at 0 began.
std::size_t code_end(std::string_view text) {
  constexpr std::string_view flags = "[PERMANENTFLAGS (";
  // A keyword may hold a "]", which RFC 3501 forbids and servers send.
  if (equal_nocase(text.substr(0, flags.size()), flags)) {
    std::size_t at = text.find(')', flags.size());
    if (at != std::string_view::npos) at = text.find_first_not_of(' ', at + 1);
    if (at != std::string_view::npos && text[at] == ']') return at;
  }
  return text.find(']');
}

bool is_tag_char(char c) {
  return c > ' ' && c < '\x7f' &&
         std::string_view{"(){%*\"\\+"}.find(c) == std::string_view::npos;
}

} // namespace

std::vector<std::string> capability_words(std::string_view text) {
  std::vector<std::string> names;
  Lex lex{text};
  for (lex.spaces(); !lex.at_end(); lex.spaces()) {
    const std::string_view name = lex.word();
    // Said again at the end of a line, one with a brace would announce a literal.
    if (std::all_of(name.begin(), name.end(),
                    [](char c) { return c > ' ' && c < '\x7f' && c != '{'; }))
      names.push_back(upper(name));
  }
  return names;
}

void parse_resp_text(std::string_view rest, Code& code, std::string& text) {
  if (rest.starts_with('[')) {
    const std::size_t end = code_end(rest);
    if (end != std::string_view::npos) {
      code = parse_code(rest.substr(1, end - 1));
      rest.remove_prefix(end + 1);
      if (rest.starts_with(' ')) rest.remove_prefix(1);
    }
  }
  text = rest;
}

std::optional<Response> parse_tagged(std::string_view line) {
  constexpr std::size_t max_tag = 64;
  Lex lex{line};
  Tagged out;
  out.tag = lex.word();
  if (out.tag.empty() || out.tag.size() > max_tag ||
      !std::all_of(out.tag.begin(), out.tag.end(), is_tag_char) || !lex.take(' '))
    return {};
  const auto condition = parse_condition(lex.word());
  if (!condition || *condition == Condition::bye || *condition == Condition::preauth)
    return {};
  out.condition = *condition;
  lex.take(' ');
  parse_resp_text(lex.rest(), out.code, out.text);
  return out;
}

bool is_status(std::string_view line) {
  if (!line.starts_with("* ")) return false;
  Lex lex{line.substr(2, 8)};
  return parse_condition(lex.word()).has_value();
}

std::optional<Response> parse_status(std::string_view line) {
  Lex lex{line.substr(2)};
  Status out;
  out.condition = *parse_condition(lex.word());
  lex.take(' ');
  parse_resp_text(lex.rest(), out.code, out.text);
  return out;
}

bool may_be_long(std::string_view start) {
  constexpr std::size_t enough = 128; // a tag, a condition and a code's name
  start = start.substr(0, enough);
  const auto begins = [](std::string_view text, std::string_view with) {
    return equal_nocase(text.substr(0, with.size()), with);
  };
  for (const auto* data : {"* VANISHED ", "* SEARCH ", "* ESEARCH ", "* FLAGS "})
    if (begins(start, data)) return true;
  const std::size_t code = start.find('[');
  if (code == std::string_view::npos) return false;
  for (const auto* name : {"[COPYUID ", "[APPENDUID ", "[MODIFIED ", "[PERMANENTFLAGS "})
    if (begins(start.substr(code), name)) return true;
  return false;
}

} // namespace imap
