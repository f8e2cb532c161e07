"""peer - what every server here has in common: its command line, its listener, its end.

    python3 NAME_server.py --listen tcp:127.0.0.1:0 [--workers N] ..

It prints `ready ADDR` when it accepts. SIGTERM (or SIGINT) ends it: no more connections
are accepted, the input of those that are open ends, what has arrived is answered, and the
last line is a JSON object of counters, as `iomodels serve` prints it.

A server whose workers are processes calls worker_begins in each of them.
"""
import argparse
import ctypes
import errno
import json
import multiprocessing
import os
import resource
import signal
import socket
import struct
import sys
import threading
import time

from protocol import LINGER, RECEIVE, SLEEP, SPIN, Frames, spin

BACKLOG = 4096
FIELDS = ("accepted", "closed", "requests", "bytes_in", "bytes_out", "bad_frames", "errors")
TICK = 1.0  # seconds
GRACE = 0.2  # seconds from one measure against what does not end to the next
PR_SET_PDEATHSIG = 1
SO_ATTACH_FILTER = 26
BPF_RETURN = 6
CPUS = len(os.sched_getaffinity(0))

options = argparse.Namespace()


class Counters:
    """What the server did: line 0, and one line for each fixed worker, in memory that its
    processes share."""

    def __init__(self, workers):
        self.workers = workers
        self.claimed = multiprocessing.Value("I", 0)
        self.lines = multiprocessing.Array("Q", len(FIELDS) * (1 + workers))
        self.own = threading.local()

    def claim(self):
        """This thread counts into a line of its own from now on."""
        with self.claimed:
            self.own.line = 1 + self.claimed.value % self.workers
            self.claimed.value += 1

    def add(self, counts):
        start = getattr(self.own, "line", 0) * len(FIELDS)
        with self.lines:
            for i, field in enumerate(FIELDS, start):
                self.lines[i] += getattr(counts, field)

    def column(self, field):
        return self.lines[FIELDS.index(field)::len(FIELDS)]


class Counts:
    """Of what is being served, a connection or a datagram."""

    def __init__(self):
        self.accepted = self.closed = 0
        self.requests = self.bytes_in = self.bytes_out = 0
        self.bad_frames = self.errors = 0
        state.open.add(self)

    def end(self, failed=False):
        state.open.discard(self)
        self.closed = self.accepted
        self.errors = max(self.errors, int(failed))
        state.counters.add(self)

    def shutdown(self, how):
        """Only a connection has such an end."""

    def received(self, data):
        self.bytes_in += len(data)
        return data

    def sent(self, reply, frames):
        self.bytes_out += len(reply)
        self.requests += frames


class Open(Counts):
    """A connection that is being served, and its counts: `with Open(connection) as it`.

    Leaving closes it. A connection that breaks is counted, and is no error of ours.
    """

    def __init__(self, connection):
        self.connection = connection  # first: a signal may end it once it is among the open
        super().__init__()
        self.accepted = 1
        if state.stopping:
            self.shutdown(socket.SHUT_RD)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        # gevent ends a wait for input by EBADF when the input is shut down
        is_end = state.stopping and getattr(error, "errno", 0) == errno.EBADF
        self.end(isinstance(error, OSError) and not is_end)
        self.shutdown(socket.SHUT_WR)  # another process may have it open too
        self.connection.close()
        return isinstance(error, OSError)

    def shutdown(self, how):
        try:
            self.connection.shutdown(how)
        except OSError:
            pass  # the other side was faster


class State:
    """Of this process."""

    def __init__(self):
        self.main = os.getpid()
        self.listener = None
        self.address = ""
        self.stopping = False
        self.alarms = 0
        self.open = set()
        self.wake = []
        self.counters = None
        self.name = os.path.basename(sys.argv[0]).removesuffix("_server.py").replace("_", "-")


state = State()


def serve(connection, sleep=time.sleep):
    """Answers one connection until its end, the way that all servers do which may block."""
    with Open(connection) as it:
        frames = Frames(options)
        while not frames.bad and (data := it.received(connection.recv(RECEIVE))):
            for op, seconds, reply, count in frames.feed(data):
                if op == SPIN:
                    spin(seconds)
                elif op == SLEEP:
                    sleep(seconds)
                if reply:
                    connection.sendall(reply)
                    it.sent(reply, count)
        if frames.bad:
            it.bad_frames = 1
            linger(it, connection)


def linger(it, connection):
    """Lets the last replies arrive: a close with unread input would reset them away."""
    it.shutdown(socket.SHUT_WR)
    connection.settimeout(LINGER)
    end = time.monotonic() + LINGER
    try:
        while time.monotonic() < end and connection.recv(RECEIVE):
            pass
    except TimeoutError:
        pass


def accept(listener, sleep=time.sleep):
    """Each connection that comes, from now on until the server is told to stop."""
    ready()
    yield from accept_quietly(listener, sleep)


def accept_quietly(listener, sleep=time.sleep):
    """The same in a worker: the main process says that the server is ready."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError as error:
            if state.stopping or error.errno == errno.EINVAL:
                return
            if error.errno != errno.ECONNABORTED:
                sleep(0.01)  # no descriptor is free: the connection waits
            continue
        yield connection


def worker_begins():
    """In each worker: a line of the counters; in a process, an end when its parent ends."""
    if os.getpid() != state.main and threading.current_thread() is threading.main_thread():
        process_begins()
    state.counters.claim()


def process_begins():
    """In the main thread of a process that another one has made."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's matter
    tick()


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop_processes():
    """Ends the input of what the worker processes of multiprocessing have open."""
    for process in multiprocessing.active_children():
        process.terminate()


def tick():
    """A signal that comes just before Python blocks in a system call is looked at when that
    returns, perhaps never: the next tick interrupts the call."""
    signal.setitimer(signal.ITIMER_REAL, TICK, TICK)


def drain():
    """The input of every connection of this process ends; after a time all of it does."""
    state.stopping = True
    signal.setitimer(signal.ITIMER_REAL, options.drain_timeout, GRACE)
    for it in list(state.open):
        it.shutdown(socket.SHUT_RD)


def on_terminate(number, frame):
    if state.stopping:
        return
    drain()
    if os.getpid() == state.main:
        for wake in state.wake:
            wake()


def stop_listening():
    """Wakes who waits in accept, in every thread and process."""
    try:
        if state.listener.type == socket.SOCK_DGRAM:
            refuse_datagrams(state.listener)
            state.listener.shutdown(socket.SHUT_RD)  # replies are still sent
        else:
            state.listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # what is no stream says so, and wakes nevertheless


def refuse_datagrams(sock):
    """No more are queued: else the drain would not end while clients send."""
    drop = ctypes.create_string_buffer(struct.pack("HBBI", BPF_RETURN, 0, 0, 0), 8)
    program = struct.pack("HP", 1, ctypes.addressof(drop))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


def when_stopped(wake):
    """What is to be called, in the main process, when the server is to stop."""
    state.wake.append(wake)


def on_alarm(number, frame):
    """The drain has taken too long: first what is open is cut, then workers that still
    have something open, asleep perhaps, end as they are, then the server."""
    if not state.stopping:
        return
    state.alarms += 1
    left = list(state.open)
    if state.alarms == 1:
        for it in left:
            it.errors = 1
            it.shutdown(socket.SHUT_RDWR)
    elif os.getpid() != state.main or state.alarms > 2:
        for it in left:
            it.closed, it.errors = it.accepted, 1
            state.counters.add(it)
        if os.getpid() == state.main:
            finish()
        os._exit(0)


def listen(address):
    """A listening socket for tcp:HOST:PORT or unix:PATH, a bound one for udp:HOST:PORT."""
    transport, _, place = address.partition(":")
    if transport == "unix":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(place)
    else:
        host, _, port = place.rpartition(":")
        host = host.strip("[]")
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
                                 socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if transport == "tcp":
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # is inherited
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        listener.bind((host, int(port)))
    if transport != "udp":
        listener.listen(BACKLOG)
    return listener


def address_of(listener):
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if listener.family == socket.AF_INET6 else name[0]
    transport = "udp" if listener.type == socket.SOCK_DGRAM else "tcp"
    return f"{transport}:{host}:{name[1]}"


def ready():
    """Everything is in place: who reads the line may connect, or send a signal."""
    print("ready", state.address, flush=True)


def finish():
    """The socket's file goes, the counters are printed."""
    if state.address.startswith("unix:"):
        os.unlink(state.address.removeprefix("unix:"))
    counters = state.counters
    total = {field: sum(counters.column(field)) for field in FIELDS}
    closed = total.pop("closed")
    print(json.dumps({"model": f"python:{state.name}", "refused": 0, **total,
                      "active": total["accepted"] - closed,
                      "workers": counters.column("requests")[1:]}), flush=True)


def parse(defaults):
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    transport = "udp" if state.name.startswith("udp-") else "tcp"
    parser.add_argument("--listen", default=f"{transport}:127.0.0.1:0", metavar="ADDR")
    parser.add_argument("--max-frame", type=int, default=1 << 20, metavar="BYTES")
    parser.add_argument("--max-work", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--drain-timeout", type=float, default=5.0, metavar="SECONDS")
    parser.add_argument("--probe", action="store_true", help="only import what it needs")
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.parse_args(namespace=options)


def option(name):
    """An option's value; 0 where this server has no such option."""
    return getattr(options, name, 0)


def run(main, fixed=lambda: option("workers"), **defaults):
    """The whole life of a server: main(listener) serves until it is told to stop.

    `defaults` are its own options, `fixed()` the number of workers that count apart.
    """
    parse(defaults)
    if options.probe:
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    state.counters = Counters(fixed())
    state.listener = listen(options.listen)
    state.address = address_of(state.listener)
    when_stopped(stop_listening)
    signal.signal(signal.SIGTERM, on_terminate)
    signal.signal(signal.SIGINT, on_terminate)
    signal.signal(signal.SIGALRM, on_alarm)
    tick()
    main(state.listener)
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # it ends already
    finish()
