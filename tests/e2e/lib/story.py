# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's story: two nested accounts, a first sync, changes on both sides, a second sync,
and one that has nothing to do."""
import mail
from world import World, check, contents


def story(remote, **local):
    world = World(local, remote)
    local, far = world.sides.values()
    local.append(("INBOX",), mail.messages(1, 30))
    far.append(("Lists", "tea", "2023"), mail.messages(2, 40))
    far.append(("Work",), mail.messages(3, 20))
    local.append(("Work", "Plans"), mail.messages(4, 5))
    far.append(("Empty", "deep", "box"), [])
    far.subscribe("Work")
    local.subscribe("INBOX")
    local.subscribe("Work", "Plans")

    world.sync()
    got = world.check_equal()
    check(sum(c.total() for c in got.values()) == 95, f"not 95 messages but {got}")
    check(("Empty", "deep", "box") in got, "an empty mailbox was not created")
    check(len(local.subscriptions()) == 3, f"subscribed: {local.subscriptions()}")
    first = world.snapshot()

    # Flags and keywords each way, a removal, an expunge each way, new mail each way.
    local.run(("Work",), "UID STORE 1:5 +FLAGS (\\Flagged work)", "UID STORE 6 FLAGS ()")
    far.run(("INBOX",), "UID STORE 3 -FLAGS (\\Seen)", "UID STORE 4:30 +FLAGS (\\Seen)")
    local.run(("INBOX",), "UID STORE 1:2 +FLAGS (\\Deleted)", "UID EXPUNGE 1:2")
    name = ("Lists", "tea", "2023")
    far.run(name, "UID STORE 40 +FLAGS (\\Deleted)", "UID EXPUNGE 40")
    local.append(name, mail.messages(5, 7, first=1000))
    far.append(("INBOX",), mail.messages(6, 3, first=2000))
    far.append(("New", "there"), mail.messages(7, 2, first=3000))
    local.subscribe("INBOX", verb="UNSUBSCRIBE")
    expected = merged(world, first)

    result = world.sync()
    check("changed on both sides" not in result.err, "an own change was called a conflict:\n"
          + result.err)
    got = world.check_equal()
    check(got == expected, f"the second sync lost a change:\n{got}\n{expected}")
    check(("INBOX",) not in far.subscriptions(), "an unsubscription did not travel")

    before = world.snapshot()
    world.sync()
    check(world.snapshot() == before, "a sync with nothing to do changed something")
    world.end()


def merged(world, first):
    """What both sides must hold: each side's own changes since `first`, put together."""
    base = contents(first["local"][0])
    local, far = (contents(side.dump()) for side in world.sides.values())
    everything = {}
    for name in base.keys() | local.keys() | far.keys():
        old = base.get(name, type(base[("INBOX",)])())
        one, other = local.get(name, old), far.get(name, old)
        everything[name] = old - (old - one) - (old - other) + (one - old) + (other - old)
    return everything
