# SPDX-License-Identifier: GPL-3.0-or-later
"""What imap-connect costs a stream: the same FETCH through it and without it."""

import statistics

from lab import PASSWORD
from scenarios import FirstSync

CONFIG = """\
[local]
type = tunnel
command = {tunnel}

[remote]
type = imaps
host = 127.0.0.1
port = {port}
username = base
password = {password}
SSL_CAfile = {certificate}
compress = NO
"""


class Streams(FirstSync):
    """Pairs of ways to one account: without imap-connect, and through it."""

    def contestants(self, lab, programs):
        home = f"{lab.root}/accounts/base"
        location = lab.location.replace("~", f"{home}/remote")
        conf = lab.write("accounts/base/remote.conf", f"{lab.conf}ssl = no\nmail_location = {location}\n")
        tunnel = f"doveadm -c {conf} exec imap"
        config = lab.write("accounts/base/connect.conf", CONFIG.format(
            tunnel=tunnel, port=lab.tls_port, password=PASSWORD, certificate=lab.certificate))
        connect = f"{programs}/imap-connect --config {config}"
        s_client = f"openssl s_client -quiet -host 127.0.0.1 -port {lab.tls_port} 2>/dev/null"
        login = f"LOGIN base {PASSWORD}"
        return [
            ("tunnel", 1.10, [tunnel, "NOOP"], [f"{connect} local", "NOOP"]),
            ("s_client", 1.0, [s_client, login], [f"{connect} remote", "NOOP"]),
        ]

    def run(self, lab, programs, n, say):
        lab.account("base")
        self.fill(lab, "base")
        for name, target, bare, ours in self.contestants(lab, programs):
            walls = {}
            for _ in range(n + 1):
                for who, argv in ((name, bare), ("imap-connect", ours)):
                    measured = lab.run([f"{lab.tools}/raw", "fetch", *argv])
                    walls.setdefault(who, []).append(measured.wall)
            # The first of each only warms caches up.
            wall = {who: statistics.median(times[1:]) for who, times in walls.items()}
            ratio = wall["imap-connect"] / wall[name]
            for who, time in wall.items():
                say(f"  {who:<14} {time:8.3f} s")
            say(f"  wall / {name}: {ratio:.2f}, target {target}:"
                f" {'ok' if ratio <= target else 'MISSED'}")

