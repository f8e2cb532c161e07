/* acceptor.c - accepts without ever spinning or failing. */
#include "server/acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"

#define PAUSE_NS (10 * NS_PER_MS)

static int open_reserve(void)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int acceptor_open(struct acceptor *acceptor, struct io_server *server,
		  struct counters_line *counters)
{
	const int fd = open_reserve();

	if (fd < 0)
		return fd;
	*acceptor = (struct acceptor){.server = server,
				      .listener = server->listener,
				      .counters = counters,
				      .reserve_fd = fd};
	return 0;
}

void acceptor_close(struct acceptor *acceptor)
{
	if (acceptor->server && acceptor->reserve_fd >= 0)
		close(acceptor->reserve_fd);
	*acceptor = (struct acceptor){.reserve_fd = -1};
}

static int accept_one(const struct acceptor *acceptor, int flags)
{
	const int fd = accept4(acceptor->listener, NULL, NULL, flags | SOCK_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void refuse(struct acceptor *acceptor, int fd)
{
	close(fd);
	counters_bump(&acceptor->counters->refused, 1);
}

static int pause_accepting(struct acceptor *acceptor)
{
	acceptor->more = true;
	clock_sleep_until(clock_ns() + PAUSE_NS);
	return -EAGAIN;
}

/*
 * Out of descriptors: accepts with the reserve's. accept4 takes a descriptor before it
 * looks at the backlog, so nothing may be waiting yet, and on a blocking listener there
 * may be room again when something comes: then the reserve can be had back beside the
 * connection, which is kept.
 */
static int accept_on_reserve(struct acceptor *acceptor, int flags)
{
	if (acceptor->reserve_fd < 0)
		acceptor->reserve_fd = open_reserve();
	if (acceptor->reserve_fd < 0)
		return pause_accepting(acceptor);
	close(acceptor->reserve_fd);
	const int fd = accept_one(acceptor, flags);
	acceptor->reserve_fd = open_reserve();
	if (fd == -EMFILE || fd == -ENFILE)
		return pause_accepting(acceptor); /* another thread was quicker */
	if (fd < 0 || acceptor->reserve_fd >= 0 || acceptor->spends_reserve)
		return fd;
	refuse(acceptor, fd);
	acceptor->more = true;
	acceptor->reserve_fd = open_reserve();
	return -EAGAIN;
}

/* Errors that accept(2) passes on from the one connection, or a firewall's. */
static bool concerns_one_connection(int error)
{
	switch (error) {
	case -ECONNABORTED:
	case -EPERM:
	case -EPROTO:
	case -ENETDOWN:
	case -ENOPROTOOPT:
	case -EHOSTDOWN:
	case -ENONET:
	case -EHOSTUNREACH:
	case -ENETUNREACH:
		return true;
	default:
		return false;
	}
}

/* What the model is told of an error of accept; or a descriptor, as it is. */
static int answer(struct acceptor *acceptor, int result)
{
	if (concerns_one_connection(result))
		return -EAGAIN;
	if (result == -ENOBUFS || result == -ENOMEM)
		return pause_accepting(acceptor);
	if (result == -EINVAL && io_server_stopping(acceptor->server))
		return -ECANCELED;
	return result;
}

/* Counts a descriptor that was accepted, or refuses it. */
static int admit(struct acceptor *acceptor, int fd, uint64_t active)
{
	const struct io_server *server = acceptor->server;
	const uint64_t max = (uint64_t)server->config.max_connections;

	/* A Unix listener that was shut down still hands out its backlog. */
	if (server->address.transport == TRANSPORT_UNIX && io_server_stopping(server)) {
		refuse(acceptor, fd);
		return -ECANCELED;
	}
	if (max > 0 && active >= max) {
		refuse(acceptor, fd);
		acceptor->more = true;
		return -EAGAIN;
	}
	counters_bump(&acceptor->counters->accepted, 1);
	return fd;
}

static void lock(struct acceptor *acceptor, int (*how)(pthread_rwlock_t *))
{
	if (acceptor->others)
		how(acceptor->others);
}

/* A reserve that was lost comes before a connection: who would give the last descriptor to one
 * could refuse nobody afterwards. */
static bool may_accept(struct acceptor *acceptor)
{
	if (acceptor->reserve_fd < 0) {
		lock(acceptor, pthread_rwlock_wrlock);
		acceptor->reserve_fd = open_reserve();
		lock(acceptor, pthread_rwlock_unlock);
	}
	return acceptor->reserve_fd >= 0 || acceptor->spends_reserve;
}

int acceptor_accept(struct acceptor *acceptor, int flags, uint64_t active)
{
	int fd;

	acceptor->more = false;
	if (!may_accept(acceptor))
		return pause_accepting(acceptor);
	do {
		lock(acceptor, pthread_rwlock_rdlock);
		fd = accept_one(acceptor, flags);
		lock(acceptor, pthread_rwlock_unlock);
		if (fd == -EMFILE || fd == -ENFILE) {
			lock(acceptor, pthread_rwlock_wrlock);
			fd = accept_on_reserve(acceptor, flags);
			lock(acceptor, pthread_rwlock_unlock);
		}
	} while (concerns_one_connection(fd));
	fd = answer(acceptor, fd);
	return fd < 0 ? fd : admit(acceptor, fd, active);
}

int acceptor_take(struct acceptor *acceptor, int result, uint64_t active)
{
	if (result == -ENFILE)
		result = -EMFILE;
	result = answer(acceptor, result);
	return result < 0 ? result : admit(acceptor, result, active);
}

void acceptor_refuse(struct acceptor *acceptor, int fd)
{
	counters_bump(&acceptor->counters->accepted, (uint64_t)-1);
	refuse(acceptor, fd);
}
