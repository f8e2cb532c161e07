"""pool-processes - multiprocessing.Pool: a connection is a task.

multiprocessing pickles the socket: it passes the descriptor to the worker that asks for it.
"""
from multiprocessing import Pool

import peer


def main(listener):
    pool = Pool(peer.options.workers, initializer=peer.worker_begins)
    for connection in peer.accept(listener):
        pool.apply_async(peer.serve, (connection,))
    pool.close()
    peer.stop_processes()
    pool.join()


if __name__ == "__main__":
    peer.run(main, workers=peer.CPUS)
