# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail for the bench, and the little IMAP that is needed to put it there and to compare."""

import math
import os
import random
import re
import socket
import subprocess
import time

from lab import AS_WHO, PASSWORD, WHO

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()


class Generator:
    """The same messages for the same seed: text that doesn't compress to nothing."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)
        letters = b"abcdefghijklmnopqrstuvwxyz   ABCDEFGHIJKLMNOP0123456789+/"
        table = bytes(letters[i % len(letters)] for i in range(256))
        pool = self.random.randbytes(16 << 20).translate(table)
        self.lines = b"\r\n".join(pool[i:i + 76] for i in range(0, len(pool), 76))
        self.count = 0

    def sizes(self, number, mean):
        """Log-normal like real mail: most are small, the large ones make the bulk."""
        sizes = [math.exp(self.random.gauss(0, 1.8)) for _ in range(number)]
        factor = mean * number / sum(sizes)
        return [min(int(s * factor), max(8 << 20, int(mean))) for s in sizes]

    def message(self, size):
        self.count += 1
        t = time.gmtime(1300000000 + self.count * 30011)
        date = (f"{DAYS[t.tm_wday]}, {t.tm_mday:02} {MONTHS[t.tm_mon - 1]} {t.tm_year}"
                f" {t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} +0000")
        head = (f"From: Sender {self.count % 97} <s{self.count % 97}@example.org>\r\n"
                f"To: user@example.org\r\nSubject: Message number {self.count}\r\n"
                f"Date: {date}\r\nMessage-ID: <{self.count}.bench@example.org>\r\n"
                "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n").encode()
        parts, left = [head], max(size - len(head) - 2, 16)
        while left > 0:
            start = self.random.randrange(len(self.lines) // 156) * 78
            parts.append(self.lines[start:start + left])
            left -= len(parts[-1])
        return b"".join(parts) + b"\r\n", (
            f"{t.tm_mday:2}-{MONTHS[t.tm_mon - 1]}-{t.tm_year}"
            f" {t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} +0000")


class Imap:
    """One command at a time, over a port (with a user name) or a tunnel command."""

    def __init__(self, where, user=None):
        self.process = None
        if user:
            self.socket = socket.create_connection(("127.0.0.1", where))
        else:
            self.socket, theirs = socket.socketpair()
            self.process = subprocess.Popen(
                where.split(), stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
                env={"PATH": os.environ["PATH"], "USER": WHO.pw_name}, **AS_WHO)
            theirs.close()
        self.file = self.socket.makefile("rb")
        self.file.readline()
        if user:
            self(f"LOGIN {user} {PASSWORD}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if not kind:
            self("LOGOUT")
        self.file.close()
        self.socket.close()
        if self.process:
            self.process.wait()

    def __call__(self, command):
        """Sends one command; returns its untagged lines."""
        if isinstance(command, str):
            command = command.encode()
        self.socket.sendall(b"a " + command + b"\r\n")
        lines = []
        while True:
            line = self.file.readline()
            if line.startswith(b"a "):
                if not line.startswith(b"a OK"):
                    raise SystemExit(f"bench: {command[:80]}: {line.decode()}")
                return lines
            if not line:
                raise SystemExit(f"bench: {command[:80]}: connection lost")
            lines.append(line)

    def append(self, mailbox, messages, flags=lambda number: ""):
        """MULTIAPPEND, in batches."""
        batch, octets = [], 0
        for number, (text, date) in enumerate(messages):
            batch.append(b' (%s) "%s" {%d+}\r\n%s' % (
                flags(number).encode(), date.encode(), len(text), text))
            octets += len(text)
            if len(batch) == 500 or octets > 4 << 20:
                self(f"APPEND {mailbox}".encode() + b"".join(batch))
                batch, octets = [], 0
        if batch:
            self(f"APPEND {mailbox}".encode() + b"".join(batch))

    def list_status(self):
        return self('LIST "" "*" RETURN (SUBSCRIBED STATUS'
                    " (UIDVALIDITY UIDNEXT HIGHESTMODSEQ MESSAGES))")

    def mailboxes(self):
        return [line.decode().rstrip().rsplit(" ", 1)[1].strip('"')
                for line in self('LIST "" "*"') if b"\\Noselect" not in line]

    def contents(self):
        """What an account holds, one tuple for each message, sorted: for comparing."""
        found = []
        for mailbox in self.mailboxes():
            self(f'EXAMINE "{mailbox}"')
            lines = self("UID FETCH 1:4294967295 (FLAGS INTERNALDATE RFC822.SIZE"
                         " BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
            text = b"".join(lines).decode()
            for m in re.finditer(r"FLAGS \(([^)]*)\) INTERNALDATE \"([^\"]*)\""
                                 r" RFC822.SIZE (\d+).*\r\nMessage-ID: (\S+)", text):
                flags = " ".join(sorted(set(m[1].split()) - {"\\Recent"}))
                found.append((mailbox, m[4], flags, m[3], m[2]))
        return sorted(found)


def typical_flags(number):
    return ("\\Seen", "\\Seen \\Answered", "", "\\Seen $Label1", "\\Seen \\Flagged")[number % 5]
