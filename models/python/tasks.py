"""tasks - the pool experiment of `iomodels tasks` on the executors of Python.

    python3 tasks.py --executor threads|processes|gevent --work spin|sleep --us N
                     --tasks N --workers N --chunk N

Each task spins (CPU time of its thread) or sleeps for N microseconds. One JSON line says how
long the map of all tasks took, how long the workers had a task in hand, and what CPU the
whole tree used, from before the workers are made until they have ended.
"""
import argparse
import json
import multiprocessing
import resource
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from peer import die_with_parent
from protocol import spin


class Work:
    """A task: what it returns is its number and how long it took."""

    def __init__(self, kind, seconds, sleep=time.sleep):
        self.act = spin if kind == "spin" else sleep
        self.seconds = seconds

    def __call__(self, number):
        begin = time.monotonic()
        self.act(self.seconds)
        return number, time.monotonic() - begin


def timed(mapped):
    begin = time.monotonic()
    results = list(mapped())
    return time.monotonic() - begin, results


def run_threads(work, tasks, workers, chunk):
    all_here = threading.Barrier(workers)
    with ThreadPoolExecutor(workers) as executor:
        for future in [executor.submit(all_here.wait) for _ in range(workers)]:
            future.result()
        return timed(lambda: executor.map(work, range(tasks)))


def run_processes(work, tasks, workers, chunk):
    all_here = multiprocessing.Barrier(workers + 1)
    with ProcessPoolExecutor(workers, initializer=begin_process,
                             initargs=(all_here,)) as executor:
        first = executor.submit(int)  # forks them all
        all_here.wait()
        first.result()
        return timed(lambda: executor.map(work, range(tasks), chunksize=chunk))


def begin_process(all_here):
    die_with_parent()
    all_here.wait()


def run_gevent(work, tasks, workers, chunk):
    from gevent.pool import Pool
    return timed(lambda: Pool(workers).map(work, range(tasks)))


def make_work(executor, kind, seconds):
    if executor != "gevent":
        return Work(kind, seconds)
    import gevent
    return Work(kind, seconds, gevent.sleep)


def cpu_seconds():
    usages = [resource.getrusage(who)
              for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


RUN = {"threads": run_threads, "processes": run_processes, "gevent": run_gevent}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executor", choices=RUN, required=True)
    parser.add_argument("--work", choices=("spin", "sleep"), default="spin")
    for name, default in (("us", 10000), ("tasks", 50), ("workers", 1), ("chunk", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--probe", action="store_true", help="only import what it needs")
    options = parser.parse_args()
    work = make_work(options.executor, options.work, options.us / 1e6)
    if options.probe:
        return
    die_with_parent()
    before = cpu_seconds()
    elapsed, results = RUN[options.executor](work, options.tasks, options.workers,
                                             options.chunk)
    cpu = cpu_seconds() - before
    assert [number for number, _ in results] == list(range(options.tasks))
    print(json.dumps({"elapsed_s": elapsed, "busy_s": sum(busy for _, busy in results),
                      "cpu_s": cpu}))


if __name__ == "__main__":
    main()
