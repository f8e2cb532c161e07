"""loop - a selector and timers: what every event loop is made of."""
import heapq
import itertools
import selectors
import time


class Loop:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.timers = []
        self.number = itertools.count()  # equal times keep their order

    def watch(self, sock, before, events, ready):
        """ready(mask) is called when `sock` can do what `events` says; 0: no more."""
        if not before:
            self.selector.register(sock, events, ready)
        elif not events:
            self.selector.unregister(sock)
        else:
            self.selector.modify(sock, events, ready)

    def call_later(self, seconds, function, *arguments):
        timer = [time.monotonic() + seconds, next(self.number), function, arguments]
        heapq.heappush(self.timers, timer)
        return timer

    def cancel(self, timer):
        timer[2] = None

    def turn(self):
        """Waits, and calls what is ready."""
        for key, mask in self.selector.select(self.run_timers()):
            key.data(mask)

    def run_timers(self):
        """Returns the seconds until the next one, None when there is none."""
        while self.timers:
            left = self.timers[0][0] - time.monotonic()
            if left > 0:
                return left
            _, _, function, arguments = heapq.heappop(self.timers)
            if function:
                function(*arguments)
                return 0
        return None
