"""udp-threading - socketserver.ThreadingUDPServer: a thread per datagram."""
import socketserver
import threading
import time

import peer
from protocol import SLEEP, SPIN, BadFrame, read_datagram, spin


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        it = peer.Counts()
        try:
            self.answer(it, self.request[0])
        except BadFrame:
            it.bad_frames = 1
        except OSError:
            it.errors = 1
        it.end()

    def answer(self, it, data):
        op, seconds = read_datagram(it.received(data), peer.options)
        if op == SPIN:
            spin(seconds)
        elif op == SLEEP:
            time.sleep(seconds)
        if not it.errors:  # was cut by the end of the drain
            peer.state.listener.sendto(data, self.client_address)
            it.sent(data, 1)


class Server(socketserver.ThreadingUDPServer):
    max_packet_size = 65536
    timeout = 0  # of handle_request
    ended = False

    def __init__(self, sock):
        super().__init__(None, Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = sock.dup()  # server_close closes it, then waits for the threads

    def verify_request(self, request, client_address):
        self.ended = client_address is None  # a socket that was shut down says so
        return not self.ended


def main(sock):
    server = Server(sock)
    peer.when_stopped(lambda: threading.Thread(target=server.shutdown).start())
    peer.ready()
    server.serve_forever()
    while not server.ended:  # what has come is answered
        server.handle_request()
    server.server_close()  # waits for the threads


if __name__ == "__main__":
    peer.run(main)
