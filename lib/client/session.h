// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef IMAPSYNC_CLIENT_SESSION_H
#define IMAPSYNC_CLIENT_SESSION_H

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/link.h"
#include "client/outbox.h"
#include "imap/parser.h"
#include "posix/clock.h"
#include "posix/fault.h"
#include "posix/fd.h"
#include "posix/loop.h"

/// An IMAP conversation over two descriptors: tags, pipelining, literals, capabilities.
namespace client {

/// The tagged answer of a command.
using Done = std::function<void(const imap::Tagged&)>;
/// An untagged response; true if it was the command's own. A server may answer commands
/// that it was sent in one flight side by side (Dovecot does while output waits), so each
/// command in flight is asked, in order, until one takes the response.
using Untagged = std::function<bool(imap::Response&)>;

/// What happens on a session apart from the answers to commands.
struct Listener {
  /// Untagged responses that no command in flight took as its own.
  std::function<void(imap::Response&)> news = [](imap::Response&) {};
  std::function<void(const imap::BodyBegin&)> body_begin = [](const imap::BodyBegin&) {};
  std::function<void(std::string_view)> body_data = [](std::string_view) {};
  std::function<void()> body_end = [] {};
  /// The session ends before its greeting: true if that is to be borne, and not thrown.
  /// Nothing more happens on it then.
  std::function<bool(const posix::Fault&)> unopened = [](const posix::Fault&) {
    return false;
  };
  /// The session ends while it is another one's: true if its own is to take its place,
  /// and nothing to be thrown. Commands without an answer never get one then.
  std::function<bool(const posix::Fault&)> lost = [](const posix::Fault&) {
    return false;
  };
};

/// One session with a server that has authenticated us already (PREAUTH, from
/// imap-connect). It is read unless told not to; commands are pipelined. Whatever makes
/// it unusable is thrown as a Fault out of the loop's turn: 77 authentication refused, 68
/// no such host, 75 connection lost or unavailable, 76 not IMAP.
class Session {
 public:
  /// `name` is for messages. Registers with `loop`; both must outlive the loop's turns.
  /// Nothing is sent, and so nothing dialled, before the first command.
  Session(posix::Loop& loop, std::string name, Descriptors descriptors,
          Listener listener);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Queues a command, without tag and CRLF. Waits behind a stream that is not ended.
  void command(std::string_view text, Done done, Untagged untagged = {});

  /// Begins a command whose literals are streamed, such as APPEND. Until end_stream other
  /// commands wait.
  void begin_stream(std::string_view text, Done done);
  void stream(std::string_view octets);
  /// Announces a literal of `size` octets: non-synchronising where the server takes it.
  void stream_literal(std::uint64_t size);
  void end_stream();
  bool streaming() const { return out_.streaming(); }

  /// While `on`, nothing is read, so that what comes is held by the pipes and the server.
  /// Not for long: servers drop a client that leaves output unread (Dovecot: 5 minutes).
  void hold(bool on);

  /// While `on`, somebody else has the session (see lending.h): nothing is read, and
  /// commands wait.
  void rest(bool on) { resting_ = on; }
  /// Uses a session that somebody else has opened, instead of its own, which must not
  /// have been used; our descriptors stand for its ones until return_borrowed(). `mark`
  /// begins the tags. Throws Fault 71.
  void borrow(Descriptors lent, std::vector<std::string> capabilities, char mark);
  /// Everything was answered: as if none had ever been used. Throws Fault 75 if an answer
  /// was begun and is not whole.
  void return_borrowed();
  bool borrowed() const { return link_.borrowed(); }
  /// Everything was answered, and nothing more is begun.
  bool idle() const { return parser_.idle() && in_flight() == 0 && !link_.asked(); }
  const Descriptors& descriptors() const { return link_.descriptors(); }
  /// From now on without imap-connect in between, if it lets us: for a session by which
  /// much is to pass. Nothing changes but the speed.
  void go_direct();
  /// The last that is done, if everything was answered: nobody need wait then to see how
  /// the server ends the session.
  void farewell();
  const std::vector<std::string>& capabilities() const { return capabilities_; }

  bool used() const { return used_; }
  bool greeted() const { return greeted_; }
  /// The server has ended the session, the connection is gone, or we are about to give it
  /// up; not when the server was too busy.
  bool severed() const { return severed_; }
  /// An upper-case capability name. False before the greeting.
  bool has(std::string_view capability) const;
  /// The number of a capability such as APPENDLIMIT=35651584, if it has one.
  std::optional<std::uint64_t> limit(std::string_view capability) const;
  /// Commands that were queued and not answered yet.
  std::size_t in_flight() const { return in_flight_.size() + deferred_.size(); }
  /// Octets that wait to be written, also those that wait for a continuation.
  std::size_t queued() const { return out_.size(); }

  /// Called on each greeting once capabilities are known.
  std::function<void()> on_greeting = [] {};

 private:
  struct Command {
    std::string tag, text;
    Done done;
    Untagged untagged;
    bool streams_octets = false; ///< carries a non-synchronising literal
  };

  static constexpr char own_mark = 'a';

  [[noreturn]] void give_up(const std::string& why);
  std::string next_tag();
  bool reads() const;
  bool read();
  bool writes() const { return !out_.empty() && !unopened_ && !resting_; }
  void write();
  void hear_of_server();
  void handle(imap::Event& event);
  void handle(imap::Response& response);
  void greeting(const imap::Status& status);
  bool take(imap::Response& response);
  void tagged(const imap::Tagged& answer);
  void send(Command command);
  void send_deferred();
  void keep_alive();
  void end(const std::string& why);
  void bye(const imap::Status& status);
  void sever(const std::string& why);
  void end(const posix::Fault& fault);
  void use_own();

  std::string name_;
  Link link_;
  Listener listener_;
  imap::Parser parser_;
  Outbox out_;
  std::string buffer_;
  std::vector<std::string> capabilities_;
  std::deque<Command> in_flight_, deferred_;
  std::uint64_t next_tag_ = 0;
  char mark_ = own_mark; ///< Whose session it is has tags of its own.
  bool used_ = false, greeted_ = false, unopened_ = false, resting_ = false,
       severed_ = false;
  bool wants_direct_ = false; ///< once what we have to write is written
  posix::Clock::time_point heard_, spoke_;
  std::optional<posix::Clock::time_point> held_since_;
  bool paused_ = false; ///< the loop waits without reading
};

/// The text of an answer for people: the server's words, made printable.
std::string words(const imap::Tagged& answer);

} // namespace client

#endif
