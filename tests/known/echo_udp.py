#!/usr/bin/env python3
"""A datagram echo server with one known fault, to see whether the load generator finds it.

usage: echo_udp.py FAULT [N]    prints `ready udp:127.0.0.1:PORT`; serves until killed

none     every datagram comes back          flip      one bit in every N-th reply
drop     every N-th is not answered         twice     every N-th is answered twice
late     every N-th 400 ms later            short     half of every N-th
shuffle  up to eight, last one first        never     nothing at all
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


def answer_held():
    while held:
        server.sendto(*held.pop())


if fault == "shuffle":
    server.settimeout(0.02)  # the last ones of a run are fewer than eight
number = 0
while True:
    try:
        request = server.recvfrom(65536)
    except socket.timeout:
        answer_held()
        continue
    number += 1
    if fault == "never":
        continue
    if fault == "shuffle":
        held.append(request)
        if len(held) == 8:
            answer_held()
    elif fault != "none" and number % n == 0:
        spoil(*request)
    else:
        server.sendto(*request)
