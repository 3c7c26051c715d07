// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_TESTS_UNIT_TLS_PEER_H
#define IMAPSYNC_TESTS_UNIT_TLS_PEER_H

#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "posix/fd.h"
#include "stream/openssl.h"

/// Certificates and a TLS server in a thread, for the tests of stream/tls.
namespace tls_peer {

using X509Ptr = std::unique_ptr<X509, stream::Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, stream::Free<EVP_PKEY_free>>;

inline void demand(bool ok) {
  if (!ok) throw std::runtime_error{"tls_peer: " + stream::openssl_error()};
}

struct Identity {
  X509Ptr certificate;
  Key key;
};

/// What is special about a certificate; times in seconds from now.
struct Wanted {
  std::string name = "mail.example"; ///< CN
  std::string san = "DNS:mail.example,DNS:*.wild.example,IP:127.0.0.1,IP:::1";
  long from = -3600, until = 3600;
  bool authority = false, must_staple = false;
  const char* curve = "P-256"; ///< "RSA" for an RSA key, "ED25519"
};

inline void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  demand(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

/// Signed by `issuer`, or by itself.
inline Identity issue(const Wanted& wanted, const Identity* issuer = nullptr) {
  const std::string kind = wanted.curve;
  Identity id;
  id.key.reset(kind == "RSA"       ? EVP_RSA_gen(2048U)
               : kind == "ED25519" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                   : EVP_EC_gen(wanted.curve));
  id.certificate.reset(X509_new());
  X509* x = id.certificate.get();
  static long serial = 1000;
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), wanted.from);
  X509_gmtime_adj(X509_getm_notAfter(x), wanted.until);
  X509_set_pubkey(x, id.key.get());
  const auto* cn = reinterpret_cast<const unsigned char*>(wanted.name.c_str());
  X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8,
                             const_cast<unsigned char*>(cn), -1, -1, 0);
  X509* above = issuer ? issuer->certificate.get() : x;
  X509_set_issuer_name(x, X509_get_subject_name(above));
  add_extension(x, above, NID_basic_constraints,
                wanted.authority ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(x, above, NID_subject_key_identifier, "hash");
  if (!wanted.authority && !wanted.san.empty())
    add_extension(x, above, NID_subject_alt_name, wanted.san.c_str());
  if (wanted.must_staple) add_extension(x, above, NID_tlsfeature, "status_request");
  const EVP_PKEY* key = issuer ? issuer->key.get() : id.key.get();
  const EVP_MD* md = EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : EVP_sha256();
  demand(X509_sign(x, const_cast<EVP_PKEY*>(key), md) > 0);
  return id;
}

inline std::string pem(const X509* certificate) {
  const stream::Bio out{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(out.get(), const_cast<X509*>(certificate));
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

inline std::string pem(const EVP_PKEY* key) {
  const stream::Bio out{BIO_new(BIO_s_mem())};
  PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

/// A directory that goes with its object.
class TempDir {
 public:
  TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "is-unit.XXXXXX";
    demand(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() { std::filesystem::remove_all(path_); }

  std::string path(const std::string& name) const { return path_ / name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream{path_ / name} << text;
    std::filesystem::permissions(path_ / name, std::filesystem::perms::owner_read |
                                                   std::filesystem::perms::owner_write);
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

/// A server context with `id`; `chain` is sent along.
inline stream::SslCtx server_context(const Identity& id, const X509* chain = nullptr) {
  stream::SslCtx context{SSL_CTX_new(TLS_server_method())};
  demand(SSL_CTX_use_certificate(context.get(), id.certificate.get()) == 1);
  demand(SSL_CTX_use_PrivateKey(context.get(), id.key.get()) == 1);
  if (chain)
    demand(SSL_CTX_add1_chain_cert(context.get(), const_cast<X509*>(chain)) == 1);
  SSL_CTX_set_session_id_context(context.get(),
                                 reinterpret_cast<const unsigned char*>("x"), 1);
  return context;
}

/// Serves one connection in a thread: the handshake, then `serve`.
class Server {
 public:
  using Serve = std::function<void(SSL*)>;

  explicit Server(SSL_CTX* context, Serve serve = {}) {
    int ends[2];
    demand(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    client_.reset(ends[0]);
    posix::set_nonblocking(ends[0]);
    thread_ = std::thread{[context, serve, fd = ends[1]] {
      const posix::Fd owned{fd};
      const stream::Ssl ssl{SSL_new(context)};
      SSL_set_fd(ssl.get(), fd);
      if (SSL_accept(ssl.get()) == 1) {
        if (serve)
          serve(ssl.get());
        else
          echo(ssl.get());
        SSL_shutdown(ssl.get());
      }
    }};
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    client_.reset();
    thread_.join();
  }

  posix::Fd client() { return std::move(client_); }

  static void echo(SSL* ssl) {
    char buffer[16384];
    for (int n = 0; (n = SSL_read(ssl, buffer, sizeof buffer)) > 0;)
      if (SSL_write(ssl, buffer, n) != n) return;
  }

 private:
  posix::Fd client_;
  std::thread thread_;
};

} // namespace tls_peer

#endif
