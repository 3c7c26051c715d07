// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/tls.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "posix/fault.h"
#include "stream/certificate.h"
#include "stream/openssl_load.h"
#include "stream/tls_context.h"
#include "stream/tls_fault.h"
#include "stream/tls_session.h"
#include "stream/tls_verify.h"

namespace stream {

namespace {

class Tls : public TlsStream {
 public:
  Tls(posix::Fd socket, const TlsSettings& settings);

  void handshake(Deadline deadline);

  ssize_t read(char* into, std::size_t size) override;
  ssize_t write(std::string_view octets) override;
  bool flush() override;
  void finish() override;
  pollfd read_wait() const override { return {socket_.get(), read_events_, 0}; }
  pollfd write_wait() const override { return {socket_.get(), write_events_, 0}; }

  TlsFacts facts() const override;
  std::string binding_type() const override;
  std::string binding_data() const override;
  std::string unique_data() const override;
  void seal() override { sealed_ = true; }

 private:
  static int on_session(SSL* ssl, SSL_SESSION* session);
  bool try_write(std::string_view octets, std::size_t& written);
  void offer_session();
  void set_server_name();
  void save_fresh_session();
  [[noreturn]] void fail_handshake(int error);
  [[noreturn]] void fail_write(int error);
  X509* peer() const { return SSL_get0_peer_certificate(ssl_.get()); }
  bool is_tls13() const { return SSL_version(ssl_.get()) == TLS1_3_VERSION; }

  posix::Fd socket_;
  TlsSettings settings_;
  SslCtx context_;
  Ssl ssl_;
  TlsVerifier verifier_;
  SavedSession saved_;
  short read_events_ = POLLIN, write_events_ = POLLOUT;
  std::string pending_; ///< taken by write(), offered to OpenSSL once already
  bool stapled_ = false, sealed_ = false, fresh_ = false;
};

/// What SSL_get_error() says to poll for; 0 if it is no waiting.
short wait_events(int error) {
  if (error == SSL_ERROR_WANT_READ) return POLLIN;
  return error == SSL_ERROR_WANT_WRITE ? POLLOUT : short{0};
}

Tls::Tls(posix::Fd socket, const TlsSettings& settings)
    : socket_{std::move(socket)}, settings_{settings},
      context_{make_tls_context(settings)}, verifier_{settings_} {
  if (!settings_.session_file.empty()) {
    SSL_CTX_set_session_cache_mode(context_.get(),
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), on_session);
  }
  ssl_.reset(SSL_new(context_.get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.get()) != 1)
    throw posix::Fault{EX_OSERR, "OpenSSL: " + openssl_error()};
  SSL_set_app_data(ssl_.get(), this);
  verifier_.install(context_.get(), ssl_.get());
  if (settings_.verify) SSL_set_tlsext_status_type(ssl_.get(), TLSEXT_STATUSTYPE_ocsp);
  set_server_name();
  offer_session();
}

void Tls::set_server_name() {
  const std::string name =
      settings_.sni.value_or(settings_.host_is_address ? "" : settings_.host);
  if (!name.empty() && SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) != 1)
    throw posix::Fault{EX_CONFIG, "SSL_hostname: no name for TLS: " + openssl_error()};
}

void Tls::offer_session() {
  saved_ = load_session(settings_, std::time(nullptr));
  if (saved_.session) SSL_set_session(ssl_.get(), saved_.session.get());
  saved_.session.reset();
}

/// Keeps the first ticket of a connection; written when nothing speaks against it any
/// more.
int Tls::on_session(SSL* ssl, SSL_SESSION* session) {
  auto* self = static_cast<Tls*>(SSL_get_app_data(ssl));
  if (self->saved_.session) return 0;
  self->saved_.session.reset(session);
  self->fresh_ = true;
  return 1; // the reference is ours
}

void Tls::save_fresh_session() {
  if (std::exchange(fresh_, false) && !sealed_) save_session(settings_, saved_);
}

void Tls::handshake(Deadline deadline) {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_connect(ssl_.get());
    if (result == 1) break;
    const int error = SSL_get_error(ssl_.get(), result);
    const short events = wait_events(error);
    if (events == 0) fail_handshake(error);
    wait_for({socket_.get(), events, 0}, deadline, "TLS handshake");
  }
  // The verifier has seen to all of this; an oversight would be a catastrophe.
  if (!peer() || SSL_get_verify_result(ssl_.get()) != X509_V_OK)
    throw posix::Fault{EX_NOPERM, "the server's identity is not proven"};
  if (settings_.verify) stapled_ = check_stapled_ocsp(ssl_.get());
  if (SSL_session_reused(ssl_.get()) != 1) saved_.verified = std::time(nullptr);
  save_fresh_session();
}

void Tls::fail_handshake(int error) {
  if (!verifier_.reason().empty()) throw posix::Fault{EX_NOPERM, verifier_.reason()};
  throw tls_handshake_fault(error, context_.get());
}

ssize_t Tls::read(char* into, std::size_t size) {
  ERR_clear_error();
  errno = 0;
  std::size_t n = 0;
  const int result = SSL_read_ex(ssl_.get(), into, size, &n);
  if (fresh_) save_fresh_session(); // TLS 1.3 tickets come with the first octets
  if (result == 1) return static_cast<ssize_t>(n);
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (const short events = wait_events(error); events != 0) {
    read_events_ = events;
    return again;
  }
  throw tls_fault(error);
}

/// False: try again with the same octets when write_wait() is ready.
bool Tls::try_write(std::string_view octets, std::size_t& written) {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_write_ex(ssl_.get(), octets.data(), octets.size(), &written);
  if (result == 1) return true;
  const int error = SSL_get_error(ssl_.get(), result);
  write_events_ = wait_events(error);
  if (write_events_ == 0) fail_write(error);
  return false;
}

/// A server that refuses us says why and closes: its alert tells more than our EPIPE.
void Tls::fail_write(int error) {
  if (error != SSL_ERROR_SYSCALL) throw tls_fault(error);
  const int system_error = errno;
  char octet = 0;
  std::size_t n = 0;
  ERR_clear_error();
  const int result = SSL_peek_ex(ssl_.get(), &octet, 1, &n);
  if (result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_SSL)
    throw tls_fault(SSL_ERROR_SSL);
  errno = system_error;
  throw tls_fault(error);
}

ssize_t Tls::write(std::string_view octets) {
  if (!flush()) return again;
  octets = octets.substr(0, SSL3_RT_MAX_PLAIN_LENGTH);
  std::size_t written = octets.size();
  // OpenSSL wants the same octets again after it could not send them; our caller is free
  // to bring others. So they count as taken and stay here.
  if (!octets.empty() && !try_write(octets, written)) {
    pending_ = octets;
    written = octets.size();
  }
  return static_cast<ssize_t>(written);
}

bool Tls::flush() {
  while (!pending_.empty()) {
    std::size_t written = 0;
    if (!try_write(pending_, written)) return false;
    pending_.erase(0, written);
  }
  return true;
}

void Tls::finish() {
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  ::shutdown(socket_.get(), SHUT_WR);
}

TlsFacts Tls::facts() const {
  const X509* certificate = peer();
  TlsFacts facts;
  facts.version = SSL_get_version(ssl_.get());
  facts.cipher = SSL_get_cipher_name(ssl_.get());
  facts.subject = name_text(X509_get_subject_name(certificate));
  facts.issuer = name_text(X509_get_issuer_name(certificate));
  facts.not_before = time_text(X509_get0_notBefore(certificate));
  facts.not_after = time_text(X509_get0_notAfter(certificate));
  facts.names = certificate_names(certificate);
  facts.pin = spki_pin(certificate);
  facts.verified = settings_.verify;
  facts.resumed = SSL_session_reused(ssl_.get()) == 1;
  facts.ocsp_stapled = stapled_;
  return facts;
}

std::string Tls::binding_type() const {
  if (is_tls13()) return "tls-exporter";
  return end_point_binding(peer()).empty() ? "" : "tls-server-end-point";
}

std::string Tls::binding_data() const {
  if (!is_tls13()) return end_point_binding(peer());
  static constexpr std::string_view label = "EXPORTER-Channel-Binding"; // RFC 9266
  std::array<unsigned char, 32> data{};
  if (SSL_export_keying_material(ssl_.get(), data.data(), data.size(), label.data(),
                                 label.size(), nullptr, 0, 1) != 1)
    throw posix::Fault{EX_SOFTWARE, "TLS: " + openssl_error()};
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

std::string Tls::unique_data() const {
  if (!is_tls13() && SSL_get_extms_support(ssl_.get()) != 1) return {};
  std::array<char, EVP_MAX_MD_SIZE> data{};
  const bool resumed = SSL_session_reused(ssl_.get()) == 1;
  const std::size_t size =
      resumed ? SSL_get_peer_finished(ssl_.get(), data.data(), data.size())
              : SSL_get_finished(ssl_.get(), data.data(), data.size());
  return {data.data(), std::min(size, data.size())};
}

} // namespace

std::unique_ptr<TlsStream> open_tls(posix::Fd socket, const TlsSettings& settings,
                                    Deadline deadline) {
  load_openssl();
  auto tls = std::make_unique<Tls>(std::move(socket), settings);
  tls->handshake(deadline);
  return tls;
}

} // namespace stream
