#!/usr/bin/python3
"""An echo server of other hands, a thread per connection, which lies when it is told to.

echo_server.py MODE PORT|PATH
    echo     every byte comes back
    flip     one bit of one byte is wrong in one reply of 10,000, first in the 1,000th
    surplus  one byte too many behind one reply of 10,000, first behind the 1,000th
    die      kills itself with SIGKILL instead of the 1,000th reply
"""
import itertools
import os
import signal
import socket
import sys
import threading

mode, place = sys.argv[1], sys.argv[2]
replies = itertools.count(1)


def reply(data):
    if next(replies) % 10000 != 1000 or mode == "echo":
        return data
    if mode == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "surplus":
        return data + b"x"
    return data[:-1] + bytes([data[-1] ^ 1])


def serve(connection):
    with connection:
        try:
            if connection.family != socket.AF_UNIX:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while data := connection.recv(65536):
                connection.sendall(reply(data))
        except OSError:
            pass


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
