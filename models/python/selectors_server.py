"""selectors - one loop over all connections, none of which may block it.

A connection remembers what it was at: the steps that the received bytes call for, and what
of a reply the kernel did not take.
"""
import collections
import socket
from selectors import EVENT_READ, EVENT_WRITE

import peer
from loop import Loop
from protocol import LINGER, RECEIVE, SLEEP, SPIN, Frames, spin


class Connection:
    def __init__(self, loop, sock):
        sock.setblocking(False)
        self.loop, self.sock = loop, sock
        self.it = peer.Open(sock)
        self.frames = Frames(peer.options)
        self.steps = collections.deque()
        self.unsent, self.count = b"", 0
        self.events = 0
        self.watch(EVENT_READ)

    def watch(self, events):
        if events != self.events:
            self.loop.watch(self.sock, self.events, events, self.ready)
            self.events = events

    def ready(self, mask):
        try:
            if self.events == EVENT_WRITE:
                self.go_on()
            elif self.frames.bad:
                self.discard()
            else:
                self.receive()
        except BlockingIOError:
            pass
        except OSError:
            self.close(failed=True)

    def receive(self):
        data = self.it.received(self.sock.recv(RECEIVE))
        if not data:
            self.close()
            return
        self.steps.extend(self.frames.feed(data))
        self.go_on()

    def go_on(self):
        """Sends what is to be sent and does the steps, until one has to wait."""
        while self.send() and self.steps:
            op, seconds, self.unsent, self.count = self.steps.popleft()
            if op == SPIN:
                spin(seconds)
            elif op == SLEEP:
                self.watch(0)
                self.loop.call_later(seconds, self.wake)
                return
        if self.unsent:
            self.watch(EVENT_WRITE)
            return
        self.watch(EVENT_READ)
        if self.frames.bad:
            self.it.bad_frames = 1
            self.it.shutdown(socket.SHUT_WR)
            self.loop.call_later(LINGER, self.close)

    def wake(self):
        try:
            self.go_on()
        except OSError:
            self.close(failed=True)

    def send(self):
        """True when nothing is left."""
        if self.unsent:
            try:
                sent = self.sock.send(self.unsent)
            except BlockingIOError:
                return False
            self.it.bytes_out += sent
            self.unsent = memoryview(self.unsent)[sent:] if sent < len(self.unsent) else b""
        if self.unsent:
            return False
        self.it.requests += self.count
        self.count = 0
        return True

    def discard(self):
        if not self.sock.recv(RECEIVE):
            self.close()

    def close(self, failed=False):
        if self.it.closed:
            return
        self.watch(0)
        self.it.end(failed)
        self.sock.close()


def main(listener):
    loop = Loop()
    accepting = True

    def accept(mask):
        nonlocal accepting
        try:
            Connection(loop, listener.accept()[0])
        except BlockingIOError:
            pass
        except OSError:
            loop.watch(listener, EVENT_READ, 0, accept)
            accepting = not peer.state.stopping
            if accepting:  # no descriptor is free
                loop.call_later(0.01, loop.watch, listener, 0, EVENT_READ, accept)

    listener.setblocking(False)
    loop.watch(listener, 0, EVENT_READ, accept)
    peer.ready()
    while accepting or peer.state.open:
        loop.turn()


if __name__ == "__main__":
    peer.run(main)
