// SPDX-License-Identifier: GPL-3.0-or-later
// Responses as a server would write them.
#include <algorithm>
#include <string>
#include <type_traits>

#include "imap/ascii.h"
#include "imap/command.h"
#include "imap/response.h"

namespace imap {
namespace {

constexpr std::string_view crlf = "\r\n";

std::string number(std::uint64_t n) { return std::to_string(n); }

std::string literal(std::string_view octets) {
  return "{" + number(octets.size()) + "}\r\n" + std::string{octets};
}

std::string string(std::string_view text) {
  const auto in_quotes = quoted(text);
  return in_quotes ? *in_quotes : literal(text);
}

/// Free text cannot be quoted: what would end the line becomes a space.
std::string one_line(std::string_view text) {
  std::string out{text};
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return out;
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += ' ' + word;
  return out;
}

std::string_view name(Condition condition) {
  switch (condition) {
  case Condition::ok: return "OK";
  case Condition::no: return "NO";
  case Condition::bad: return "BAD";
  case Condition::bye: return "BYE";
  case Condition::preauth: break;
  }
  return "PREAUTH";
}

struct CodeText {
  std::string operator()(const NoCode&) const { return {}; }
  std::string operator()(const CapabilityList& c) const {
    return "CAPABILITY" + join(c.names);
  }
  std::string operator()(const PermanentFlags& c) const {
    return "PERMANENTFLAGS " + c.to_string();
  }
  std::string operator()(const UidNext& c) const {
    return "UIDNEXT " + number(value(c.uid));
  }
  std::string operator()(const UidValidity& c) const {
    return "UIDVALIDITY " + number(value(c));
  }
  std::string operator()(const HighestModSeq& c) const {
    return "HIGHESTMODSEQ " + number(c.modseq);
  }
  std::string operator()(const NoModSeq&) const { return "NOMODSEQ"; }
  std::string operator()(const AppendUid& c) const {
    return "APPENDUID " + number(value(c.uidvalidity)) + ' ' + c.uids.to_string();
  }
  std::string operator()(const CopyUid& c) const {
    return "COPYUID " + number(value(c.uidvalidity)) + ' ' + c.source.to_string() + ' ' +
           c.target.to_string();
  }
  std::string operator()(const Modified& c) const {
    return "MODIFIED " + c.uids.to_string();
  }
  std::string operator()(const Closed&) const { return "CLOSED"; }
  std::string operator()(const ReadOnly&) const { return "READ-ONLY"; }
  std::string operator()(const ReadWrite&) const { return "READ-WRITE"; }
  std::string operator()(const UidNotSticky&) const { return "UIDNOTSTICKY"; }
  std::string operator()(const OtherCode& c) const {
    return one_line(c.args.empty() ? c.name : c.name + ' ' + c.args);
  }
};

std::string condition_text(Condition condition, const Code& code, std::string_view text) {
  std::string out{name(condition)};
  const std::string shown = to_wire(code);
  if (!shown.empty()) out += ' ' + shown;
  return out + ' ' + one_line(text);
}

/// Collects "NAME value" items in parentheses.
class Items {
 public:
  void add(std::string_view item, std::string_view text) {
    if (!out_.empty()) out_ += ' ';
    ((out_ += item) += ' ') += text;
  }
  template <class T>
  void add(std::string_view item, const std::optional<T>& n) {
    if (!n) return;
    if constexpr (std::is_enum_v<T>)
      add(item, number(value(*n)));
    else
      add(item, number(*n));
  }
  std::string list() const { return "(" + out_ + ")"; }
  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

std::string text_of(const Tagged& r) {
  return r.tag + ' ' + condition_text(r.condition, r.code, r.text);
}
std::string text_of(const Status& r) {
  return "* " + condition_text(r.condition, r.code, r.text);
}
std::string text_of(const Continuation& r) { return "+ " + one_line(r.text); }
std::string text_of(const CapabilityData& r) { return "* CAPABILITY" + join(r.names); }
std::string text_of(const Enabled& r) { return "* ENABLED" + join(r.names); }

std::string text_of(const ListData& r) {
  std::string attributes = join(r.attributes);
  if (!attributes.empty()) attributes.erase(0, 1);
  const std::string delimiter =
      r.delimiter ? mailbox_argument(std::string_view{&*r.delimiter, 1}) : "NIL";
  return std::string{r.lsub ? "* LSUB (" : "* LIST ("} + attributes + ") " + delimiter +
         ' ' + string(r.name);
}

std::string text_of(const StatusData& r) {
  Items items;
  items.add("MESSAGES", r.messages);
  items.add("UIDNEXT", r.uidnext);
  items.add("UIDVALIDITY", r.uidvalidity);
  items.add("UNSEEN", r.unseen);
  items.add("HIGHESTMODSEQ", r.highestmodseq);
  items.add("SIZE", r.size);
  if (r.mailboxid) items.add("MAILBOXID", "(" + *r.mailboxid + ")");
  return "* STATUS " + string(r.name) + ' ' + items.list();
}

std::string text_of(const FlagsData& r) { return "* FLAGS " + r.flags.to_string(); }
std::string text_of(const Exists& r) { return "* " + number(r.n) + " EXISTS"; }
std::string text_of(const Expunge& r) { return "* " + number(r.seq) + " EXPUNGE"; }

std::string text_of(const Vanished& r) {
  // No server has an empty one to tell; "0" is read as such.
  return std::string{r.earlier ? "* VANISHED (EARLIER) " : "* VANISHED "} +
         (r.uids.empty() ? "0" : r.uids.to_string());
}

std::string text_of(const FetchData& r) {
  Items items;
  items.add("UID", r.uid);
  if (r.flags) items.add("FLAGS", r.flags->to_string());
  if (r.date) items.add("INTERNALDATE", date_argument(*r.date));
  items.add("RFC822.SIZE", r.size);
  if (r.modseq) items.add("MODSEQ", "(" + number(*r.modseq) + ")");
  if (r.header) items.add("BODY[HEADER.FIELDS ()]", literal(*r.header));
  return "* " + number(r.seq) + " FETCH " + items.list();
}

std::string text_of(const SearchData& r) {
  std::string out = "* SEARCH";
  for (const Uid uid : r.uids) out += ' ' + number(value(uid));
  if (r.modseq) out += " (MODSEQ " + number(*r.modseq) + ")";
  return out;
}

std::string text_of(const EsearchData& r) {
  std::string out = "* ESEARCH";
  if (r.tag) out += " (TAG " + string(*r.tag) + ")";
  if (r.uid) out += " UID";
  Items items;
  items.add("COUNT", r.count);
  items.add("MIN", r.min);
  items.add("MAX", r.max);
  items.add("MODSEQ", r.modseq);
  if (!r.all.empty()) items.add("ALL", r.all.to_string());
  return items.text().empty() ? out : out + ' ' + items.text();
}

std::string text_of(const IdData& r) {
  if (r.pairs.empty()) return "* ID NIL";
  Items items;
  for (const auto& [field, text] : r.pairs)
    items.add(string(field), text ? string(*text) : "NIL");
  return "* ID " + items.list();
}

std::string text_of(const OtherData& r) {
  std::string out = "* ";
  if (r.number) out += number(*r.number) + ' ';
  return out + r.name + ' ' + one_line(r.args);
}

} // namespace

bool ListData::has_attribute(std::string_view attribute) const {
  return std::any_of(
      attributes.begin(), attributes.end(),
      [attribute](const std::string& own) { return equal_nocase(own, attribute); });
}

std::string to_wire(const Code& code) {
  const std::string inside = std::visit(CodeText{}, code);
  return std::holds_alternative<NoCode>(code) ? "" : "[" + inside + "]";
}

std::string to_wire(const Response& response) {
  return std::visit([](const auto& r) { return text_of(r) + std::string{crlf}; },
                    response);
}

} // namespace imap
