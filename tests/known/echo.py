#!/usr/bin/env python3
"""An echo server with one known fault, to see whether the load generator finds it.

usage: echo.py FAULT [N]     prints `ready tcp:127.0.0.1:PORT`; serves until killed

none       every byte comes back            flip      one bit in every N-th reply
bytes      .. one at a time                 surplus   one byte more behind every N-th
truncate   half of reply N, then FIN        reset     half of reply N, then RST
silent     nothing from reply N on          never     nothing at all
swap       replies N and N + 1 change       late      four bytes more after the half-close
           places
"""
import socket
import struct
import sys
import threading

fault = sys.argv[1]
n = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
lock = threading.Lock()
replies = 0
held = []  # a connection and its reply, to be swapped with the next one's


def cut(connection, data):
    connection.sendall(data[:len(data) // 2])
    if fault == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def swap(connection, data, number):
    if number == n:
        held.append((connection, data))
        return
    other, reply = held.pop()
    other.sendall(data)
    connection.sendall(reply)


def reply(connection, data):
    """False when the connection is at its end."""
    global replies
    with lock:
        replies += 1
        number = replies
    if fault == "never" or fault == "silent" and number >= n:
        return True
    if fault in ("truncate", "reset") and number == n:
        cut(connection, data)
        return False
    if fault == "swap" and number in (n, n + 1):
        swap(connection, data, number)
    elif fault == "flip" and number % n == 0:
        connection.sendall(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    elif fault == "surplus" and number % n == 0:
        connection.sendall(data + b"!")
    elif fault == "bytes":
        for i in range(len(data)):
            connection.sendall(data[i:i + 1])
    else:
        connection.sendall(data)
    return True


def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        while data := connection.recv(65536):
            if not reply(connection, data):
                return
        if fault == "late":
            connection.sendall(b"late")
        connection.close()
    except OSError:
        connection.close()


listener = socket.create_server(("127.0.0.1", 0), backlog=512)
print(f"ready tcp:127.0.0.1:{listener.getsockname()[1]}", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
