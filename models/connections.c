/* connections.c - see connections.h. */
#include "models/connections.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_BUDGET 64

int connections_open(struct connections *all, struct io_server *server,
		     const struct connections_ops *ops, struct counters_line *counters)
{
	*all = (struct connections){.server = server, .ops = ops, .counters = counters};
	slots_init(&all->slots, ops->size + (size_t)server->config.buffer);
	int result = acceptor_open(&all->acceptor, server, counters);
	if (result == 0)
		result = socket_set_nonblocking(server->listener);
	return result;
}

void connections_close(struct connections *all)
{
	if (!all->server)
		return;
	connections_cut(all);
	acceptor_close(&all->acceptor);
	slots_release(&all->slots);
}

void connection_free(struct connection *c)
{
	struct connections *all = c->all;

	slots_give(&all->slots, c);
	if (all->draining && all->slots.used == 0 && all->ops->drained)
		all->ops->drained(all);
}

void connection_close(struct connection *c)
{
	bool is_last_use = c->all->ops->end(c);

	counters_bump(&c->all->counters->closed, 1);
	if (c->stream.fd >= 0)
		close(c->stream.fd);
	c->stream.fd = -1;
	if (is_last_use)
		connection_free(c);
}

void connection_abort(struct connection *c)
{
	counters_bump(&c->all->counters->errors, 1);
	connection_close(c);
}

static int connections_adopt(struct connections *all, int fd)
{
	struct connection *c = slots_take(&all->slots);

	if (!c)
		return -ENOMEM;
	c->all = all;
	stream_init(&c->stream, all->server, fd, (uint8_t *)c + all->ops->size,
		    all->counters);
	int result = all->ops->begin(c);
	if (result < 0)
		slots_give(&all->slots, c);
	return result;
}

bool connections_accept(struct connections *all)
{
	for (int i = 0; i < ACCEPT_BUDGET; i++) {
		int fd = acceptor_accept(&all->acceptor, SOCK_NONBLOCK, all->slots.used);
		if (fd == -EAGAIN || fd == -EINTR)
			return all->acceptor.more;
		if (fd < 0) {
			all->result = fd == -ECANCELED ? 0 : fd;
			connections_drain(all);
			return false;
		}
		if (connections_adopt(all, fd) < 0)
			acceptor_refuse(&all->acceptor, fd);
	}
	return true;
}

void connections_drain(struct connections *all)
{
	uint32_t number = 0;
	struct connection *c;

	if (all->draining)
		return;
	all->draining = true;
	while ((c = slots_next(&all->slots, &number)))
		if (c->stream.fd >= 0)
			(void)shutdown(c->stream.fd, SHUT_RD);
	all->ops->drain(all);
	if (all->slots.used == 0 && all->ops->drained)
		all->ops->drained(all);
}

void connections_cut(struct connections *all)
{
	uint32_t number = 0;
	struct connection *c;

	while ((c = slots_next(&all->slots, &number))) {
		if (c->stream.fd < 0)
			continue;
		(void)shutdown(c->stream.fd, SHUT_RDWR);
		connection_abort(c);
	}
}
