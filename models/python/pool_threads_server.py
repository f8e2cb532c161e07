"""pool-threads - multiprocessing.pool.ThreadPool: a connection is a task."""
from multiprocessing.pool import ThreadPool

import peer


def main(listener):
    pool = ThreadPool(peer.options.workers, initializer=peer.worker_begins)
    for connection in peer.accept(listener):
        pool.apply_async(peer.serve, (connection,))
    pool.close()
    pool.join()


if __name__ == "__main__":
    peer.run(main, workers=2 * peer.CPUS)
