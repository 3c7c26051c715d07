// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_TESTS_IMAP_EVENTS_H
#define IMAPSYNC_TESTS_IMAP_EVENTS_H

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "imap/parser.h"

/// Renders what a Parser makes of a stream, one event per line, so that two parses
/// compare as texts. The octets of one body are joined: where they are cut is the
/// transport's choice.
class Events {
 public:
  explicit Events(imap::Limits limits = {}) : parser_{limits} {}

  void feed(std::string_view chunk) {
    while (!failed_) {
      imap::Event event = parser_.next(chunk);
      if (std::holds_alternative<imap::NeedMore>(event)) break;
      std::visit([this](const auto& e) { put(e); }, event);
      if (auto* response = std::get_if<imap::Response>(&event))
        responses_.push_back(std::move(*response));
    }
    left_ = chunk.size();
  }

  const std::string& text() const { return text_; }
  const std::vector<imap::Response>& responses() const { return responses_; }
  bool failed() const { return failed_; }
  bool idle() const { return parser_.idle(); }
  /// Octets that next() left unconsumed; 0 unless it failed.
  std::size_t left() const { return left_; }

 private:
  void put(const imap::NeedMore&) {}
  void put(const imap::Response& response) {
    text_ += "S: " + imap::to_wire(response);
    if (const auto* fetch = std::get_if<imap::FetchData>(&response);
        fetch && fetch->has_body)
      text_ += "with a body of " + std::to_string(fetch->body_size) + "\n";
  }
  void put(const imap::BodyBegin& begin) {
    text_ += "begin " + std::to_string(begin.size) + (begin.nil ? " NIL of " : " of ") +
             imap::to_wire(imap::Response{*begin.fetch}) + "body: ";
  }
  void put(const imap::BodyData& body) { text_ += body.octets; }
  void put(const imap::BodyEnd&) { text_ += "\nend\n"; }
  void put(const imap::Malformed& malformed) {
    failed_ = true;
    text_ += "malformed: " + malformed.why + "\n";
  }

  imap::Parser parser_;
  std::string text_;
  std::vector<imap::Response> responses_;
  std::size_t left_ = 0;
  bool failed_ = false;
};

inline Events parse_all(std::string_view input, imap::Limits limits = {}) {
  Events events{limits};
  events.feed(input);
  return events;
}

#endif
