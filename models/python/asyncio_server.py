"""asyncio - start_server and streams: a coroutine per connection."""
import asyncio
import signal

import peer
from protocol import LINGER, RECEIVE, SLEEP, SPIN, Frames, spin


async def answer(it, reader, writer):
    frames = Frames(peer.options)
    while not frames.bad and (data := it.received(await reader.read(RECEIVE))):
        for op, seconds, reply, count in frames.feed(data):
            if op == SPIN:
                spin(seconds)
            elif op == SLEEP:
                await asyncio.sleep(seconds)
            if reply:
                writer.write(reply)
                await writer.drain()
                it.sent(reply, count)
    if frames.bad:
        it.bad_frames = 1
        await linger(reader, writer)


async def linger(reader, writer):
    writer.write_eof()
    try:
        async with asyncio.timeout(LINGER):
            while await reader.read(RECEIVE):
                pass
    except TimeoutError:
        pass


async def serve(reader, writer):
    it = peer.Open(writer.get_extra_info("socket"))
    failed = False
    try:
        await answer(it, reader, writer)
        writer.close()
        await writer.wait_closed()
    except OSError:
        writer.transport.abort()
        failed = True
    it.end(failed)


async def serve_until_stopped(listener):
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    server = await asyncio.start_server(serve, sock=listener, backlog=peer.BACKLOG)
    peer.ready()
    await stopped.wait()
    server.close()
    peer.drain()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*tasks, return_exceptions=True)


def main(listener):
    asyncio.run(serve_until_stopped(listener))


if __name__ == "__main__":
    peer.run(main)
