"""thread-pool - a queue and reusable threads: each serves one connection, then the next.

The main thread accepts and puts the connections into a queue.Queue; task_done and join
tell it when all of them have been served.
"""
import queue
import threading

import peer


def work(connections):
    peer.worker_begins()
    while True:
        connection = connections.get()
        peer.serve(connection)
        connections.task_done()


def main(listener):
    connections = queue.Queue()
    for i in range(peer.options.workers):
        threading.Thread(target=work, args=(connections,), name=f"thread-pool/{i}",
                         daemon=True).start()
    for connection in peer.accept(listener):
        connections.put(connection)
    connections.join()


if __name__ == "__main__":
    peer.run(main, workers=2 * peer.CPUS)
