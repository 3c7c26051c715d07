# SPDX-License-Identifier: GPL-3.0-or-later
"""What two sides must hold after a sync, kept apart from any IMAP server or program.

A message is known by itself, not by an UID.  On each side it has a set of flags, or None
where it is not; `base` is what both sides had after the last sync, None before the first.
"""
from collections import Counter


def other(side):
    return "remote" if side == "local" else "local"


class Message:
    """`origin` is the message known to both sides of which this is a copy, if any."""

    def __init__(self, side, digest, epoch, flags, uid, origin=None):
        self.digest, self.epoch, self.base = digest, epoch, None
        self.flags = {side: set(flags), other(side): None}
        self.uid = {side: uid, other(side): None}
        self.side, self.origin = side, origin

    def inherited(self):
        """(base, flags) that a message moved on one side brings along from the other."""
        origin = self.origin
        if origin and origin.flags[self.side] is None and origin.flags[other(self.side)] is not None:
            return origin.base, origin.flags[other(self.side)]
        return None

    @property
    def kind(self):
        return self.digest, self.epoch

    def key(self, side):
        return self.digest, self.epoch, frozenset(f.lower() for f in self.flags[side])


class Model:
    """{levels: [Message]}, which side has which mailbox, and subscriptions.

    makers  the sides whose servers make a mailbox of each parent"""

    def __init__(self, makers=()):
        self.makers = makers
        self.boxes = {}
        self.exists = {"local": set(), "remote": set()}
        self.subscribed = {"local": set(), "remote": set()}
        self.subscribed_base = set()

    def create(self, side, levels):
        """A mailbox; on some servers its parents come to be with it, on all they may."""
        self.boxes.setdefault(levels, [])
        self.exists[side].add(levels)

    def on(self, side, levels):
        """The messages that this side shows in a mailbox."""
        return [m for m in self.boxes[levels] if m.flags[side] is not None]

    def sync(self, only=None):
        """What a sync must do; returns how many messages had their flags changed
        differently on both sides."""
        conflicts = 0
        names = set(self.boxes) if only is None else {only}
        for levels in names:
            kept = []
            for message in self.boxes[levels]:
                left, right = message.flags["local"], message.flags["remote"]
                base = message.base
                if base is not None and (left is None or right is None):
                    continue                       # deleted: deletion wins
                if base is None and message.flags[message.side] is not None \
                        and message.inherited():
                    left = message.flags[message.side]
                    base, right = message.inherited()
                if base is None:
                    flags = left if left is not None else right
                    if flags is None:
                        continue                   # came and went
                elif left == base:
                    flags = right
                elif right in (base, left):
                    flags = left
                else:
                    flags = left | right
                    conflicts += 1
                message.base = set(flags)
                message.flags = {"local": set(flags), "remote": set(flags)}
                kept.append(message)
            self.boxes[levels] = kept
            both = {s for s in ("local", "remote") if levels in self.subscribed[s]}
            was = levels in self.subscribed_base
            known = all(levels in self.exists[s] for s in self.exists)
            now = (len(both) == 2 if was and known else bool(both))
            for side in self.subscribed:
                self.exists[side].add(levels)
                (self.subscribed[side].add if now else self.subscribed[side].discard)(levels)
            (self.subscribed_base.add if now else self.subscribed_base.discard)(levels)
        for side in self.makers:
            for levels in list(self.exists[side]):
                for depth in range(1, len(levels)):
                    self.create(side, levels[:depth])
        return conflicts

    def contents(self, side):
        """As world.contents gives it."""
        return {levels: Counter(m.key(side) for m in self.on(side, levels))
                for levels in self.exists[side]}

    def locate(self, side, dump):
        """Learn the UIDs on one side from a dump that equals contents(side)."""
        for levels, messages in dump.items():
            by_key = {}
            for uid, (digest, epoch, flags) in messages.items():
                key = digest, epoch, frozenset(f.lower() for f in flags)
                by_key.setdefault(key, []).append(uid)
            for message in self.on(side, levels):
                message.uid[side] = by_key[message.key(side)].pop()
