# SPDX-License-Identifier: GPL-3.0-or-later
"""imapsync, InterIMAP and mbsync side by side on the same two Dovecots.

Local is a tunnel (`doveadm exec imap`), remote TCP through a relay, without compression or
TLS. Each tool has a copy of the accounts of its own; after the preparation it runs twice
(the second time it reads the echoes of its own changes), unmeasured, then the scenario's
change is made. Wall time is the median; CPU is that of all client processes without the
servers; memory is the peak of the summed PSS (RSS for a process that hides) and of the largest
process's RSS, sampled in a run of its own; turns are the round trips on the remote link after the TCP handshake.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile

from lab import Lab
from mail import Imap
from scenarios import all_scenarios
from streams import Streams
from tools import InterIMAP, Mbsync, Ours, Raw, program_directory

SLOW = 20.0  # seconds: one run is enough
MAILDIR, SDBOX = "maildir:~/Maildir", "sdbox:~/sdbox"
HEAD = ("tool", "wall s", "ratio", "CPU s", "PSS MB", "RSS MB", "conn", "turns", "up kB",
        "down kB")
ROW = "  {:<10} {:>8} {:>6} {:>7} {:>7} {:>7} {:>5} {:>6} {:>9} {:>9}"


class Bench:
    def __init__(self, lab, options):
        self.lab, self.options = lab, options
        self.programs = program_directory(lab)
        everything = [Ours(lab, self.programs) if self.programs else None, InterIMAP(lab), Mbsync(lab)]
        self.tools = [t for t in everything if t and t.name in options.tools]

    def scenario(self, scenario):
        say(f"\n{scenario.title}")
        if isinstance(scenario, Streams):
            scenario.run(self.lab, self.programs, self.options.n, say)
            shutil.rmtree(f"{self.lab.root}/accounts/base")
            return
        tools = list(self.tools)
        if scenario.limit:
            tools.append(Raw(self.lab, "raw", *scenario.limit, upwards=scenario.upwards))
        self.lab.account("base")
        scenario.fill(self.lab, "base")
        for tool in tools:
            self.prepare(scenario, tool)
        shutil.rmtree(f"{self.lab.root}/accounts/base")
        for rtt in self.options.rtt:
            self.report(scenario, rtt, self.measure(scenario, tools, rtt))
            for tool in tools:
                self.check(scenario, tool)
        for tool in tools:
            shutil.rmtree(f"{self.lab.root}/accounts/{tool.name}")
            shutil.rmtree(f"{self.lab.root}/pristine/{tool.name}", ignore_errors=True)

    def prepare(self, scenario, tool):
        name = tool.name
        self.lab.copy("accounts/base", f"accounts/{name}")
        self.lab.account(name)
        tool.configure(name)
        if scenario.synced:
            # The limit needs two equal sides too, whoever made them so.
            maker = tool if tool in self.tools else self.tools[0]
            maker.configure(name)
            for _ in range(2):
                self.lab.run(maker.command(name))
        with Imap(self.lab.local_command(name)) as local:
            with Imap(self.lab.port, name) as remote:
                scenario.change(local, remote)
        if scenario.restored:
            self.lab.as_who("mkdir", f"pristine/{name}")
            for part in scenario.restored:
                self.lab.copy(f"accounts/{name}/{part}", f"pristine/{name}/{part}")

    def reset(self, scenario, name):
        for part in scenario.restored:
            self.lab.copy(f"pristine/{name}/{part}", f"accounts/{name}/{part}")
        # Whatever a first look at fresh copies costs a server, nobody's run pays it.
        for side in ((self.lab.local_command(name),), (self.lab.port, name)):
            with Imap(*side) as imap:
                imap.list_status()
        os.sync()

    def measure(self, scenario, tools, rtt):
        """Run zero samples the memory; a slow tool's time is taken from it, too."""
        results = {tool.name: [] for tool in tools}
        memory = {}
        for run in range(self.options.n + 1):
            for tool in tools:
                done = results[tool.name]
                if done and done[0].wall > SLOW:
                    continue
                self.reset(scenario, tool.name)
                m = self.lab.run(tool.command(tool.name), rtt, memory=run == 0)
                if run == 0:
                    memory[tool.name] = m
                if run > 0 or m.wall > SLOW:
                    done.append(m)
        return {name: median(done)._replace(memory=memory[name].memory, rss=memory[name].rss)
                for name, done in results.items()}

    def report(self, scenario, rtt, results):
        say(f" RTT {rtt} ms")
        say(ROW.format(*HEAD))
        best = results.get("interimap")
        for name, m in results.items():
            say(ROW.format(
                name, f"{m.wall:.3f}", f"{m.wall / best.wall:.2f}" if best else "-",
                f"{m.cpu:.3f}", f"{m.memory / 2**20:.1f}", f"{m.rss / 2**20:.1f}",
                m.connections, m.turns, f"{m.up / 1000:.1f}", f"{m.down / 1000:.1f}"))
        if "imapsync" in results:
            for line in verdicts(scenario, rtt, results):
                say(f"  {line}")

    def check(self, scenario, tool):
        """A run that did not do its work has no time to show."""
        if tool not in self.tools:
            return
        with Imap(self.lab.local_command(tool.name)) as local:
            with Imap(self.lab.port, tool.name) as remote:
                here = sorted(map(tool.keeps, local.contents()))
                there = sorted(map(tool.keeps, remote.contents()))
        if here != there or len(here) != scenario.expected():
            differ = sorted(set(here) ^ set(there))[:4]
            say(f"  {tool.name}: FAILED: {len(here)} messages local, {len(there)} remote,"
                f" {scenario.expected()} expected; {differ}")


def median(done):
    by_wall = sorted(done, key=lambda m: m.wall)
    middle = by_wall[(len(by_wall) - 1) // 2]
    return middle._replace(wall=statistics.median(m.wall for m in done),
                           cpu=statistics.median(m.cpu for m in done))


def verdicts(scenario, rtt, results):
    ours = results["imapsync"]
    for factor, names in scenario.targets(rtt):
        walls = [results[name].wall for name in names if name in results]
        if walls:
            yield verdict(f"wall / {' or '.join(names)}", ours.wall / min(walls), factor)
    if rtt and getattr(scenario, "turns", None):
        yield verdict("turns", ours.turns, scenario.turns)
    if "interimap" in results:
        yield verdict("PSS / interimap's RSS", ours.memory / results["interimap"].rss, 1.0)


def verdict(what, value, limit):
    word = "ok" if value <= limit else "MISSED"
    return f"{what}: {value:.2f}, target {limit}: {word}"


def quiet_place():
    """In memory, if there is room: what is compared are clients, not a disk's fsync(2)."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 6 << 30:
        return memory
    return None


def say(text):
    print(text, flush=True)


def main():
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    scenarios = {s.name: s for s in all_scenarios(scale)}
    scenarios["streams"] = Streams(
        "streams", "one FETCH of 10000 messages, through imap-connect and without it",
        max(int(10000 * scale), 20))
    parser = argparse.ArgumentParser(
        prog="tests/bench/run", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="BENCH_SCALE=0.1 makes everything ten times smaller.")
    parser.add_argument("scenario", nargs="*", help=" ".join(scenarios))
    parser.add_argument("-n", type=int, default=3, help="measured runs (3)")
    parser.add_argument("-r", "--rtt", type=int, action="append", help="ms (0 and 50)")
    parser.add_argument("-t", "--tools", default="imapsync,interimap,mbsync")
    parser.add_argument("-d", "--directory", help="where to work (/dev/shm, or TMPDIR)")
    parser.add_argument("-k", "--keep", action="store_true", help="keep it")
    parser.add_argument("--sdbox", action="store_true", help="instead of Maildir")
    options = parser.parse_args()
    options.rtt = options.rtt or [0, 50]
    options.tools = options.tools.split(",")
    for name in options.scenario:
        if name not in scenarios:
            parser.error(f"no scenario {name}; there are: {' '.join(scenarios)}")

    root = tempfile.mkdtemp(prefix="imapsync-bench.", dir=options.directory or quiet_place())
    tools = os.environ.get("BENCH_TOOLS", os.path.dirname(os.path.abspath(__file__)))
    lab = Lab(root, tools, SDBOX if options.sdbox else MAILDIR)
    try:
        bench = Bench(lab, options)
        for name in options.scenario or scenarios:
            bench.scenario(scenarios[name])
    finally:
        lab.close()
        if options.keep:
            say(f"kept: {root}")
        else:
            shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main())
