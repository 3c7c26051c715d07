// SPDX-License-Identifier: GPL-3.0-or-later
#include "loan.h"

#include <charconv>

#include "posix/fault.h"
#include "stream/usage.h"

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

} // namespace

std::string Request::text() const {
  std::string words;
  for (const std::string& word : enabled) words += word + " ";
  return "lend\n" + version + "\n" + config + "\n" + program + "\n" +
         (debug ? "debug" : "") + "\n" + words + "\n" +
         (uses_condstore ? "condstore" : "") + "\n" + early;
}

std::optional<Request> Request::parse(std::string_view text) {
  if (take_line(text) != "lend") return std::nullopt;
  Request request;
  request.version = take_line(text);
  request.config = take_line(text);
  request.program = take_line(text);
  request.debug = take_line(text) == "debug";
  for (std::string_view words = take_line(text); !words.empty();) {
    const std::size_t space = std::min(words.find(' '), words.size());
    request.enabled.emplace(words.substr(0, space));
    words.remove_prefix(std::min(space + 1, words.size()));
  }
  request.uses_condstore = take_line(text) == "condstore";
  request.early = text;
  return request;
}

Request request_of(const Options& options, const Settings& settings, const Early& early) {
  Request request;
  request.config = settings.config_identity;
  request.debug = options.debug;
  if (options.program != nullptr) {
    const std::string_view path{options.program[0]};
    request.program = path.substr(path.rfind('/') + 1);
  }
  stream::Usage usage;
  std::string ignored;
  usage.said(early.whole(), ignored);
  request.enabled = usage.enabled();
  request.uses_condstore = usage.uses_condstore();
  return request;
}

Verdict Verdict::parse(std::string_view message) {
  Verdict verdict;
  const char* const end = message.data() + message.size();
  const auto [space, error] = std::from_chars(message.data(), end, verdict.status);
  if (error != std::errc{}) verdict.status = EX_SOFTWARE;
  if (space != end) verdict.text.assign(space + 1, end);
  return verdict;
}
