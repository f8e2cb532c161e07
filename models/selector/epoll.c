/*
 * epoll.c - readiness by epoll(7): the interest lives in the kernel, a wait costs what is
 * ready.
 *
 * Timed waits need nanoseconds: epoll_pwait2 (Linux 5.11), or milliseconds rounded up
 * where the kernel has it not. Level-triggered entries go back to the tail of the
 * kernel's ready list, which is the fairness that selector.h promises.
 */
#include "models/selector/selector.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX 256 /* more go cold in the cache before they are handled */

struct selector_set {
	int epoll_fd;
	bool no_pwait2;
	struct epoll_event batch[BATCH_MAX];
};

static int epoll_set_open(struct selector_set **ret_set)
{
	struct selector_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (set->epoll_fd < 0) {
		int result = -errno;
		free(set);
		return result;
	}
	*ret_set = set;
	return 0;
}

/* EPOLLRDHUP goes with READ: who does not read must not be woken by the peer's end. */
static uint32_t epoll_events_of(unsigned interest)
{
	uint32_t events = 0;

	if (interest & SELECTOR_EXCLUSIVE) /* goes with EPOLLIN alone (epoll_ctl(2)) */
		return EPOLLIN | EPOLLEXCLUSIVE;
	if (interest & SELECTOR_READ)
		events |= EPOLLIN | EPOLLRDHUP;
	if (interest & SELECTOR_WRITE)
		events |= EPOLLOUT;
	if (interest & SELECTOR_EDGE)
		events |= EPOLLET;
	return events;
}

static unsigned epoll_ready_of(uint32_t events)
{
	unsigned ready = 0;

	if (events & EPOLLIN)
		ready |= SELECTOR_READ;
	if (events & EPOLLOUT)
		ready |= SELECTOR_WRITE;
	if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		ready |= SELECTOR_READ | SELECTOR_HANGUP;
	return ready;
}

static int epoll_control(struct selector_set *set, int operation, int fd,
			 unsigned interest, uint64_t data)
{
	struct epoll_event event = {.events = epoll_events_of(interest),
				    .data.u64 = data};

	return epoll_ctl(set->epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

static int epoll_add(struct selector_set *set, int fd, unsigned interest, uint64_t data)
{
	return epoll_control(set, EPOLL_CTL_ADD, fd, interest, data);
}

static int epoll_mod(struct selector_set *set, int fd, unsigned interest, uint64_t data)
{
	return epoll_control(set, EPOLL_CTL_MOD, fd, interest, data);
}

static int epoll_del(struct selector_set *set, int fd)
{
	return epoll_control(set, EPOLL_CTL_DEL, fd, 0, 0);
}

static int epoll_wait_ms(struct selector_set *set, int max, int64_t timeout_ns)
{
	int64_t timeout_ms =
		timeout_ns < 0 ? -1 : timeout_ns / 1000000 + (timeout_ns % 1000000 > 0);

	if (timeout_ms > INT_MAX)
		timeout_ms = INT_MAX;
	return epoll_wait(set->epoll_fd, set->batch, max, (int)timeout_ms);
}

static int epoll_wait_ns(struct selector_set *set, int max, int64_t timeout_ns)
{
	struct timespec limit = {timeout_ns / 1000000000, timeout_ns % 1000000000};
	int hits = epoll_pwait2(set->epoll_fd, set->batch, max, &limit, NULL);

	if (hits < 0 && errno == ENOSYS) {
		set->no_pwait2 = true;
		return epoll_wait_ms(set, max, timeout_ns);
	}
	return hits;
}

static int epoll_set_wait(struct selector_set *set, struct selector_event *events,
			  int max, int64_t timeout_ns)
{
	if (max > BATCH_MAX)
		max = BATCH_MAX;
	int hits = timeout_ns <= 0 || set->no_pwait2
			   ? epoll_wait_ms(set, max, timeout_ns)
			   : epoll_wait_ns(set, max, timeout_ns);
	if (hits < 0)
		return -errno;
	for (int i = 0; i < hits; i++)
		events[i] = (struct selector_event){
			.data = set->batch[i].data.u64,
			.ready = epoll_ready_of(set->batch[i].events)};
	return hits;
}

static void epoll_set_close(struct selector_set *set)
{
	if (!set)
		return;
	close(set->epoll_fd);
	free(set);
}

const struct selector selector_epoll = {
	.name = "epoll",
	.open = epoll_set_open,
	.add = epoll_add,
	.mod = epoll_mod,
	.del = epoll_del,
	.wait = epoll_set_wait,
	.close = epoll_set_close,
};
