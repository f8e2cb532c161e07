/*
 * leader_followers.c - threads take turns on one epoll set (POSA2): who is told of an event
 * serves it to its end, while another waits for the next. Nothing is queued, and nothing
 * is handed from thread to thread.
 *
 *	followers: in epoll_wait(2), who came last is woken first, its cache is warm
 *	    │ promoted by the kernel
 *	    ▼
 *	leader: takes one event; if more is ready, the kernel wakes the next in its place
 *	    ▼
 *	serves the connection, and becomes a follower again
 *
 * The textbook keeps the followers in a queue of its own under a mutex, and promotes one per
 * event whether there is anything to do or not. epoll's wait queue is that queue, and it
 * promotes only when more is ready.
 *
 * Sleeps and time-outs are one heap of all threads with one timerfd, as an event like
 * others: who sleeps holds no thread.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "models/team.h"
#include "models/threads.h"
#include "models/workers.h"
#include "server/clock.h"

/* One connection: the listener, out of the set (EPOLLONESHOT) meanwhile, is put back before
 * the connection is served, so that another thread takes the next. */
static void team_accept(struct team *team, struct member *member)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT,
				    .data.ptr = &team->acceptor};
	struct connection *c = NULL;

	pthread_mutex_lock(&team->accepting);
	int fd = acceptor_accept(&team->acceptor, SOCK_NONBLOCK, team_active(team));
	if (fd >= 0) {
		c = team_adopt(team, fd);
		if (!c)
			acceptor_refuse(&team->acceptor, fd);
	}
	pthread_mutex_unlock(&team->accepting);
	if (fd >= 0 || fd == -EAGAIN || fd == -EINTR) {
		(void)epoll_ctl(team->epoll_fd, EPOLL_CTL_MOD, team->server->listener,
				&event);
	} else if (fd != -ECANCELED) {
		atomic_store(&team->result, fd);
		io_server_stop(team->server);
	}
	if (c)
		connection_serve(c, member);
}

static unsigned told_by(uint32_t events)
{
	unsigned told = 0;

	if (events & EPOLLIN)
		told |= READABLE;
	if (events & EPOLLOUT)
		told |= WRITABLE;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		told |= HANGUP;
	return told;
}

static void *member_main(void *argument)
{
	struct member *member = argument;
	struct team *team = member->team;
	struct epoll_event event;

	for (;;) {
		if (epoll_wait(team->epoll_fd, &event, 1, -1) < 1)
			continue;
		if (event.data.ptr == &team->end_fd)
			return NULL;
		if (event.data.ptr == &team->acceptor)
			team_accept(team, member);
		else if (event.data.ptr == &team->timers)
			team_expire(team, member);
		else
			connection_tell(event.data.ptr, member, told_by(event.events));
	}
}

static int leader_followers_run(struct io_server *server)
{
	struct team *team = server->state;
	struct pollfd stop = {.fd = server->stop_fd, .events = POLLIN};
	long slack_ns = timer_slack_tighten();
	unsigned started = 0;
	int result = 0;

	while (started < server->counters->workers && result == 0) {
		result = thread_start(&team->members[started].thread, server->model->name,
				      started, member_main, &team->members[started]);
		started += result == 0;
	}
	if (result < 0)
		io_server_stop(server);
	while (poll(&stop, 1, -1) < 0)
		;
	team_end_input(team);
	team_await(team, clock_ns() + server->config.drain_timeout_ns);
	team_cut(team);
	(void)eventfd_write(team->end_fd, 1);
	while (started > 0)
		pthread_join(team->members[--started].thread, NULL);
	timer_slack_restore(slack_ns);
	return result < 0 ? result : atomic_load(&team->result);
}

static int leader_followers_open(struct io_server *server)
{
	struct team *team = calloc(1, sizeof(*team));

	if (!team)
		return -ENOMEM;
	server->state = team;
	int result = team_open(team, server);
	team->members = calloc(server->counters->workers, sizeof(*team->members));
	for (unsigned i = 0; team->members && i < server->counters->workers; i++)
		team->members[i] = (struct member){
			.team = team, .counters = &server->counters->line[1 + i]};
	return team->members ? result : -ENOMEM;
}

static void leader_followers_close(struct io_server *server)
{
	struct team *team = server->state;

	if (!team)
		return;
	team_close(team);
	free(team->members);
	free(team);
	server->state = NULL;
}

const struct io_model io_model_leader_followers = {
	.name = "leader-followers",
	.summary = "threads take turns on one epoll set, who hears of it serves it",
	.family = "hybrid",
	.flags = IO_MODEL_STREAM,
	.options = workers_options_per_cpu,
	.options_size = sizeof(struct workers_options),
	.workers = workers_per_cpu,
	.open = leader_followers_open,
	.run = leader_followers_run,
	.close = leader_followers_close,
};
