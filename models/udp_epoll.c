/*
 * udp_epoll.c - one loop over a non-blocking datagram socket.
 *
 * The socket is read until it has nothing more, or until others have waited long enough.
 * What sleeps is copied and waits for its timer, so it holds nobody up; a reply that the
 * kernel does not take now waits for EPOLLOUT, and the rest behind it, in order. When too
 * much is kept, no more is read: the kernel's buffer fills, then it drops, and counts.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "models/datagram.h"
#include "models/selector/selector.h"
#include "server/clock.h"

/* Datagrams per wake, or one that burns: then timers and the stop have their turn. */
#define BUDGET   64
#define KEPT_MAX ((size_t)64 << 20) /* bytes */

enum { KEY_SOCKET, KEY_STOP };

struct udp_epoll {
	struct io_server *server;
	struct counters_line *counters;
	const struct selector *selector;
	struct selector_set *set;
	unsigned interest; /* in the socket */
	struct timers timers;
	struct datagram *received; /* room for any */
	struct datagram *unsent;   /* in the order in which they were done */
	struct datagram **unsent_end;
	size_t kept;       /* datagrams that sleep or are unsent */
	size_t kept_bytes; /* theirs */
	bool draining;
	bool input_ended; /* draining, and all that had come is taken */
	struct timer drain_timer;
};

static size_t kept_size(const struct datagram *datagram)
{
	return sizeof(*datagram) + datagram->length;
}

/* A copy to be kept; NULL: no memory, which was counted. */
static struct datagram *keep_copy(struct udp_epoll *u, const struct datagram *datagram)
{
	struct datagram *copy = datagram_copy(datagram);

	if (copy && timers_reserve(&u->timers, u->kept + 2) < 0) {
		free(copy);
		copy = NULL;
	}
	if (!copy) {
		counters_bump(&u->counters->errors, 1);
		return NULL;
	}
	u->kept++;
	u->kept_bytes += kept_size(copy);
	return copy;
}

static void give_up(struct udp_epoll *u, struct datagram *copy)
{
	u->kept--;
	u->kept_bytes -= kept_size(copy);
	free(copy);
}

static void append_unsent(struct udp_epoll *u, struct datagram *copy)
{
	copy->next = NULL;
	*u->unsent_end = copy;
	u->unsent_end = &copy->next;
}

static void send_unsent(struct udp_epoll *u)
{
	struct datagram *first;

	while ((first = u->unsent)) {
		if (datagram_send(u->server->listener, first, u->counters) == -EAGAIN)
			return;
		u->unsent = first->next;
		if (!u->unsent)
			u->unsent_end = &u->unsent;
		give_up(u, first);
	}
}

static void answer(struct udp_epoll *u, struct datagram *datagram)
{
	const struct echo_header *header = &datagram->header;
	struct datagram *copy;

	if (header->op == ECHO_OP_SLEEP) {
		copy = keep_copy(u, datagram);
		if (copy)
			timers_arm(&u->timers, &copy->timer,
				   clock_ns() + header->amount_us * NS_PER_US);
		return;
	}
	if (header->op == ECHO_OP_SPIN)
		spin_burn(&u->server->spin, header->amount_us * NS_PER_US);
	io_server_burn(u->server, 1);
	if (datagram_send(u->server->listener, datagram, u->counters) == 0)
		return;
	copy = keep_copy(u, datagram);
	if (copy)
		append_unsent(u, copy);
}

static bool may_read(const struct udp_epoll *u)
{
	return !u->unsent && !u->input_ended && u->kept_bytes < KEPT_MAX;
}

static int read_socket(struct udp_epoll *u)
{
	int result = 0;

	for (int i = 0; i < BUDGET && may_read(u); i++) {
		result = datagram_receive(u->server, u->server->listener, 0, u->received,
					  u->counters);
		if (result > 0)
			answer(u, u->received);
		if (result < 0 || (result > 0 && u->received->header.op == ECHO_OP_SPIN))
			break;
	}
	if (result == -EAGAIN || result == -ECANCELED) {
		u->input_ended = u->draining;
		result = 0;
	}
	return result < 0 ? result : 0;
}

static void begin_drain(struct udp_epoll *u)
{
	u->draining = true;
	u->selector->del(u->set, u->server->stop_fd);
	timers_arm(&u->timers, &u->drain_timer,
		   clock_ns() + u->server->config.drain_timeout_ns);
}

/* Every datagram that sleeps or is unsent. */
static void cut(struct udp_epoll *u)
{
	struct timer *timer;

	counters_bump(&u->counters->errors, u->kept);
	while ((timer = timers_expire(&u->timers, TIMERS_NEVER - 1))) {
		char *datagram = (char *)timer - offsetof(struct datagram, timer);
		if (timer != &u->drain_timer)
			give_up(u, (struct datagram *)datagram);
	}
	while (u->unsent) {
		struct datagram *next = u->unsent->next;
		give_up(u, u->unsent);
		u->unsent = next;
	}
	u->unsent_end = &u->unsent;
	u->input_ended = true;
}

/* The drain is over: what still waits in the kernel is lost too. */
static void cut_drain(struct udp_epoll *u)
{
	int result;

	cut(u);
	do {
		result = datagram_receive(u->server, u->server->listener, 0, u->received,
					  u->counters);
		counters_bump(&u->counters->errors, result > 0);
	} while (result >= 0);
}

/* Those who have slept long enough. */
static void expire(struct udp_epoll *u)
{
	struct timer *timer;

	if (timers_next(&u->timers) == TIMERS_NEVER)
		return;
	const int64_t now_ns = clock_ns();
	while ((timer = timers_expire(&u->timers, now_ns))) {
		if (timer == &u->drain_timer) {
			cut_drain(u);
			return;
		}
		char *datagram = (char *)timer - offsetof(struct datagram, timer);
		io_server_burn(u->server, 1);
		append_unsent(u, (struct datagram *)datagram);
	}
	send_unsent(u);
}

static int set_interest(struct udp_epoll *u)
{
	const unsigned interest = u->unsent     ? SELECTOR_WRITE
				  : may_read(u) ? SELECTOR_READ
						: 0;

	if (interest == u->interest)
		return 0;
	u->interest = interest;
	return u->selector->mod(u->set, u->server->listener, interest, KEY_SOCKET);
}

static int64_t time_left(const struct udp_epoll *u)
{
	const int64_t next_ns = timers_next(&u->timers);

	if (next_ns == TIMERS_NEVER)
		return -1;
	const int64_t left_ns = next_ns - clock_ns();
	return left_ns > 0 ? left_ns : 0;
}

/* One wait and all that it brought; 0 or -errno. */
static int turn(struct udp_epoll *u)
{
	struct selector_event events[2];
	const int count = u->selector->wait(u->set, events, 2, time_left(u));
	int result = count < 0 && count != -EINTR ? count : 0;

	for (int i = 0; i < count && result == 0; i++) {
		if (events[i].data == KEY_STOP)
			begin_drain(u);
		else if (u->unsent)
			send_unsent(u);
		else
			result = read_socket(u);
	}
	expire(u);
	return result < 0 ? result : set_interest(u);
}

static int udp_epoll_run(struct io_server *server)
{
	struct udp_epoll *u = server->state;
	const long slack_ns = timer_slack_tighten();
	int result = 0;

	while (result == 0 && !(u->input_ended && u->kept == 0))
		result = turn(u);
	timer_slack_restore(slack_ns);
	datagram_count_dropped(server, server->listener);
	return result;
}

static int udp_epoll_open(struct io_server *server)
{
	struct udp_epoll *u = calloc(1, sizeof(*u));

	if (!u)
		return -ENOMEM;
	server->state = u;
	u->server = server;
	u->counters = &server->counters->line[0];
	u->selector = selector_find("epoll");
	u->unsent_end = &u->unsent;
	timers_init(&u->timers);
	u->received = datagram_new();
	int result = u->received ? timers_reserve(&u->timers, 1) : -ENOMEM;
	if (result == 0)
		result = socket_set_nonblocking(server->listener);
	if (result == 0)
		result = u->selector->open(&u->set);
	u->interest = SELECTOR_READ;
	if (result == 0)
		result = u->selector->add(u->set, server->listener, u->interest,
					  KEY_SOCKET);
	if (result == 0)
		result = u->selector->add(u->set, server->stop_fd, SELECTOR_READ,
					  KEY_STOP);
	return result;
}

static void udp_epoll_close(struct io_server *server)
{
	struct udp_epoll *u = server->state;

	if (!u)
		return;
	cut(u); /* none but after an error */
	u->selector->close(u->set);
	timers_release(&u->timers);
	free(u->received);
	free(u);
	server->state = NULL;
}

const struct io_model io_model_udp_epoll = {
	.name = "udp-epoll",
	.summary = "one loop over a non-blocking datagram socket, epoll(7)",
	.family = "datagram",
	.flags = IO_MODEL_DATAGRAM,
	.open = udp_epoll_open,
	.run = udp_epoll_run,
	.close = udp_epoll_close,
};
