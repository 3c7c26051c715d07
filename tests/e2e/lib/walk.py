# SPDX-License-Identifier: GPL-3.0-or-later
"""A seeded random workload on both sides of a World, mirrored in a Model."""
import os
import random
import re
import subprocess
from collections import Counter

import mail
from model import Message, Model, other
from wire import expand, quoted
from world import Failure, contents, difference

NAMES = [("Work",), ("Work", "Plans 100%"), ("Work", "Plans 100%", "a b"), ('q"uote"s',),
         ("back\\slash",), ("Grün & Weiß",), ("日本", "東京"), ("st*r",), ("&",), ("-",),
         ("-", "- x"), ("INBOX", "child"), ("inbox-ish",), ("a%2Fb", "%"), ("😀 smile",),
         ("cafe\u0301",), ("café",), ("x" * 100,), ("{5}", "(paren)"), ("n'il", "NIL")]
FLAGS = mail.SYSTEM + mail.KEYWORDS + ("\\Deleted",)


class Walk:
    """rounds of: random changes on both sides, a sync, a comparison with the model."""

    def __init__(self, world, seed, names=None):
        self.seed = int(os.environ.get("SEED", seed))
        self.world, self.rng = world, random.Random(self.seed)
        self.model = Model([side for side, a in world.sides.items() if a.makes_parents])
        self.names, self.log, self.number = list(names or NAMES), [], 0
        for side, account in world.sides.items():
            self.model.create(side, ("INBOX",))
            # Of one that was never opened Dovecot's LIST does not tell that it is subscribed.
            with account.session() as session:
                session.examine(b"INBOX")

    def round(self, changes=8):
        """Random changes on both sides; afterwards the model knows what must come of it."""
        self.log = []
        counts = self._duplicates()
        self.owner = {kind: self.rng.choice(("local", "remote")) for kind in sorted(counts)}
        self.moved, self.flagged = set(), set()
        kinds = Counter(m.kind for box in self.model.boxes.values() for m in box)
        self.unique = {kind for kind, count in kinds.items() if count == 1}
        for side in self.rng.sample(("local", "remote"), 2):
            with self.world.sides[side].session() as session:
                for _ in range(self.rng.randint(0, changes)):
                    self._change(side, session)

    def _duplicates(self):
        """Kinds of message (levels, content, date) there is more than one of: which pairs
        with which is not for the model to say, so only one side touches them in a round."""
        found = {}
        for levels, messages in self.model.boxes.items():
            for message in messages:
                found.setdefault((levels, *message.kind), []).append(message)
        return {kind for kind, group in found.items() if len(group) > 1}

    def _change(self, side, session):
        levels = self.rng.choice(sorted(self.model.exists[side]))
        name = self.world.sides[side].server_name(levels)
        choice = self.rng.choices((self._append, self._store, self._expunge, self._copy,
                                   self._create, self._subscribe), (5, 8, 3, 3, 1, 1))[0]
        choice(side, session, levels, name)

    def _note(self, side, what, levels, detail=""):
        self.log.append(f"{side}: {what} {'/'.join(levels)} {detail}")

    def _pick(self, side, levels, most):
        free = [m for m in self.model.on(side, levels)
                if self.owner.get((levels, *m.kind), side) == side]
        return self.rng.sample(free, min(len(free), self.rng.randint(1, most)))

    def _append(self, side, session, levels, name, count=None):
        new = []
        for _ in range(count or self.rng.randint(1, 4)):
            self.number += 1
            new.append(mail.message(self.rng, self.number, self.rng.choice((0, 300, 5000))))
        uids = session.append(name, new)
        session.examine(name)
        got = session.messages(",".join(map(str, uids)))
        for uid, (_, epoch, flags) in zip(uids, new):
            self.model.boxes[levels].append(Message(side, got[uid][0], epoch, flags, uid))
        self._note(side, "append", levels, str(uids))

    def _store(self, side, session, levels, name):
        chosen = self._pick(side, levels, 6)
        if not chosen:
            return
        verb = self.rng.choice(("+FLAGS", "-FLAGS", "FLAGS"))
        flags = {f for f in FLAGS if self.rng.random() < 0.25}
        if verb != "FLAGS" and not flags:
            flags = {"\\Seen"}
        session.command(b"SELECT " + quoted(name))
        session.command(b"UID STORE %s %s.SILENT (%s)" % (
            _set(chosen, side), verb.encode(), " ".join(sorted(flags)).encode()))
        for message in chosen:
            self.flagged.add((side, levels, *message.kind))
            old = message.flags[side]
            message.flags[side] = {"+FLAGS": old | flags, "-FLAGS": old - flags,
                                   "FLAGS": set(flags)}[verb]
        self._note(side, "store", levels, f"{_set(chosen, side)} {verb} {sorted(flags)}")

    def _expunge(self, side, session, levels, name):
        chosen = self._pick(side, levels, 2)
        if chosen:
            self._note(side, "expunge", levels, str(_set(chosen, side)))
            session.command(b"SELECT " + quoted(name))
            self._delete(side, session, chosen)

    @staticmethod
    def _delete(side, session, chosen):
        session.command(b"UID STORE %s +FLAGS.SILENT (\\Deleted)" % _set(chosen, side))
        session.command(b"UID EXPUNGE " + _set(chosen, side))
        for message in chosen:
            message.flags[side] = None

    def _copy(self, side, session, levels, name):
        """COPY, MOVE, or COPY and delete, into any mailbox.  What there is in several
        mailboxes only one side touches then: which of them is the origin of a copy, whose
        changes on the other side come along, is not for the model to say."""
        target = self.rng.choice(sorted(self.model.exists[side]))
        chosen = [m for m in self._pick(side, levels, 3)
                  if (target, *m.kind) not in self.moved
                  and (m.kind in self.unique or self._is_ours(side, m.kind))
                  and self.owner.get((target, *m.kind), side) == side]
        if not chosen:
            return
        how = self.rng.choice(("COPY", "MOVE", "COPY and delete"))
        if target == levels:
            how = "COPY"
        into = quoted(self.world.sides[side].server_name(target))
        session.command(b"SELECT " + quoted(name))
        tag = session.start(b"UID %s %s %s" % (how[:4].encode(), _set(chosen, side), into))
        lines, done = session.finish(tag, how, tokens=False)
        found = re.search(rb"COPYUID \d+ (\S+) (\S+?)\]", b"\n".join(lines) + done)
        pairs = dict(zip(*(expand(found.group(i).decode()) for i in (1, 2))))
        for message in chosen:
            self.moved.add((target, *message.kind))
            self.owner[(target, *message.kind)] = side
            if message.kind not in self.unique:
                for box in self.model.boxes:
                    self.owner[(box, *message.kind)] = side
            origin = message if message.base is not None else message.origin
            self.model.boxes[target].append(
                Message(side, *message.kind, message.flags[side], pairs[message.uid[side]],
                        origin))
        self._note(side, how, levels, f"{_set(chosen, side)} to {'/'.join(target)}")
        if how == "MOVE":
            for message in chosen:
                message.flags[side] = None
        elif how != "COPY":
            self._delete(side, session, chosen)

    def _is_ours(self, side, kind):
        """The other side has not touched any message of that kind in this round, nor will it."""
        return all((other(side), box, *kind) not in self.flagged
                   and self.owner.get((box, *kind), side) == side for box in self.model.boxes)

    def _create(self, side, session, *_):
        free = [n for n in self.names if n not in self.model.exists[side]]
        if free:
            levels = self.rng.choice(free)
            self.create(side, session, levels)

    def create(self, side, session, levels):
        session.command(b"CREATE " + quoted(self.world.sides[side].server_name(levels)))
        self._note(side, "create", levels)
        self.model.create(side, levels)
        for depth in range(1, len(levels)):     # a server may make parents on the way
            if self.world.sides[side].server_name(levels[:depth]) in session.names():
                self.model.create(side, levels[:depth])

    def _subscribe(self, side, session, levels, name):
        verb = self.rng.choice((b"SUBSCRIBE ", b"UNSUBSCRIBE "))
        session.command(verb + quoted(name))
        change = self.model.subscribed[side]
        (change.add if verb[:1] == b"S" else change.discard)(levels)
        self._note(side, verb.decode(), levels)

    def check(self, what=""):
        """Both sides hold what the model says, and nothing is owed."""
        owed = [line for line in subprocess.run(
            ["imap-state", "dump", "--database", self.world.database], check=True,
            stdout=subprocess.PIPE, text=True).stdout.splitlines() if line.startswith("failed")]
        if owed:
            raise Failure(f"seed {self.seed} {what}: owed: {owed}")
        for side, account in self.world.sides.items():
            dump = account.dump()
            problem = difference("model", self.model.contents(side), side, contents(dump))
            if account.subscriptions() != self.model.subscribed[side]:
                problem += (f"\nsubscribed: {sorted(account.subscriptions())}, expected "
                            f"{sorted(self.model.subscribed[side])}")
            if problem:
                raise Failure(f"seed {self.seed} {what}:\n{problem}\nafter\n"
                              + "\n".join(self.log))
            self.model.locate(side, dump)

    def fill(self, count, side="remote", levels=("INBOX",)):
        """So many messages to begin with."""
        account = self.world.sides[side]
        for flags in ({"\\Seen"}, set()):
            new = [mail.message(self.rng, self.number + i)[:2] + (flags,)
                   for i in range(count // 2)]
            self.number += len(new)
            uids = account.append(levels, new)
            with account.session() as session:
                session.examine(account.server_name(levels))
                got = session.messages()
            self.model.create(side, levels)
            for uid in uids:
                self.model.boxes[levels].append(Message(side, *got[uid], uid))

    def load(self, count):
        """Append so many messages on each side, to any mailboxes, so that a sync lasts."""
        for side, account in self.world.sides.items():
            with account.session() as session:
                for part in range(4):
                    levels = self.rng.choice(sorted(self.model.exists[side]))
                    self._append(side, session, levels, account.server_name(levels),
                                 count // 4)

    def rounds(self, count, changes=8):
        """That many rounds; a conflict is warned of when there is one, and only then."""
        for number in range(1, count + 1):
            self.round(changes)
            conflicts = self.model.sync()
            result = self.world.sync()
            self.check(f"round {number}")
            warned = "flags changed on both sides" in result.err
            if warned != bool(conflicts):
                raise Failure(f"seed {self.seed} round {number}: {conflicts} conflicts by the "
                              f"model, but\n{result}\nafter\n" + "\n".join(self.log))


def _set(messages, side):
    return ",".join(map(str, sorted(m.uid[side] for m in messages))).encode()
