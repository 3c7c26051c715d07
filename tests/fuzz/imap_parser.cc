// SPDX-License-Identifier: GPL-3.0-or-later
// A server's stream: never crashes, never depends on how the octets arrive, and what was
// understood can be said again.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "../unit/imap_events.h"
#include "imap/mailbox_name.h"

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fputs(what, stderr);
  std::abort();
}

// Small, so that a fuzzer's inputs reach them.
constexpr imap::Limits small{.line = 256,
                             .set_line = 512,
                             .literal = 128,
                             .response = 1024,
                             .nesting = 8,
                             .body = 1U << 20};

bool has_lone_cr(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('\r', at)) != std::string_view::npos; ++at)
    if (text.substr(at, 2) != "\r\n") return true;
  return false;
}

/// A name that was accepted can be sent back as it was.
void check_name(const std::string& name, std::optional<char> delimiter) {
  const auto canonical = imap::canonical_from_server(name, delimiter);
  if (!canonical) return;
  require(imap::is_canonical(*canonical), "not canonical");
  const auto server = imap::server_from_canonical(*canonical, delimiter);
  require(std::holds_alternative<std::string>(server), "name was not taken back");
  const auto again =
      imap::canonical_from_server(std::get<std::string>(server), delimiter);
  require(again == canonical, "name changed");
}

void check_again(const imap::Response& response) {
  if (const auto* list = std::get_if<imap::ListData>(&response))
    check_name(list->name, list->delimiter);
  imap::Response expected = response;
  if (auto* fetch = std::get_if<imap::FetchData>(&expected)) {
    fetch->has_body = false;
    fetch->body_size = 0;
    fetch->origin.reset();
  }
  const Events again = parse_all(imap::to_wire(expected));
  require(again.responses().size() == 1 && again.responses()[0] == expected,
          "what to_wire wrote reads otherwise");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(octets), size};
  for (const imap::Limits& limits : {imap::Limits{}, small}) {
    const Events whole = parse_all(input, limits);
    require(whole.failed() || whole.left() == 0, "input was left");
    Events single{limits};
    for (std::size_t i = 0; i < size; ++i) single.feed(input.substr(i, 1));
    require(single.text() == whole.text(), "octet by octet differs");
    if (size > 0) {
      const std::size_t cut = octets[0] * size / 256;
      Events halves{limits};
      halves.feed(input.substr(0, cut));
      halves.feed(input.substr(cut));
      require(halves.text() == whole.text(), "in two pieces differs");
    }
    // A lone CR in free text is not said again.
    if (has_lone_cr(input)) continue;
    for (const imap::Response& response : whole.responses()) check_again(response);
  }
  return 0;
}
