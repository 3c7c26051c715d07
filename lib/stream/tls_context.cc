// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tls_context.h"

#include <dirent.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string_view>

#include "posix/fault.h"

namespace stream {

namespace {

[[noreturn]] void bad(std::string_view key, const std::string& value,
                      const std::string& why) {
  throw posix::Fault{EX_CONFIG, std::string{key} + " = " + value + ": " + why};
}

struct Protocol {
  std::string_view name;
  int version;
  std::uint64_t off; ///< the option that disables it
};

constexpr std::array<Protocol, 6> protocols{{
    {"SSLv2", 0, 0}, // gone for good, a word that old configurations still say
    {"SSLv3", SSL3_VERSION, SSL_OP_NO_SSLv3},
    {"TLSv1", TLS1_VERSION, SSL_OP_NO_TLSv1},
    {"TLSv1.1", TLS1_1_VERSION, SSL_OP_NO_TLSv1_1},
    {"TLSv1.2", TLS1_2_VERSION, SSL_OP_NO_TLSv1_2},
    {"TLSv1.3", TLS1_3_VERSION, SSL_OP_NO_TLSv1_3},
}};

const Protocol& protocol(std::string_view key, const std::string& name) {
  std::string_view wanted = name;
  if (wanted == "TLSv1.0") wanted = "TLSv1";
  for (const Protocol& p : protocols)
    if (p.name == wanted) return p;
  bad(key, name, "not one of SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3");
}

/// SSL_protocols: the protocols that are named, or all but those with an exclamation
/// mark.
void set_protocol_list(SSL_CTX* context, const std::string& list) {
  std::uint64_t named = 0, excluded = 0, all = 0;
  for (const Protocol& p : protocols) all |= p.off;
  std::istringstream words{list};
  for (std::string word; words >> word;) {
    const bool negative = word[0] == '!';
    const Protocol& p = protocol("SSL_protocols", negative ? word.substr(1) : word);
    (negative ? excluded : named) |= p.off;
  }
  if (named != 0) excluded |= all & ~named;
  if ((all & ~excluded) == 0) bad("SSL_protocols", list, "leaves no protocol");
  SSL_CTX_set_min_proto_version(context, 0);
  SSL_CTX_set_options(context, excluded);
}

void set_protocols(SSL_CTX* context, const TlsSettings& settings) {
  const std::string &low = settings.protocol_min, &high = settings.protocol_max;
  if (low.empty() && high.empty() && !settings.protocols.empty())
    return set_protocol_list(context, settings.protocols);
  // What is older than 1.2 is broken (RFC 8996) and for those who ask for it by name.
  int from = TLS1_2_VERSION, to = 0;
  if (!high.empty()) to = protocol("SSL_protocol_max", high).version;
  if (to != 0 && to < from) from = 0;
  if (!low.empty()) from = protocol("SSL_protocol_min", low).version;
  if (!low.empty() && to != 0 && from > to)
    bad("SSL_protocol_min", low, "above SSL_protocol_max = " + high);
  if (SSL_CTX_set_min_proto_version(context, from) != 1)
    bad("SSL_protocol_min", low, "this OpenSSL doesn't have it");
  if (SSL_CTX_set_max_proto_version(context, to) != 1)
    bad("SSL_protocol_max", high, "this OpenSSL doesn't have it");
}

void set_ciphers(SSL_CTX* context, const TlsSettings& settings) {
  if (!settings.cipherlist.empty() &&
      SSL_CTX_set_cipher_list(context, settings.cipherlist.c_str()) != 1)
    bad("SSL_cipherlist", settings.cipherlist, openssl_error());
  if (!settings.ciphersuites.empty() &&
      SSL_CTX_set_ciphersuites(context, settings.ciphersuites.c_str()) != 1)
    bad("SSL_ciphersuites", settings.ciphersuites, openssl_error());
}

/// Whether the directory has files under hashed names, such as "5ad8a5d6.0".
bool is_hashed(const char* directory) {
  DIR* dir = ::opendir(directory);
  if (!dir) return false;
  bool found = false;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string_view name = entry->d_name;
    found = name.size() == 10 && name[8] == '.' &&
            name.substr(0, 8).find_first_not_of("0123456789abcdef") == name.npos;
    if (found) break;
  }
  ::closedir(dir);
  return found;
}

/// The system's store. Certificates are looked up by the hash of their name in its
/// directory, as needed: the bundle would cost 64 ms to load and parse. Systems that have
/// nothing but a bundle pay for it.
void trust_system(SSL_CTX* context) {
  const char* file = std::getenv(X509_get_default_cert_file_env());
  const char* directory = std::getenv(X509_get_default_cert_dir_env());
  if (file && SSL_CTX_load_verify_file(context, file) != 1)
    bad(X509_get_default_cert_file_env(), file, openssl_error());
  if (!directory) directory = X509_get_default_cert_dir();
  if (is_hashed(directory))
    SSL_CTX_load_verify_dir(context, directory);
  else if (!file)
    SSL_CTX_load_verify_file(context, X509_get_default_cert_file());
  ERR_clear_error(); // without any store verification fails, and says so
}

void set_trust(SSL_CTX* context, const TlsSettings& settings) {
  if (!settings.verify) return;
  const std::string &file = settings.ca_file, &path = settings.ca_path;
  if (file.empty() && path.empty()) return trust_system(context);
  if (!file.empty() && SSL_CTX_load_verify_file(context, file.c_str()) != 1)
    bad("SSL_CAfile", file, "no certificates could be read: " + openssl_error());
  struct stat info {};
  if (!path.empty() && (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)))
    bad("SSL_CApath", path, "not a directory");
  if (!path.empty() && SSL_CTX_load_verify_dir(context, path.c_str()) != 1)
    bad("SSL_CApath", path, openssl_error());
  // What somebody puts there is trusted, be it a root, an intermediate or the server's
  // own.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

/// An encrypted key has no one to ask: the relay's terminal belongs to another program.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return -1;
}

void set_identity(SSL_CTX* context, const TlsSettings& settings) {
  const std::string& certificate = settings.certificate;
  if (certificate.empty()) {
    if (!settings.key.empty())
      bad("SSL_key", settings.key, "there is no SSL_certificate");
    return;
  }
  const std::string& key = settings.key.empty() ? certificate : settings.key;
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
    bad("SSL_certificate", certificate, openssl_error());
  struct stat info {};
  if (::stat(key.c_str(), &info) == 0 && (info.st_mode & S_IRWXO) != 0)
    bad("SSL_key", key, "a private key that everybody may read (chmod 600)");
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    bad("SSL_key", key,
        "not a private key, an encrypted one, or not that of the certificate: " +
            openssl_error());
}

} // namespace

SslCtx make_tls_context(const TlsSettings& settings) {
  SslCtx context{SSL_CTX_new(TLS_client_method())};
  if (!context) throw posix::Fault{EX_OSERR, "OpenSSL: " + openssl_error()};
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One read(2) for several records, not two for each.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(),
                                      std::size_t{5} * SSL3_RT_MAX_PLAIN_LENGTH);
  set_protocols(context.get(), settings);
  set_ciphers(context.get(), settings);
  set_trust(context.get(), settings);
  set_identity(context.get(), settings);
  return context;
}

std::string protocol_bounds(const SSL_CTX* context) {
  std::string_view lowest, highest;
  auto* unlocked = const_cast<SSL_CTX*>(context); // SSL_CTX_ctrl(3) reads here
  const auto low = SSL_CTX_get_min_proto_version(unlocked);
  const auto high = SSL_CTX_get_max_proto_version(unlocked);
  for (const Protocol& p : protocols) {
    if (p.version == 0 || p.version < low || (high != 0 && p.version > high)) continue;
    if ((SSL_CTX_get_options(context) & p.off) != 0) continue;
    if (lowest.empty()) lowest = p.name;
    highest = p.name;
  }
  return std::string{lowest} + (lowest == highest ? "" : " to " + std::string{highest});
}

} // namespace stream
