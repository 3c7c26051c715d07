# SPDX-License-Identifier: GPL-3.0-or-later
"""A tunnel that stops before a certain command: a run is held at an exact point."""
import fcntl
import os
import shlex
import sys

from account import wait_for

# The server's octets pass by; what the client sends behind that line waits with it. Of
# several sessions, the first to come there.
RELAY = r"""
import fcntl, os, re, subprocess, sys
pattern, begun, lock, tunnel = sys.argv[1:]
server = subprocess.Popen(tunnel, shell=True, stdin=subprocess.PIPE)
rest = b""
while octets := os.read(0, 65536):
    *lines, rest = (rest + octets).split(b"\n")
    for line in lines:
        if re.match(pattern.encode(), line) and not os.path.exists(begun):
            server.stdin.flush()
            with open(begun, "x"), open(lock) as file:
                fcntl.flock(file, fcntl.LOCK_SH)
        server.stdin.write(line + b"\n")
    try:
        server.stdin.flush()
    except BrokenPipeError:
        break
try:
    server.stdin.close()
except BrokenPipeError:
    pass
sys.exit(server.wait())
"""


class Hold:
    """Configures `side` so that the first command, tag included, that matches `pattern`
    waits for open()."""

    def __init__(self, world, pattern, side="remote", **keys):
        world.holds = getattr(world, "holds", 0) + 1
        path = os.path.join(world.dir, f"hold.{world.holds}")
        self.begun, lock = path + ".begun", path + ".lock"
        with open(path, "w", encoding="utf-8") as script:
            script.write(RELAY)
        self.lock = open(lock, "w", encoding="ascii")
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        command = shlex.join([sys.executable, path, pattern, self.begun, lock,
                              world.sides[side].tunnel])
        world.configure(**{side: {"type": "tunnel", "command": command, "host": None,
                                  "port": None, "username": None, "password": None,
                                  "STARTTLS": None, **keys}})

    def wait(self):
        wait_for("the command to hold", lambda: os.path.exists(self.begun))

    def open(self):
        fcntl.flock(self.lock, fcntl.LOCK_UN)
