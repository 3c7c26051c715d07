// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings.h"

#include <arpa/inet.h>

#include <cstdlib>
#include <memory>

#include "posix/fault.h"
#include "stream/spawn.h"

namespace {

using cli::Config;

Settings::Type type_of(const std::string& text) {
  if (text == "tunnel") return Settings::Type::tunnel;
  return text == "imap" ? Settings::Type::imap : Settings::Type::imaps;
}

Compress compress_of(const Config& config, const std::string& side) {
  const std::string text = config.text(side, "compress");
  if (text == "auto" || text == "AUTO") return Compress::automatic;
  return config.yes(side, "compress") ? Compress::yes : Compress::no;
}

stream::Secret take_secret(const Config& config, const std::string& side,
                           std::string_view key) {
  config.require_private();
  std::string text = config.text(side, key);
  return stream::Secret::take(text);
}

stream::Credentials read_credentials(const Config& config, const std::string& side) {
  stream::Credentials who;
  who.username = config.text(side, "username");
  who.authzid = config.text(side, "authzid");
  who.host = config.host(side);
  who.port = config.port(side);
  const std::string_view key = config.password_key(side);
  if (key == "password")
    who.password = take_secret(config, side, key);
  else if (key == "password-fd")
    who.password =
        stream::secret_from_descriptor(std::stoi(config.text(side, "password-fd")));
  return who;
}

bool is_address(const std::string& host) {
  in6_addr address;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// Only a proxy's password makes its URL a secret.
std::optional<stream::Proxy> read_proxy(const Config& config, const std::string& side) {
  if (!config.is_set(side, "proxy")) return std::nullopt;
  std::string url = config.text(side, "proxy");
  stream::Proxy proxy = stream::parse_proxy(url);
  stream::Secret::wipe(url);
  if (!proxy.password.empty()) config.require_private();
  return proxy;
}

/// Where a ticket is kept so that the next connection needs no certificates.
std::string session_file(const Config& config, const std::string& side) {
  const std::string runtime = cli::runtime_directory();
  if (runtime.empty()) return {};
  return runtime + "/imapsync/" + config.host(side) + "_" + config.port(side) + ".tls";
}

/// Where the server's greeting is kept; not of what is authenticated by STARTTLS first.
std::string greeting_file(const Config& config, const std::string& side) {
  const std::string cache = cli::cache_directory();
  const std::string type = config.text(side, "type");
  if (cache.empty() || type == "tunnel" ||
      (type == "imap" && config.yes(side, "STARTTLS")))
    return {};
  return cache + "/imapsync/" + config.host(side) + "_" + config.port(side) + "." + type;
}

stream::TlsSettings read_tls(const Config& config, const std::string& side) {
  stream::TlsSettings tls;
  tls.verify = config.yes(side, "SSL_verify");
  tls.host = config.host(side);
  tls.host_is_address = is_address(tls.host);
  tls.sni = config.get(side, "SSL_hostname");
  tls.fingerprints = config.text(side, "SSL_fingerprint");
  tls.ca_file = config.text(side, "SSL_CAfile");
  tls.ca_path = config.text(side, "SSL_CApath");
  tls.protocol_min = config.text(side, "SSL_protocol_min");
  tls.protocol_max = config.text(side, "SSL_protocol_max");
  tls.protocols = config.text(side, "SSL_protocols");
  tls.cipherlist = config.text(side, "SSL_cipherlist");
  tls.ciphersuites = config.text(side, "SSL_ciphersuites");
  tls.certificate = config.text(side, "SSL_certificate");
  tls.key = config.text(side, "SSL_key");
  tls.session_file = session_file(config, side);
  return tls;
}

} // namespace

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real{
      ::realpath(path.c_str(), nullptr), &std::free};
  return real ? real.get() : path;
}

stream::Deadline Settings::deadline() const {
  return std::chrono::steady_clock::now() + connect_timeout;
}

void Settings::obtain_secrets(bool fresh_token, std::span<const int> clients) {
  const stream::Deadline end = std::chrono::steady_clock::now() + secret_timeout;
  const auto run = [&](std::string_view key, const std::string& words) {
    return stream::secret_from_command(key, words, end, clients);
  };
  if (!token_command.empty() && (credentials.token.empty() || fresh_token))
    credentials.token = run("token-command", token_command);
  if (!password_command.empty() && credentials.password.empty())
    credentials.password = run("password-command", password_command);
}

Settings read_settings(const Options& options) {
  const Config config = Config::load(cli::config_path(options.config));
  const std::string& side = options.side;
  config.require_side(side);
  Settings settings;
  settings.type = type_of(config.text(side, "type"));
  settings.host = config.text(side, "host");
  settings.port = config.port(side);
  settings.command = config.text(side, "command");
  settings.null_stderr = config.yes(side, "null-stderr") && !options.debug;
  settings.starttls = config.yes(side, "STARTTLS");
  settings.proxy = read_proxy(config, side);
  settings.tls = read_tls(config, side);
  settings.policy.wanted = config.words(side, "auth");
  settings.credentials = read_credentials(config, side);
  if (config.password_key(side) == "password-command")
    settings.password_command = config.text(side, "password-command");
  settings.token_command = config.text(side, "token-command");
  settings.compress = compress_of(config, side);
  settings.sandbox = config.yes(side, "sandbox");
  settings.connect_timeout = config.duration(side, "connect-timeout");
  if (settings.connect_timeout.count() == 0)
    settings.connect_timeout = std::chrono::hours{24 * 366};
  // Somebody may have to type a passphrase.
  settings.secret_timeout = config.is_set(side, "connect-timeout")
                                ? settings.connect_timeout
                                : std::chrono::seconds{60};
  settings.idle_timeout = config.duration(side, "idle-timeout");
  settings.persist = config.duration(side, "persist");
  settings.greeting_file = greeting_file(config, side);
  settings.config_file = real_path(config.path());
  settings.config_identity = config.identity();
  return settings;
}
