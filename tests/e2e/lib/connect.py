# SPDX-License-Identifier: GPL-3.0-or-later
"""imap-connect by itself: a configuration of one side, runs of it, scripted servers."""
import atexit
import fcntl
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import threading

from world import Failure, check


def lent(runtime):
    """How many kept sessions are in use: the lock of each says so."""
    count = 0
    for path in glob.glob(f"{runtime}/imapsync/*.[0-9]"):
        with open(path, "r+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                count += 1
    return count


class Outcome:
    """What a run of imap-connect ended with."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "backslashreplace")
        self.err = done.stderr.decode("utf-8", "backslashreplace")

    def __str__(self):
        return f"status {self.status}\n{self.out}{self.err}"


class Connect:
    """A directory with a configuration for imap-connect."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="imap-connect-test.")
        os.chmod(self.dir, 0o755)
        atexit.register(shutil.rmtree, self.dir, ignore_errors=True)
        self.config = os.path.join(self.dir, "config")
        self.run_dir = os.path.join(self.dir, "run")
        os.mkdir(self.run_dir, 0o700)
        self.env = {"PATH": os.environ["PATH"], "HOME": self.dir, "LC_ALL": "C.UTF-8",
                    "XDG_RUNTIME_DIR": self.run_dir}

    def path(self, name):
        return os.path.join(self.dir, name)

    def configure(self, mode=0o600, **keys):
        """Keys of [remote]; - is written _, except in those that begin with SSL_."""
        lines = ["[remote]"]
        for key, value in keys.items():
            if value is not None:
                name = key if key.startswith("SSL_") else key.replace("_", "-")
                lines.append(f"{name} = {value}")
        with open(self.config, "w", encoding="utf-8") as config:
            config.write("\n".join(lines) + "\n")
        os.chmod(self.config, mode)

    def words(self, *options, program=()):
        return ["imap-connect", f"--config={self.config}", *options, "remote", *program]

    def run(self, *options, say=b"a CAPABILITY\r\nb LOGOUT\r\n", timeout=30, **more):
        # There from the beginning: what is said along with the authentication is certain.
        client, end = os.pipe()
        with open(end, "wb") as there, open(client, "rb") as client:
            there.write(say)
            there.close()
            done = subprocess.run(self.words(*options), stdin=client, capture_output=True,
                                  env=self.env, timeout=timeout, check=False, **more)
        return Outcome(done)

    def works(self, *options, **keys):
        """A session comes up; returns the run."""
        self.configure(**keys)
        got = self.run(*options)
        check(got.status == 0 and got.out.startswith("* PREAUTH [CAPABILITY IMAP4rev1")
              and "\nb OK" in got.out, f"{keys}: {got}")
        return got

    def fails(self, status, *words, code=None, **keys):
        """None comes up: exit status, what BYE and the message say."""
        self.configure(**keys)
        got = self.run()
        check(got.status == status, f"{keys}: expected {status}: {got}")
        check(got.out.startswith("* BYE [" + (code or "")) and got.out.count("\n") == 1,
              f"{keys}: no BYE [{code}: {got}")
        for word in words:
            check(word in got.out and word in got.err, f"{keys}: {word!r} is missing: {got}")
        for secret in ("se cret", "wr0ng"):
            check(secret not in got.out + got.err, f"a secret is shown: {got}")
        return got


class Scripted:
    """A server that plays one session in a thread: a list of what to say (bytes, or a
    callable that is given the socket) and of lines to expect (str)."""

    def __init__(self, *steps, family=socket.AF_INET, host="127.0.0.1"):
        self.listener = socket.socket(family)
        self.listener.bind((host, 0))
        self.listener.listen()
        self.listener.settimeout(30)
        self.port = self.listener.getsockname()[1]
        self.steps = steps
        self.heard = []        # all lines of the client
        self.rest = b""        # what it sent after the last step
        self.error = None
        self.thread = threading.Thread(target=self._play, daemon=True)
        self.thread.start()

    def _play(self):
        try:
            self.socket, _ = self.listener.accept()
            self.socket.settimeout(30)
            self.reader = self.socket.makefile("rb")
            for step in self.steps:
                if isinstance(step, bytes):
                    try:
                        self.socket.sendall(step)
                    except (ConnectionResetError, BrokenPipeError):
                        break
                elif isinstance(step, str):
                    line = self.reader.readline().decode().rstrip("\r\n")
                    self.heard.append(line)
                    if not line.startswith(step):
                        raise Failure(f"expected {step!r}, heard {line!r}")
                else:
                    self.socket = step(self.socket) or self.socket
                    self.reader = self.socket.makefile("rb")
            try:
                self.rest = self.reader.read()
            except ConnectionResetError:
                pass   # it left without reading all that was said
        except (OSError, Failure) as error:
            self.error = error
        finally:
            self.listener.close()
            if hasattr(self, "socket"):
                self.reader.close()
                self.socket.close()

    def finish(self):
        """Everything was said and heard."""
        self.thread.join(30)
        check(not self.thread.is_alive() and self.error is None,
              f"scripted server: {self.error}; heard {self.heard}")
        return self
