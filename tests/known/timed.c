/*
 * timed.c - an echo server whose response times theory knows.
 *
 *	timed fixed MEAN_US		one server, first come first served: D
 *	timed exp MEAN_US SEED		.. M: exponentially distributed service
 *	timed freeze AFTER_S FOR_S	answers at once, but for a while
 *
 * Prints `ready tcp:127.0.0.1:PORT`; serves until killed. Service is not work but a moment: a
 * request that arrives at t leaves at max(t, departure of the one before) + service, and is
 * answered at that moment by a loop that never sleeps while there are connections. So its
 * times are exact to what a look at the sockets takes. AFTER counts from the first request.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "tests/known/known.h"

#define QUEUE  8192 /* requests that wait; a power of two */
#define FRAME  1040 /* bytes of the largest */
#define BATCH  64
#define NS     1e9
#define US_NS  1e3
#define GOLDEN 0x9e3779b97f4a7c15

struct request {
	int fd;
	uint32_t generation;
	int64_t departs_ns;
	size_t size;
	uint8_t frame[FRAME];
};

struct server {
	bool exponential;
	double mean_ns;
	int64_t freeze_after_ns, freeze_for_ns; /* for 0: not, or not any more */
	int64_t first_ns;                       /* the first request; 0: none yet */
	uint64_t random;
	int64_t last_departs_ns;
	int epoll_fd, listener;
	int connections;
	unsigned head, tail; /* of the queue: the next to leave, the next place */
	struct request queue[QUEUE];
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* splitmix64. */
static double uniform(uint64_t *state)
{
	uint64_t z = *state += GOLDEN;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static int64_t service_ns(struct server *s)
{
	return (int64_t)(s->exponential ? -log1p(-uniform(&s->random)) * s->mean_ns
					: s->mean_ns);
}

static void enqueue(struct server *s, int fd, size_t size, int64_t now)
{
	struct request *r = &s->queue[s->tail++ % QUEUE];
	int64_t from = now > s->last_departs_ns ? now : s->last_departs_ns;

	s->last_departs_ns = from + service_ns(s);
	r->fd = fd;
	r->generation = known_connections[fd].generation;
	r->departs_ns = s->last_departs_ns;
	r->size = size;
	memcpy(r->frame, known_connections[fd].bytes, size);
	if (s->first_ns == 0)
		s->first_ns = now;
}

static void lose(struct server *s, int fd)
{
	known_close(fd);
	s->connections--;
}

static void take(struct server *s, int fd)
{
	int64_t now = now_ns();
	size_t size;

	if (!known_receive(fd)) {
		lose(s, fd);
		return;
	}
	while ((size = known_frame(fd)) > 0) {
		if (size > FRAME || s->tail - s->head == QUEUE) {
			fprintf(stderr, "timed: a frame or a queue too large\n");
			exit(1);
		}
		enqueue(s, fd, size, now);
		known_remove(fd, size);
	}
}

static void answer_due(struct server *s)
{
	while (s->head != s->tail) {
		const struct request *r = &s->queue[s->head % QUEUE];
		if (r->departs_ns > now_ns())
			return;
		if (r->generation == known_connections[r->fd].generation)
			(void)known_send(r->fd, r->frame, r->size);
		s->head++;
	}
}

static void freeze(struct server *s)
{
	int64_t until = s->first_ns + s->freeze_after_ns + s->freeze_for_ns;
	const struct timespec at = {until / 1000000000, until % 1000000000};

	if (s->first_ns == 0 || now_ns() < s->first_ns + s->freeze_after_ns)
		return;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
	s->freeze_for_ns = 0;
}

static void serve(struct server *s)
{
	struct epoll_event events[BATCH];
	int n = epoll_wait(s->epoll_fd, events, BATCH, s->connections > 0 ? 0 : -1);

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd != s->listener)
			take(s, events[i].data.fd);
		else if (known_accept(s->epoll_fd, s->listener) >= 0)
			s->connections++;
		answer_due(s);
	}
	answer_due(s);
	if (s->freeze_for_ns > 0)
		freeze(s);
}

static bool configure(struct server *s, int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "fixed") == 0) {
		s->mean_ns = atof(argv[2]) * US_NS;
		return true;
	}
	if (argc == 4 && strcmp(argv[1], "exp") == 0) {
		s->exponential = true;
		s->mean_ns = atof(argv[2]) * US_NS;
		s->random = strtoull(argv[3], NULL, 10);
		return true;
	}
	if (argc == 4 && strcmp(argv[1], "freeze") == 0) {
		s->freeze_after_ns = (int64_t)(atof(argv[2]) * NS);
		s->freeze_for_ns = (int64_t)(atof(argv[3]) * NS);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	static struct server s;

	if (!configure(&s, argc, argv)) {
		fprintf(stderr, "usage: timed fixed MEAN_US | exp MEAN_US SEED | "
				"freeze AFTER_S FOR_S\n");
		return 2;
	}
	s.listener = known_listen(0);
	s.epoll_fd = known_epoll(s.listener);
	known_ready(s.listener);
	for (;;)
		serve(&s);
}
