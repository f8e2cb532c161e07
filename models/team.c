/* team.c - see team.h. */
#include "models/team.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "server/clock.h"

struct connection {
	struct slot slot;
	struct team *team;
	struct timer timer; /* under team->lock */
	atomic_uint word;   /* enum told; all below belongs to who has claimed it */
	int64_t armed_ns; /* the timer, or later than that; STREAM_NEVER: is not armed */
	bool watches_write;
	struct stream stream;
	uint8_t buffer[];
};

static void team_set_timer(struct team *team)
{
	int64_t next_ns = timers_next(&team->timers);
	struct itimerspec at = {.it_value = {next_ns / NS_PER_S, next_ns % NS_PER_S}};

	if (next_ns == TIMERS_NEVER || next_ns >= team->timer_ns)
		return;
	team->timer_ns = next_ns;
	(void)timerfd_settime(team->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void connection_arm(struct connection *c)
{
	struct team *team = c->team;

	if (c->stream.deadline_ns >= c->armed_ns) /* an early timer finds out */
		return;
	c->armed_ns = c->stream.deadline_ns;
	pthread_mutex_lock(&team->lock);
	timers_arm(&team->timers, &c->timer, c->armed_ns);
	team_set_timer(team);
	pthread_mutex_unlock(&team->lock);
}

/* The word stays CLAIMED. */
static void connection_close(struct connection *c, struct member *member)
{
	struct team *team = c->team;

	counters_bump(&member->counters->closed, 1);
	pthread_mutex_lock(&team->lock);
	timers_cancel(&team->timers, &c->timer);
	close(c->stream.fd);
	slots_give(&team->slots, c);
	if (team->slots.used == 0)
		pthread_cond_signal(&team->none_left);
	pthread_mutex_unlock(&team->lock);
}

/* 0 or -errno. Also tells again what is there already. */
static int connection_watch(struct connection *c, int operation)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET,
				    .data.ptr = c};

	if (c->watches_write)
		event.events |= EPOLLOUT;
	return epoll_ctl(c->team->epoll_fd, operation, c->stream.fd, &event) < 0 ? -errno
										 : 0;
}

/* What is to be waited for, while it is still claimed: 0 or -errno. A connection whose turn
 * is over before its input goes behind the others that are ready. */
static int connection_rest(struct connection *c)
{
	bool starts_writing = c->stream.wait == STREAM_WRITE && !c->watches_write;
	bool has_input = c->stream.wait == STREAM_READ && c->stream.readable;

	connection_arm(c);
	c->watches_write |= starts_writing;
	return starts_writing || has_input ? connection_watch(c, EPOLL_CTL_MOD) : 0;
}

/* Remembers what was told; true: there is something to be done now. */
static bool connection_hear(struct connection *c, unsigned told)
{
	struct stream *s = &c->stream;

	if (told & HANGUP)
		s->thorough = true;
	if (told & (READABLE | HANGUP))
		s->readable = true;
	if (told & EXPIRED) {
		c->armed_ns = STREAM_NEVER;
		if (s->deadline_ns <= clock_ns()) {
			stream_expire(s);
			return true;
		}
	}
	if (s->wait == STREAM_WRITE)
		return told & (WRITABLE | HANGUP);
	return s->wait == STREAM_READ;
}

/* One turn of who has claimed it; false: it is closed. */
static bool connection_turn(struct connection *c, struct member *member, unsigned told)
{
	struct stream *s = &c->stream;
	bool is_over = atomic_load(&c->team->cut);

	s->counters = s->echo.counters = member->counters;
	if (!is_over && connection_hear(c, told) &&
	    stream_pump(s, s->readable) == STREAM_END) {
		connection_close(c, member);
		return false;
	}
	if (!is_over && connection_rest(c) == 0)
		return true;
	counters_bump(&member->counters->errors, 1);
	(void)shutdown(s->fd, SHUT_RDWR);
	connection_close(c, member);
	return false;
}

/* By who has claimed it, until nothing new was told. */
void connection_serve(struct connection *c, struct member *member)
{
	unsigned told;

	do {
		told = atomic_exchange(&c->word, CLAIMED);
		if (!connection_turn(c, member, told))
			return;
		told = CLAIMED;
	} while (!atomic_compare_exchange_strong(&c->word, &told, 0));
}

void connection_tell(struct connection *c, struct member *member, unsigned told)
{
	if (!(atomic_fetch_or(&c->word, CLAIMED | told) & CLAIMED))
		connection_serve(c, member);
}

/* A connection that is claimed and watched, or NULL. */
struct connection *team_adopt(struct team *team, int fd)
{
	int result = -ENOMEM;

	pthread_mutex_lock(&team->lock);
	struct connection *c = slots_take(&team->slots);
	if (c) {
		atomic_store(&c->word, CLAIMED);
		c->team = team;
		c->timer = (struct timer){0};
		c->armed_ns = STREAM_NEVER;
		c->watches_write = false;
		stream_init(&c->stream, team->server, fd, c->buffer, NULL);
		result = timers_reserve(&team->timers, team->slots.used);
		if (result == 0)
			result = connection_watch(c, EPOLL_CTL_ADD);
		if (result < 0)
			slots_give(&team->slots, c);
	}
	pthread_mutex_unlock(&team->lock);
	return result < 0 ? NULL : c;
}

uint64_t team_active(struct team *team)
{
	pthread_mutex_lock(&team->lock);
	uint64_t active = team->slots.used;
	pthread_mutex_unlock(&team->lock);
	return active;
}

static struct timer *team_next_expired(struct team *team)
{
	pthread_mutex_lock(&team->lock);
	struct timer *timer = timers_expire(&team->timers, clock_ns());
	if (!timer) {
		team->timer_ns = TIMERS_NEVER;
		team_set_timer(team);
	}
	pthread_mutex_unlock(&team->lock);
	return timer;
}

void team_expire(struct team *team, struct member *member)
{
	struct timer *timer;
	uint64_t times;

	(void)!read(team->timer_fd, &times, sizeof(times));
	while ((timer = team_next_expired(team))) {
		char *c = (char *)timer - offsetof(struct connection, timer);
		connection_tell((struct connection *)c, member, EXPIRED);
	}
}

/* After those that were accepted before the stop have been adopted. */
void team_end_input(struct team *team)
{
	uint32_t number = 0;
	struct connection *c;

	pthread_mutex_lock(&team->accepting);
	pthread_mutex_unlock(&team->accepting);
	pthread_mutex_lock(&team->lock);
	while ((c = slots_next(&team->slots, &number)))
		(void)shutdown(c->stream.fd, SHUT_RD);
	pthread_mutex_unlock(&team->lock);
}

/* Until none is left, at most until `end_ns`. */
void team_await(struct team *team, int64_t end_ns)
{
	struct timespec end = {end_ns / NS_PER_S, end_ns % NS_PER_S};
	int result = 0;

	pthread_mutex_lock(&team->lock);
	while (team->slots.used > 0 && result == 0)
		result = pthread_cond_clockwait(&team->none_left, &team->lock,
						CLOCK_MONOTONIC, &end);
	pthread_mutex_unlock(&team->lock);
}

static struct connection *team_next(struct team *team, uint32_t *number)
{
	pthread_mutex_lock(&team->lock);
	struct connection *c = slots_next(&team->slots, number);
	pthread_mutex_unlock(&team->lock);
	return c;
}

/* Who is being served closes its connection at the end of the turn. */
void team_cut(struct team *team)
{
	uint32_t number = 0;
	struct connection *c;

	atomic_store(&team->cut, true);
	while ((c = team_next(team, &number)))
		connection_tell(c, &team->main, HANGUP);
	team_await(team, STREAM_NEVER);
}

static int team_watch(struct team *team, int fd, uint32_t events, void *data)
{
	struct epoll_event event = {.events = events, .data.ptr = data};

	if (fd < 0)
		return -errno;
	return epoll_ctl(team->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int team_open_set(struct team *team)
{
	team->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (team->epoll_fd < 0)
		return -errno;
	team->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	int result = team_watch(team, team->timer_fd, EPOLLIN | EPOLLET, &team->timers);
	if (result == 0) {
		team->end_fd = eventfd(0, EFD_CLOEXEC);
		result = team_watch(team, team->end_fd, EPOLLIN, &team->end_fd);
	}
	if (result == 0)
		result = socket_set_nonblocking(team->server->listener);
	if (result == 0)
		result = team_watch(team, team->server->listener, EPOLLIN | EPOLLONESHOT,
				    &team->acceptor);
	return result;
}

int team_open(struct team *team, struct io_server *server)
{
	*team = (struct team){.server = server,
			      .epoll_fd = -1,
			      .timer_fd = -1,
			      .end_fd = -1,
			      .timer_ns = TIMERS_NEVER};
	pthread_mutex_init(&team->accepting, NULL);
	pthread_mutex_init(&team->lock, NULL);
	pthread_cond_init(&team->none_left, NULL);
	slots_init(&team->slots,
		   sizeof(struct connection) + (size_t)server->config.buffer);
	timers_init(&team->timers);
	team->main = (struct member){.team = team, .counters = server->counters->line};
	int result = acceptor_open(&team->acceptor, server, server->counters->line);
	return result < 0 ? result : team_open_set(team);
}

static void close_descriptor(int fd)
{
	if (fd >= 0)
		close(fd);
}

void team_close(struct team *team)
{
	close_descriptor(team->epoll_fd);
	close_descriptor(team->timer_fd);
	close_descriptor(team->end_fd);
	acceptor_close(&team->acceptor);
	slots_release(&team->slots);
	timers_release(&team->timers);
	pthread_cond_destroy(&team->none_left);
	pthread_mutex_destroy(&team->lock);
	pthread_mutex_destroy(&team->accepting);
}
