# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's part of an IMAP session, from a script.

A script is a text file with one step a line; '#' begins a comment.

    S: TEXT     send TEXT and CRLF
    s: RAW      send RAW, in which \\r \\n \\t \\0 \\\\ and \\xHH are escapes
    C: TEXT     the client must send TEXT and CRLF
    c: RAW      the client must send these octets
    SPLIT N     from here on the client reads at most N octets at a time (0: any number)
    EOF         send what is left to send, then close the connection
    DROP        close the connection at once
    STALL       read nothing more, nor go on, until the client leaves
    SIGNAL X    let the other session pass its WAIT X
    WAIT X      do nothing before SIGNAL X
    HOLD X      read nothing, either, before SIGNAL X
    NOOPS       from here on answer a NOOP wherever it comes, unless the script expects it

$1, $2, ... in a C line stand for a word of the client's, usually a tag: whatever it sends
the first time, the same from then on, also in S and s.  `s*N:` and `S*N:` send N times, with
$i for 1 to N; `c*N:` expects N times.  The client may send a command long before its C
line.  When the script is at its end, the client must close the connection without another
octet.
"""
import fcntl
import os
import re

O_DIRECT_PIPE = os.O_DIRECT
ESCAPE = re.compile(rb'\\(x[0-9A-Fa-f]{2}|.)')
PLAIN = {b'r': b'\r', b'n': b'\n', b't': b'\t', b'0': b'\0', b'\\': b'\\'}
VARIABLE = re.compile(rb'\$(\d+)')
NOOP = re.compile(rb'([^ ]+) NOOP\r\n')
STEP = re.compile(rb'([SCsc])(?:\*(\d+))?:(?: (.*))?$')
WORDS = (b'EOF', b'DROP', b'STALL', b'SPLIT', b'SIGNAL', b'WAIT', b'HOLD', b'NOOPS')


class Mismatch(Exception):
    """What was said is not what the script has."""


def unescape(raw):
    def octet(match):
        code = match.group(1)
        if code[:1] == b'x':
            return bytes([int(code[1:], 16)])
        if code not in PLAIN:
            raise ValueError('no such escape: \\' + code.decode())
        return PLAIN[code]
    return ESCAPE.sub(octet, raw)


def escape(octets):
    """RAW for these octets."""
    out = []
    for octet in octets:
        for name, plain in PLAIN.items():
            if plain[0] == octet:
                out.append('\\' + name.decode())
                break
        else:
            out.append(chr(octet) if 32 <= octet < 127 else '\\x%02X' % octet)
    return ''.join(out)


def parse(path):
    """The steps of a script: (line number, what, argument, times)."""
    steps = []
    with open(path, 'rb') as script:
        for number, line in enumerate(script, 1):
            line = line.rstrip(b'\n')
            if not line.strip() or line.startswith(b'#'):
                continue
            match = STEP.match(line)
            if match:
                what, times, text = match.groups()
                steps.append((number, what.decode(), text or b'', int(times or 1)))
                continue
            word, _, argument = line.partition(b' ')
            if word not in WORDS:
                raise ValueError('%s:%d: not a step: %r' % (path, number, line))
            steps.append((number, word.decode(), argument.strip(), 1))
    return steps


class Session:
    """One session, played on two descriptors that it owns; does not block.

    The owner polls: `reads()` and `writes()` say for what, `readable()` and `writable()` do
    it.  `signals` is shared by the sessions of a case.  With `learn`, a C line that the
    client contradicts is noted in `learned` (line number: text) instead of refused."""

    def __init__(self, path, read_fd, write_fd, signals, learn=False, split=0):
        self.name = os.path.basename(path)
        self.steps = parse(path)
        self.position = 0
        self.read_fd, self.write_fd = read_fd, write_fd
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)
        self.signals = signals
        self.learn, self.learned = learn, {}
        self.input, self.output = bytearray(), bytearray()
        self.variables = {}
        self.stalled = self.held = self.noops = self.closing = self.ended = False
        self.bursting = False
        self.split = 0
        if split:
            self.set_split(split)
        self.advance()

    def set_split(self, size):
        # A pipe with O_DIRECT keeps the borders of writes: that makes short reads certain.
        self.flush()
        flags = fcntl.fcntl(self.write_fd, fcntl.F_GETFL)
        flags = flags | O_DIRECT_PIPE if size else flags & ~O_DIRECT_PIPE
        fcntl.fcntl(self.write_fd, fcntl.F_SETFL, flags)
        self.split = size

    def reads(self):
        return self.read_fd >= 0 and not self.stalled and not self.held

    def writes(self):
        return self.write_fd >= 0 and bool(self.output or self.bursting)

    def readable(self):
        try:
            octets = os.read(self.read_fd, 1 << 16)
        except BlockingIOError:
            return
        self.input += octets
        if not octets:
            os.close(self.read_fd)
            self.read_fd = -1
        self.advance()
        if not octets and not self.stalled:
            # The client closed its half: no command will come, so nobody answers either.
            self.closing = True
            self.flush()

    def writable(self):
        self.flush()
        self.advance()

    def flush(self):
        try:
            while self.output and self.write_fd >= 0:
                part = self.output[:self.split] if self.split else self.output[:1 << 16]
                del self.output[:os.write(self.write_fd, part)]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.output.clear()
        if self.closing and not self.output:
            self.close()

    def close(self):
        for fd in (self.read_fd, self.write_fd):
            if fd >= 0:
                os.close(fd)
        self.read_fd = self.write_fd = -1
        self.output.clear()

    def advance(self):
        """Goes as far in the script as the client's octets allow."""
        while self.position < len(self.steps) and not self.stalled and not self.closing:
            number, what, argument, times = self.steps[self.position]
            # A burst for a client that is slow to read is made as it is taken.
            # The client may take all of it at once: there is more to write even then.
            self.bursting = what in 'Ss' and len(self.output) > 1 << 20
            if self.bursting:
                break
            if not self.step(number, what, argument, times):
                break
            self.position += 1
        else:
            while self.noops and self.noop():
                pass
            if self.input and not self.stalled and not self.closing:
                raise Mismatch('%s: the script is over, but the client sends: %s'
                               % (self.name, escape(self.input[:200])))
        if self.write_fd >= 0:
            self.flush()

    def step(self, number, what, argument, times):
        if what in 'Ss':
            for i in range(1, times + 1):
                text = argument.replace(b'$i', b'%d' % i) if times > 1 else argument
                text = self.fill(text)
                self.output += text + b'\r\n' if what == 'S' else unescape(text)
        elif what == 'C':
            return self.command(number, argument)
        elif what == 'c':
            return self.octets(number, unescape(argument) * times)
        elif what in ('WAIT', 'HOLD'):
            passed = argument in self.signals
            self.held = what == 'HOLD' and not passed
            return passed
        elif what == 'SIGNAL':
            self.signals.add(argument)
        elif what == 'SPLIT':
            self.flush()  # else nobody would come back to this step once it is written
            if self.output:
                return False
            self.set_split(int(argument))
        elif what == 'NOOPS':
            self.noops = True
        elif what == 'EOF':
            self.ended = self.closing = True
        elif what == 'DROP':
            self.ended = self.closing = True
            self.close()
        elif what == 'STALL':
            self.stalled = True
        return True

    def fill(self, text):
        return VARIABLE.sub(lambda match: self.variables.get(match.group(1), match.group()),
                            text)

    def noop(self):
        """Answers a NOOP if it comes next."""
        match = NOOP.match(self.input)
        if match:
            self.output += match.group(1) + b' OK done\r\n'
            del self.input[:match.end()]
        return match

    def command(self, number, pattern):
        while self.noops and b' NOOP' not in pattern and self.noop():
            pass
        end = self.input.find(b'\r\n')
        if end < 0:
            return False
        line = bytes(self.input[:end])
        names = []

        def group(match):
            names.append(match.group(1))
            known = self.variables.get(match.group(1))
            return b'(' + (re.escape(known) if known else rb'[^ ]+') + b')'
        # re.escape would escape the '$' of a variable, so it sees only what is between them.
        parts = VARIABLE.split(pattern)
        regex = b''.join(re.escape(part) if i % 2 == 0 else
                         group(VARIABLE.match(b'$' + part)) for i, part in enumerate(parts))
        match = re.fullmatch(regex, line, re.DOTALL)
        if not match:
            if not self.learn:
                raise Mismatch('%s:%d: expected: %s\n%s got: %s' % (
                    self.name, number, self.fill(pattern).decode('utf-8', 'backslashreplace'),
                    ' ' * (len(self.name) + len(str(number)) + 6), escape(line)))
            self.note(number, pattern, line)
        else:
            self.variables.update(zip(names, match.groups()))
        del self.input[:end + 2]
        return True

    def note(self, number, pattern, line):
        first = VARIABLE.match(pattern)
        word, space, rest = line.partition(b' ')
        if first:
            self.variables[first.group(1)] = word
            line = first.group() + space + rest
        self.learned[number] = b'C: ' + line

    def octets(self, number, expected):
        have = bytes(self.input[:len(expected)])
        if not expected.startswith(have):
            raise Mismatch('%s:%d: expected octets: %s\n%s got: %s' % (
                self.name, number, escape(expected),
                ' ' * (len(self.name) + len(str(number)) + 13), escape(have)))
        if len(have) < len(expected):
            return False
        del self.input[:len(expected)]
        return True

    def finish(self):
        """To be called when the client is gone; raises Mismatch if it left too early."""
        if not self.stalled and not self.ended:
            for number, what, argument, _ in self.steps[self.position:]:
                if what in 'Cc':
                    raise Mismatch('%s:%d: the client left, expected: %s' % (
                        self.name, number,
                        self.fill(argument).decode('utf-8', 'backslashreplace')))
        self.close()
