// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include "posix/fault.h"

namespace {

Settings::Type type_of(const std::string& text) {
  if (text == "tunnel") return Settings::Type::tunnel;
  return text == "imap" ? Settings::Type::imap : Settings::Type::imaps;
}

stream::Credentials read_credentials(const cli::Config& config, const std::string& side) {
  stream::Credentials who;
  who.username = config.text(side, "username");
  who.authzid = config.text(side, "authzid");
  who.host = config.host(side);
  who.port = config.port(side);
  if (config.is_set(side, "password")) {
    config.require_private();
    std::string password = config.text(side, "password");
    who.password = stream::Secret::take(password);
  }
  return who;
}

} // namespace

stream::Deadline Settings::deadline() const {
  return std::chrono::steady_clock::now() + connect_timeout;
}

Settings read_settings(const Options& options) {
  const cli::Config config = cli::Config::load(cli::config_path(options.config));
  const std::string& side = options.side;
  config.require_side(side);
  Settings settings;
  settings.type = type_of(config.text(side, "type"));
  settings.host = config.text(side, "host");
  settings.port = config.port(side);
  settings.command = config.text(side, "command");
  settings.null_stderr = config.yes(side, "null-stderr") && !options.debug;
  settings.starttls = config.yes(side, "STARTTLS");
  settings.policy.wanted = config.words(side, "auth");
  if (const auto timeout = config.duration(side, "connect-timeout"); timeout.count() > 0)
    settings.connect_timeout = timeout;
  else
    settings.connect_timeout = std::chrono::hours{24 * 366};
  settings.credentials = read_credentials(config, side);
  return settings;
}
