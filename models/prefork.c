/*
 * prefork.c - N processes accept, each serves what it has accepted; four ways to take turns.
 *
 *	prefork             all wait in accept(2). Once every connection woke every
 *	                    process, of which all but one went back to sleep (the thundering
 *	                    herd); since Linux 2.3 the kernel queues them and wakes one.
 *	prefork-fcntl       one waits in accept, the others for its lock on a file: what
 *	                    UNP 30.7 and Apache did against the herd
 *	prefork-mutex       the same with a mutex in shared memory (UNP 30.8)
 *	prefork-reuseport   nobody waits for anybody: a listener each. But the kernel deals
 *	                    connections to processes that are busy, while others are idle.
 *
 * A turn ends with the accept: the lock is never held while a connection is served. A
 * process that dies in its turn must give it back: the kernel drops its file locks, and a
 * robust mutex tells the next one (EOWNERDEAD).
 *
 * --max-connections limits what all processes hold together.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/blocking.h"
#include "models/child.h"
#include "models/crew.h"
#include "models/shared.h"
#include "models/timers.h"
#include "models/workers.h"
#include "server/acceptor.h"

struct prefork;

typedef int prefork_accept(struct prefork *p); /* as acceptor_accept */

/* Seen by all processes. */
struct prefork_shared {
	pthread_mutex_t turn; /* prefork-mutex: who has it accepts */
	pthread_mutex_t room; /* max-connections: holds */
	bool holds[];         /* per worker: a connection that counts */
};

struct prefork {
	prefork_accept *accept;
	struct acceptor acceptor; /* each process has a copy, on its own line */
	struct crew *crew;
	struct prefork_shared *shared;
	void *buffer;  /* never touched by the parent: a child gets pages of its own */
	int lock_fd;   /* prefork-fcntl; or -1 */
	int *listener; /* prefork-reuseport: one per worker, the server's first */
};

/* prefork and prefork-reuseport. */
static int accept_unlocked(struct prefork *p)
{
	return acceptor_accept(&p->acceptor, 0, 0);
}

/*
 * A POSIX record lock belongs to the process, so that the file opened before the fork
 * serves all. (An open file description lock, F_OFD_SETLKW, belongs to what open(2) made,
 * which they share: all of them would have it.)
 */
static void file_lock(int fd, short type)
{
	struct flock whole = {.l_type = type, .l_whence = SEEK_SET};

	while (fcntl(fd, F_SETLKW, &whole) < 0 && errno == EINTR)
		;
}

static int accept_under_file_lock(struct prefork *p)
{
	file_lock(p->lock_fd, F_WRLCK);
	int fd = acceptor_accept(&p->acceptor, 0, 0);
	file_lock(p->lock_fd, F_UNLCK);
	return fd;
}

static int accept_under_mutex(struct prefork *p)
{
	shared_mutex_lock(&p->shared->turn);
	int fd = acceptor_accept(&p->acceptor, 0, 0);
	pthread_mutex_unlock(&p->shared->turn);
	return fd;
}

static bool prefork_has_room(const struct io_server *server, unsigned worker)
{
	struct prefork_shared *shared = ((struct prefork *)server->state)->shared;
	int64_t max = server->config.max_connections, held = 0;

	if (max == 0)
		return true;
	shared_mutex_lock(&shared->room);
	for (unsigned i = 0; i < server->counters->workers; i++)
		held += shared->holds[i];
	shared->holds[worker] = held < max;
	pthread_mutex_unlock(&shared->room);
	return held < max;
}

static void prefork_leave(struct io_server *server, unsigned worker)
{
	struct prefork *p = server->state;

	shared_mutex_lock(&p->shared->room);
	p->shared->holds[worker] = false;
	pthread_mutex_unlock(&p->shared->room);
}

static void prefork_serve(struct io_server *server, unsigned worker, int fd)
{
	struct prefork *p = server->state;

	if (!prefork_has_room(server, worker)) {
		acceptor_refuse(&p->acceptor, fd);
		return;
	}
	child_hold(fd);
	(void)blocking_serve(server, fd, p->buffer, p->acceptor.counters);
	child_hold(-1);
	close(fd);
	if (server->config.max_connections > 0)
		prefork_leave(server, worker);
}

/* The parent keeps them all, so that what waits at a dead worker's waits for its successor. */
static void keep_own_listener(struct io_server *server, unsigned worker)
{
	struct prefork *p = server->state;

	for (unsigned i = 0; i < server->counters->workers; i++)
		if (i != worker)
			close(p->listener[i]);
	p->acceptor.listener = p->listener[worker];
}

static void prefork_main(struct io_server *server, struct crew *crew, unsigned worker)
{
	struct prefork *p = server->state;
	int fd;

	if (p->listener)
		keep_own_listener(server, worker);
	p->acceptor.counters = &server->counters->line[1 + worker];
	child_begin(&crew->children, p->acceptor.listener, server->stop_fd);
	(void)timer_slack_tighten();
	for (;;) {
		fd = p->accept(p);
		if (fd >= 0)
			prefork_serve(server, worker, fd);
		else if (fd != -EINTR && fd != -EAGAIN)
			break; /* the stop, whichever way it was noticed */
	}
	_exit(0);
}

static size_t shared_size(const struct io_server *server)
{
	return sizeof(struct prefork_shared) + server->counters->workers * sizeof(bool);
}

/* Everything but the processes. */
static int prefork_prepare(struct io_server *server, prefork_accept *accept)
{
	struct prefork *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	server->state = p;
	p->accept = accept;
	p->lock_fd = -1;
	p->buffer = mmap(NULL, (size_t)server->config.buffer, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p->shared = shared_map(shared_size(server));
	if (p->buffer == MAP_FAILED || !p->shared)
		return -ENOMEM;
	shared_mutex_init(&p->shared->turn);
	shared_mutex_init(&p->shared->room);
	int result = acceptor_open(&p->acceptor, server, &server->counters->line[0]);
	p->acceptor.spends_reserve = true;
	return result;
}

static int prefork_start(struct io_server *server)
{
	struct prefork *p = server->state;

	return crew_open(server, server->counters->workers, 1, prefork_main,
			 prefork_leave, &p->crew);
}

static int prefork_open(struct io_server *server)
{
	int result = prefork_prepare(server, accept_unlocked);

	return result < 0 ? result : prefork_start(server);
}

static int prefork_fcntl_open(struct io_server *server)
{
	int result = prefork_prepare(server, accept_under_file_lock);
	struct prefork *p = server->state;

	if (result < 0)
		return result;
	p->lock_fd = memfd_create("prefork-fcntl", MFD_CLOEXEC);
	return p->lock_fd < 0 ? -errno : prefork_start(server);
}

static int prefork_mutex_open(struct io_server *server)
{
	int result = prefork_prepare(server, accept_under_mutex);

	return result < 0 ? result : prefork_start(server);
}

/* All of them listen before the first process exists. */
static int prefork_reuseport_open(struct io_server *server)
{
	unsigned count = server->counters->workers;
	int result = prefork_prepare(server, accept_unlocked);
	struct prefork *p = server->state;

	if (result < 0)
		return result;
	p->listener = malloc(count * sizeof(*p->listener));
	if (!p->listener)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		p->listener[i] = i == 0 ? server->listener : -1;
	for (unsigned i = 1; i < count && result == 0; i++)
		result = socket_listen_beside(server->listener, &server->address,
					      (int)server->config.backlog,
					      &p->listener[i]);
	return result < 0 ? result : prefork_start(server);
}

static int prefork_run(struct io_server *server)
{
	struct prefork *p = server->state;

	crew_watch(p->crew);
	for (unsigned i = 1; p->listener && i < server->counters->workers; i++)
		socket_stop_listening(p->listener[i], server->address.transport);
	crew_drain(p->crew, server->config.drain_timeout_ns);
	return 0;
}

static void prefork_close(struct io_server *server)
{
	struct prefork *p = server->state;

	if (!p)
		return;
	crew_close(p->crew);
	acceptor_close(&p->acceptor);
	for (unsigned i = 1; p->listener && i < server->counters->workers; i++)
		if (p->listener[i] >= 0)
			close(p->listener[i]);
	free(p->listener);
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	shared_unmap(p->shared, shared_size(server));
	if (p->buffer && p->buffer != MAP_FAILED)
		munmap(p->buffer, (size_t)server->config.buffer);
	free(p);
	server->state = NULL;
}

#define PREFORK_FLAGS (IO_MODEL_STREAM | IO_MODEL_PER_WORKER | IO_MODEL_PROCESSES)

const struct io_model io_model_prefork = {
	.name = "prefork",
	.summary = "N processes accept on one listener, blocking",
	.family = "process",
	.flags = PREFORK_FLAGS,
	.options = workers_options_per_cpu,
	.options_size = sizeof(struct workers_options),
	.workers = workers_per_cpu,
	.open = prefork_open,
	.run = prefork_run,
	.close = prefork_close,
};

const struct io_model io_model_prefork_fcntl = {
	.name = "prefork-fcntl",
	.summary = "N processes accept on one listener, one at a time under a file lock",
	.family = "process",
	.flags = PREFORK_FLAGS,
	.options = workers_options_per_cpu,
	.options_size = sizeof(struct workers_options),
	.workers = workers_per_cpu,
	.open = prefork_fcntl_open,
	.run = prefork_run,
	.close = prefork_close,
};

const struct io_model io_model_prefork_mutex = {
	.name = "prefork-mutex",
	.summary =
		"N processes accept on one listener, one at a time under a robust mutex",
	.family = "process",
	.flags = PREFORK_FLAGS,
	.options = workers_options_per_cpu,
	.options_size = sizeof(struct workers_options),
	.workers = workers_per_cpu,
	.open = prefork_mutex_open,
	.run = prefork_run,
	.close = prefork_close,
};

const struct io_model io_model_prefork_reuseport = {
	.name = "prefork-reuseport",
	.summary = "N processes accept, each on a listener of its own (SO_REUSEPORT)",
	.family = "process",
	.flags = PREFORK_FLAGS | IO_MODEL_DEALT,
	.options = workers_options_per_cpu,
	.options_size = sizeof(struct workers_options),
	.workers = workers_per_cpu,
	.open = prefork_reuseport_open,
	.run = prefork_run,
	.close = prefork_close,
};
