// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_STREAM_SECRET_H
#define IMAPSYNC_STREAM_SECRET_H

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace stream {

/// Octets that must not outlive their use: passwords, tokens, and what is derived from
/// them. Overwritten when destroyed, moved from, assigned to or grown. Move-only, never
/// printed; always on the heap, so that moving leaves nothing behind.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) { append(text); }
  /// Takes over `text` and wipes what it held.
  static Secret take(std::string& text);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { erase(); }

  /// Valid until the next change of this object.
  std::string_view view() const { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Secret copy() const { return Secret{view()}; }

  void append(std::string_view octets);
  void push_back(char octet) { append({&octet, 1}); }
  /// Makes it `size` octets long, zeroes for new ones; returns them for writing.
  char* resize(std::size_t size);
  /// Overwrites the octets in a way that the compiler keeps; empty afterwards.
  void erase();

  /// Overwrites and empties `text`, its spare capacity included.
  static void wipe(std::string& text);

 private:
  void reserve(std::size_t capacity);

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace stream

#endif
