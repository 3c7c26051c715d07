# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for other processes by events: that a server is ready, that a process has ended."""
import os
import select
import socket
import time


class Notice:
    """Where a server says that it is ready, as it would to systemd (sd_notify(3))."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("")   # the kernel chooses an abstract name
        self.environment = "NOTIFY_SOCKET=@" + self.socket.getsockname()[1:].decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def wait(self, server, deadline=20.0):
        """True when `server`, a Popen, has said so; False when it has ended."""
        end = time.monotonic() + deadline
        process = os.pidfd_open(server.pid)
        try:
            while True:
                found, _, _ = select.select([self.socket, process], [], [],
                                            max(0, end - time.monotonic()))
                if self.socket in found and b"READY=1" in self.socket.recv(4096):
                    return True
                if process in found:
                    server.wait()
                    return False
                if not found:
                    raise TimeoutError(f"the server was not ready within {deadline} s")
        finally:
            os.close(process)


def await_end(pid, deadline):
    """Returns when the process has ended; TimeoutError when the monotonic clock has reached
    `deadline`."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([process], [], [], max(0, deadline - time.monotonic()))[0]:
            raise TimeoutError(f"process {pid} did not end")
    finally:
        os.close(process)
