"""iterative - one connection at a time; the others wait in the kernel."""
import peer


def main(listener):
    for connection in peer.accept(listener):
        peer.serve(connection)


if __name__ == "__main__":
    peer.run(main)
