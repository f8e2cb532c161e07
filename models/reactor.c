/*
 * reactor.c - see reactor.h.
 *
 * An event carries a key: the slot of its connection and the generation of the slot, so
 * that what is left in a batch for a connection closed earlier in the batch finds
 * nothing. Keys of generation 0 are never given out by slots.h; these name the descriptors
 * that are no connections.
 */
#include "models/reactor.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"

#define BATCH         128
#define ACCEPT_BUDGET 64 /* per wake, so that those who are in are served */

enum { KEY_LISTENER, KEY_STOP, KEY_MAIL };

struct connection {
	struct slot slot;
	struct timer timer; /* may be early: checked against stream.deadline_ns */
	struct stream stream;
	unsigned interest;
	bool watched; /* in the set */
	bool cut;     /* to be closed when its work is done */
	uint8_t buffer[];
};

static int connection_set_interest(struct reactor *reactor, struct connection *c,
				   unsigned interest)
{
	if (c->watched && c->interest == interest)
		return 0;
	int (*change)(struct selector_set *, int, unsigned, uint64_t) =
		c->watched ? reactor->selector->mod : reactor->selector->add;
	int result = change(reactor->set, c->stream.fd, interest, c->slot.key);
	if (result < 0)
		return result;
	c->watched = true;
	c->interest = interest;
	return 0;
}

static void connection_unwatch(struct reactor *reactor, struct connection *c)
{
	if (c->watched)
		reactor->selector->del(reactor->set, c->stream.fd);
	c->watched = false;
}

static void connection_close(struct reactor *reactor, struct connection *c)
{
	connection_unwatch(reactor, c);
	timers_cancel(&reactor->timers, &c->timer);
	close(c->stream.fd);
	counters_bump(&reactor->counters->closed, 1);
	slots_give(&reactor->slots, c);
}

/* A connection lost to an error of ours, or cut. */
static void connection_abort(struct reactor *reactor, struct connection *c)
{
	counters_bump(&reactor->counters->errors, 1);
	connection_close(reactor, c);
}

/* An armed timer is never put off: it finds out when it is early. So the idle time-out of
 * a busy connection costs no heap operation per request. */
static void connection_arm(struct reactor *reactor, struct connection *c)
{
	int64_t deadline_ns = c->stream.deadline_ns;

	if (deadline_ns == STREAM_NEVER)
		return;
	if (!timer_armed(&c->timer) || c->timer.deadline_ns > deadline_ns)
		timers_arm(&reactor->timers, &c->timer, deadline_ns);
}

static void connection_pump(struct reactor *reactor, struct connection *c, bool readable)
{
	int result = 0;

	switch (stream_pump(&c->stream, readable)) {
	case STREAM_READ:
		result = connection_set_interest(reactor, c, SELECTOR_READ);
		break;
	case STREAM_WRITE:
		result = connection_set_interest(reactor, c, SELECTOR_WRITE);
		break;
	case STREAM_TIMER:
		break;
	case STREAM_WORK:
		result = reactor->hooks->work(reactor, &c->stream, c->slot.key);
		break;
	case STREAM_END:
		connection_close(reactor, c);
		return;
	}
	if (result < 0)
		connection_abort(reactor, c);
	else
		connection_arm(reactor, c);
}

/* Something arrived for a connection that is not to be served now: first it loses its
 * interest; a hang-up is reported all the same and would be for ever, so then it leaves
 * the set. */
static void connection_pause(struct reactor *reactor, struct connection *c)
{
	if (c->interest == 0 || connection_set_interest(reactor, c, 0) < 0)
		connection_unwatch(reactor, c);
}

static void connection_expire(struct reactor *reactor, struct connection *c,
			      int64_t now_ns)
{
	if (c->stream.deadline_ns > now_ns) {
		connection_arm(reactor, c);
		return;
	}
	stream_expire(&c->stream);
	connection_pump(reactor, c, false);
}

int reactor_adopt(struct reactor *reactor, int fd)
{
	struct connection *c = slots_take(&reactor->slots);

	if (!c)
		return -ENOMEM;
	c->timer = (struct timer){0};
	c->interest = 0;
	c->watched = c->cut = false;
	stream_init(&c->stream, reactor->server, fd, c->buffer, reactor->counters);
	c->stream.hands_over = reactor->hooks && reactor->hooks->work;
	int result = timers_reserve(&reactor->timers, reactor->slots.used + 1);
	if (result == 0)
		result = connection_set_interest(reactor, c, SELECTOR_READ);
	if (result < 0) {
		slots_give(&reactor->slots, c);
		return result;
	}
	if (reactor->server->config.idle_timeout_ns > 0)
		connection_pump(reactor, c, false); /* the time runs from here */
	return 0;
}

/* Connections that come to a listener of its own from now on are refused by the kernel. */
static void reactor_leave_listener(struct reactor *reactor)
{
	if (reactor->listener < 0)
		return;
	reactor->selector->del(reactor->set, reactor->listener);
	(void)shutdown(reactor->listener, SHUT_RDWR);
}

void reactor_drain(struct reactor *reactor)
{
	uint32_t number = 0;
	struct connection *c;

	if (reactor->draining)
		return;
	reactor->draining = true;
	reactor_leave_listener(reactor);
	if (reactor->watches_stop)
		reactor->selector->del(reactor->set, reactor->server->stop_fd);
	timers_arm(&reactor->timers, &reactor->drain_timer,
		   clock_ns() + reactor->server->config.drain_timeout_ns);
	while ((c = slots_next(&reactor->slots, &number)))
		shutdown(c->stream.fd, SHUT_RD);
	if (reactor->hooks && reactor->hooks->drain)
		reactor->hooks->drain(reactor);
}

static int reactor_place(struct reactor *reactor, int fd)
{
	if (reactor->hooks && reactor->hooks->place)
		return reactor->hooks->place(reactor, fd);
	return reactor_adopt(reactor, fd);
}

static int reactor_accept(struct reactor *reactor)
{
	for (int i = 0; i < ACCEPT_BUDGET; i++) {
		int fd = acceptor_accept(&reactor->acceptor, SOCK_NONBLOCK,
					 reactor->slots.used);
		if (fd == -ECANCELED)
			reactor_drain(reactor);
		if (fd == -EAGAIN || fd == -EINTR || fd == -ECANCELED)
			return 0;
		if (fd < 0)
			return fd;
		if (reactor_place(reactor, fd) < 0)
			acceptor_refuse(&reactor->acceptor, fd);
	}
	return 0;
}

static int reactor_event(struct reactor *reactor, const struct selector_event *event)
{
	if (event->data == KEY_LISTENER)
		return reactor->draining ? 0 : reactor_accept(reactor);
	if (event->data == KEY_STOP) {
		reactor_drain(reactor);
		return 0;
	}
	if (event->data == KEY_MAIL) {
		reactor->hooks->mail(reactor);
		return 0;
	}
	struct connection *c = slots_find(&reactor->slots, event->data);
	if (c && (c->stream.wait == STREAM_TIMER || c->stream.wait == STREAM_WORK))
		connection_pause(reactor, c);
	else if (c)
		connection_pump(reactor, c, c->stream.wait == STREAM_READ);
	return 0;
}

void reactor_worked(struct reactor *reactor, uint64_t key)
{
	struct connection *c = slots_find(&reactor->slots, key);

	if (c->cut) {
		connection_close(reactor, c);
		return;
	}
	stream_worked(&c->stream);
	connection_pump(reactor, c, false);
}

/* Who works elsewhere is closed when that is over: its descriptor may be in use. */
static void reactor_cut(struct reactor *reactor)
{
	uint32_t number = 0;
	struct connection *c;

	while ((c = slots_next(&reactor->slots, &number))) {
		shutdown(c->stream.fd, SHUT_RDWR);
		if (c->stream.wait != STREAM_WORK) {
			connection_abort(reactor, c);
			continue;
		}
		counters_bump(&reactor->counters->errors, 1);
		c->cut = true;
	}
	if (reactor->hooks && reactor->hooks->cut)
		reactor->hooks->cut(reactor);
}

/* Those whose time had come when it began: one that is armed anew is for the next turn,
 * after the sockets. */
static void reactor_expire(struct reactor *reactor)
{
	struct timer *timer;

	if (timers_next(&reactor->timers) == TIMERS_NEVER)
		return;
	int64_t now_ns = clock_ns();
	while ((timer = timers_expire(&reactor->timers, now_ns))) {
		if (timer == &reactor->drain_timer) {
			reactor_cut(reactor);
			return;
		}
		char *c = (char *)timer - offsetof(struct connection, timer);
		connection_expire(reactor, (struct connection *)c, now_ns);
	}
}

/* One wait and all that it brought; 0 or -errno. */
static int reactor_turn(struct reactor *reactor)
{
	struct selector_event events[BATCH];
	int count = reactor->selector->wait(reactor->set, events, BATCH,
					    timers_left_ns(&reactor->timers));
	int result = count < 0 && count != -EINTR ? count : 0;

	for (int i = 0; i < count && result == 0; i++)
		result = reactor_event(reactor, &events[i]);
	reactor_expire(reactor);
	return result;
}

int reactor_run(struct reactor *reactor)
{
	long slack_ns = timer_slack_tighten();
	int result = 0;

	while (result == 0 && !(reactor->draining && reactor->slots.used == 0))
		result = reactor_turn(reactor);
	timer_slack_restore(slack_ns);
	return result;
}

int reactor_open_bare(struct reactor *reactor, struct io_server *server,
		      const struct selector *selector, struct counters_line *counters)
{
	*reactor = (struct reactor){.server = server,
				    .selector = selector,
				    .counters = counters,
				    .listener = -1};
	slots_init(&reactor->slots,
		   sizeof(struct connection) + (size_t)server->config.buffer);
	timers_init(&reactor->timers);
	int result = acceptor_open(&reactor->acceptor, server, counters);
	if (result == 0)
		result = timers_reserve(&reactor->timers, 1);
	if (result == 0)
		result = selector->open(&reactor->set);
	return result;
}

int reactor_listen(struct reactor *reactor, int listener, unsigned how)
{
	int result = socket_set_nonblocking(listener);

	reactor->listener = reactor->acceptor.listener = listener;
	if (result == 0)
		result = reactor->selector->add(reactor->set, listener,
						SELECTOR_READ | how, KEY_LISTENER);
	return result;
}

int reactor_watch_stop(struct reactor *reactor)
{
	reactor->watches_stop = true;
	return reactor->selector->add(reactor->set, reactor->server->stop_fd,
				      SELECTOR_READ, KEY_STOP);
}

int reactor_watch(struct reactor *reactor, int fd)
{
	return reactor->selector->add(reactor->set, fd, SELECTOR_READ, KEY_MAIL);
}

int reactor_open(struct reactor *reactor, struct io_server *server,
		 const struct selector *selector, struct counters_line *counters)
{
	int result = reactor_open_bare(reactor, server, selector, counters);

	if (result == 0)
		result = reactor_listen(reactor, server->listener, 0);
	if (result == 0)
		result = reactor_watch_stop(reactor);
	return result;
}

void reactor_close(struct reactor *reactor)
{
	if (!reactor->selector)
		return;
	uint32_t number = 0;
	struct connection *c;

	while ((c = slots_next(&reactor->slots, &number))) /* none but after an error */
		connection_abort(reactor, c);
	reactor->selector->close(reactor->set);
	acceptor_close(&reactor->acceptor);
	slots_release(&reactor->slots);
	timers_release(&reactor->timers);
}
