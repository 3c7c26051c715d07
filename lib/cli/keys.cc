// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/keys.h"

#include <algorithm>

#include "cli/values.h"

namespace cli {

namespace {

using namespace std::string_view_literals;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_maybe_empty_text(std::string_view text) {
  return std::ranges::none_of(text, is_control);
}

bool is_text(std::string_view text) { return !text.empty() && is_maybe_empty_text(text); }

bool is_secret(std::string_view text) {
  return !text.empty() && text.find_first_of("\0\r\n"sv) == text.npos;
}

bool is_yes_no(std::string_view text) { return parse_yes_no(text).has_value(); }

template <std::size_t N>
bool is_one_of(std::string_view text, const std::string_view (&words)[N]) {
  return std::ranges::find(words, text) != std::end(words);
}

bool is_type(std::string_view text) {
  return is_one_of(text, {"imap", "imaps", "tunnel"});
}

bool is_compress(std::string_view text) {
  return is_yes_no(text) || same_ignoring_case(text, "auto");
}

bool is_conflicts(std::string_view text) { return is_one_of(text, {"union", "merge"}); }

// It becomes part of a file name, HOST.db.
bool is_host(std::string_view text) {
  return is_text(text) && text.front() != '.' && text.find_first_of("/ ") == text.npos;
}

bool is_port(std::string_view text) {
  if (const auto number = parse_number(text)) return *number >= 1 && *number <= 65535;
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; }) &&
         std::ranges::any_of(text, [](char c) { return c > '9'; });
}

bool is_descriptor(std::string_view text) {
  const auto number = parse_number(text);
  return number && *number <= 1023;
}

bool is_max_delete(std::string_view text) {
  if (same_ignoring_case(text, "NO")) return true;
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  const auto number = parse_number(text);
  return number && (!percent || *number <= 100);
}

bool is_proxy(std::string_view text) {
  for (const std::string_view scheme : {"socks5://"sv, "socks5h://"sv, "http://"sv})
    if (text.starts_with(scheme)) return is_text(text) && text.size() > scheme.size();
  return false;
}

bool is_absolute_path(std::string_view text) {
  return is_text(text) && text.front() == '/';
}

bool is_mechanisms(std::string_view text) {
  constexpr std::string_view known[] = {"EXTERNAL",
                                        "OAUTHBEARER",
                                        "XOAUTH2",
                                        "SCRAM-SHA-256-PLUS",
                                        "SCRAM-SHA-1-PLUS",
                                        "SCRAM-SHA-256",
                                        "SCRAM-SHA-1",
                                        "PLAIN",
                                        "LOGIN",
                                        "CRAM-MD5"};
  const auto words = split_words(text);
  return !words.empty() && std::ranges::all_of(words, [&](const auto& word) {
    return std::ranges::any_of(
        known, [&](std::string_view name) { return same_ignoring_case(word, name); });
  });
}

bool is_protocol(std::string_view text) {
  return is_one_of(text, {"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"});
}

bool is_protocols(std::string_view text) {
  const auto words = split_words(text);
  return !words.empty() && std::ranges::all_of(words, [](std::string_view word) {
    if (word.starts_with('!')) word.remove_prefix(1);
    return word == "SSLv2" || is_protocol(word);
  });
}

bool is_fingerprints(std::string_view text) {
  const auto words = split_words(text);
  return !words.empty() && std::ranges::all_of(words, [](std::string_view word) {
    if (const auto dollar = word.find('$'); dollar != word.npos) {
      const std::string_view algorithm = word.substr(0, dollar);
      word.remove_prefix(dollar + 1);
      if (algorithm.empty() || !std::ranges::all_of(algorithm, is_alnum)) return false;
    }
    return !word.empty() && word.size() % 2 == 0 &&
           std::ranges::all_of(word, [](char c) { return hex_value(c) >= 0; });
  });
}

bool is_reference(std::string_view text) {
  return text.find_first_of("\0\r\n"sv) == text.npos &&
         std::ranges::none_of(text,
                              [](char c) { return static_cast<signed char>(c) < 0; });
}

bool is_patterns(std::string_view text) {
  const auto patterns = parse_patterns(text);
  return patterns && !patterns->empty();
}

// Names are matched as servers have them, so that anything else would match none. The
// rest is for who has the library to say.
bool is_expression(std::string_view text) { return is_text(text) && is_reference(text); }

// They go on the LIST command as they are.
bool is_select_opts(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return c >= ' ' && c <= '~' && "\"%()*\\]{"sv.find(c) == std::string_view::npos;
  });
}

bool is_duration(std::string_view text) { return parse_duration(text).has_value(); }

constexpr Kind text_kind{is_text, "a text, not empty and without control characters"};
constexpr Kind maybe_empty{is_maybe_empty_text, "a text, maybe empty"};
constexpr Kind secret_kind{is_secret, "a text"};
constexpr Kind yes_no{is_yes_no, "YES or NO"};
constexpr Kind type_kind{is_type, "imap, imaps or tunnel"};
constexpr Kind host_kind{is_host, "a host name or an IP address"};
constexpr Kind port_kind{is_port, "a port from 1 to 65535 or the name of a service"};
constexpr Kind proxy_kind{is_proxy, "socks5://, socks5h:// or http://, then "
                                    "[USER:PASSWORD@]HOST[:PORT]"};
constexpr Kind mechanisms{is_mechanisms, "names of SASL mechanisms, such as PLAIN"};
constexpr Kind compress_kind{is_compress, "YES, NO or auto"};
constexpr Kind protocols{is_protocols,
                         "SSLv2, SSLv3, TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3, or ! and "
                         "one of them"};
constexpr Kind protocol{is_protocol, "SSLv3, TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3"};
constexpr Kind fingerprints{is_fingerprints, "[ALGORITHM$]HEXADECIMAL digests"};
constexpr Kind reference{is_reference, "a reference name in ASCII (modified UTF-7)"};
constexpr Kind patterns_kind{is_patterns, "mailbox patterns, in double quotes where they "
                                          "hold spaces or brackets"};
constexpr Kind select_opts{is_select_opts, "LIST selection options, such as SUBSCRIBED"};
constexpr Kind expression{is_expression,
                          "a regular expression in ASCII (names are in modified UTF-7)"};
constexpr Kind absolute{is_absolute_path, "an absolute path"};
constexpr Kind duration_kind{is_duration, "a time such as 30s, 10m or 1h, or NO"};
constexpr Kind descriptor{is_descriptor, "the number of a file descriptor"};
constexpr Kind conflicts{is_conflicts, "union or merge"};
constexpr Kind max_delete{is_max_delete,
                          "a number of messages, a percentage such as 50%, "
                          "or NO"};

constexpr auto global = Key::Where::global;
constexpr auto sided = Key::Where::sided;

constexpr Key keys[] = {
    {"database", global, &text_kind},
    {"logfile", global, &absolute},
    {"log-prefix", global, &maybe_empty},
    {"list-mailbox", global, &patterns_kind},
    {"list-select-opts", global, &select_opts},
    {"ignore-mailbox", global, &expression},
    {"flag-conflicts", global, &conflicts, "union", "union"},
    {"max-delete", global, &max_delete},
    {"list-reference", sided, &reference, "", ""},
    {"type", sided, &type_kind, "imaps", "imaps"},
    {"host", sided, &host_kind, "localhost", "localhost"},
    {"port", sided, &port_kind},
    {"proxy", sided, &proxy_kind, {}, {}, true},
    {"command", sided, &text_kind},
    {"null-stderr", sided, &yes_no, "NO", "NO"},
    {"STARTTLS", sided, &yes_no, "YES", "YES"},
    {"auth", sided, &mechanisms},
    {"username", sided, &secret_kind},
    {"authzid", sided, &secret_kind},
    {"password", sided, &secret_kind, {}, {}, true},
    {"password-command", sided, &text_kind},
    {"password-fd", sided, &descriptor},
    {"token-command", sided, &text_kind},
    {"compress", sided, &compress_kind, "NO", "auto"},
    {"connect-timeout", sided, &duration_kind, "30s", "30s"},
    {"idle-timeout", sided, &duration_kind, "NO", "NO"},
    {"persist", sided, &duration_kind, "NO", "NO"},
    {"sandbox", sided, &yes_no, "YES", "YES"},
    {"SSL_protocols", sided, &protocols},
    {"SSL_protocol_min", sided, &protocol},
    {"SSL_protocol_max", sided, &protocol},
    {"SSL_cipherlist", sided, &text_kind},
    {"SSL_ciphersuites", sided, &maybe_empty},
    {"SSL_fingerprint", sided, &fingerprints},
    {"SSL_verify", sided, &yes_no, "YES", "YES"},
    {"SSL_CAfile", sided, &text_kind},
    {"SSL_CApath", sided, &text_kind},
    {"SSL_hostname", sided, &maybe_empty},
    {"SSL_certificate", sided, &text_kind},
    {"SSL_key", sided, &text_kind},
};

} // namespace

const Key* find_key(std::string_view name) {
  const auto* const key = std::ranges::find(keys, name, &Key::name);
  return key == std::end(keys) ? nullptr : key;
}

} // namespace cli
