"""greenlet - a greenlet per connection, over a loop of our own.

The handler is the blocking one, unchanged: where it would block, it switches to the loop,
which switches back when it can go on.
"""
from selectors import EVENT_READ, EVENT_WRITE

import greenlet

import peer
from loop import Loop


class Hub(Loop):
    """The greenlet that made it runs the loop; the others switch to it to wait."""

    def __init__(self):
        super().__init__()
        self.greenlet = greenlet.getcurrent()
        self.live = 0

    def spawn(self, function, *arguments):
        self.live += 1
        self.call_later(0, greenlet.greenlet(self.body, self.greenlet).switch,
                        function, arguments)

    def body(self, function, arguments):
        try:
            function(*arguments)
        finally:
            self.live -= 1

    def sleep(self, seconds):
        self.call_later(seconds, greenlet.getcurrent().switch)
        self.greenlet.switch()

    def run(self):
        while self.live:
            self.turn()


class Socket:
    """What a handler takes for a blocking socket."""

    def __init__(self, hub, sock):
        sock.setblocking(False)
        self.hub, self.sock = hub, sock
        self.events, self.waiter = 0, None
        self.timeout = None
        self.shutdown, self.settimeout = sock.shutdown, self.set_timeout

    def set_timeout(self, seconds):
        self.timeout = seconds

    def watch(self, events):
        if events != self.events:
            self.hub.watch(self.sock, self.events, events, self.ready)
            self.events = events

    def ready(self, mask):
        if self.waiter:
            self.waiter.switch()
        else:
            self.watch(0)  # it is at something else

    def wait(self, events):
        self.watch(events)
        self.waiter = greenlet.getcurrent()
        timer = None
        if self.timeout is not None:
            timer = self.hub.call_later(self.timeout, self.waiter.throw, TimeoutError)
        try:
            self.hub.greenlet.switch()
        finally:
            self.waiter = None
            if timer:
                self.hub.cancel(timer)

    def accept(self):
        while True:
            self.wait(EVENT_READ)
            try:
                sock, address = self.sock.accept()
                return Socket(self.hub, sock), address
            except BlockingIOError:
                pass

    def recv(self, size):
        while True:
            self.wait(EVENT_READ)
            try:
                return self.sock.recv(size)
            except BlockingIOError:
                pass

    def sendall(self, data):
        while True:
            try:
                sent = self.sock.send(data)
            except BlockingIOError:
                sent = 0
            if sent == len(data):
                return
            data = memoryview(data)[sent:]
            self.wait(EVENT_WRITE)

    def close(self):
        self.watch(0)
        self.sock.close()


def accept(hub, listener):
    for connection in peer.accept(Socket(hub, listener), hub.sleep):
        hub.spawn(peer.serve, connection, hub.sleep)


def main(listener):
    hub = Hub()
    hub.spawn(accept, hub, listener)
    hub.run()


if __name__ == "__main__":
    peer.run(main)
