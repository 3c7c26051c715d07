# SPDX-License-Identifier: GPL-3.0-or-later
"""The competitors: how each is configured for one account, and run."""

import os

from lab import PASSWORD


class Tool:
    def __init__(self, lab):
        self.lab = lab

    def configure(self, account):
        """Writes the configuration; the state goes below accounts/ACCOUNT/state."""

    @staticmethod
    def keeps(message):
        """What it promises to keep of one tuple of Imap.contents()."""
        return message


class InterIMAP(Tool):
    name = "interimap"
    config = """\
database = {state}/sync.db

[local]
type = tunnel
command = {local}
null-stderr = YES

[remote]
type = imap
host = 127.0.0.1
port = {port}
username = {account}
password = {password}
STARTTLS = NO
{extra}
"""
    extra = "auth = PLAIN\ncompress = NO"

    def configure(self, account):
        text = self.config.format(
            state=f"{self.lab.root}/accounts/{account}/state", account=account,
            local=self.lab.local_command(account), port=self.lab.relay_port,
            password=PASSWORD, extra=self.extra)
        self.lab.write(f"accounts/{account}/{self.name}.conf", text)

    def command(self, account):
        return [self.name, "--quiet",
                f"--config={self.lab.root}/accounts/{account}/{self.name}.conf"]


class Ours(InterIMAP):
    name = "imapsync"
    extra = ""

    def __init__(self, lab, programs):
        super().__init__(lab)
        self.programs = programs

    def command(self, account):
        return [f"{self.programs}/{self.name}", "--quiet", "--config",
                f"{self.lab.root}/accounts/{account}/{self.name}.conf"]


class Mbsync(Tool):
    name = "mbsync"
    config = """\
IMAPStore local
Tunnel "{local}"

IMAPStore remote
Host 127.0.0.1
Port {port}
User {account}
Pass {password}
SSLType None
AuthMechs PLAIN

Channel all
Far :remote:
Near :local:
Patterns *
Sync All
Create Both
Expunge Both
CopyArrivalDate yes
SyncState {state}/
"""

    def configure(self, account):
        text = self.config.format(
            state=f"{self.lab.root}/accounts/{account}/state", account=account,
            local=self.lab.local_command(account), port=self.lab.relay_port,
            password=PASSWORD)
        self.lab.write(f"accounts/{account}/mbsync.conf", text)

    def command(self, account):
        return ["mbsync", "-q", "-q", "-c", f"{self.lab.root}/accounts/{account}/mbsync.conf", "all"]

    @staticmethod
    def keeps(message):
        """No keywords; it adds a header, and writes dates in another zone."""
        mailbox, identity, flags = message[:3]
        return mailbox, identity, " ".join(f for f in flags.split() if f[0] == "\\")


class Raw(Tool):
    """Not a competitor but the limit of what any client can reach."""

    def __init__(self, lab, name, *argv, upwards=False):
        super().__init__(lab)
        self.name, self.argv, self.upwards = name, argv, upwards

    def command(self, account):
        ends = [f"{self.lab.relay_port}:{account}:{PASSWORD}", self.lab.local_command(account)]
        return [f"{self.lab.tools}/raw", *self.argv, *(reversed(ends) if self.upwards else ends)]


def program_directory(lab):
    """Where `imapsync` is on the PATH, as a copy that nobody may run when we are root."""
    import shutil
    found = shutil.which("imapsync")
    if not found or os.getuid() != 0:
        return found and os.path.dirname(found)
    shutil.copytree(os.path.dirname(found), f"{lab.root}/bin",
                    ignore=shutil.ignore_patterns("*.o", "*.d", "*.cc"))
    return f"{lab.root}/bin"
