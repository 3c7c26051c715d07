# SPDX-License-Identifier: GPL-3.0-or-later
"""Sample messages, the same for the same seed."""
import random
import time

SPRING = 1_700_000_000   # some day in November 2023
SYSTEM = ("\\Seen", "\\Answered", "\\Flagged", "\\Draft")
KEYWORDS = ("$Forwarded", "$Label1", "work", "Junk", "to-do")
WORDS = ("tea rain lamp boat north paper seven river quiet green story window garden copper "
         "letter winter orange bridge").split()


def message(rng, number, size=300):
    """(body, epoch, flags): an ordinary message of about `size` octets."""
    subject = " ".join(rng.choices(WORDS, k=4))
    text = [f"From: {rng.choice(WORDS)}@example.org", "To: me@example.org",
            f"Subject: {subject}", f"Message-ID: <{number}.{rng.getrandbits(40):x}@example.org>",
            time.strftime("Date: %a, %d %b %Y %H:%M:%S +0000", time.gmtime(SPRING + number * 61)),
            "MIME-Version: 1.0", "Content-Type: text/plain", ""]
    length = sum(map(len, text))
    while length < size:
        line = " ".join(rng.choices(WORDS, k=10))
        text.append(line)
        length += len(line) + 2
    return ("\r\n".join(text) + "\r\n").encode(), SPRING + number * 61 + rng.randrange(60), \
        random_flags(rng)


def messages(seed, count, first=1, size=300):
    rng = random.Random(seed)
    return [message(rng, first + i, size) for i in range(count)]


def random_flags(rng):
    flags = {f for f in SYSTEM if rng.random() < 0.3}
    return flags | {f for f in KEYWORDS if rng.random() < 0.1}
