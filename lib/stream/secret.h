// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_SECRET_H
#define IMAPSYNC_STREAM_SECRET_H

#include <string.h>

#include <string>
#include <string_view>
#include <utility>

namespace stream {

/// Octets that must not outlive their use: overwritten when destroyed, moved from or
/// assigned to. Move-only, never printed. Its size is fixed at construction, so that no
/// reallocation leaves a copy behind.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_{text} {}
  /// Takes over `text` and wipes what it held.
  static Secret take(std::string& text) {
    Secret secret{text};
    wipe(text);
    return secret;
  }
  Secret(Secret&& other) noexcept : text_{other.text_} { wipe(other.text_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(text_);
    text_ = other.text_;
    wipe(other.text_);
    return *this;
  }
  ~Secret() { wipe(text_); }

  std::string_view view() const { return text_; }
  bool empty() const { return text_.empty(); }

  /// Overwrites and empties `text`, its spare capacity included.
  static void wipe(std::string& text) {
    text.resize(text.capacity());
    explicit_bzero(text.data(), text.size());
    text.clear();
  }

 private:
  std::string text_;
};

} // namespace stream

#endif
