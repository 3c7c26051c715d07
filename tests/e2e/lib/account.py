# SPDX-License-Identifier: GPL-3.0-or-later
"""Private Dovecot accounts: no root, no port unless asked for, all in one directory.

A tunnel (`doveadm exec imap`) needs no server process.  As root, everything of Dovecot
runs as nobody, because it refuses root's mail.
"""
import grp
import os
import pwd
import signal
import socket
import subprocess
import time

from notice import Notice
from wire import Session, decode_mutf7, encode_mutf7, quoted

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# storage: (mail_location below the account's home, the separator that suits it)
STORAGE = {
    "fs": ("maildir:{home}/mail:LAYOUT=fs:INBOX={home}/mail/INBOX", "/"),
    "maildir++": ("maildir:{home}/mail", "."),
    "sdbox": ("sdbox:{home}/mail", "/"),
}

CONF = """\
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
mail_location = {location}
mail_home = {home}
mail_fsync = never
# Dovecot 2.3 crashes now and then where sessions share a mapped index log.
mmap_disable = yes
maildir_very_dirty_syncs = no
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_vsz_limit = 0
first_valid_uid = 0
stats_writer_socket_path =
disable_plaintext_auth = no
auth_failure_delay = 0
mail_max_userip_connections = 100
mail_max_keyword_length = 100
ssl = {ssl}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix =
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
{extra}
"""


def free_port():
    """A loopback port that the kernel chose."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition, deadline=20.0):
    """Poll until condition() is true: for what no event tells; see notice.py for others."""
    end = time.monotonic() + deadline
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {deadline} s")
        time.sleep(0.01)


class Account:
    """One mail account in directory `home` (created), reached by tunnel or TCP.

    storage    a key of STORAGE
    separator  the hierarchy separator, if not the storage's own
    under      levels below which the account lies, as list-reference has it
    lacks      capabilities that the server does not offer, e.g. ["LITERAL+"]
    extra      more lines for dovecot.conf
    tcp, tls   whether it listens on loopback, with STARTTLS and imaps
    """
    makes_parents = False   # the parent of a new mailbox becomes a mailbox, too

    def __init__(self, home, storage="fs", separator=None, under=(), lacks=(), extra="",
                 tcp=False, tls=False):
        self.home, self.under = home, tuple(under)
        self.tcp, self.tls = tcp or tls, tls
        self.user_name, self.password = "me", "se cret"
        self.server = None
        location, usual = STORAGE[storage]
        self.separator = separator or usual
        self._become_owner()
        os.makedirs(home)
        self.values = dict(
            home=home, location=location.format(home=home), separator=self.separator,
            uid=self.uid, gid=self.gid,
            user=self.owner.pw_name, group=grp.getgrgid(self.gid).gr_name, port=0, tls_port=0,
            ssl="yes" if tls else "no", extra=extra)
        with open(os.path.join(home, "users"), "w", encoding="utf-8") as users:
            users.write(f"{self.user_name}:{{PLAIN}}{self.password}::::::\n")
        if tls:
            self.values["extra"] += self._certificate()
        os.chown(home, self.uid, self.gid)
        self.tunnel = os.path.join(home, "imap")
        self.configure()
        if lacks:
            self.lose(lacks)
        if self.tcp:
            self.listen()

    def _become_owner(self):
        self.owner = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self.uid, self.gid = self.owner.pw_uid, self.owner.pw_gid
        self.become = [] if os.getuid() else [
            "setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]

    def _as_owner(self, words):
        return self.become + ["env", "-i", f"PATH={PATH}", f"USER={self.user_name}",
                              f"HOME={self.home}"] + words

    def _certificate(self):
        self.certificate = os.path.join(self.home, "cert.pem")
        key = os.path.join(self.home, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", key, "-out", self.certificate], check=True,
                       stderr=subprocess.DEVNULL)
        os.chown(key, self.uid, self.gid)
        return f"\nssl_cert = <{self.certificate}\nssl_key = <{key}\n"

    def configure(self, **values):
        """Write dovecot.conf anew; a tunnel sees it at once, a listener when restarted."""
        self.values.update(values)
        self.conf = os.path.join(self.home, "dovecot.conf")
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(CONF.format(**self.values))
        # doveadm ignores what only imap knows, such as plugins: then imap runs by itself.
        command = ["doveadm", "-c", self.conf, "exec", "imap"]
        if self.values["extra"].strip():
            command = ["/usr/lib/dovecot/imap", "-c", self.conf]
        with open(self.tunnel, "w", encoding="utf-8") as script:
            script.write(f"#!/bin/sh\nexec {' '.join(self._as_owner(command))} "
                         f"2>>{self.home}/tunnel.log\n")
        os.chmod(self.tunnel, 0o755)

    def lose(self, capabilities):
        """Stop offering some capabilities.  (Dovecot would still understand them.)"""
        with self.session() as s:
            offered = s.command(b"CAPABILITY")[0][1:]
        kept = [c.decode() for c in offered if c.decode() not in capabilities]
        extra = self.values["extra"] + f"\nimap_capability = {' '.join(kept)}\n"
        self.configure(extra=extra)

    def listen(self):
        """Start the server; returns when it accepts connections."""
        for _ in range(10):   # another process may be faster to take the port
            with Notice() as notice:
                words = ["env", "-i", notice.environment] + self._server_words()
                self.server = subprocess.Popen(
                    (self.become or ["setpriv"]) + ["--pdeathsig", "TERM"] + words,
                    stdin=subprocess.DEVNULL, start_new_session=True)
                if self._is_ready(notice):
                    return
        raise RuntimeError(f"the server does not start; see {self.home}/log")

    def _server_words(self):
        """The command of a server on new ports."""
        self.configure(port=free_port(), tls_port=free_port() if self.tls else 0)
        return [f"PATH={PATH}", "dovecot", "-F", "-c", self.conf]

    def _is_ready(self, notice):
        """False if the server has ended instead."""
        return notice.wait(self.server)

    def stop(self):
        """End the server, with all its processes, at once (its own way takes a second)."""
        if self.server:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait(timeout=30)
            self.server = None

    def section(self, **more):
        """Our configuration's keys for this account; None takes one away."""
        if self.tcp:
            keys = {"type": "imap", "host": "127.0.0.1", "port": self.values["port"],
                    "username": self.user_name, "password": self.password, "STARTTLS": "NO"}
        else:
            keys = {"type": "tunnel", "command": self.tunnel}
        if self.under:
            keys["list-reference"] = self.separator.join(self.under + ("",))
        keys.update(more)
        return {k: v for k, v in keys.items() if v is not None}

    def session(self):
        """A raw IMAP session of the test's own, always by tunnel."""
        return Session([self.tunnel])

    # Names: a tuple of levels here, the server's octets there.

    def server_name(self, levels):
        return encode_mutf7(self.separator.join(self.under + tuple(levels)))

    def levels(self, octets):
        """None if it is not one of ours."""
        levels = tuple(decode_mutf7(octets).split(self.separator))
        depth = len(self.under)
        return levels[depth:] or None if levels[:depth] == self.under else None

    def create(self, *levels):
        with self.session() as s:
            s.command(b"CREATE " + quoted(self.server_name(levels)))

    def append(self, levels, messages):
        """Append (body, epoch, flags)…; creates the mailbox if need be; returns UIDs."""
        name = self.server_name(levels)
        with self.session() as s:
            if name not in s.names():
                s.command(b"CREATE " + quoted(name))
            return s.append(name, messages)

    def run(self, levels, *commands):
        """SELECT the mailbox and send the commands; returns the replies of the last."""
        with self.session() as s:
            s.command(b"SELECT " + quoted(self.server_name(levels)))
            replies = None
            for command in commands:
                replies = s.command(command.encode())
            return replies

    def dump(self):
        """{levels: {uid: (digest, epoch, flags)}} of the whole account."""
        with self.session() as s:
            found = {}
            for name in s.names():
                if self.levels(name):
                    s.examine(name)
                    found[self.levels(name)] = s.messages()
            return found

    def subscribe(self, *levels, verb="SUBSCRIBE"):
        with self.session() as s:
            s.command(verb.encode() + b" " + quoted(self.server_name(levels)))

    def subscriptions(self):
        with self.session() as s:
            return {self.levels(name) for name in s.names(subscribed=True)} - {None}

    def delete(self, *levels):
        with self.session() as s:
            s.command(b"DELETE " + quoted(self.server_name(levels)))

    def uid_validity(self, *levels):
        with self.session() as s:
            return s.examine(self.server_name(levels))["UIDVALIDITY"]

