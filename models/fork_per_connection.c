/*
 * fork_per_connection.c - a process for each connection, blocking.
 *
 * Nothing is allocated per connection before the fork: page tables are what a fork costs.
 * The buffer is mapped once and never touched by the parent, so each child gets fresh
 * pages of its own at its first read.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/blocking.h"
#include "models/child.h"
#include "models/timers.h"
#include "server/acceptor.h"

struct forks {
	struct acceptor acceptor;
	struct children children;
	void *buffer;
};

static _Noreturn void child_main(struct io_server *server, int fd)
{
	struct forks *forks = server->state;

	child_begin(&forks->children, -1, -1);
	child_hold(fd);
	close(server->listener);
	acceptor_close(&forks->acceptor);
	(void)blocking_serve(server, fd, forks->buffer, &server->counters->line[0]);
	child_hold(-1);
	close(fd);
	_exit(0);
}

/* Serves `fd` in a process of its own, or refuses it. */
static void forks_take(struct io_server *server, int fd)
{
	struct forks *forks = server->state;
	size_t max = (size_t)server->config.max_connections;

	if (max > 0 && children_reap(&forks->children) >= max) {
		acceptor_refuse(&forks->acceptor, fd);
		return;
	}
	pid_t pid = children_fork(&forks->children);
	if (pid == 0)
		child_main(server, fd);
	if (pid < 0)
		acceptor_refuse(&forks->acceptor, fd);
	else
		close(fd);
}

static int fork_per_connection_open(struct io_server *server)
{
	struct forks *forks = calloc(1, sizeof(*forks));

	if (!forks)
		return -ENOMEM;
	server->state = forks;
	forks->buffer = mmap(NULL, (size_t)server->config.buffer, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (forks->buffer == MAP_FAILED)
		return -errno;
	return acceptor_open(&forks->acceptor, server, &server->counters->line[0]);
}

/* Who was killed had no time to count its end. */
static void forks_count_killed(struct io_server *server)
{
	struct forks *forks = server->state;
	struct counters_line delta = {.closed = forks->children.killed,
				      .errors = forks->children.killed};

	forks->children.killed = 0;
	counters_flush(&server->counters->line[0], &delta);
}

static int fork_per_connection_run(struct io_server *server)
{
	struct forks *forks = server->state;
	long slack_ns = timer_slack_tighten();
	int fd;

	children_begin(&forks->children);
	for (;;) {
		fd = acceptor_accept(&forks->acceptor, 0, 0);
		if (fd >= 0)
			forks_take(server, fd);
		else if (fd != -EINTR && fd != -EAGAIN)
			break;
		children_reap(&forks->children);
		forks_count_killed(server);
	}
	children_stop(&forks->children, server->config.drain_timeout_ns);
	forks_count_killed(server);
	children_end(&forks->children);
	timer_slack_restore(slack_ns);
	return fd == -ECANCELED ? 0 : fd;
}

static void fork_per_connection_close(struct io_server *server)
{
	struct forks *forks = server->state;

	if (!forks)
		return;
	acceptor_close(&forks->acceptor);
	if (forks->buffer && forks->buffer != MAP_FAILED)
		munmap(forks->buffer, (size_t)server->config.buffer);
	free(forks);
	server->state = NULL;
}

const struct io_model io_model_fork_per_connection = {
	.name = "fork-per-connection",
	.summary = "a process per connection, blocking",
	.family = "process",
	.flags = IO_MODEL_STREAM | IO_MODEL_PROCESSES,
	.open = fork_per_connection_open,
	.run = fork_per_connection_run,
	.close = fork_per_connection_close,
};
