// SPDX-License-Identifier: GPL-3.0-or-later
#include "record/record.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

#include "imap/mailbox_name.h"
#include "record/escape.h"

namespace record {

namespace {

// ---- writing one field ----------------------------------------------------------------

void put(std::string& out, std::uint64_t n) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
  out.append(digits.data(), end);
}
void put(std::string& out, imap::Uid uid) { put(out, static_cast<std::uint64_t>(uid)); }
void put(std::string& out, bool on) { out += on ? "yes" : "no"; }
void put(std::string& out, None) { out += '-'; }
void put(std::string& out, Side side) { out += name(side); }
void put(std::string& out, const Word& word) { out += word.text; }
template <Literal... L>
void put(std::string& out, const OneOf<L...>& word) {
  out += word.text;
}
void put(std::string& out, const imap::UidSet& uids) { out += uids.to_string(); }
void put(std::string& out, const imap::Flags& flags) { out += flags.to_string(); }
void put(std::string& out, const imap::PermanentFlags& flags) {
  out += flags.to_string();
}
void put(std::string& out, const imap::InternalDate& date) {
  out += imap::format_internal_date(date);
}
void put(std::string& out, const Digest& d) { out += d.empty() ? "-" : d.hex(); }
template <Literal L>
void put(std::string& out, Kind<L>) {
  out += Kind<L>::text;
}

void put(std::string& out, const Words& words) {
  out += '(';
  for (const std::string& word : words.list) {
    if (&word != &words.list.front()) out += ' ';
    out += word;
  }
  out += ')';
}

void put(std::string& out, const Numbers& n) {
  for (const std::uint64_t value : {n.uidvalidity, n.uidnext, n.highestmodseq}) {
    put(out, value);
    out += '\t';
  }
  put(out, n.messages);
}

// Mailbox is a std::string that is escaped already; every other string is a text.
struct MailboxField {
  const Mailbox& name;
};
void put(std::string& out, MailboxField field) { out += field.name; }
void put(std::string& out, const std::string& text) { append_escaped(out, text); }
void put(std::string& out, const std::optional<char>& c) {
  if (c)
    append_escaped(out, std::string_view{&*c, 1});
  else
    out += '-';
}
template <class T>
void put(std::string& out, const std::optional<T>& field) {
  if (field)
    put(out, *field);
  else
    out += '-';
}

// ---- reading one field ----------------------------------------------------------------

bool get(std::string_view f, std::uint64_t& n) {
  if (f.empty() || (f[0] == '0' && f.size() > 1)) return false;
  const auto [end, error] = std::from_chars(f.data(), f.data() + f.size(), n);
  return error == std::errc{} && end == f.data() + f.size() && n >> 63 == 0;
}
bool get(std::string_view f, imap::Uid& uid) {
  std::uint64_t n = 0;
  if (!get(f, n) || n == 0 || n > 0xffffffffU) return false;
  uid = static_cast<imap::Uid>(n);
  return true;
}
bool get(std::string_view f, bool& on) {
  on = f == "yes";
  return on || f == "no";
}
bool get(std::string_view f, None&) { return f == "-"; }
bool get(std::string_view f, Side& side) {
  side = f == "local" ? Side::local : Side::remote;
  return f == name(side);
}
bool get(std::string_view f, Word& word) {
  word.text = f;
  return !f.empty() &&
         f.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == f.npos;
}
template <Literal... L>
bool get(std::string_view f, OneOf<L...>& word) {
  word.text = f;
  return word.knows(f);
}
template <class T>
bool take(std::optional<T> parsed, T& value) {
  if (parsed) value = std::move(*parsed);
  return parsed.has_value();
}
bool get(std::string_view f, imap::UidSet& uids) {
  // One spelling only: what another process wrote unsorted is malformed.
  return take(imap::parse_uid_set(f), uids) && uids.to_string() == f;
}
bool get(std::string_view f, imap::Flags& flags) {
  return take(imap::parse_flags(f), flags) && flags.to_string() == f;
}
bool get(std::string_view f, imap::PermanentFlags& flags) {
  return take(imap::parse_permanent_flags(f), flags) && flags.to_string() == f;
}
bool get(std::string_view f, imap::InternalDate& date) {
  return take(imap::parse_internal_date(f), date) &&
         imap::format_internal_date(date) == f;
}
bool get(std::string_view f, Digest& digest) {
  return f == "-" || take(Digest::from_hex(f), digest);
}
template <Literal L>
bool get(std::string_view f, Kind<L>&) {
  return f == Kind<L>::text;
}

bool get(std::string_view f, Words& words) {
  if (f.size() < 2 || f.front() != '(' || f.back() != ')') return false;
  f = f.substr(1, f.size() - 2);
  while (!f.empty()) {
    const std::size_t end = std::min(f.find(' '), f.size());
    const std::string_view word = f.substr(0, end);
    const auto bad = [](unsigned char c) {
      return c <= ' ' || c >= 0x7f || c == '(' || c == ')';
    };
    if (word.empty() || std::ranges::any_of(word, bad)) return false;
    words.list.emplace_back(word);
    if (end + 1 == f.size()) return false; // a space before the parenthesis
    f.remove_prefix(std::min(end + 1, f.size()));
  }
  return true;
}
struct MailboxTarget {
  Mailbox& name;
};
bool get(std::string_view f, MailboxTarget field) {
  field.name = f;
  return imap::is_canonical(f);
}
bool get(std::string_view f, std::string& text) { return take(unescape(f), text); }
bool get(std::string_view f, std::optional<char>& c) {
  if (f == "-") return true;
  const auto text = unescape(f);
  if (!text || text->size() != 1) return false;
  c = text->front();
  return true;
}
template <class T>
bool get(std::string_view f, std::optional<T>& field) {
  if (f == "-") return true;
  return get(f, field.emplace());
}

// ---- lines ----------------------------------------------------------------------------

/// The tab-separated fields of a line, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_{line} {}
  std::optional<std::string_view> next() {
    if (done_) return {};
    const std::size_t tab = rest_.find('\t');
    const std::string_view field = rest_.substr(0, tab);
    done_ = tab == rest_.npos;
    if (!done_) rest_.remove_prefix(tab + 1);
    return field;
  }
  bool done() const { return done_; }

 private:
  std::string_view rest_;
  bool done_ = false;
};

template <class T>
bool read(Fields& fields, T& value) {
  const auto field = fields.next();
  return field && get(*field, value);
}
bool read(Fields& fields, Numbers& n) {
  return read(fields, n.uidvalidity) && read(fields, n.uidnext) &&
         read(fields, n.highestmodseq) && read(fields, n.messages);
}

// In every record the second member is the mailbox; a std::string there is a name.
template <class R, std::size_t I>
auto readable(auto& field) {
  using T = std::remove_cvref_t<decltype(field)>;
  constexpr bool is_name = I == 1 || (std::is_same_v<R, Copy> && I == 3);
  if constexpr (is_name && std::is_same_v<T, std::string>)
    return MailboxTarget{field};
  else
    return &field;
}
bool read(Fields& fields, MailboxTarget target) {
  const auto field = fields.next();
  return field && get(*field, target);
}
template <class T>
bool read(Fields& fields, T* value) {
  return read(fields, *value);
}
bool read(Fields& fields, MaybeMailbox* mailbox) {
  const auto field = fields.next();
  if (!field || *field == "-") return field.has_value();
  return get(*field, MailboxTarget{mailbox->emplace()});
}

template <class R, std::size_t... I>
bool read_fields(Fields& fields, R& record, std::index_sequence<I...>) {
  auto members = record.fields();
  return (read(fields, readable<R, I>(std::get<I>(members))) && ...) && fields.done();
}

template <class R>
bool read_record(std::string_view fields_text, Record& out) {
  Fields fields{fields_text};
  R record;
  constexpr auto count = std::tuple_size_v<decltype(record.fields())>;
  if (!read_fields(fields, record, std::make_index_sequence<count>{})) return false;
  out = std::move(record);
  return true;
}

using ReadFunction = bool (*)(std::string_view, Record&);

struct Verbs {
  std::unordered_map<std::string_view, std::vector<ReadFunction>> by_name;
  template <class... R>
  void add(const std::variant<R...>*) {
    (by_name[R::verb].push_back(&read_record<R>), ...);
  }
  Verbs() { add(static_cast<const Record*>(nullptr)); }
};

template <class R, std::size_t... I>
void write_fields(std::string& out, const R& record, std::index_sequence<I...>) {
  const auto members = record.fields();
  const auto one = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
    const auto& field = std::get<J>(members);
    using T = std::remove_cvref_t<decltype(field)>;
    constexpr bool is_name = J == 1 || (std::is_same_v<R, Copy> && J == 3);
    out += '\t';
    if constexpr (is_name && std::is_same_v<T, std::string>)
      put(out, MailboxField{field});
    else if constexpr (std::is_same_v<T, MaybeMailbox>)
      out += field.value_or("-");
    else
      put(out, field);
  };
  (one(std::integral_constant<std::size_t, I>{}), ...);
}

template <class T, class... Others>
constexpr bool is_one_of = (std::is_same_v<T, Others> || ...);

} // namespace

std::string_view name(Side side) { return side == Side::local ? "local" : "remote"; }

std::optional<Side> action_side(const Record& record) {
  return std::visit(
      [](const auto& r) -> std::optional<Side> {
        using R = std::remove_cvref_t<decltype(r)>;
        if constexpr (is_one_of<R, Create, Subscribe, Identify, Append, Copy, Store,
                                Expunge>)
          return r.side;
        else
          return {};
      },
      record);
}

Record parse(std::string_view line) {
  static const Verbs verbs;
  const std::size_t tab = line.find('\t');
  const std::string_view verb = line.substr(0, tab);
  const auto found = verbs.by_name.find(verb);
  if (found == verbs.by_name.end()) {
    std::string shown;
    append_escaped(shown, verb.substr(0, 40));
    throw Malformed{"unknown verb '" + shown + "'"};
  }
  Record record;
  if (tab != line.npos)
    for (const ReadFunction read : found->second)
      if (read(line.substr(tab + 1), record)) return record;
  throw Malformed{"malformed fields of '" + std::string{verb} + "'"};
}

void append(std::string& out, const Record& record) {
  std::visit(
      [&](const auto& r) {
        using R = std::remove_cvref_t<decltype(r)>;
        out += R::verb;
        constexpr auto count = std::tuple_size_v<decltype(r.fields())>;
        write_fields(out, r, std::make_index_sequence<count>{});
      },
      record);
  out += '\n';
}

std::string format(const Record& record) {
  std::string line;
  append(line, record);
  return line;
}

} // namespace record
