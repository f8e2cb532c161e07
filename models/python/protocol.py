"""protocol - the echo protocol without I/O, as every peer speaks it.

A frame is a header of 16 bytes and its payload. The reply is the frame itself, after its
work is done; docs/ARCHITECTURE.md has the fields.
"""
import struct
import time

HEADER = struct.Struct("!IBBHII")  # length, magic, op, reserved, amount_us, tag
MAGIC = 0xEC
ECHO, SPIN, SLEEP = range(3)
MAX_DATAGRAM = 65507
LINGER = 0.1  # seconds for a peer whose frame was bad to take its last replies
RECEIVE = 65536  # bytes per call


class BadFrame(Exception):
    pass


def read_header(data, at, limits):
    """Length of the payload, op and seconds of work of the header at `at`."""
    length, magic, op, reserved, amount_us, _ = HEADER.unpack_from(data, at)
    seconds = amount_us / 1e6
    if (magic != MAGIC or op > SLEEP or reserved or length > limits.max_frame
            or seconds > limits.max_work or (op == ECHO and amount_us)):
        raise BadFrame
    return length, op, seconds


def read_datagram(data, limits):
    """Op and seconds of a datagram, which is one whole frame."""
    if len(data) < HEADER.size:
        raise BadFrame
    length, op, seconds = read_header(data, 0, limits)
    if len(data) != HEADER.size + length or len(data) > MAX_DATAGRAM:
        raise BadFrame
    return op, seconds


def spin(seconds):
    """Burns so much CPU time of this thread: waiting for the interpreter is not counted."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


class Frames:
    """The frames of one connection, out of bytes that come in any pieces.

    A payload is passed through as it comes, so no more than a part of a header is ever
    kept, however large a frame is.
    """

    def __init__(self, limits):
        self.limits = limits  # max_frame in bytes of payload, max_work in seconds
        self.kept = b""  # of a header that is not whole yet: 15 bytes at most
        self.payload = 0  # bytes to come of the frame that has begun
        self.bad = False

    def feed(self, data):
        """The steps that `data` calls for, each (op, seconds, reply, frames): first the
        work, then the bytes to send, which end so many frames."""
        if self.kept:
            data, self.kept = self.kept + data, b""
        steps = []
        size = len(data)
        op, seconds, start = ECHO, 0, 0
        at = self.payload  # of the next header
        frames = int(0 < at <= size)
        while at + HEADER.size <= size:
            try:
                length, next_op, next_seconds = read_header(data, at, self.limits)
            except BadFrame:
                self.bad = True
                break
            if next_op != ECHO:
                steps.append((op, seconds, data[start:at], frames))
                op, seconds, start, frames = next_op, next_seconds, at, 0
            at += HEADER.size + length
            frames += at <= size
        self.payload = max(at - size, 0)
        self.kept = data[at:]
        steps.append((op, seconds, data[start:at], frames))
        return steps
