/* bench_selector.c - one wait with one descriptor ready among many. */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "models/selector/selector.h"
#include "server/socket.h"
#include "tests/micro/bench.h"

struct waiting {
	const struct selector *selector;
	struct selector_set *set;
	int count;
	int fds[];
};

static void waiting_free(void *ctx)
{
	struct waiting *waiting = ctx;

	waiting->selector->close(waiting->set);
	for (int i = 0; i < waiting->count; i++)
		close(waiting->fds[i]);
	free(waiting);
}

/* The last descriptor is the ready one: select and poll pass all others. */
static int waiting_fill(struct waiting *waiting, int count)
{
	while (waiting->count < count) {
		const unsigned ready = waiting->count == count - 1;
		const int fd = eventfd(ready, EFD_CLOEXEC | EFD_NONBLOCK);
		if (fd < 0)
			return -errno;
		waiting->fds[waiting->count++] = fd;
		const int r = waiting->selector->add(waiting->set, fd, SELECTOR_READ,
						     (uint64_t)fd);
		if (r < 0)
			return r;
	}
	return 0;
}

static int waiting_new(void **ret_ctx, const char *name, int64_t count)
{
	struct waiting *waiting =
		calloc(1, sizeof(*waiting) + (size_t)count * sizeof(int));
	int r;

	if (!waiting)
		return -ENOMEM;
	descriptor_limit_raise();
	waiting->selector = selector_find(name);
	r = waiting->selector->open(&waiting->set);
	if (r == 0)
		r = waiting_fill(waiting, (int)count);
	if (r < 0)
		waiting_free(waiting);
	else
		*ret_ctx = waiting;
	return r;
}

static int select_setup(void **ret_ctx, int64_t arg)
{
	return waiting_new(ret_ctx, "select", arg);
}

static int poll_setup(void **ret_ctx, int64_t arg)
{
	return waiting_new(ret_ctx, "poll", arg);
}

static int epoll_setup(void **ret_ctx, int64_t arg)
{
	return waiting_new(ret_ctx, "epoll", arg);
}

static void wait_run(void *ctx, uint64_t iters)
{
	struct waiting *waiting = ctx;
	struct selector_event events[64];

	while (iters-- > 0) {
		const int n = waiting->selector->wait(waiting->set, events, 64, -1);
		BENCH_KEEP(n);
	}
}

/* select ends at FD_SETSIZE. */
const struct bench_case bench_cases[] = {
	{"selector/wait/select/8", 8, select_setup, wait_run, waiting_free},
	{"selector/wait/select/512", 512, select_setup, wait_run, waiting_free},
	{"selector/wait/poll/8", 8, poll_setup, wait_run, waiting_free},
	{"selector/wait/poll/512", 512, poll_setup, wait_run, waiting_free},
	{"selector/wait/poll/10000", 10000, poll_setup, wait_run, waiting_free},
	{"selector/wait/epoll/8", 8, epoll_setup, wait_run, waiting_free},
	{"selector/wait/epoll/512", 512, epoll_setup, wait_run, waiting_free},
	{"selector/wait/epoll/10000", 10000, epoll_setup, wait_run, waiting_free},
	{.name = NULL},
};
