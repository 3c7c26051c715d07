# SPDX-License-Identifier: GPL-3.0-or-later
"""Private Cyrus accounts: another server, with the same handles as Account.

Debian has one IMAP server at a time, so contrib/bootstrap unpacks Cyrus into a place of its
own.  A tunnel is an imapd without its master; it still wants a password.
"""
import atexit
import glob
import os
import shutil
import socket
import subprocess
import tempfile

from account import PATH, Account, free_port, wait_for
from wire import Session, quoted

PLACES = (os.environ.get("CYRUS", "/usr/local/lib/imapsync-cyrus"), "/")

IMAPD = """\
configdirectory: {store}/conf
partition-default: {store}/mail
defaultpartition: default
temp_path: {home}
cyrus_user: {user}
servername: localhost
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {home}/sasldb
sasl_mech_list: PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5
allowplaintext: yes
autocreate_post: yes
autocreate_quota: 0
imapidlepoll: 1
failedloginpause: 0
skiplist_unsafe: yes
unixhierarchysep: {unix}
altnamespace: {alt}
{extra}
"""

MASTER = """\
START {{
}}
SERVICES {{
  imap cmd="{imapd}" listen="127.0.0.1:{port}" proto="tcp4" prefork=1 maxfds=1024
{imaps}
}}
EVENTS {{
}}
"""


REFUSES = set('%"\\{}!<>|`;')   # characters of mailbox names


def takes(levels):
    """Whether Cyrus takes a mailbox of this name."""
    return not REFUSES & set("".join(levels))


def installed():
    """The directory that is / to Cyrus."""
    for place in PLACES:
        if os.access(os.path.join(place, "usr/lib/cyrus/bin/imapd"), os.X_OK):
            return place
    raise FileNotFoundError("no Cyrus; contrib/bootstrap check unpacks it")


class Cyrus(Account):
    """As Account.

    separator  "/" or "."
    personal   False: all mailboxes are below INBOX, as was usual with Cyrus 2; Account.under
               has no business here
    extra      more lines for imapd.conf
    """
    makes_parents = True

    def __init__(self, home, separator="/", personal=True, extra="", tcp=False, tls=False,
                 lacks=()):
        self.home, self.under = home, ()
        self.tcp, self.tls = tcp or tls, tls
        self.user_name, self.password = "me", "se cret"
        self.server, self.separator = None, separator
        self._become_owner()
        self.root = installed()
        libraries = glob.glob(os.path.join(self.root, "usr/lib/*/libcyrus.so.0"))
        self.env = ["env", "-i", f"PATH={PATH}", f"CYRUS_USER={self.owner.pw_name}",
                    f"LD_LIBRARY_PATH={':'.join(map(os.path.dirname, libraries))}"]
        os.makedirs(home)
        self.store = self._store()
        for directory in (home, self.store):
            os.chown(directory, self.uid, self.gid)
        for directory in ("conf", "conf/socket", "mail"):
            os.makedirs(os.path.join(self.store, directory))
            os.chown(os.path.join(self.store, directory), self.uid, self.gid)
        if lacks:
            extra += f"\nsuppress_capabilities: {' '.join(lacks)}"
        if tls:
            extra += self._certificate()
        self.values = dict(home=home, store=self.store, user=self.owner.pw_name, unix=int(separator == "/"),
                           alt=int(personal), extra=extra, port=0, tls_port=0)
        self.tunnel = os.path.join(home, "imap")
        self.configure()
        self.add_user(self.user_name, self.password)
        with self.session() as s:   # makes INBOX, and subscribes to it
            s.command(b"UNSUBSCRIBE INBOX")
        if self.tcp:
            self.listen()

    def _store(self):
        """Where the mail is: in memory, because Cyrus insists on fsync."""
        if os.environ.get("KEEP") or not os.access("/dev/shm", os.W_OK):
            return self.home
        store = tempfile.mkdtemp(prefix="imapsync-test.", dir="/dev/shm")
        atexit.register(shutil.rmtree, store, ignore_errors=True)
        return store

    def _program(self, name):
        return os.path.join(self.root, "usr/lib/cyrus/bin", name)

    def add_user(self, name, password):
        subprocess.run(self.become + self.env + [
            os.path.join(self.root, "usr/sbin/saslpasswd2"), "-p", "-c", "-f",
            os.path.join(self.home, "sasldb"), "-u", "localhost", name],
            input=password.encode(), check=True)

    def _certificate(self):
        super()._certificate()
        return (f"\ntls_server_cert: {self.certificate}\n"
                f"tls_server_key: {os.path.join(self.home, 'key.pem')}\n")

    def configure(self, **values):
        """Write imapd.conf anew; a tunnel sees it at once, a listener when restarted."""
        self.values.update(values)
        self.conf = os.path.join(self.home, "imapd.conf")
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(IMAPD.format(**self.values))
        words = self.become + self.env + ["CYRUS_SERVICE=imap", "CYRUS_ID=1",
                                          self._program("imapd"), "-C", self.conf, "-X"]
        with open(self.tunnel, "w", encoding="utf-8") as script:
            script.write(f"#!/bin/sh\nexec {' '.join(words)} 2>>{self.home}/tunnel.log\n")
        os.chmod(self.tunnel, 0o755)

    def _server_words(self):
        self.values.update(port=free_port(), tls_port=free_port() if self.tls else 0)
        imapd = f"{self._program('imapd')} -C {self.conf}"
        imaps = (f'  imaps cmd="{imapd} -s" listen="127.0.0.1:{self.values["tls_port"]}" '
                 'proto="tcp4" prefork=1 maxfds=1024' if self.tls else "")
        services = os.path.join(self.home, "cyrus.conf")
        with open(services, "w", encoding="utf-8") as conf:
            conf.write(MASTER.format(imapd=imapd, imaps=imaps, **self.values))
        return self.env + [self._program("master"), "-D", "-C", self.conf, "-M", services,
                           "-p", os.path.join(self.home, "pid")]

    def _is_ready(self, notice):
        return wait_for("the server", self._listens_or_ended) == "listens"

    def _listens_or_ended(self):
        """All that can be known: Cyrus does not say when it is ready."""
        if self.server.poll() is not None:
            return "ended"
        try:
            socket.create_connection(("127.0.0.1", self.values["port"]), timeout=5).close()
            return "listens"
        except OSError:
            return None

    def section(self, **more):
        login = {} if self.tcp else {"username": self.user_name, "password": self.password}
        return super().section(**{**login, **more})

    def session(self):
        return Session([self.tunnel], login=(self.user_name, self.password))
