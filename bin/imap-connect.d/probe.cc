// SPDX-License-Identifier: GPL-3.0-or-later
#include "probe.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "connect.h"
#include "imap/ascii.h"
#include "persist.h"
#include "posix/fault.h"

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

/// What our filters make use of; imapsync(7) says what for.
constexpr std::string_view features[] = {"CONDSTORE",       "QRESYNC",     "ENABLE",
                                         "LIST-EXTENDED",   "LIST-STATUS", "SPECIAL-USE",
                                         "UIDPLUS",         "ESEARCH",     "LITERAL+",
                                         "MULTIAPPEND",     "MOVE",        "UNSELECT",
                                         "NOTIFY",          "IDLE",        "STATUS=SIZE",
                                         "OBJECTID",        "SASL-IR",     "ID",
                                         "COMPRESS=DEFLATE"};

/// The facts, printed as they are found.
class Report {
 public:
  explicit Report(bool records) : records_{records} {}

  void fact(std::string_view name, std::string_view value) const {
    if (value.empty()) return;
    const std::string shown = imap::printable(value, 8192);
    const auto width = static_cast<int>(name.size());
    if (records_)
      std::printf("%.*s\t%s\n", width, name.data(), shown.c_str());
    else
      std::printf("%-22.*s %s\n", width, name.data(), shown.c_str());
  }
  void fact(std::string_view name, const std::vector<std::string>& values) const {
    std::string all;
    for (const std::string& value : values) all += (all.empty() ? "" : " ") + value;
    fact(name, all);
  }
  void fact(std::string_view name, microseconds time) const {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(time.count()) / 1000);
    if (time.count() > 0) fact(name, text);
  }

 private:
  bool records_;
};

void report_network(const Report& report, const Settings& settings,
                    const Session& session) {
  if (settings.type == Settings::Type::tunnel)
    return report.fact("tunnel", settings.command);
  report.fact("host", settings.host);
  report.fact("port", settings.port);
  if (settings.proxy)
    report.fact("proxy", settings.proxy->host + " port " + settings.proxy->port);
  report.fact("addresses-tried", session.tried);
  report.fact("address", session.address);
  report.fact("tcp-round-trip", session.round_trip);
}

void report_tls(const Report& report, const Session& session) {
  if (!session.tls) { // or it did not come to that
    if (session.stream) report.fact("tls", "none");
    return;
  }
  const stream::TlsFacts& tls = *session.tls;
  report.fact("tls", tls.version);
  report.fact("cipher", tls.cipher);
  report.fact("certificate-verified", tls.verified ? "yes" : "no");
  report.fact("certificate-subject", tls.subject);
  report.fact("certificate-issuer", tls.issuer);
  report.fact("certificate-names", tls.names);
  report.fact("certificate-from", tls.not_before);
  report.fact("certificate-until", tls.not_after);
  report.fact("SSL_fingerprint", tls.pin);
  report.fact("tls-resumed", tls.resumed ? "yes" : "no");
  report.fact("ocsp-stapled", tls.ocsp_stapled ? "yes" : "no");
}

void report_login(const Report& report, const Session& session) {
  report.fact("capabilities-before", session.login.before);
  report.fact("authenticated", session.login.mechanism);
  report.fact("capabilities", session.login.capabilities);
  report.fact("compressed", session.compressed ? "yes" : "no");
  std::vector<std::string> used, missing;
  for (const std::string_view feature : features) {
    const bool there = stream::has_capability(session.login.capabilities, feature) ||
                       stream::has_capability(session.login.before, feature);
    (there ? used : missing).emplace_back(feature);
  }
  report.fact("features-used", used);
  report.fact("features-missing", missing);
}

/// Sends a command and waits for its end; `own` is the untagged response that it has.
std::string ask(stream::Dialogue& dialogue, const std::string& command,
                std::string_view own) {
  const std::string tag = dialogue.next_tag();
  std::string answer;
  dialogue.send(tag + " " + command + "\r\n", tag + " " + command);
  stream::await(dialogue, tag, [&](const stream::Response& response, const std::string&) {
    if (response.status == own) answer = response.text;
  });
  return answer;
}

void report_server(const Report& report, Session& session, const Settings& settings,
                   stream::Trace& trace) {
  stream::Dialogue dialogue{std::move(session.stream), trace, settings.deadline()};
  if (stream::has_capability(session.login.capabilities, "ID"))
    report.fact("server-id", ask(dialogue, "ID NIL", "ID"));
  const auto begun = steady_clock::now();
  ask(dialogue, "NOOP", {});
  report.fact("imap-round-trip",
              std::chrono::duration_cast<microseconds>(steady_clock::now() - begun));
  dialogue.send("z LOGOUT\r\n", "z LOGOUT");
}

} // namespace

int probe(const Options& options, Orders orders) {
  ::signal(SIGPIPE, SIG_IGN);
  if (orders.fault) throw posix::Fault{*orders.fault};
  stream::Trace trace{options.debug ? options.side : std::string{}};
  const Report report{options.records};
  Session session;
  int status = 0;
  report.fact("side", options.side);
  if (orders.settings.persist.count() > 0)
    report.fact("kept-sessions", std::to_string(kept_sessions(options, orders.settings)));
  try {
    orders.settings.greeting_file.clear(); // what is there is of interest, not what was
    connect_side(orders.settings, trace, {{}, {}, {STDOUT_FILENO}}, session);
  } catch (const posix::Fault& fault) {
    status = fault.status;
    std::fprintf(stderr, "imap-connect: %s: %s\n", options.side.c_str(), fault.what());
  }
  report_network(report, orders.settings, session);
  report_tls(report, session);
  if (session.stream) {
    report_login(report, session);
    report_server(report, session, orders.settings, trace);
  } else {
    report.fact("capabilities-before", session.login.before);
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw posix::system_fault(EX_IOERR, "standard output");
  return status;
}
