// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/config.h"

#include <fcntl.h>
#include <string.h> // NOLINT(modernize-deprecated-headers): explicit_bzero
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include <fmt/format.h>

#include "cli/keys.h"
#include "cli/values.h"
#include "posix/fault.h"
#include "posix/fd.h"

namespace cli {

namespace {

constexpr std::size_t max_file = std::size_t{1} << 20;

void wipe(std::string& text) {
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\v\f";
  const auto first = text.find_first_not_of(space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

// What is quoted back to the user: short, and safe on a terminal.
std::string shown(std::string_view text) {
  std::string safe;
  for (const char c : text.substr(0, 60))
    safe += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return safe;
}

[[noreturn]] void fail(const std::string& file, int line, std::string_view what) {
  throw posix::Fault{EX_CONFIG, line > 0 ? fmt::format("{}:{}: {}", file, line, what)
                                         : fmt::format("{}: {}", file, what)};
}

const Key& known(std::string_view name) {
  if (const Key* key = find_key(name)) return *key;
  throw std::logic_error{"no such configuration key: " + std::string{name}};
}

std::string_view built_in(const Key& key, std::string_view side) {
  return side == "local" ? key.local_default : key.remote_default;
}

// An overgrown buffer would leave copies of a password behind, hence one allocation.
std::string read_file(int fd, const std::string& path) {
  std::string text(max_file, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t n = ::read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw posix::system_fault(EX_CONFIG, path);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size == text.size()) fail(path, 0, "larger than 1 MiB");
  text.resize(size);
  return text;
}

} // namespace

Config Config::load(const std::string& path) {
  const posix::Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) throw posix::system_fault(EX_CONFIG, path);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) throw posix::system_fault(EX_CONFIG, path);
  if (S_ISDIR(status.st_mode)) fail(path, 0, "is a directory, not a file");
  if (S_ISREG(status.st_mode) && (status.st_mode & S_IWOTH) != 0)
    fail(path, 0,
         "anybody can write to it, and so have commands run as you; chmod o-w it");
  std::string text = read_file(fd.get(), path);
  Config config;
  try {
    config = parse(text, path);
  } catch (...) {
    wipe(text);
    throw;
  }
  wipe(text);
  config.from_file_ = true;
  config.identity_ = identity_of(status);
  config.owner_ = status.st_uid;
  config.mode_ = status.st_mode;
  return config;
}

Config Config::parse(std::string_view text, const std::string& name) {
  Config config;
  config.path_ = name;
  config.sections_[""];
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; // of some editors
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::string section;
  for (int line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    const std::string_view entry = trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (entry.empty() || entry.front() == '#' || entry.front() == ';') continue;
    if (entry.front() == '[') {
      if (entry.back() != ']') fail(name, line, "expected [local] or [remote]");
      section = trim(entry.substr(1, entry.size() - 2));
      config.add_section(section, line);
      continue;
    }
    const auto equals = entry.find('=');
    if (equals == entry.npos)
      fail(name, line, "expected KEY = VALUE, [local] or [remote]");
    config.add_value(section, trim(entry.substr(0, equals)),
                     trim(entry.substr(equals + 1)), line);
  }
  return config;
}

void Config::add_section(const std::string& name, int line) {
  if (name != "local" && name != "remote")
    fail(path_, line,
         fmt::format("unknown section [{}]: expected [local] or [remote]", shown(name)));
  const auto [place, fresh] = sections_.try_emplace(name);
  if (!fresh)
    fail(path_, line,
         fmt::format("[{}] again; it began in line {}", name, place->second.line));
  place->second.line = line;
}

void Config::add_value(const std::string& section, std::string_view name,
                       std::string_view value, int line) {
  const Key* key = find_key(name);
  if (key == nullptr)
    fail(path_, line,
         fmt::format("{}: unknown key; imapsync(5) has them all", shown(name)));
  if (key->where == Key::Where::global && !section.empty())
    fail(path_, line,
         fmt::format("{}: belongs before the first section, not into [{}]", name,
                     section));
  if (!key->kind->valid(value))
    fail(path_, line,
         key->secret ? fmt::format("{}: expected {}", name, key->kind->expected)
                     : fmt::format("{}: expected {}, not '{}'", name, key->kind->expected,
                                   shown(value)));
  const auto [place, fresh] =
      sections_[section].values.try_emplace(std::string{name}, Value{});
  if (!fresh)
    fail(path_, line,
         fmt::format("{}: given again; it is in line {} already", name,
                     place->second.line));
  place->second.text.assign(value);
  place->second.line = line;
}

const Config::Value* Config::find(std::string_view side, std::string_view key) const {
  for (const std::string_view name : {side, std::string_view{}}) {
    const auto section = sections_.find(name);
    if (section == sections_.end()) continue;
    const auto value = section->second.values.find(key);
    if (value != section->second.values.end()) return &value->second;
  }
  return nullptr;
}

void Config::refuse(std::string_view side, std::string_view key,
                    std::string_view what) const {
  const Value* value = find(side, key);
  fail(path_, value ? value->line : 0, what);
}

void Config::require_side(std::string_view side) const {
  const auto section = sections_.find(side);
  if (section == sections_.end())
    fail(path_, 0, fmt::format("there is no section [{}]", side));
  if (text(side, "type") == "tunnel" && !is_set(side, "command"))
    fail(path_, section->second.line,
         fmt::format("[{}] has type = tunnel and therefore needs a key 'command'", side));
  password_key(side); // there may be one too many
}

std::string_view Config::password_key(std::string_view side) const {
  for (const std::string_view name : {side, std::string_view{}}) {
    const auto section = sections_.find(name);
    if (section == sections_.end()) continue;
    std::string_view found;
    int line = 0;
    for (const std::string_view key : {"password", "password-command", "password-fd"}) {
      const auto value = section->second.values.find(key);
      if (value == section->second.values.end()) continue;
      if (line != 0)
        fail(path_, std::max(line, value->second.line),
             fmt::format("a second password for the same side, after line {}",
                         std::min(line, value->second.line)));
      found = key;
      line = value->second.line;
    }
    if (!found.empty()) return found;
  }
  return {};
}

std::optional<std::string> Config::get(std::string_view side,
                                       std::string_view key) const {
  const Key& wanted = known(key);
  if (const Value* value = find(side, key)) return value->text;
  const std::string_view value = built_in(wanted, side);
  if (value.data() == nullptr) return {};
  return std::string{value};
}

bool Config::is_set(std::string_view side, std::string_view key) const {
  return find(side, known(key).name) != nullptr;
}

std::string Config::text(std::string_view side, std::string_view key) const {
  return get(side, key).value_or("");
}

bool Config::yes(std::string_view side, std::string_view key) const {
  return parse_yes_no(text(side, key)).value_or(false);
}

std::chrono::seconds Config::duration(std::string_view side, std::string_view key) const {
  return parse_duration(text(side, key)).value_or(std::chrono::seconds{0});
}

std::vector<std::string> Config::words(std::string_view side,
                                       std::string_view key) const {
  return split_words(text(side, key));
}

std::string Config::port(std::string_view side) const {
  if (auto port = get(side, "port")) return *std::move(port);
  const std::string type = text(side, "type");
  return type == "imaps" ? "993" : type == "imap" ? "143" : "";
}

std::string Config::host(std::string_view side) const {
  std::string host = text(side, "host");
  return host_is_literal(side) ? host.substr(1, host.size() - 2) : host;
}

bool Config::host_is_literal(std::string_view side) const {
  const std::string host = text(side, "host");
  return host.size() > 2 && host.front() == '[' && host.back() == ']';
}

std::vector<std::string> Config::mailbox_patterns() const {
  return parse_patterns(text("", "list-mailbox")).value_or(std::vector<std::string>{});
}

void Config::require_private() const {
  if (!from_file_) return;
  if (owner_ != ::geteuid())
    fail(path_, 0, "holds a password but belongs to another user");
  if ((mode_ & 077) != 0)
    fail(path_, 0,
         fmt::format("holds a password but has mode {:04o}; chmod 600 it",
                     static_cast<unsigned>(mode_ & 07777)));
}

void Config::wipe_secrets() {
  for (auto& [name, section] : sections_)
    for (auto value = section.values.begin(); value != section.values.end();) {
      const Key* key = find_key(value->first);
      if (key == nullptr || !key->secret) {
        ++value;
        continue;
      }
      wipe(value->second.text);
      value = section.values.erase(value);
    }
}

} // namespace cli
