"""gevent - StreamServer: a greenlet per connection, gevent's loop underneath."""
import signal

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer

import peer


def handle(connection, address):
    peer.serve(connection, sleep=gevent.sleep)


def main(listener):
    listener.setblocking(False)
    server = StreamServer(listener, handle, spawn=Pool())
    peer.when_stopped(server.close)
    gevent.signal_handler(signal.SIGTERM, peer.on_terminate, signal.SIGTERM, None)
    server.start()
    peer.ready()
    server.serve_forever(stop_timeout=peer.options.drain_timeout + 1)


if __name__ == "__main__":
    peer.run(main)
