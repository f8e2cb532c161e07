"""threading - socketserver.ThreadingTCPServer: a thread per connection."""
import socketserver
import threading

import peer


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        peer.serve(self.request)


class Server(socketserver.ThreadingTCPServer):
    def __init__(self, listener):
        super().__init__(None, Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


def main(listener):
    server = Server(listener)
    peer.when_stopped(lambda: threading.Thread(target=server.shutdown).start())
    peer.ready()
    server.serve_forever()
    server.server_close()  # waits for the threads


if __name__ == "__main__":
    peer.run(main)
