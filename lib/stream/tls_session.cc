// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tls_session.h"

#include <array>
#include <charconv>
#include <string_view>

#include "stream/base64.h"
#include "stream/digest.h"
#include "stream/private_file.h"
#include "stream/secret.h"

namespace stream {

namespace {

constexpr std::string_view magic = "imapsync TLS session 1\n";
constexpr std::time_t longest = 24L * 3600;

/// A digest of everything that decides whom to trust.
std::string settings_digest(const TlsSettings& s) {
  std::string all;
  for (const std::string& part :
       {s.host, s.sni.value_or("\1"), s.fingerprints, s.ca_file, s.ca_path,
        s.protocol_min, s.protocol_max, s.protocols, s.cipherlist, s.ciphersuites,
        s.certificate, s.key, std::string(s.verify ? "v" : "")})
    all += part + '\0';
  return base64_encode(digest(Hash::sha256, all).view());
}

/// Takes one line off `text`, without its LF.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool usable(const SSL_SESSION* session, std::time_t now) {
  const X509* peer = SSL_SESSION_get0_peer(const_cast<SSL_SESSION*>(session));
  return peer && SSL_SESSION_is_resumable(session) == 1 &&
         now < SSL_SESSION_get_time(session) + SSL_SESSION_get_timeout(session) &&
         X509_cmp_time(X509_get0_notAfter(peer), &now) > 0;
}

Secret serialise(const TlsSettings& settings, const SavedSession& saved) {
  Secret content{magic};
  content.append(settings_digest(settings));
  content.push_back('\n');
  content.append(std::to_string(saved.verified));
  content.push_back('\n');
  const std::size_t head = content.size();
  const int size = i2d_SSL_SESSION(saved.session.get(), nullptr);
  if (size <= 0) return {};
  auto* der = reinterpret_cast<unsigned char*>(
                  content.resize(head + static_cast<std::size_t>(size))) +
              head;
  i2d_SSL_SESSION(saved.session.get(), &der);
  return content;
}

} // namespace

SavedSession load_session(const TlsSettings& settings, std::time_t now) {
  if (settings.session_file.empty()) return {};
  const Secret content = read_private(settings.session_file);
  std::string_view text = content.view();
  if (!text.starts_with(magic)) return {};
  text.remove_prefix(magic.size());
  if (take_line(text) != settings_digest(settings)) return {};
  const std::string_view date = take_line(text);
  SavedSession saved;
  std::from_chars(date.data(), date.data() + date.size(), saved.verified);
  if (saved.verified > now || saved.verified + longest < now) return {};
  const auto* der = reinterpret_cast<const unsigned char*>(text.data());
  saved.session.reset(d2i_SSL_SESSION(nullptr, &der, static_cast<long>(text.size())));
  ERR_clear_error();
  if (saved.session && !usable(saved.session.get(), now)) saved.session.reset();
  return saved;
}

void save_session(const TlsSettings& settings, const SavedSession& saved) {
  const std::string& path = settings.session_file;
  if (path.empty() || !saved.session) return;
  const Secret content = serialise(settings, saved);
  if (!content.empty() && content.size() <= largest_private_file)
    replace_private(path, content.view());
}

} // namespace stream
