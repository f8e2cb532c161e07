/*
 * select.c - readiness by pselect(2).
 *
 * The master sets are copied for each call; the answer is scanned a word at a time with
 * ctz, from behind the last reported descriptor, round to it again, and no further than
 * the number of bits that the kernel says are set. FD_SET beyond FD_SETSIZE is silent
 * memory corruption, so `add` refuses.
 */
#include "models/selector/selector.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/select.h>
#include <time.h>

#define WORD_BITS ((int)(8 * sizeof(unsigned long)))

struct selector_set {
	fd_set members;
	fd_set read;
	fd_set write;
	int highest; /* descriptor in the set; -1: none */
	int next;    /* where the next scan starts */
	uint64_t data[FD_SETSIZE];
};

/* Where a scan stands. */
struct scan {
	const struct selector_set *set;
	fd_set read;
	fd_set write;
	int bits_left; /* set in `read` and `write` together */
	struct selector_event *events;
	int count;
	int max;
	int last; /* descriptor reported */
};

static int select_open(struct selector_set **ret_set)
{
	struct selector_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->highest = -1;
	*ret_set = set;
	return 0;
}

static bool select_has(const struct selector_set *set, int fd)
{
	return fd >= 0 && fd < FD_SETSIZE && FD_ISSET(fd, &set->members);
}

static void select_set_interest(struct selector_set *set, int fd, unsigned interest)
{
	if (interest & SELECTOR_READ)
		FD_SET(fd, &set->read);
	else
		FD_CLR(fd, &set->read);
	if (interest & SELECTOR_WRITE)
		FD_SET(fd, &set->write);
	else
		FD_CLR(fd, &set->write);
}

static int select_add(struct selector_set *set, int fd, unsigned interest, uint64_t data)
{
	if (interest & (SELECTOR_EDGE | SELECTOR_EXCLUSIVE))
		return -ENOTSUP;
	if (fd < 0)
		return -EBADF;
	if (fd >= FD_SETSIZE)
		return -ERANGE;
	if (select_has(set, fd))
		return -EEXIST;
	FD_SET(fd, &set->members);
	select_set_interest(set, fd, interest);
	set->data[fd] = data;
	if (fd > set->highest)
		set->highest = fd;
	return 0;
}

static int select_mod(struct selector_set *set, int fd, unsigned interest, uint64_t data)
{
	if (interest & SELECTOR_EDGE)
		return -ENOTSUP;
	if (!select_has(set, fd))
		return -ENOENT;
	select_set_interest(set, fd, interest);
	set->data[fd] = data;
	return 0;
}

static int select_del(struct selector_set *set, int fd)
{
	if (!select_has(set, fd))
		return -ENOENT;
	FD_CLR(fd, &set->members);
	select_set_interest(set, fd, 0);
	while (set->highest >= 0 && !FD_ISSET(set->highest, &set->members))
		set->highest--;
	return 0;
}

static void select_report(struct scan *scan, int fd)
{
	unsigned ready = 0;

	if (FD_ISSET(fd, &scan->read))
		ready |= SELECTOR_READ;
	if (FD_ISSET(fd, &scan->write))
		ready |= SELECTOR_WRITE;
	scan->bits_left -= ready == (SELECTOR_READ | SELECTOR_WRITE) ? 2 : 1;
	scan->events[scan->count++] =
		(struct selector_event){.data = scan->set->data[fd], .ready = ready};
	scan->last = fd;
}

/* Reports what is ready among the descriptors [from, to). */
static void select_scan(struct scan *scan, int from, int to)
{
	for (int base = from - from % WORD_BITS; base < to; base += WORD_BITS) {
		int word = base / WORD_BITS;
		unsigned long ready = (unsigned long)scan->read.fds_bits[word] |
				      (unsigned long)scan->write.fds_bits[word];
		if (base < from)
			ready &= ~0UL << (from - base);
		if (to - base < WORD_BITS)
			ready &= ~(~0UL << (to - base));
		for (; ready; ready &= ready - 1) {
			if (scan->count == scan->max || scan->bits_left <= 0)
				return;
			select_report(scan, base + __builtin_ctzl(ready));
		}
	}
}

static int select_wait(struct selector_set *set, struct selector_event *events, int max,
		       int64_t timeout_ns)
{
	struct timespec limit = {timeout_ns / 1000000000, timeout_ns % 1000000000};
	struct scan scan = {.set = set, .events = events, .max = max};

	scan.read = set->read;
	scan.write = set->write;
	scan.bits_left = pselect(set->highest + 1, &scan.read, &scan.write, NULL,
				 timeout_ns < 0 ? NULL : &limit, NULL);
	if (scan.bits_left < 0)
		return -errno;
	if (scan.bits_left == 0)
		return 0;
	if (set->next > set->highest)
		set->next = 0;
	select_scan(&scan, set->next, set->highest + 1);
	select_scan(&scan, 0, set->next);
	set->next = scan.last + 1;
	return scan.count;
}

static void select_close(struct selector_set *set)
{
	free(set);
}

const struct selector selector_select = {
	.name = "select",
	.open = select_open,
	.add = select_add,
	.mod = select_mod,
	.del = select_del,
	.wait = select_wait,
	.close = select_close,
};
