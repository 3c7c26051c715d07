# SPDX-License-Identifier: GPL-3.0-or-later
"""A small IMAP client for the tests: it says what it is told to and parses every reply.

It shares no code and no assumption with the programs under test.
"""
import base64
import calendar
import hashlib
import os
import re
import socket
import subprocess
import time


class Refused(Exception):
    """A tagged NO or BAD; `text` is everything after the tag."""

    def __init__(self, command, text):
        super().__init__(f"{command[:80]!r}: {text!r}")
        self.text = text


def encode_mutf7(name):
    """Modified UTF-7 (RFC 3501 5.1.3)."""
    def shift(run):
        code = base64.b64encode(run.group().encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
        return "&" + code.decode() + "-"
    return re.sub(r"[^\x20-\x7e]+", shift, name.replace("&", "&-")).encode("ascii")


def decode_mutf7(octets):
    """The reverse of encode_mutf7."""
    def unshift(run):
        code = run.group(1).replace(",", "/")
        return base64.b64decode(code + "=" * (-len(code) % 4)).decode("utf-16-be") if code else "&"
    return re.sub(r"&([^-]*)-", unshift, octets.decode("ascii"))


def quoted(octets):
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def format_date(epoch):
    """INTERNALDATE in UTC, quoted."""
    t = time.gmtime(epoch)
    return (f'"{t.tm_mday:2d}-{_MONTHS[t.tm_mon - 1]}-{t.tm_year} '
            f'{t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d} +0000"').encode()


def parse_date(octets):
    """Seconds since 1970 of an INTERNALDATE."""
    day, month, rest = octets.decode().strip().split("-", 2)
    year, clock, zone = rest.split(" ")
    seconds = calendar.timegm((int(year), _MONTHS.index(month) + 1, int(day),
                               *map(int, clock.split(":"))))
    offset = int(zone[1:3]) * 3600 + int(zone[3:5]) * 60
    return seconds - offset if zone[0] == "+" else seconds + offset


_ATOM = re.compile(rb'[^\s()"\\{]*(?:\[[^\]]*\])?[^\s()"{]*')


def parse_reply(line, literals):
    """The tokens of one reply: bytes for atoms and strings, lists for parentheses."""
    stack, at, literals = [[]], 0, list(literals)
    while at < len(line):
        c = line[at:at + 1]
        if c == b" ":
            at += 1
        elif c == b"(":
            stack.append([])
            at += 1
        elif c == b")":
            done = stack.pop()
            stack[-1].append(done)
            at += 1
        elif c == b'"':
            end = re.compile(rb'"((?:[^"\\]|\\.)*)"').match(line, at)
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", end.group(1)))
            at = end.end()
        elif c == b"\0":
            stack[-1].append(literals.pop(0))
            at += 1
        else:
            end = re.compile(rb'\\?' + _ATOM.pattern).match(line, at).end()
            stack[-1].append(line[at:end])
            at = max(end, at + 1)
    return stack[0]


class Session:
    """One IMAP session on a tunnel (a list of words) or a TCP address (host, port)."""

    def __init__(self, where, login=None, deadline=60):
        self.child = None
        if isinstance(where, list):
            self.child = subprocess.Popen(where, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          bufsize=1 << 16)
            self.reader, self.writer = self.child.stdout, self.child.stdin
        else:
            self.socket = socket.create_connection(where, timeout=deadline)
            self.reader = self.socket.makefile("rb")
            self.writer = self.socket.makefile("wb")
        self.tag = 0
        self.greeting = self._line()[0]
        if login:
            self.command(b"LOGIN %s %s" % tuple(quoted(word.encode()) for word in login))

    def _line(self):
        """One reply line; each literal in it is replaced by NUL and returned apart."""
        whole, literals = b"", []
        while True:
            line = self.reader.readline()
            if not line.endswith(b"\r\n"):
                raise EOFError(f"the server closed the connection after {whole + line!r}")
            found = re.search(rb"\{(\d+)\}\r\n\Z", line)
            if not found:
                return whole + line[:-2], literals
            literals.append(self.reader.read(int(found.group(1))))
            whole += line[:found.start()] + b"\0"

    def start(self, *parts):
        """Send one command without reading its reply; parts after the first are literals,
        each followed by the text after it.  Returns the tag."""
        self.tag += 1
        tag = b"t%d" % self.tag
        self.writer.write(tag + b" " + parts[0])
        for literal, text in zip(parts[1::2], parts[2::2]):
            self.writer.write(b"{%d+}\r\n" % len(literal) + literal + text)
        self.writer.write(b"\r\n")
        return tag

    def finish(self, tag, what=b"", tokens=True):
        """Read up to the tagged reply: (untagged replies, the tagged text)."""
        self.writer.flush()
        untagged = []
        while True:
            line, literals = self._line()
            if line.startswith(tag + b" "):
                if not line.startswith(tag + b" OK"):
                    raise Refused(what, line[len(tag) + 1:].decode("utf-8", "replace"))
                return untagged, line[len(tag) + 1:]
            if line.startswith(b"* "):
                untagged.append(parse_reply(line[2:], literals) if tokens else line[2:])

    def command(self, *parts):
        """Send one command and return its untagged replies as token lists."""
        return self.finish(self.start(*parts), parts[0])[0]

    def code(self, *parts):
        """Send one command and return the text of its tagged OK."""
        return self.finish(self.start(*parts), parts[0], tokens=False)[1].decode()

    def close(self):
        try:
            self.command(b"LOGOUT")
        except (OSError, EOFError, ValueError):
            pass
        if self.child:
            self.writer.close()
            self.child.wait(timeout=30)
            self.reader.close()
        else:
            self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # What the tests ask for.  Mailbox names here are the server's own, as octets.

    def append(self, mailbox, messages):
        """messages: (body, epoch, flags) each; in MULTIAPPENDs.  Returns the UIDs."""
        uids, batch, size = [], [], 0
        for message in messages:
            batch.append(message)
            size += len(message[0])
            if len(batch) == 256 or size > 4 << 20:
                uids += self._append(mailbox, batch)
                batch, size = [], 0
        return uids + (self._append(mailbox, batch) if batch else [])

    def _append(self, mailbox, batch):
        parts, text = [], b"APPEND " + quoted(mailbox)
        for body, epoch, flags in batch:
            text += b" (" + b" ".join(sorted(f.encode() for f in flags)) + b") "
            parts += [text + format_date(epoch) + b" ", body]
            text = b""
        done = self.code(*parts, b"")
        return expand(re.search(r"APPENDUID \d+ (\S+)\]", done).group(1))

    def names(self, pattern="*", subscribed=False):
        """The mailboxes' names, as octets; without those that cannot be selected."""
        verb = b'LIST (SUBSCRIBED) "" ' if subscribed else b'LIST "" '
        found = {}
        for reply in self.command(verb + quoted(pattern.encode())):
            if reply[0] == b"LIST":
                attributes = {a.lower() for a in reply[1]}
                if subscribed or not attributes & {b"\\noselect", b"\\nonexistent"}:
                    found[reply[3]] = attributes
        return found

    def examine(self, mailbox):
        """Open read-only; returns its response codes, e.g. {"UIDVALIDITY": 7, ...}."""
        codes = {}
        tag = self.start(b"EXAMINE " + quoted(mailbox))
        for line in self.finish(tag, mailbox, tokens=False)[0]:
            found = re.match(rb"OK \[(UIDVALIDITY|UIDNEXT|HIGHESTMODSEQ) (\d+)\]", line)
            if found:
                codes[found.group(1).decode()] = int(found.group(2))
        return codes

    def messages(self, uids="1:*"):
        """{uid: (digest of the body, epoch, frozenset of flags)} of the open mailbox."""
        found = {}
        tag = self.start(b"UID FETCH %s (FLAGS INTERNALDATE BODY.PEEK[])" % uids.encode())
        for reply in self.finish(tag)[0]:
            if len(reply) == 3 and reply[1] == b"FETCH":
                items = dict(zip((k.upper() for k in reply[2][::2]), reply[2][1::2]))
                if b"BODY[]" not in items:
                    continue
                flags = frozenset(f.decode() for f in items[b"FLAGS"] if f.lower() != b"\\recent")
                body = hashlib.sha256(items[b"BODY[]"]).hexdigest()[:20]
                found[int(items[b"UID"])] = (body, parse_date(items[b"INTERNALDATE"]), flags)
        return found


def expand(uids):
    """"3:5,9" as a list.  For the small sets of the tests only."""
    result = []
    for part in uids.split(","):
        low, _, high = part.partition(":")
        result += range(int(low), int(high or low) + 1)
    return result
