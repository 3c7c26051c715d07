# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 at random moments of a run, then a whole run: nothing lost, twice or back again."""
import os
import signal
import subprocess

from walk import Walk
from world import is_ours


def torment(world, seed, moments, whole, servers=0.0):
    """At each moment: kill all of the pipeline (whole), or one process of it; at some, that
    share, the servers' ends of the tunnels are told to end as well.  (Not killed: a Dovecot
    that is leaves locks in a Maildir, keywords without their names, and in sdbox files from
    which the next one rebuilds the index, without flags and with what was expunged.)"""
    walk = Walk(world, seed)
    walk.fill(400)
    walk.fill(200, side="local", levels=("Work",))
    walk.model.sync()
    lasts = world.sync().seconds
    walk.check("first sync")
    killed = 0
    for moment in range(1, moments + 1):
        walk.load(80)
        walk.round(changes=12)
        child = world.start()
        after = walk.rng.random() * lasts
        try:
            child.wait(timeout=after)
        except subprocess.TimeoutExpired:
            killed += 1
        if whole:
            if walk.rng.random() < servers:
                _end_servers(world, child)
            world.kill(child, servers=False)
        else:
            _kill_one(world, child, walk.rng)
        interrupted = world.finish(child)
        # What a run takes changes with the load of the machine.
        lasts = interrupted.seconds if interrupted.status == 0 else lasts * 1.1
        walk.model.sync()
        result = world.sync(status=None)
        what = f"moment {moment}, killed after {after:.3f} s of {lasts:.3f} s"
        if result.status != 0:
            raise AssertionError(f"seed {walk.seed} {what}: then {result}")
        walk.check(what)
    print(f"killed {killed} of {moments} runs")
    if killed < moments // 3:
        raise AssertionError("too few runs were still going when they were killed")


def _end_servers(world, child):
    for pid in world.processes(child):
        try:
            if pid != child.pid and not is_ours(pid):
                os.kill(pid, signal.SIGTERM)
        except (FileNotFoundError, ProcessLookupError):
            pass


def _kill_one(world, child, rng):
    pids = sorted(filter(is_ours, world.processes(child)))
    if pids:
        try:
            os.kill(rng.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            pass
