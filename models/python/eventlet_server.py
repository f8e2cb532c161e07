"""eventlet - GreenPool: a green thread per connection, eventlet's loop underneath."""
import eventlet
from eventlet.greenio import GreenSocket

import peer


def main(listener):
    pool = eventlet.GreenPool(1_000_000)
    for connection in peer.accept(GreenSocket(listener), eventlet.sleep):
        pool.spawn_n(peer.serve, connection, eventlet.sleep)
    pool.waitall()


if __name__ == "__main__":
    peer.run(main)
