#!/usr/bin/env python3
"""A datagram echo server with one known fault, to see whether the load generator finds it.

usage: echo_udp.py FAULT [N]    prints `ready udp:127.0.0.1:PORT`; serves until killed

none     every datagram comes back          flip      one bit in every N-th reply
drop     every N-th is not answered         twice     every N-th is answered twice
late     every N-th 400 ms later            short     half of every N-th
shuffle  eight at a time, last one first    never     nothing at all
"""
import socket
import sys
import threading

fault = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
server.bind(("127.0.0.1", 0))
print(f"ready udp:127.0.0.1:{server.getsockname()[1]}", flush=True)
held = []


def spoil(data, address):
    """The reply to every N-th."""
    if fault == "flip":
        server.sendto(data[:40] + bytes([data[40] ^ 1]) + data[41:], address)
    elif fault == "short":
        server.sendto(data[:len(data) // 2], address)
    elif fault == "late":
        threading.Timer(0.4, server.sendto, (data, address)).start()
    elif fault == "twice":
        server.sendto(data, address)
        server.sendto(data, address)


def shuffle(data, address):
    held.append((data, address))
    if len(held) == 8:
        while held:
            server.sendto(*held.pop())


number = 0
while True:
    request = server.recvfrom(65536)
    number += 1
    if fault == "never":
        continue
    if fault == "shuffle":
        shuffle(*request)
    elif fault != "none" and number % n == 0:
        spoil(*request)
    else:
        server.sendto(*request)
