/*
 * sockmap.c - the kernel echoes; this loop accepts, and closes once all is echoed.
 *
 * The kernel does not answer the end of a peer's output by itself, nor may a socket be
 * closed before the bytes on their way to its output (in a queue behind the program) have
 * got there: TCP_INFO tells, since what was written must come to what was received. The
 * bytes are never seen here, so nothing is known of frames.
 *
 * A peer that has ended its output before it was accepted cannot enter the map: what it
 * sent is echoed by calls.
 */
#include "models/sockmap.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "models/slots.h"
#include "models/timers.h"
#include "server/acceptor.h"
#include "server/clock.h"

#define BATCH         128
#define ACCEPT_BUDGET 64 /* per wake, so that those who are in are served */
#define CAPACITY_MAX  (1U << 20)
#define LOOK_FIRST_NS (NS_PER_MS / 8) /* then twice as long each time, up to: */
#define LOOK_LAST_NS  (32 * NS_PER_MS)

enum { KEY_LISTENER, KEY_STOP }; /* never a slot's */

struct loop {
	struct io_server *server;
	struct sockmap sockmap;
	int epoll_fd;
	struct acceptor acceptor;
	struct counters_line *counters;
	struct slots slots; /* of struct peer */
	struct timers timers;
	struct timer drain_timer;
	bool draining;
	int result;
};

struct peer {
	struct slot slot;
	struct timer timer; /* the next look at how much is echoed */
	int64_t look_ns;
	int fd;
	bool in_map;
	size_t length, written; /* of `buffer`; not in_map */
	uint8_t buffer[];
};

/* What TCP has had of the peer, and has been given for it. */
struct progress {
	uint64_t received;
	uint64_t written;
};

static struct progress peer_progress(const struct peer *peer)
{
	struct tcp_info info = {0};
	socklen_t length = sizeof(info);

	if (getsockopt(peer->fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
		return (struct progress){0, 0};
	return (struct progress){
		/* The end of the peer's output counts as a byte. */
		.received = info.tcpi_bytes_received -
			    (info.tcpi_state == BPF_TCP_CLOSE_WAIT),
		.written = info.tcpi_bytes_sent - info.tcpi_bytes_retrans +
			   info.tcpi_notsent_bytes,
	};
}

static void peer_close(struct loop *loop, struct peer *peer, bool lost)
{
	struct progress progress = peer_progress(peer);

	timers_cancel(&loop->timers, &peer->timer);
	close(peer->fd); /* leaves map and epoll set */
	counters_bump(&loop->counters->bytes_in, progress.received);
	counters_bump(&loop->counters->bytes_out, progress.written);
	counters_bump(&loop->counters->errors, lost);
	counters_bump(&loop->counters->closed, 1);
	slots_give(&loop->slots, peer);
}

/* Its input has ended: closes it when everything is echoed, else looks again later. */
static void peer_finish(struct loop *loop, struct peer *peer)
{
	struct progress progress = peer_progress(peer);

	if (progress.written >= progress.received) {
		peer_close(loop, peer, false);
		return;
	}
	timers_arm(&loop->timers, &peer->timer, clock_ns() + peer->look_ns);
	if (peer->look_ns < LOOK_LAST_NS)
		peer->look_ns *= 2;
}

/* Echoes by calls: 0, or -errno; *ret_end when there is no more to come. */
static int peer_copy(struct loop *loop, struct peer *peer, bool *ret_end)
{
	for (;;) {
		ssize_t n = 0;
		if (peer->written == peer->length) {
			n = recv(peer->fd, peer->buffer,
				 (size_t)loop->server->config.buffer, 0);
			*ret_end = n == 0;
			peer->written = 0;
			peer->length = n > 0 ? (size_t)n : 0;
		}
		if (n >= 0 && !*ret_end)
			n = send(peer->fd, peer->buffer + peer->written,
				 peer->length - peer->written, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (*ret_end)
			return 0;
		peer->written += (size_t)n;
	}
}

/* 0 or -errno. The empty buffer that stands for the end of the peer's output passes the
 * program too, and sending it is reported as a broken pipe of a socket that is alive. */
static int peer_error(const struct peer *peer, uint32_t events)
{
	int result = events & EPOLLERR ? socket_error(peer->fd) : 0;

	return result == -EPIPE && !(events & EPOLLHUP) ? 0 : result;
}

static void peer_event(struct loop *loop, struct peer *peer, uint32_t events)
{
	int result = peer_error(peer, events);
	bool end = events & (EPOLLRDHUP | EPOLLHUP);

	if (result == 0 && !peer->in_map) {
		end = false;
		result = peer_copy(loop, peer, &end);
	}
	if (result < 0)
		peer_close(loop, peer, true);
	else if (end)
		peer_finish(loop, peer);
}

static int loop_watch(const struct loop *loop, int fd, uint32_t events, uint64_t key)
{
	struct epoll_event event = {.events = events, .data.u64 = key};

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Edge-triggered: an end is told once, and at once when it came before. */
static int loop_adopt(struct loop *loop, int fd)
{
	struct peer *peer = slots_take(&loop->slots);
	uint32_t events = EPOLLRDHUP | EPOLLET;

	if (!peer)
		return -ENOMEM;
	*peer = (struct peer){.slot = peer->slot, .fd = fd, .look_ns = LOOK_FIRST_NS};
	int result = timers_reserve(&loop->timers, loop->slots.used + 1);
	if (result == 0)
		result = sockmap_add(&loop->sockmap, fd);
	peer->in_map = result == 0;
	if (result == -EOPNOTSUPP) {
		events |= EPOLLIN | EPOLLOUT;
		result = 0;
	}
	if (result == 0)
		result = loop_watch(loop, fd, events, peer->slot.key);
	if (result < 0)
		slots_give(&loop->slots, peer);
	return result;
}

static void loop_drain(struct loop *loop)
{
	uint32_t number = 0;
	struct peer *peer;

	if (loop->draining)
		return;
	loop->draining = true;
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, loop->server->listener, NULL);
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, loop->server->stop_fd, NULL);
	timers_arm(&loop->timers, &loop->drain_timer,
		   clock_ns() + loop->server->config.drain_timeout_ns);
	while ((peer = slots_next(&loop->slots, &number)))
		(void)shutdown(peer->fd, SHUT_RD);
}

static void loop_cut(struct loop *loop)
{
	uint32_t number = 0;
	struct peer *peer;

	while ((peer = slots_next(&loop->slots, &number))) {
		(void)shutdown(peer->fd, SHUT_RDWR);
		peer_close(loop, peer, true);
	}
}

static void loop_accept(struct loop *loop)
{
	for (int i = 0; i < ACCEPT_BUDGET; i++) {
		int fd =
			acceptor_accept(&loop->acceptor, SOCK_NONBLOCK, loop->slots.used);
		if (fd == -EAGAIN || fd == -EINTR)
			return;
		if (fd < 0) {
			loop->result = fd == -ECANCELED ? 0 : fd;
			loop_drain(loop);
			return;
		}
		if (loop_adopt(loop, fd) < 0)
			acceptor_refuse(&loop->acceptor, fd);
	}
}

static void loop_event(struct loop *loop, const struct epoll_event *event)
{
	struct peer *peer;

	if (event->data.u64 == KEY_LISTENER && !loop->draining)
		loop_accept(loop);
	else if (event->data.u64 == KEY_STOP)
		loop_drain(loop);
	else if ((peer = slots_find(&loop->slots, event->data.u64)))
		peer_event(loop, peer, event->events);
}

static void loop_expire(struct loop *loop)
{
	const int64_t now_ns = clock_ns();
	struct timer *timer;

	while ((timer = timers_expire(&loop->timers, now_ns))) {
		if (timer == &loop->drain_timer) {
			loop_cut(loop);
			return;
		}
		char *peer = (char *)timer - offsetof(struct peer, timer);
		peer_finish(loop, (struct peer *)peer);
	}
}

static int loop_turn(struct loop *loop)
{
	const int64_t left_ns = timers_left_ns(&loop->timers);
	const struct timespec timeout = {left_ns / NS_PER_S, left_ns % NS_PER_S};
	struct epoll_event events[BATCH];
	int count = epoll_pwait2(loop->epoll_fd, events, BATCH,
				 left_ns < 0 ? NULL : &timeout, NULL);

	if (count < 0 && errno != EINTR)
		return -errno;
	for (int i = 0; i < count; i++)
		loop_event(loop, &events[i]);
	loop_expire(loop);
	return 0;
}

int sockmap_model_run(struct io_server *server)
{
	struct loop *loop = server->state;
	int result = 0;

	while (result == 0 && !(loop->draining && loop->slots.used == 0))
		result = loop_turn(loop);
	return result < 0 ? result : loop->result;
}

/* As many sockets as there may be. */
static unsigned map_capacity(const struct io_server *server)
{
	struct rlimit limit = {.rlim_cur = CAPACITY_MAX};
	rlim_t count = (rlim_t)server->config.max_connections;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (count == 0)
		count = limit.rlim_cur;
	return count < CAPACITY_MAX ? (unsigned)count : CAPACITY_MAX;
}

static int loop_open(struct loop *loop)
{
	struct io_server *server = loop->server;

	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	int result = acceptor_open(&loop->acceptor, server, loop->counters);
	if (result == 0)
		result = timers_reserve(&loop->timers, 1);
	if (result == 0)
		result = socket_set_nonblocking(server->listener);
	if (result == 0)
		result = loop_watch(loop, server->listener, EPOLLIN, KEY_LISTENER);
	if (result == 0)
		result = loop_watch(loop, server->stop_fd, EPOLLIN, KEY_STOP);
	if (result == 0)
		result = sockmap_open(&loop->sockmap, map_capacity(server));
	return result;
}

int sockmap_model_open(struct io_server *server)
{
	struct loop *loop;

	if (server->address.transport != TRANSPORT_TCP) {
		server->refusal = "it does not serve unix:, only tcp:";
		return -EINVAL;
	}
	loop = calloc(1, sizeof(*loop));
	if (!loop)
		return -ENOMEM;
	server->state = loop;
	*loop = (struct loop){.server = server,
			      .sockmap = {-1, -1},
			      .epoll_fd = -1,
			      .counters = &server->counters->line[0]};
	slots_init(&loop->slots, sizeof(struct peer) + (size_t)server->config.buffer);
	timers_init(&loop->timers);
	return loop_open(loop);
}

void sockmap_model_close(struct io_server *server)
{
	struct loop *loop = server->state;

	if (!loop)
		return;
	loop_cut(loop); /* none but after an error */
	sockmap_close(&loop->sockmap);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	acceptor_close(&loop->acceptor);
	slots_release(&loop->slots);
	timers_release(&loop->timers);
	free(loop);
	server->state = NULL;
}
