# SPDX-License-Identifier: GPL-3.0-or-later
"""Two accounts, one configuration, and imapsync between them."""
import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

from account import Account, wait_for
from notice import await_end

sys.stdout.reconfigure(line_buffering=True)


class Failure(AssertionError):
    """What a test expected and did not see."""


def check(truth, what):
    if not truth:
        raise Failure(what)


class Result:
    """One run of imapsync: status (negative: the signal), out, err, seconds."""

    def __init__(self, status, out, err, seconds):
        self.status, self.out, self.err, self.seconds = status, out, err, seconds

    def __str__(self):
        return f"status {self.status} after {self.seconds:.2f} s\n{self.out}{self.err}"


class World:
    """Accounts `local` and `remote` (each a dict of Account's arguments, or of those of its
    `kind`), a private home
    for imapsync, all in a directory that is removed at the end unless KEEP is set."""

    def __init__(self, local=None, remote=None, **keys):
        self.dir = tempfile.mkdtemp(prefix="imapsync-test.")
        os.chmod(self.dir, 0o755)
        self.children, self.started = [], 0
        atexit.register(self.end)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        self.local = self._account("local", **(local or {}))
        self.remote = self._account("remote", **(remote or {}))
        self.sides = {"local": self.local, "remote": self.remote}
        self.database = os.path.join(self.dir, "data", "state.db")
        self.config = os.path.join(self.dir, "config")
        os.mkdir(os.path.join(self.dir, "data"), 0o700)
        os.mkdir(os.path.join(self.dir, "run"), 0o700)
        os.mkdir(os.path.join(self.dir, "home"), 0o700)
        self.env = {"PATH": os.environ["PATH"], "HOME": os.path.join(self.dir, "home"),
                    "XDG_RUNTIME_DIR": os.path.join(self.dir, "run"), "LC_ALL": "C.UTF-8",
                    "TMPDIR": self.dir}
        self.configure(**keys)

    def _account(self, side, kind=Account, **keys):
        return kind(os.path.join(self.dir, side), **keys)

    def configure(self, local=None, remote=None, text="", **keys):
        """Write the configuration: keys of the default section, and of each side."""
        lines = [f"{k.replace('_', '-')} = {v}" for k, v in
                 {"database": self.database, **keys}.items()]
        for side, more in (("local", local), ("remote", remote)):
            lines.append(f"[{side}]")
            lines += [f"{k} = {v}" for k, v in self.sides[side].section(**(more or {})).items()]
        with open(self.config, "w", encoding="utf-8") as config:
            os.chmod(self.config, 0o600)
            config.write(text + "\n".join(lines) + "\n")

    # Running it

    def start(self, *args, program=None, **popen):
        """Start imapsync in a session of its own; its output goes to files."""
        words = [program or os.environ.get("IMAPSYNC", "imapsync"), f"--config={self.config}"]
        popen.setdefault("stdin", subprocess.DEVNULL)
        files = {name: tempfile.TemporaryFile(dir=self.dir) for name in ("stdout", "stderr")
                 if name not in popen}
        popen.update(files)
        self.started += 1
        mark = {"IMAPSYNC_TEST": f"{self.dir}.{self.started}"}
        child = subprocess.Popen(words + list(args), env={**popen.pop("env", self.env), **mark},
                                 start_new_session=True, **popen)
        child.mark = f"IMAPSYNC_TEST={mark['IMAPSYNC_TEST']}\0".encode()
        child.begun = time.monotonic()
        child.files = files.get("stdout"), files.get("stderr")
        self.children.append(child)
        return child

    def finish(self, child, timeout=120, clean=True):
        """Wait for it; nothing of it may be left running or as a zombie."""
        try:
            status = child.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            names = ", ".join(_describe(p) for p in self.processes(child))
            self.kill(child)
            raise Failure(f"imapsync did not end in {timeout} s; running: {names}\n"
                          + str(self._result(child, time.monotonic()))) from None
        ended = time.monotonic()
        if clean:
            self._await_all(child, ended + 20)
        self.children.remove(child)
        return self._result(child, ended, status)

    def _await_all(self, child, deadline):
        """What the run left behind, which may start others while it ends."""
        while left := self.processes(child):
            names = ", ".join(map(_describe, left))
            try:
                await_end(left[0], deadline)
            except TimeoutError:
                raise Failure(f"processes left behind: {names}") from None

    @staticmethod
    def _result(child, ended, status=None):
        texts = []
        for file in child.files:
            text = b""
            if file:
                file.seek(0)
                text = file.read()
            texts.append(text.decode("utf-8", "backslashreplace"))
        return Result(status, *texts, ended - child.begun)

    def sync(self, *args, status=0, timeout=120, **popen):
        """Run imapsync and insist on its exit status (None: any)."""
        result = self.finish(self.start(*args, **popen), timeout)
        if status is not None and result.status != status:
            raise Failure(f"imapsync {' '.join(args)}: expected status {status}, got {result}")
        return result

    def processes(self, child):
        """Pids of its session, or that carry its mark in their environment.
        An orphan that only waits for init to reap it is over."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
                    fields = f.read().rpartition(")")[2].split()
                if fields[0] == "Z" and int(fields[1]) != child.pid:
                    continue
                if int(fields[3]) == child.pid:
                    found.append(int(pid))
                    continue
                with open(f"/proc/{pid}/environ", "rb") as f:
                    if child.mark in f.read():
                        found.append(int(pid))
            except OSError:   # gone meanwhile, or not ours to look at
                pass
        return found

    def kill(self, child, servers=True):
        """kill -9 of everything that this run started, at once; or of our own programs
        alone: the servers' ends of the tunnels see the end of their input."""
        while True:
            pids = [p for p in self.processes(child)
                    if p != child.pid and (servers or is_ours(p))]
            if child.poll() is None:
                pids.append(child.pid)
            if not pids:
                return
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            child.wait(timeout=30)

    def end(self):
        for child in list(self.children):
            self.kill(child)
        for account in getattr(self, "sides", {}).values():
            account.stop()
        if os.environ.get("KEEP"):
            print(f"kept: {self.dir}")
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    def gate(self, side="remote"):
        """Make the tunnel of one side wait; returns the Gate that opens it."""
        gate = Gate(self.dir, self.sides[side].tunnel)
        self.configure(**{side: {"type": "tunnel", "command": gate.command}})
        return gate

    def forget(self):
        """Lose the database."""
        for name in os.listdir(os.path.dirname(self.database)):
            os.unlink(os.path.join(os.path.dirname(self.database), name))

    # Looking at it

    def check_equal(self, subscriptions=True):
        """Both sides hold the same; returns {levels: Counter of (digest, epoch, flags)}."""
        local, remote = contents(self.local.dump()), contents(self.remote.dump())
        problem = difference("local", local, "remote", remote)
        if problem:
            raise Failure("the sides differ:\n" + problem)
        if subscriptions:
            check(self.local.subscriptions() == self.remote.subscriptions(),
                  f"subscriptions differ: {self.local.subscriptions()} and "
                  f"{self.remote.subscriptions()}")
        return local

    def snapshot(self):
        """Everything of both sides, with UIDs, to prove that nothing was touched."""
        return {side: (a.dump(), a.subscriptions()) for side, a in self.sides.items()}


class Gate:
    """A tunnel command that waits, before it starts, until open() is called."""

    def __init__(self, directory, tunnel):
        self.command = os.path.join(directory, "gate")
        self.lock = open(self.command + ".lock", "w", encoding="ascii")
        self.begun = self.command + ".begun"
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        with open(self.command, "w", encoding="utf-8") as script:
            script.write(f"#!/bin/sh\n: >{self.begun}\nflock -s {self.command}.lock true\n"
                         f"exec {tunnel}\n")
        os.chmod(self.command, 0o755)

    def wait(self):
        """Until somebody stands before it."""
        wait_for("a tunnel was started", lambda: os.path.exists(self.begun))

    def open(self):
        fcntl.flock(self.lock, fcntl.LOCK_UN)


def contents(dump):
    """A dump without UIDs; keywords compare case-insensitively."""
    return {levels: Counter((digest, epoch, frozenset(f.lower() for f in flags))
                            for digest, epoch, flags in messages.values())
            for levels, messages in dump.items()}


def difference(left_name, left, right_name, right):
    """Where two contents differ, in words; empty if nowhere."""
    lines = []
    for levels in sorted(left.keys() | right.keys()):
        for name, one, other in ((left_name, left, right), (right_name, right, left)):
            if levels not in one:
                lines.append(f"{levels}: missing on {name}")
                continue
            more = one[levels] - other.get(levels, Counter())
            for message, count in sorted(more.items(), key=str)[:5]:
                lines.append(f"{levels}: {count} only on {name}: {message[0]} {message[1]} "
                             f"{' '.join(sorted(message[2]))}")
            if len(more) > 5:
                lines.append(f"{levels}: … {sum(more.values())} in all only on {name}")
    return "\n".join(lines)


def is_ours(pid):
    """Whether it is one of our programs, not a server at the other end of a tunnel."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
            return f.read().startswith(("imapsync", "imap-"))
    except OSError:
        return False


def _describe(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            words = f.read().rstrip(b"\0").split(b"\0")
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            state = f.read().rpartition(")")[2].split()[0]
        return f"{pid} {state} {b' '.join(words).decode(errors='replace')[:100]}"
    except OSError:
        return f"{pid} (gone)"
