/* live.c - see live.h. */
#include "models/live.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/clock.h"

#define NOT_DRAINING (-1)

void live_init(struct live *live, int64_t max_connections)
{
	*live = (struct live){.max = (uint64_t)max_connections, .how = NOT_DRAINING};
	pthread_mutex_init(&live->lock, NULL);
	pthread_cond_init(&live->none_left, NULL);
}

void live_release(struct live *live)
{
	pthread_cond_destroy(&live->none_left);
	pthread_mutex_destroy(&live->lock);
}

static bool live_hold(struct live *live, struct live_holder *holder, int fd)
{
	holder->fd = fd;
	if (fd < 0)
		return true;
	if (live->max > 0 && live->held >= live->max) {
		holder->fd = -1;
		return false;
	}
	live->held++;
	if (live->how != NOT_DRAINING)
		(void)shutdown(fd, live->how);
	return true;
}

static void live_drop(struct live *live, struct live_holder *holder)
{
	if (holder->fd < 0)
		return;
	close(holder->fd);
	holder->fd = -1;
	live->held--;
}

bool live_enter(struct live *live, struct live_holder *holder, int fd)
{
	pthread_mutex_lock(&live->lock);
	bool in = live_hold(live, holder, fd);
	if (in) {
		holder->next = live->first;
		holder->link = &live->first;
		if (holder->next)
			holder->next->link = &holder->next;
		live->first = holder;
		live->holders++;
	}
	pthread_mutex_unlock(&live->lock);
	return in;
}

static void live_remove(struct live *live, struct live_holder *holder)
{
	*holder->link = holder->next;
	if (holder->next)
		holder->next->link = holder->link;
	if (--live->holders == 0)
		pthread_cond_signal(&live->none_left);
}

void live_withdraw(struct live *live, struct live_holder *holder)
{
	pthread_mutex_lock(&live->lock);
	live->held -= holder->fd >= 0;
	live_remove(live, holder);
	pthread_mutex_unlock(&live->lock);
}

void live_leave(struct live *live, struct live_holder *holder)
{
	pthread_mutex_lock(&live->lock);
	live_drop(live, holder);
	live_remove(live, holder);
	pthread_mutex_unlock(&live->lock);
}

bool live_take(struct live *live, struct live_holder *holder, int fd)
{
	pthread_mutex_lock(&live->lock);
	bool taken = live_hold(live, holder, fd);
	pthread_mutex_unlock(&live->lock);
	return taken;
}

void live_close(struct live *live, struct live_holder *holder)
{
	pthread_mutex_lock(&live->lock);
	live_drop(live, holder);
	pthread_mutex_unlock(&live->lock);
}

static void live_shutdown(struct live *live, int how)
{
	live->how = how;
	for (struct live_holder *h = live->first; h; h = h->next)
		if (h->fd >= 0)
			(void)shutdown(h->fd, how);
}

void live_drain(struct live *live, int64_t timeout_ns)
{
	int64_t end_ns = clock_ns() + timeout_ns;
	struct timespec end = {end_ns / NS_PER_S, end_ns % NS_PER_S};
	int result = 0;

	pthread_mutex_lock(&live->lock);
	live_shutdown(live, SHUT_RD);
	while (live->holders > 0 && result == 0)
		result = pthread_cond_clockwait(&live->none_left, &live->lock,
						CLOCK_MONOTONIC, &end);
	live_shutdown(live, SHUT_RDWR);
	while (live->holders > 0)
		pthread_cond_wait(&live->none_left, &live->lock);
	pthread_mutex_unlock(&live->lock);
}
