"""udp-threading - socketserver.ThreadingUDPServer: a thread per datagram."""
import socketserver
import threading
import time

import peer
from protocol import SLEEP, SPIN, BadFrame, read_datagram, spin


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        counts = peer.Counts()
        try:
            self.answer(counts.received(data), sock)
            counts.sent(data, 1)
        except BadFrame:
            counts.bad_frames = 1
        except OSError:
            counts.errors = 1
        peer.state.counters.add(counts)

    def answer(self, data, sock):
        op, seconds = read_datagram(data, peer.options.max_frame)
        if op == SPIN:
            spin(seconds)
        elif op == SLEEP:
            time.sleep(seconds)
        sock.sendto(data, self.client_address)


class Server(socketserver.ThreadingUDPServer):
    max_packet_size = 65536

    def __init__(self, sock):
        super().__init__(None, Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = sock

    def verify_request(self, request, client_address):
        return client_address is not None  # the end of the socket


def main(sock):
    server = Server(sock)
    peer.when_stopped(lambda: threading.Thread(target=server.shutdown).start())
    peer.ready()
    server.serve_forever()
    server.server_close()  # waits for the threads


if __name__ == "__main__":
    peer.run(main)
