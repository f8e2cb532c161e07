"""executor-processes - concurrent.futures.ProcessPoolExecutor: a connection is a task.

multiprocessing pickles the socket: it passes the descriptor to the worker that asks for it.
"""
from concurrent.futures import ProcessPoolExecutor

import peer


def main(listener):
    with ProcessPoolExecutor(peer.options.workers,
                             initializer=peer.worker_begins) as executor:
        for connection in peer.accept(listener):
            executor.submit(peer.serve, connection)
        peer.stop_processes()


if __name__ == "__main__":
    peer.run(main, workers=peer.CPUS)
