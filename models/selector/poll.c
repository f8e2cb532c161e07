/*
 * poll.c - readiness by ppoll(2).
 *
 * A dense array and a map from descriptor to place in it, so that the kernel's linear
 * pass has no holes to look at; a removed entry is replaced by the last one:
 *
 *	place[fd]    ->  0        1        2
 *	entry            {fd 7}   {fd 4}   {fd 9}
 *	data             word     word     word
 *
 * The scan starts behind the last reported and stops after as many hits as the kernel
 * counted.
 */
#include "models/selector/selector.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define NO_PLACE (-1)

struct selector_set {
	struct pollfd *entry;
	uint64_t *data;
	int count;
	int capacity;
	int next;   /* where the next scan starts */
	int *place; /* by descriptor */
	int place_count;
};

static int poll_open(struct selector_set **ret_set)
{
	struct selector_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	*ret_set = set;
	return 0;
}

/* Room for one more entry; 0 or -ENOMEM. */
static int poll_reserve_entry(struct selector_set *set)
{
	if (set->count < set->capacity)
		return 0;
	int capacity = set->capacity ? 2 * set->capacity : 64;
	struct pollfd *entry =
		realloc(set->entry, (size_t)capacity * sizeof(set->entry[0]));
	if (!entry)
		return -ENOMEM;
	set->entry = entry;
	uint64_t *data = realloc(set->data, (size_t)capacity * sizeof(set->data[0]));
	if (!data)
		return -ENOMEM;
	set->data = data;
	set->capacity = capacity;
	return 0;
}

/* A place for descriptor `fd`; 0 or -ENOMEM. */
static int poll_reserve_place(struct selector_set *set, int fd)
{
	if (fd < set->place_count)
		return 0;
	int count = set->place_count ? set->place_count : 64;
	while (count <= fd)
		count *= 2;
	int *place = realloc(set->place, (size_t)count * sizeof(set->place[0]));
	if (!place)
		return -ENOMEM;
	for (int i = set->place_count; i < count; i++)
		place[i] = NO_PLACE;
	set->place = place;
	set->place_count = count;
	return 0;
}

static int poll_place(const struct selector_set *set, int fd)
{
	return fd >= 0 && fd < set->place_count ? set->place[fd] : NO_PLACE;
}

/* POLLRDHUP goes with READ: who does not read must not be woken by the peer's end. */
static short poll_events_of(unsigned interest)
{
	int events = 0;

	if (interest & SELECTOR_READ)
		events |= POLLIN | POLLRDHUP;
	if (interest & SELECTOR_WRITE)
		events |= POLLOUT;
	return (short)events;
}

static unsigned poll_ready_of(int revents)
{
	unsigned ready = 0;

	if (revents & POLLIN)
		ready |= SELECTOR_READ;
	if (revents & POLLOUT)
		ready |= SELECTOR_WRITE;
	if (revents & (POLLHUP | POLLERR | POLLRDHUP | POLLNVAL))
		ready |= SELECTOR_READ | SELECTOR_HANGUP;
	return ready;
}

static int poll_add(struct selector_set *set, int fd, unsigned interest, uint64_t data)
{
	if (interest & (SELECTOR_EDGE | SELECTOR_EXCLUSIVE))
		return -ENOTSUP;
	if (fd < 0)
		return -EBADF;
	if (poll_place(set, fd) != NO_PLACE)
		return -EEXIST;
	int result = poll_reserve_entry(set);
	if (result == 0)
		result = poll_reserve_place(set, fd);
	if (result < 0)
		return result;
	set->entry[set->count] =
		(struct pollfd){.fd = fd, .events = poll_events_of(interest)};
	set->data[set->count] = data;
	set->place[fd] = set->count++;
	return 0;
}

static int poll_mod(struct selector_set *set, int fd, unsigned interest, uint64_t data)
{
	int place = poll_place(set, fd);

	if (interest & SELECTOR_EDGE)
		return -ENOTSUP;
	if (place == NO_PLACE)
		return -ENOENT;
	set->entry[place].events = poll_events_of(interest);
	set->data[place] = data;
	return 0;
}

static int poll_del(struct selector_set *set, int fd)
{
	int place = poll_place(set, fd);

	if (place == NO_PLACE)
		return -ENOENT;
	int last = --set->count;
	set->entry[place] = set->entry[last];
	set->data[place] = set->data[last];
	set->place[set->entry[place].fd] = place;
	set->place[fd] = NO_PLACE;
	return 0;
}

static int poll_wait(struct selector_set *set, struct selector_event *events, int max,
		     int64_t timeout_ns)
{
	struct timespec limit = {timeout_ns / 1000000000, timeout_ns % 1000000000};
	int hits = ppoll(set->entry, (nfds_t)set->count, timeout_ns < 0 ? NULL : &limit,
			 NULL);
	int stored = 0;

	if (hits < 0)
		return -errno;
	for (int seen = 0; stored < hits && stored < max && seen < set->count; seen++) {
		if (set->next >= set->count)
			set->next = 0;
		int place = set->next++;
		if (set->entry[place].revents)
			events[stored++] = (struct selector_event){
				.data = set->data[place],
				.ready = poll_ready_of(set->entry[place].revents)};
	}
	return stored;
}

static void poll_close(struct selector_set *set)
{
	if (!set)
		return;
	free(set->entry);
	free(set->data);
	free(set->place);
	free(set);
}

const struct selector selector_poll = {
	.name = "poll",
	.open = poll_open,
	.add = poll_add,
	.mod = poll_mod,
	.del = poll_del,
	.wait = poll_wait,
	.close = poll_close,
};
