// SPDX-License-Identifier: GPL-3.0-or-later
#include "imap/parser.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "imap/ascii.h"
#include "imap/fetch_parser.h"
#include "imap/grammar.h"

namespace imap {
namespace {

constexpr std::size_t max_inline_literals = 256;
constexpr std::size_t shown = 100; // of a malformed line
constexpr std::size_t kept_capacity = 64U << 10;

/// "* 12 FETCH …": the sequence number, and `line` moved behind "FETCH".
std::optional<std::uint32_t> take_fetch(std::string_view& line) {
  Lex lex{line};
  if (!lex.take('*') || !lex.take(' ')) return {};
  const auto seq = lex.number(max_number);
  if (!seq || *seq == 0 || !lex.spaces()) return {};
  if (!equal_nocase(lex.word("("), "FETCH")) return {};
  line = lex.rest();
  return static_cast<std::uint32_t>(*seq);
}

} // namespace

struct Parser::Impl {
  enum class State { line, literal, body, body_text, resume, failed };
  enum class Kind { none, fetch, data }; ///< of a response of several pieces

  explicit Impl(Limits bounds) : limits{bounds} {}

  Limits limits;
  State state = State::line;
  Kind kind = Kind::none;
  std::string line;            ///< the beginning of a line whose end is yet to come
  std::size_t response = 0;    ///< octets of the response before this line
  std::uint64_t left = 0;      ///< octets of the literal or body yet to come
  std::string* into = nullptr; ///< where the literal goes, nullptr to drop it
  FetchParser fetch;
  std::string piece; ///< what follows a body that was a quoted string or NIL
  bool text_sent = false;
  std::string data; ///< the lines of a Kind::data response so far
  std::vector<InlineLiteral> literals;
  std::string why;

  using Maybe = std::optional<Event>; ///< nullopt: go on

  Maybe read_line(std::string_view& input);
  Maybe read_literal(std::string_view& input);
  Event read_body(std::string_view& input);
  Event read_body_text();
  Maybe whole_line(std::string_view text);
  Maybe first_piece(std::string_view text);
  Maybe fetch_piece(std::string_view text);
  Maybe data_piece(std::string_view text);
  Maybe begin_literal(std::uint64_t size, std::string* to);
  Maybe begin_header(std::uint64_t size);
  Event finish(std::optional<Response> parsed, std::string_view text);
  Event fail(std::string text);
  bool too_long(std::string_view start, std::size_t octets) const;
};

Event Parser::Impl::fail(std::string text) {
  state = State::failed;
  why = std::move(text);
  return Malformed{why};
}

Event Parser::Impl::finish(std::optional<Response> parsed, std::string_view text) {
  if (!parsed) return fail("malformed response: " + printable(text, shown));
  kind = Kind::none;
  response = 0;
  data.clear();
  if (data.capacity() > kept_capacity) data.shrink_to_fit();
  literals.clear();
  return std::move(*parsed);
}

bool Parser::Impl::too_long(std::string_view start, std::size_t octets) const {
  // The CR may or may not be among them: the same bound for either.
  if (octets <= limits.line + 1) return false;
  return octets > limits.set_line + 1 || kind != Kind::none || !may_be_long(start);
}

Parser::Impl::Maybe Parser::Impl::read_line(std::string_view& input) {
  if (input.empty()) return NeedMore{};
  const void* const lf = std::memchr(input.data(), '\n', input.size());
  const std::size_t octets =
      lf == nullptr
          ? input.size()
          : static_cast<std::size_t>(static_cast<const char*>(lf) - input.data());
  const bool carried = !line.empty();
  if (carried || lf == nullptr) line.append(input.substr(0, octets));
  std::string_view text = carried || lf == nullptr ? line : input.substr(0, octets);
  if (too_long(text, text.size())) return fail("a line is too long");
  input.remove_prefix(lf == nullptr ? octets : octets + 1);
  if (lf == nullptr) return NeedMore{};
  if (text.ends_with('\r')) text.remove_suffix(1);
  Maybe event = whole_line(text);
  if (carried) {
    line.clear();
    if (line.capacity() > kept_capacity) line.shrink_to_fit();
  }
  return event;
}

Parser::Impl::Maybe Parser::Impl::whole_line(std::string_view text) {
  response += text.size();
  if (response > limits.response) return fail("a response is too long");
  switch (kind) {
  case Kind::fetch: return fetch_piece(text);
  case Kind::data: return data_piece(text);
  case Kind::none: break;
  }
  return first_piece(text);
}

Parser::Impl::Maybe Parser::Impl::first_piece(std::string_view text) {
  if (text.starts_with("* ")) {
    std::string_view rest = text;
    if (const auto seq = take_fetch(rest)) {
      kind = Kind::fetch;
      fetch = FetchParser{*seq, limits.nesting};
      return fetch_piece(rest);
    }
    if (is_status(text)) return finish(parse_status(text), text);
    return data_piece(text.substr(2));
  }
  if (text.starts_with('+')) {
    text.remove_prefix(text.starts_with("+ ") ? 2 : 1);
    return finish(Continuation{std::string{text}}, text);
  }
  return finish(parse_tagged(text), text);
}

Parser::Impl::Maybe Parser::Impl::fetch_piece(std::string_view text) {
  Lex lex{text};
  switch (fetch.feed(lex)) {
  case FetchParser::Step::done: return finish(std::move(fetch.data), text);
  case FetchParser::Step::header: return begin_header(fetch.size);
  case FetchParser::Step::skip: return begin_literal(fetch.size, nullptr);
  case FetchParser::Step::body:
    if (fetch.size > limits.body) return fail("a body is too long");
    state = State::body;
    left = fetch.size;
    return BodyBegin{&fetch.data, fetch.size, false};
  case FetchParser::Step::body_text:
    state = State::body_text;
    text_sent = fetch.text.empty();
    piece = lex.rest();
    return BodyBegin{&fetch.data, fetch.size, fetch.nil};
  case FetchParser::Step::malformed: break;
  }
  return fail("malformed FETCH: " + printable(text, shown));
}

Parser::Impl::Maybe Parser::Impl::data_piece(std::string_view text) {
  std::size_t start = 0;
  const auto size = trailing_literal(text, start);
  if (!size) {
    if (kind == Kind::none)
      return finish(parse_data(text, literals, limits.nesting), text);
    data += text;
    return finish(parse_data(data, literals, limits.nesting), data);
  }
  if (literals.size() == max_inline_literals) return fail("too many literals");
  kind = Kind::data;
  data += text.substr(0, start);
  literals.push_back({data.size(), {}});
  data += "\"\"";
  return begin_literal(*size, &literals.back().octets);
}

Parser::Impl::Maybe Parser::Impl::begin_literal(std::uint64_t size, std::string* to) {
  if (size > limits.literal) return fail("a literal is too long");
  response += static_cast<std::size_t>(size);
  if (response > limits.response) return fail("a response is too long");
  state = State::literal;
  left = size;
  into = to;
  return {};
}

/// Whoever wrote the message made it so long, not the server: the rest passes unread.
Parser::Impl::Maybe Parser::Impl::begin_header(std::uint64_t size) {
  if (size > limits.body) return fail("a header is too long");
  const std::uint64_t surplus = size > limits.literal ? size - limits.literal : 0;
  Maybe failure = begin_literal(size - surplus, &*fetch.data.header);
  left += surplus;
  return failure;
}

Parser::Impl::Maybe Parser::Impl::read_literal(std::string_view& input) {
  const std::size_t octets =
      input.size() < left ? input.size() : static_cast<std::size_t>(left);
  if (into != nullptr && into->size() < limits.literal)
    into->append(input.substr(0, std::min(octets, limits.literal - into->size())));
  input.remove_prefix(octets);
  left -= octets;
  if (left > 0) return NeedMore{};
  state = State::line;
  return {};
}

Event Parser::Impl::read_body(std::string_view& input) {
  if (left == 0) {
    state = State::line;
    return BodyEnd{};
  }
  if (input.empty()) return NeedMore{};
  const std::size_t octets =
      input.size() < left ? input.size() : static_cast<std::size_t>(left);
  const BodyData body{input.substr(0, octets)};
  input.remove_prefix(octets);
  left -= octets;
  return body;
}

Event Parser::Impl::read_body_text() {
  if (text_sent) {
    state = State::resume;
    return BodyEnd{};
  }
  text_sent = true;
  return BodyData{fetch.text};
}

Parser::Parser(Limits limits) : impl_{std::make_unique<Impl>(limits)} {}
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;
Parser::~Parser() = default;

Event Parser::next(std::string_view& input) {
  using State = Impl::State;
  for (;;) {
    Impl::Maybe event;
    switch (impl_->state) {
    case State::line: event = impl_->read_line(input); break;
    case State::literal: event = impl_->read_literal(input); break;
    case State::body: return impl_->read_body(input);
    case State::body_text: return impl_->read_body_text();
    case State::resume:
      impl_->state = State::line;
      event = impl_->fetch_piece(std::exchange(impl_->piece, {}));
      break;
    case State::failed: return Malformed{impl_->why};
    }
    if (event) return std::move(*event);
  }
}

bool Parser::idle() const {
  return impl_->state == Impl::State::line && impl_->kind == Impl::Kind::none &&
         impl_->line.empty();
}

} // namespace imap
