"""forking - socketserver.ForkingTCPServer: a process per connection."""
import os
import signal
import socketserver
import threading

import peer


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        peer.process_begins()
        peer.serve(self.request)


class Server(socketserver.ForkingTCPServer):
    max_children = 100_000  # the library's 40 would hold the 41st connection up

    def __init__(self, listener):
        super().__init__(None, Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


def main(listener):
    server = Server(listener)
    peer.when_stopped(lambda: threading.Thread(target=server.shutdown).start())
    peer.ready()
    server.serve_forever()
    for child in server.active_children or ():
        os.kill(child, signal.SIGTERM)
    server.server_close()  # waits for the children


if __name__ == "__main__":
    peer.run(main)
