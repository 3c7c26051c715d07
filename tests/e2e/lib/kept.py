# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that imap-connect keeps: a server to have them with, and looking at them."""
import glob
import os
import signal
import socket
import subprocess

from account import wait_for
from connect import lent
from proxy import Proxy
from world import World, check

SAY = b"z NOOP\r\nz LOGOUT\r\n"


class Wire(Proxy):
    """Remembers what clients said."""

    def __init__(self, port):
        self.said = b""
        super().__init__(port)

    def _accept(self):
        super()._accept()
        self.near = list(self.other)[-2]
        self.nears = getattr(self, "nears", []) + [self.near]

    def _relay(self, source):
        if source in self.nears:
            try:
                self.said += source.recv(1 << 16, socket.MSG_PEEK)
            except OSError:
                pass
        super()._relay(source)


class Client:
    """One that is connected and stays so."""

    def __init__(self, words):
        self.child = subprocess.Popen(words, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, bufsize=0)
        check(self.line().startswith(b"* PREAUTH [CAPABILITY IMAP4rev1 "), "no greeting")

    def line(self):
        return self.child.stdout.readline()

    def ask(self, text):
        tag = text.split()[0]
        self.child.stdin.write(text + b"\r\n")
        lines = []
        while not lines or not lines[-1].startswith(tag + b" "):
            lines.append(self.line())
            check(lines[-1], f"{text}: end of file after {lines}")
        return b"".join(lines)

    def leave(self):
        check(self.ask(b"bye LOGOUT").endswith(b"bye OK LOGOUT\r\n"), "not said goodbye to")
        check(self.line() == b"", "something behind LOGOUT")
        self.child.stdin.close()
        check(self.child.wait(timeout=30) == 0, f"left with {self.child.returncode}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


class Kept:
    """A World whose remote side keeps its sessions; `plain` and `secure` are the ways there.
    Whatever is kept at the end is killed."""

    def __init__(self):
        self.world = World(remote={"tls": True})
        os.environ.update(self.world.env)
        self.account = self.world.remote
        self.runtime = os.path.join(self.world.dir, "run", "imapsync")
        self.plain = Wire(self.account.values["port"])
        self.secure = Wire(self.account.values["tls_port"])
        self.account.append(("INBOX",), [(b"Subject: one\r\n\r\none\r\n", 0, frozenset())])

    def test(self, *cases):
        try:
            for case in cases:
                print(case.__name__)
                case()
        finally:
            for left in self.keepers():
                os.kill(left, signal.SIGKILL)

    def configure(self, wire=None, text="", **keys):
        wire = wire or self.plain
        where = {"type": "imap", "port": wire.port, "persist": "10m"}
        if wire is self.secure:
            where.update(type="imaps", STARTTLS=None, host="localhost",
                         SSL_CAfile=self.account.certificate)
        self.world.configure(remote={**where, **keys}, text=text)

    def words(self, *options):
        return ["imap-connect", f"--config={self.world.config}", *options]

    def keepers(self):
        """Their pids: they are in sessions of their own, and have our configuration."""
        found = []
        ours = b"imap-connect\0--config=" + self.world.config.encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if not file.read().startswith(ours):
                        continue
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
                if fields[0] != "Z" and fields[3] == pid:
                    found.append(int(pid))
            except OSError:
                pass
        return found

    def locked(self):
        return lent(os.path.dirname(self.runtime))

    def settled(self, kept):
        """Nothing is lent and so many are kept."""
        wait_for(f"{kept} sessions at rest",
                 lambda: not self.locked() and len(self.keepers()) == kept)

    def run(self, *options, say=SAY, status=0, expect=b"z OK", **more):
        done = subprocess.run(self.words(*options, "remote"), input=say, capture_output=True,
                              timeout=30, check=False, **more)
        check(done.returncode == status, f"{options} {say}: {done}")
        check(expect in done.stdout, f"{options} {say}: {done}")
        return done.stdout

    def client(self):
        return Client(self.words("remote"))

    def end_all(self):
        wait_for("rest", lambda: not self.locked())
        done = subprocess.run(self.words("--exit", "remote"), capture_output=True, timeout=30,
                              check=False)
        check(done.returncode == 0 and not done.stdout + done.stderr, f"{done}")
        self.settled(0)
        check(not glob.glob(f"{self.runtime}/*.sock"), "sockets are left")
