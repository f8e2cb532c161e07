#!/usr/bin/python3
"""An echo server of other hands, a thread per connection, which lies when it is told to.

echo_server.py MODE PORT|PATH
    echo     every byte comes back
    flip     one bit of one byte is wrong in one reply of 10,000, first in the 1,000th
    surplus  one byte too many behind one reply of 10,000, first behind the 1,000th
    die      kills itself with SIGKILL instead of the 1,000th reply
    hoard    every byte comes back; 1 MiB is kept for each connection, a child process keeps
             16 MiB, and once there were 48 MiB more
"""
import itertools
import mmap
import os
import signal
import socket
import sys
import threading
import time

mode, place = sys.argv[1], sys.argv[2]
replies = itertools.count(1)


def reply(data):
    if next(replies) % 10000 != 1000 or mode in ("echo", "hoard"):
        return data
    if mode == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "surplus":
        return data + b"x"
    return data[:-1] + bytes([data[-1] ^ 1])


def memory(size):
    """Pages of its own, all touched."""
    pages = mmap.mmap(-1, size)
    for place in range(0, size, 4096):
        pages[place] = 1
    return pages


def serve(connection):
    hoard = memory(1 << 20) if mode == "hoard" else None
    with connection:
        try:
            if connection.family != socket.AF_UNIX:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while data := connection.recv(65536):
                connection.sendall(reply(data))
        except OSError:
            pass
    del hoard


if mode == "hoard":
    memory(48 << 20).close()
    if os.fork() == 0:
        kept = memory(16 << 20)
        time.sleep(3600)
if place.isdigit():
    listener = socket.create_server(("127.0.0.1", int(place)), backlog=4096)
else:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(place)
    listener.listen(4096)
if place.isdigit():
    print("ready tcp:127.0.0.1:%d" % listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
