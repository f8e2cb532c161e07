"""hybrid - Pool(n) of processes, each with a ThreadPool(2n), all on one listener.

Every thread accepts for itself: n x 2n connections are served at once.
"""
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

import peer


def threads_each():
    return peer.options.threads or 2 * peer.options.workers


def accept_and_serve(listener):
    for connection in peer.accept_quietly(listener):
        peer.serve(connection)


def serve_with_threads(_):
    count = threads_each()
    listener = peer.state.listener  # is inherited
    with ThreadPool(count, initializer=peer.worker_begins) as threads:
        threads.map(accept_and_serve, [listener] * count, chunksize=1)


def main(listener):
    count = peer.options.workers
    processes = Pool(count, initializer=peer.process_begins)
    peer.when_stopped(peer.stop_processes)
    peer.ready()
    processes.map(serve_with_threads, range(count), chunksize=1)
    processes.close()  # not terminate, which counts on SIGTERM to kill: here it drains
    processes.join()


if __name__ == "__main__":
    peer.run(main, fixed=lambda: peer.options.workers * threads_each(),
             workers=peer.CPUS, threads=0)
