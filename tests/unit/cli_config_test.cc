// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/values.h"
#include "posix/fault.h"

namespace {

using cli::Config;
using namespace std::string_literals;

std::string fault_of(std::string_view text) {
  try {
    Config::parse(text, "F");
  } catch (const posix::Fault& fault) {
    EXPECT_EQ(EX_CONFIG, fault.status);
    return fault.what();
  }
  return "";
}

TEST(Config, TakesASidesValueThenTheDefaultSectionsThenItsOwn) {
  const Config config = Config::parse("# comment\n"
                                      "  ; another\r\n"
                                      "host = both.example\n"
                                      "type=imap\n"
                                      "\n"
                                      "[ local ]\n"
                                      "type = tunnel\n"
                                      "command = doveadm exec imap\n"
                                      "null-stderr = yes\n"
                                      "[remote]\n"
                                      "password = a=b #; c\n",
                                      "F");
  EXPECT_EQ("both.example", config.get("remote", "host"));
  EXPECT_EQ("tunnel", config.get("local", "type"));
  EXPECT_EQ("imap", config.get("remote", "type"));
  EXPECT_EQ("doveadm exec imap", config.get("local", "command"));
  EXPECT_TRUE(config.yes("local", "null-stderr"));
  EXPECT_FALSE(config.yes("remote", "null-stderr"));
  EXPECT_EQ("a=b #; c", config.get("remote", "password"));
  EXPECT_EQ(std::nullopt, config.get("local", "password"));
  EXPECT_EQ("143", config.port("remote"));
  EXPECT_EQ("", config.port("local"));
  config.require_side("local");
}

TEST(Config, MayBeginWithAByteOrderMark) {
  EXPECT_EQ("h", Config::parse("\xef\xbb\xbfhost = h\n", "F").get("local", "host"));
  EXPECT_EQ("F:2: expected KEY = VALUE, [local] or [remote]",
            fault_of("host = h\n\xef\xbb\xbf[local]\n"));
}

TEST(Config, HasTheDefaultsOfThePage) {
  const Config config = Config::parse("[local]\n[remote]\n", "F");
  const struct {
    const char *key, *local, *remote;
  } defaults[] = {{"type", "imaps", "imaps"},        {"host", "localhost", "localhost"},
                  {"STARTTLS", "YES", "YES"},        {"compress", "NO", "auto"},
                  {"null-stderr", "NO", "NO"},       {"SSL_verify", "YES", "YES"},
                  {"connect-timeout", "30s", "30s"}, {"list-reference", "", ""},
                  {"sandbox", "YES", "YES"},         {"persist", "NO", "NO"}};
  for (const auto& [key, local, remote] : defaults) {
    EXPECT_EQ(local, config.get("local", key)) << key;
    EXPECT_EQ(remote, config.get("remote", key)) << key;
  }
  EXPECT_EQ("993", config.port("remote"));
}

TEST(Config, NamesFileLineKeyAndWhatIsExpected) {
  const struct {
    const char *text, *message;
  } cases[] = {
      {"colour = red\n", "F:1: colour: unknown key; imapsync(5) has them all"},
      {"\n[remote]\nSTARTTLS = maybe\n",
       "F:3: STARTTLS: expected YES or NO, not 'maybe'"},
      {"[remote]\ntype = pop3\n",
       "F:2: type: expected imap, imaps or tunnel, not 'pop3'"},
      {"[remote]\nport = 0\n",
       "F:2: port: expected a port from 1 to 65535 or the name of a service, not '0'"},
      {"[other]\n", "F:1: unknown section [other]: expected [local] or [remote]"},
      {"[local\n", "F:1: expected [local] or [remote]"},
      {"[local]\n[local]\n", "F:2: [local] again; it began in line 1"},
      {"nonsense\n", "F:1: expected KEY = VALUE, [local] or [remote]"},
      {"host = a\nhost = b\n", "F:2: host: given again; it is in line 1 already"},
      {"[local]\ndatabase = x\n",
       "F:2: database: belongs before the first section, not into [local]"},
      {"password =\n", "F:1: password: expected a text"},
      {"host = ../x\n", "F:1: host: expected a host name or an IP address, not '../x'"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(message, fault_of(text)) << text;
}

TEST(Config, NeverShowsASecret) {
  const std::string message = fault_of("proxy = ftp://joe:hunter2@host\n");
  EXPECT_EQ(message.npos, message.find("hunter2")) << message;
}

TEST(Config, NeedsTheSectionAndTheCommandOfATunnel) {
  const Config config = Config::parse("[local]\ntype = tunnel\n", "F");
  EXPECT_THROW(config.require_side("local"), posix::Fault);
  EXPECT_THROW(config.require_side("remote"), posix::Fault);
}

TEST(Config, WantsOnePasswordForASide) {
  const Config config = Config::parse("password-fd = 5\n"
                                      "[local]\n"
                                      "password-command = true\n"
                                      "[remote]\n",
                                      "F");
  EXPECT_EQ("password-command", config.password_key("local"));
  EXPECT_EQ("password-fd", config.password_key("remote"));
  const Config two = Config::parse("[local]\n"
                                   "password = p\n"
                                   "password-command = true\n",
                                   "F");
  EXPECT_THROW(two.require_side("local"), posix::Fault);
}

TEST(Config, ForgetsSecretsAndNothingElse) {
  Config config = Config::parse("[remote]\nusername = u\npassword = p\n", "F");
  config.wipe_secrets();
  EXPECT_FALSE(config.is_set("remote", "password"));
  EXPECT_EQ("u", config.get("remote", "username"));
}

TEST(Config, RefusesAPasswordThatOthersCanRead) {
  char path[] = "/tmp/cli_config_XXXXXX";
  const int fd = ::mkstemp(path);
  ASSERT_GE(fd, 0);
  std::ofstream{path} << "password = p\n";
  Config::load(path).require_private();
  ::fchmod(fd, 0640);
  EXPECT_THROW(Config::load(path).require_private(), posix::Fault);
  ::close(fd);
  ::unlink(path);
  EXPECT_THROW(Config::load(path), posix::Fault);
}

TEST(Config, KnowsIpLiteralsFromNames) {
  const Config config = Config::parse("[local]\nhost = [::1]\n[remote]\nhost = a\n", "F");
  EXPECT_EQ("::1", config.host("local"));
  EXPECT_TRUE(config.host_is_literal("local"));
  EXPECT_FALSE(config.host_is_literal("remote"));
}

TEST(Config, UnquotesMailboxPatterns) {
  EXPECT_EQ((std::vector<std::string>{"INBOX", "a b", "foo\0bar"s, "x\"\\y\t"}),
            cli::parse_patterns(R"(INBOX "a b"  "foo\x00bar" "x\"\\y\t")"));
  for (const char* bad :
       {"(", R"("a)", R"("")", R"("\q")", R"("\x0")", R"("a""b")", R"(a\b)", R"("\xff")"})
    EXPECT_FALSE(cli::parse_patterns(bad)) << bad;
}

TEST(Config, ReadsDurations) {
  const std::pair<const char*, int> good[] = {{"90", 90},   {"30s", 30},   {"10m", 600},
                                              {"2h", 7200}, {"1d", 86400}, {"no", 0}};
  for (const auto& [text, seconds] : good)
    EXPECT_EQ(std::chrono::seconds{seconds}, cli::parse_duration(text)) << text;
  for (const char* bad : {"", "m", "-1", "1.5h", "10 m", "367d", "18446744073709551615d"})
    EXPECT_FALSE(cli::parse_duration(bad)) << bad;
}

TEST(Config, ChecksValuesOfEachKind) {
  const struct {
    const char *key, *good, *bad;
  } cases[] = {
      {"port", "imaps", "65536"},
      {"auth", "PLAIN LOGIN", "PLAIN\"LOGIN"},
      {"auth", "scram-sha-256-plus", "PLANE"},
      {"proxy", "socks5h://u:p@h:1080", "socks4://h"},
      {"SSL_fingerprint", "sha256$00ff AA", "sha256$0f0"},
      {"SSL_protocols", "!SSLv3 TLSv1.2", "TLSv9"},
      {"SSL_protocol_min", "TLSv1.2", "!TLSv1.2"},
      {"list-select-opts", "SUBSCRIBED RECURSIVEMATCH", "SUBSCRIBED)"},
      {"logfile", "/var/log/x", "x"},
      {"max-delete", "50%", "101%"},
      {"password-fd", "3", "-1"},
      {"flag-conflicts", "merge", "remote"},
      {"compress", "AUTO", "maybe"},
      {"ignore-mailbox", "^Entw&APw-rfe$", "^Entwürfe$"},
  };
  for (const auto& [key, good, bad] : cases) {
    EXPECT_EQ("", fault_of(key + " = "s + good)) << key;
    EXPECT_NE("", fault_of(key + " = "s + bad)) << key;
  }
}

/// Environment variables for the time of a test.
class Variables {
 public:
  void set(const char* name, const std::string& value) {
    const char* old = std::getenv(name);
    saved_.emplace_back(name,
                        old == nullptr ? std::nullopt : std::optional<std::string>{old});
    ::setenv(name, value.c_str(), 1);
  }
  Variables() = default;
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;
  ~Variables() {
    for (auto it = saved_.rbegin(); it != saved_.rend(); ++it)
      if (it->second)
        ::setenv(it->first, it->second->c_str(), 1);
      else
        ::unsetenv(it->first);
  }

 private:
  std::vector<std::pair<const char*, std::optional<std::string>>> saved_;
};

TEST(Paths, FindTheConfigurationWhereThePageSays) {
  char path[] = "/tmp/cli_paths_XXXXXX";
  ASSERT_NE(nullptr, ::mkdtemp(path));
  const std::string home = path;
  Variables variables;
  variables.set("XDG_CONFIG_HOME", "relative paths are ignored");
  variables.set("HOME", home);
  EXPECT_THROW(cli::config_path({}), posix::Fault);
  EXPECT_EQ("other", cli::config_path("other"));
  ASSERT_EQ(0, ::mkdir((home + "/.config").c_str(), 0700));
  std::ofstream{home + "/.config/imapsync"} << "";
  EXPECT_EQ(home + "/.config/imapsync", cli::config_path({}));
  variables.set("XDG_CONFIG_HOME", home);
  const std::string ours = home + "/imapsync";
  ASSERT_EQ(0, ::mkdir(ours.c_str(), 0700));
  std::ofstream{ours + "/config"} << "";
  EXPECT_EQ(ours + "/config", cli::config_path({}));
  EXPECT_EQ(ours + "/other", cli::config_path("other"));
  EXPECT_EQ("./other", cli::config_path("./other"));
  EXPECT_EQ("/other", cli::config_path("/other"));
  std::filesystem::remove_all(home);
}

TEST(Paths, NameTheDatabaseAfterTheRemoteHost) {
  Variables variables;
  variables.set("XDG_DATA_HOME", "/data");
  const std::pair<const char*, const char*> cases[] = {
      {"[remote]\ntype = tunnel\n", "/data/imapsync/localhost.db"},
      {"[local]\nhost = a\n[remote]\nhost = b\n", "/data/imapsync/b.db"},
      {"database = x.db\n[remote]\nhost = b\n", "/data/imapsync/x.db"},
      {"database = /x.db\n", "/x.db"}};
  for (const auto& [text, path] : cases)
    EXPECT_EQ(path, cli::database_path(Config::parse(text, "F"))) << text;
}

} // namespace
