# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: how each account is prepared, changed and checked, and the targets."""

import random

from mail import Generator, Imap, typical_flags


class Scenario:
    """An account that is filled once, then prepared in a copy for each tool."""
    synced = True      # each tool synchronises its copy, and settles, before the change
    limit = None       # the arguments of `raw`
    upwards = False    # the mail is on the local side at first
    restored = ("local", "remote", "state")  # before each run; empty: a run changes nothing

    def __init__(self, name, title, count, mailboxes=1, mean=2000):
        self.name, self.title = name, title
        self.count, self.mailboxes, self.mean = count, mailboxes, mean

    def fill(self, lab, account):
        generator = Generator()
        side = lab.local_command(account) if self.upwards else lab.port
        with Imap(side, None if self.upwards else account) as imap:
            for i in range(self.mailboxes):
                mailbox = f"m{i:03}" if self.mailboxes > 1 else "INBOX"
                if self.mailboxes > 1:
                    imap(f"CREATE {mailbox}")
                sizes = generator.sizes(self.count, self.mean)
                imap.append(mailbox, map(generator.message, sizes), self.flags)

    flags = staticmethod(typical_flags)

    def change(self, local, remote):
        """Of a settled account, by one session on each side."""

    def expected(self):
        """How many messages there must be afterwards, on both sides."""
        return self.count * self.mailboxes

    def targets(self, rtt):
        """Pairs of a factor and the tools whose best wall time it applies to."""
        return []


class FirstSync(Scenario):
    synced = False
    limit = ("copy",)

    def __init__(self, name, title, count, upwards=False, mean=37800):
        super().__init__(name, title, count, mean=mean)
        self.upwards = upwards
        self.restored = ("remote", "state") if upwards else ("local", "state")

    def targets(self, rtt):
        return [(0.3 if self.upwards and rtt else 0.75, ["interimap"]), (1.25, ["raw"])]


class Big(FirstSync):
    """One message of which only the memory matters."""

    def targets(self, rtt):
        return []


class Nothing(Scenario):
    restored = ()
    limit = ("list",)
    turns = 3

    def targets(self, rtt):
        return [(0.5, ["interimap"]), (1.0, ["mbsync"])]


class Incremental(Scenario):
    def change(self, local, remote):
        generator = Generator(2)
        # Later than those that are there, and no later than a server takes for a date: it
        # would give all of them that of their arrival.
        generator.count = self.count + 1000
        self.change_side(remote, generator, 1, self.count // 100)
        self.change_side(local, generator, 3, -(-self.count // 500))

    def change_side(self, imap, generator, start, new):
        imap("SELECT INBOX")
        every = range(start, self.count + 1, 40)
        flag(imap, every, "+FLAGS.SILENT (\\Flagged $Later)")
        flag(imap, [uid + 20 for uid in every if uid + 20 <= self.count],
             "-FLAGS.SILENT (\\Seen)")
        expunge(imap, range(start + 1, self.count + 1, 100))
        imap.append("INBOX", map(generator.message, generator.sizes(new, 4000)))

    def expected(self):
        gone = sum(len(range(start, self.count + 1, 100)) for start in (2, 4))
        return self.count - gone + self.count // 100 + -(-self.count // 500)

    def targets(self, rtt):
        return [(0.5, ["interimap", "mbsync"])]


class Seen(Scenario):
    @staticmethod
    def flags(number):
        return ""

    def change(self, local, remote):
        remote("SELECT INBOX")
        remote("UID STORE 1:4294967295 +FLAGS.SILENT (\\Seen)")

    def targets(self, rtt):
        return [(0.35, ["interimap"])]


class Expunge(Seen):
    def change(self, local, remote):
        uids = random.Random(3).sample(range(1, self.count + 1), self.count // 2)
        remote("SELECT INBOX")
        expunge(remote, sorted(uids))

    def expected(self):
        return self.count - self.count // 2


def flag(imap, uids, what):
    uids = list(uids)
    for i in range(0, len(uids), 1000):
        imap(f"UID STORE {','.join(map(str, uids[i:i + 1000]))} {what}")


def expunge(imap, uids):
    flag(imap, uids, "+FLAGS.SILENT (\\Deleted)")
    imap("EXPUNGE")


def all_scenarios(scale):
    def scaled(number):
        return max(int(number * scale), 20)

    n10, n20 = scaled(10000), scaled(20000)
    boxes, many = scaled(75), scaled(500)
    return [
        FirstSync("first-down", f"first sync of {n10} messages, downwards", n10),
        FirstSync("first-up", f"first sync of {n10} messages, upwards", n10, upwards=True),
        Big("big", "one message of 200 MB, downwards", 1, mean=200e6),
        Nothing("nothing-1", f"nothing changed in 1 x {n10}", n10),
        Nothing("nothing-75", f"nothing changed in {boxes} x 1000", scaled(1000), boxes),
        Nothing("nothing-500", f"nothing changed in {many} x 20", 20, many),
        Incremental("incremental", f"incremental on {n10}", n10),
        Seen("seen", f"{n20} messages marked \\Seen", n20),
        Expunge("expunge", f"{n20 // 2} of {n20} expunged", n20),
    ]
