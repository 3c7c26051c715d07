# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's world: a Dovecot, the relay in front of it, accounts, measured commands."""

import collections
import ctypes
import grp
import os
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

# Last: this directory has modules of the same names.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e/lib"))
from notice import Notice, await_end  # noqa: E402

# As root everything but this driver runs as nobody: Dovecot refuses mail access to root.
WHO = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
AS_WHO = (
    dict(user=WHO.pw_uid, group=WHO.pw_gid, extra_groups=[]) if os.getuid() == 0 else {}
)
PASSWORD = "secret"
with open("/proc/self/comm") as comm:  # ours: a client that is forked, not yet executed
    NOT_CLIENTS = {"served", "doveadm", "imap", "doveconf", comm.read().strip()}

COMMON_CONF = """\
base_dir = {root}/run
log_path = {root}/dovecot.log
first_valid_uid = 1
mail_location = {location}
mailbox_list_index = yes
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
"""
REMOTE_CONF = """\
protocols = imap
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}.key
listen = 127.0.0.1
disable_plaintext_auth = no
auth_mechanisms = plain login
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/accounts/%u/remote
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service stats {{
  client_limit = 1024
}}
mail_max_userip_connections = 100
"""

Measure = collections.namedtuple(
    "Measure", "wall cpu memory rss connections turns up down"
)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Lab:
    def __init__(self, root, tools, location="maildir:~/Maildir"):
        self.root, self.tools, self.location = root, tools, location
        self.serves = []
        if os.getuid() == 0:  # the build tree may be closed to nobody
            self.tools = f"{root}/tools"
            os.mkdir(self.tools)
            for program in ("raw", "relay", "served"):
                shutil.copy(f"{tools}/{program}", self.tools)
        for d in ("run", "accounts", "state", "pristine"):
            os.mkdir(f"{root}/{d}")
            os.chown(f"{root}/{d}", WHO.pw_uid, WHO.pw_gid)
        os.chown(root, WHO.pw_uid, WHO.pw_gid)
        self.conf = COMMON_CONF.format(
            root=root, location=location, user=WHO.pw_name, group=group_name()
        )
        # Orphans of a measured command come to us, so that none is missed.
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
        self.start_dovecot()
        self.start_relay()

    def write(self, path, text, mode=0o600):
        with open(f"{self.root}/{path}", "w") as f:
            f.write(text)
        os.chmod(f"{self.root}/{path}", mode)
        os.chown(f"{self.root}/{path}", WHO.pw_uid, WHO.pw_gid)
        return f"{self.root}/{path}"

    def start_dovecot(self):
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = make_certificate(self.root)
        text = self.conf + REMOTE_CONF.format(
            root=self.root, port=self.port, tls_port=self.tls_port, password=PASSWORD,
            uid=WHO.pw_uid, gid=WHO.pw_gid, certificate=self.certificate,
        )
        conf = self.write("dovecot.conf", text, 0o644)
        dovecot = shutil.which("dovecot") or "/usr/sbin/dovecot"
        with Notice() as notice:
            self.dovecot = self.spawn(["env", notice.environment, dovecot, "-F", "-c", conf])
            if not notice.wait(self.dovecot):
                raise SystemExit(f"bench: dovecot didn't start, see {self.root}/dovecot.log")

    def start_relay(self):
        self.relay = self.spawn(
            [f"{self.tools}/relay", str(self.port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )
        self.relay_port = int(self.relay.stdout.readline())

    def spawn(self, argv, **options):
        with open(f"{self.root}/server.log", "ab") as log:
            p = subprocess.Popen(
                argv, cwd=self.root, env=self.environment(), start_new_session=True,
                **{"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log,
                   **AS_WHO, **options},
            )
        self.serves.append(p.pid)
        return p

    def environment(self):
        return {
            "PATH": f"{self.tools}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": f"{self.root}/state", "USER": WHO.pw_name, "LC_ALL": "C.UTF-8",
        }

    def close(self):
        self.relay.stdin.close()
        self.relay.wait()
        self.dovecot.terminate()
        self.dovecot.wait()

    # Accounts: accounts/NAME holds the mail of both sides and the state of the tool.

    def account(self, name):
        """An empty account; returns the command of its local side."""
        self.as_who("mkdir", "-p", *(f"accounts/{name}/{d}" for d in
                                     ("local", "remote", "state")))
        # An absolute place: HOME would win over mail_home here.
        home = f"{self.root}/accounts/{name}/local"
        text = self.conf + f"ssl = no\nmail_location = {self.location.replace('~', home)}\n"
        self.write(f"accounts/{name}/local.conf", text)

    def local_command(self, name):
        here = f"{self.root}/accounts/{name}"
        return (f"{self.tools}/served {self.root}/served.log"
                f" doveadm -c {here}/local.conf exec imap")

    def as_who(self, *argv):
        subprocess.run(argv, check=True, cwd=self.root, env=self.environment(), **AS_WHO)

    def copy(self, source, target):
        """Both relative to the root; index files must keep their times."""
        self.as_who("rm", "-rf", target)
        self.as_who("cp", "-a", source, target)

    # Measuring.

    def run(self, argv, rtt=0, memory=False, timeout=900):
        """Runs one client to its end; raises CalledProcessError if it fails."""
        open(f"{self.root}/served.log", "w").close()
        os.chown(f"{self.root}/served.log", WHO.pw_uid, WHO.pw_gid)
        self.relay.stdin.write(f"rtt {rtt}\n")
        self.take()
        sampler = Sampler(set(self.serves)) if memory else None
        before = children_cpu()
        with open(f"{self.root}/client.log", "wb") as log:
            start = time.monotonic()
            p = subprocess.Popen(
                argv, cwd=self.root, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, **AS_WHO,
            )
            timer = threading.Timer(timeout, os.killpg, (p.pid, signal.SIGKILL))
            timer.start()
            status = p.wait()
            wall = time.monotonic() - start
            timer.cancel()
        self.reap_orphans()
        if sampler:
            sampler.stop()
        cpu = children_cpu() - before
        with open(f"{self.root}/served.log") as f:
            cpu -= sum(int(line) for line in f) / 1e6
        if status:
            with open(f"{self.root}/client.log", errors="replace") as f:
                raise SystemExit(f"bench: {' '.join(argv)}: status {status}\n{f.read()[-4000:]}")
        peak = (sampler.pss, sampler.rss) if sampler else (0, 0)
        return Measure(wall, cpu, *peak, *self.take())

    def take(self):
        self.relay.stdin.write("take\n")
        return [int(word) for word in self.relay.stdout.readline().split()]

    def reap_orphans(self):
        """Waits for what a client left behind: servers that are still closing."""
        deadline, quiet = time.monotonic() + 30, 0
        while quiet < 3:  # a list of children may miss one while others end
            left = [p for p in children_of(os.getpid()) if p not in self.serves]
            quiet = 0 if left else quiet + 1
            try:
                if left:
                    await_end(left[0], deadline)
            except TimeoutError:
                raise SystemExit(f"bench: processes left running: {left}") from None
            for pid in left:
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass


def make_certificate(directory):
    """A key and a certificate for 127.0.0.1 that signed itself; the certificate's file."""
    path = f"{directory}/server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path + ".key", "-out", path],
        check=True, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        **AS_WHO)
    return path


def group_name():
    return grp.getgrgid(WHO.pw_gid).gr_name


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def children_of(pid):
    try:
        found = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as f:
                found += [int(word) for word in f.read().split()]
        return found
    except (FileNotFoundError, ProcessLookupError):
        return []


class Sampler(threading.Thread):
    """Peaks in octets: the summed PSS, and the largest RSS, of all but the servers."""

    def __init__(self, leave_out, interval=0.002):
        super().__init__(daemon=True)
        self.leave_out, self.interval = leave_out, interval
        self.pss = self.rss = 0
        self.ended = threading.Event()
        self.start()

    def stop(self):
        self.ended.set()
        self.join()

    def run(self):
        while not self.ended.wait(self.interval):
            pss = rss = 0
            pids = [p for p in children_of(os.getpid()) if p not in self.leave_out]
            while pids:
                pid = pids.pop()
                p, r = memory_of(pid)
                pss, rss = pss + p, max(rss, r)
                pids += children_of(pid)
            self.pss, self.rss = max(self.pss, pss), max(self.rss, rss)


def memory_of(pid):
    try:
        with open(f"/proc/{pid}/comm") as f:
            if f.read().strip() in NOT_CLIENTS:
                return 0, 0
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                found = dict(line.split()[:2] for line in f if line[0] in "RP")
            return int(found["Pss:"]) << 10, int(found["Rss:"]) << 10
        except PermissionError:  # not dumpable: its RSS stands for its PSS
            with open(f"/proc/{pid}/statm") as f:
                rss = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            return rss, rss
    except (FileNotFoundError, ProcessLookupError, KeyError):
        return 0, 0
