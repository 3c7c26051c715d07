// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/certificate.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>

#include "posix/fault.h"

namespace stream {

namespace {

std::string hex(const unsigned char* octets, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text.push_back("0123456789abcdef"[octets[i] >> 4U]);
    text.push_back("0123456789abcdef"[octets[i] & 15U]);
  }
  return text;
}

std::string printable(const ASN1_STRING* string) {
  const auto* octets = ASN1_STRING_get0_data(string);
  std::string text;
  for (int i = 0; i < ASN1_STRING_length(string) && i < 255; ++i)
    text.push_back(octets[i] > ' ' && octets[i] <= '~' ? static_cast<char>(octets[i])
                                                       : '?');
  return text;
}

std::string address(const ASN1_STRING* octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int size = ASN1_STRING_length(octets);
  if (size != 4 && size != 16) return "?";
  ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(octets), text.data(),
              text.size());
  return text.data();
}

std::string common_name(const X509* certificate) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  return printable(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

Pin parse_pin(const std::string& word) {
  const std::size_t dollar = word.find('$');
  Pin pin{"sha256", word};
  if (dollar != word.npos) pin = {word.substr(0, dollar), word.substr(dollar + 1)};
  std::erase(pin.hex, ':');
  for (char& c : pin.hex) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c + 32);
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      throw posix::Fault{EX_CONFIG, "SSL_fingerprint: " + word + " is not hexadecimal"};
  }
  const EVP_MD* md = EVP_get_digestbyname(pin.algorithm.c_str());
  if (!md)
    throw posix::Fault{EX_CONFIG,
                       "SSL_fingerprint: unknown digest algorithm " + pin.algorithm};
  if (pin.hex.size() != 2 * static_cast<std::size_t>(EVP_MD_get_size(md)))
    throw posix::Fault{EX_CONFIG, "SSL_fingerprint: " + word + " is not as long as a " +
                                      pin.algorithm + " digest"};
  return pin;
}

} // namespace

std::string name_text(const X509_NAME* name) {
  const Bio out{BIO_new(BIO_s_mem())};
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return "?";
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(std::min(size, 500L))};
}

std::string time_text(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 32> text{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

std::vector<std::string> certificate_names(const X509* certificate) {
  std::vector<std::string> names;
  const GeneralNames san{static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; san && i < sk_GENERAL_NAME_num(san.get()) && names.size() < 100; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(san.get(), i);
    if (name->type == GEN_DNS) names.push_back(printable(name->d.dNSName));
    if (name->type == GEN_IPADD) names.push_back(address(name->d.iPAddress));
  }
  if (const std::string name = common_name(certificate); names.empty() && !name.empty())
    names.push_back(name);
  return names;
}

std::string spki_digest(const X509* certificate, const std::string& algorithm) {
  const EVP_MD* md = EVP_get_digestbyname(algorithm.c_str());
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (!md || size <= 0) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned length = 0;
  EVP_Digest(der, static_cast<std::size_t>(size), octets.data(), &length, md, nullptr);
  OPENSSL_free(der);
  return hex(octets.data(), length);
}

std::string spki_pin(const X509* certificate) {
  return "sha256$" + spki_digest(certificate, "sha256");
}

std::vector<Pin> parse_pins(std::string_view text) {
  std::istringstream words{std::string{text}};
  std::vector<Pin> pins;
  for (std::string word; words >> word;) pins.push_back(parse_pin(word));
  return pins;
}

bool matches_pin(const X509* certificate, const std::vector<Pin>& pins) {
  return std::ranges::any_of(pins, [&](const Pin& pin) {
    return spki_digest(certificate, pin.algorithm) == pin.hex;
  });
}

std::string end_point_binding(const X509* certificate) {
  int hash = NID_undef;
  if (X509_get_signature_info(const_cast<X509*>(certificate), &hash, nullptr, nullptr,
                              nullptr) != 1 ||
      hash == NID_undef)
    return {};
  if (hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned length = 0;
  const EVP_MD* md = EVP_get_digestbynid(hash);
  if (!md || X509_digest(certificate, md, octets.data(), &length) != 1) return {};
  return {reinterpret_cast<const char*>(octets.data()), length};
}

} // namespace stream
