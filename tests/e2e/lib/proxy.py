# SPDX-License-Identifier: GPL-3.0-or-later
"""A loopback relay in front of a server that can cut its connections."""
import selectors
import socket
import struct
import threading


class Proxy(threading.Thread):
    """Relays to `port`; `cut_after(n)` ends every connection, once, after n more octets in
    both directions together.  `cuts` counts."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.target, self.left, self.cuts, self.connections = port, None, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.poll = selectors.DefaultSelector()
        self.poll.register(self.listener, selectors.EVENT_READ)
        self.other = {}
        self.start()

    def cut_after(self, octets):
        self.left = octets

    def run(self):
        while True:
            for key, _ in self.poll.select():
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj in self.other:
                    self._relay(key.fileobj)

    def _accept(self):
        near, _ = self.listener.accept()
        far = socket.create_connection(("127.0.0.1", self.target))
        self.connections += 1
        for one, two in ((near, far), (far, near)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.other[one] = two
            self.poll.register(one, selectors.EVENT_READ)

    def _relay(self, source):
        try:
            octets = source.recv(1 << 16)
        except OSError:
            octets = b""
        if self.left is not None and octets:
            octets, self.left = octets[:self.left], self.left - len(octets)
        if octets:
            try:
                self.other[source].sendall(octets)
            except OSError:
                self._close(source)
        else:
            self._close(source)
        if self.left is not None and self.left <= 0:
            self.left = None
            self.cuts += 1
            while self.other:
                self._close(next(iter(self.other)), reset=True)

    def _close(self, one, reset=False):
        two = self.other.pop(one)
        self.other.pop(two)
        for end in (one, two):
            self.poll.unregister(end)
            if reset:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()
