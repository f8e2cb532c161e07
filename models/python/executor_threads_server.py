"""executor-threads - concurrent.futures.ThreadPoolExecutor: a connection is a task."""
from concurrent.futures import ThreadPoolExecutor

import peer


def main(listener):
    with ThreadPoolExecutor(peer.options.workers, "executor-threads",
                            initializer=peer.worker_begins) as executor:
        for connection in peer.accept(listener):
            executor.submit(peer.serve, connection)


if __name__ == "__main__":
    peer.run(main, workers=2 * peer.CPUS)
