/*
 * skeleton.c - the smallest correct model: start a new one from a copy of this file.
 *
 * It serves one connection at a time with the blocking handler. The test build alone
 * registers it, and runs the contract suite on it, so it is always a true example. What
 * a model owes, and where each debt is paid here:
 *
 *   open    everything that can fail, before the server announces itself      [1]
 *   run     serves until stop_fd is readable                                  [2]
 *           then drains: what the kernel has received is answered, what is
 *           left after config.drain_timeout_ns is cut                         [3]
 *           counts accepted, refused, closed, errors                          [4]
 *   close   undoes open, also a failed one                                    [5]
 *
 * docs/ADDING_A_MODEL.md leads through the rest: the line in models.def, the sources
 * list, the tests.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/blocking.h"
#include "server/acceptor.h"

/* All state hangs from server->state: a model may run twice in one process. */
struct skeleton {
	struct acceptor acceptor;
	void *buffer;
};

/* [1] Returns 0 or -errno and prints nothing; the core calls close in either case, so
 * there is nothing to undo here. */
static int skeleton_open(struct io_server *server)
{
	struct skeleton *skeleton = calloc(1, sizeof(*skeleton));

	if (!skeleton)
		return -ENOMEM;
	server->state = skeleton;
	skeleton->buffer = malloc((size_t)server->config.buffer);
	if (!skeleton->buffer)
		return -ENOMEM;
	/* [4] Line 0 is the acceptor's. */
	return acceptor_open(&skeleton->acceptor, server, &server->counters->line[0]);
}

/* One connection. A model with a loop would instead ask echo_conn_want what comes next
 * (server/echo.h), or share stream.h with the reactor. */
static void skeleton_serve(struct io_server *server, int fd)
{
	struct skeleton *skeleton = server->state;

	/* [3] Named, so that a stop can end its input while this thread blocks on it. */
	io_server_block_on(server, fd);
	/* [4] The handler counts what it does, its end and its error included. */
	(void)blocking_serve_alone(server, fd, skeleton->buffer,
				   &server->counters->line[0]);
	io_server_block_on(server, -1);
	close(fd);
}

/* [2] The acceptor knows accept's errors, and returns -ECANCELED at the stop. */
static int skeleton_run(struct io_server *server)
{
	struct skeleton *skeleton = server->state;
	int fd = 0;

	while (fd >= 0 || fd == -EINTR || fd == -EAGAIN) {
		fd = acceptor_accept(&skeleton->acceptor, 0, 0);
		if (fd >= 0)
			skeleton_serve(server, fd);
	}
	return fd == -ECANCELED ? 0 : fd;
}

/* [5] */
static void skeleton_close(struct io_server *server)
{
	struct skeleton *skeleton = server->state;

	if (!skeleton)
		return;
	acceptor_close(&skeleton->acceptor);
	free(skeleton->buffer);
	free(skeleton);
	server->state = NULL;
}

/* The name is one word everywhere: command line, file, test, result key. The flags say
 * what the model can hold, and the contract suite reads them. A model that needs a
 * library fills `unavailable` where the build lacks it, one that needs a kernel `probe`;
 * either stays in the table. */
const struct io_model io_model_skeleton = {
	.name = "skeleton",
	.summary = "the how-to: blocking, one connection at a time",
	.family = "iterative",
	.flags = IO_MODEL_STREAM | IO_MODEL_ONE,
	.open = skeleton_open,
	.run = skeleton_run,
	.close = skeleton_close,
};
