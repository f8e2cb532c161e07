/* crew.c - see crew.h. */
#include "models/crew.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/threads.h"
#include "server/clock.h"

/* A worker is replaced at once, but not more often than this: one that cannot live must
 * not make the parent a fork loop. */
#define REPLACE_NS (100 * NS_PER_MS)

static int crew_fork(struct crew *crew, unsigned number)
{
	struct crew_member *member = &crew->member[number];

	pid_t pid = children_fork(&crew->children);
	if (pid == 0) {
		thread_set_name(pthread_self(), crew->server->model->name, number);
		crew->main(crew->server, crew, number);
		_exit(1);
	}
	member->made_ns = clock_ns();
	member->pid = pid > 0 ? pid : 0;
	return pid < 0 ? (int)pid : 0;
}

/* Who was killed had no time to count what it held. */
static void crew_settle(struct crew *crew, unsigned number)
{
	struct counters_line *line =
		&crew->server->counters->line[1 + number * crew->lines];

	for (unsigned i = 0; i < crew->lines; i++) {
		uint64_t held = line[i].accepted - line[i].closed;
		struct counters_line delta = {.closed = held, .errors = held};
		counters_flush(&line[i], &delta);
	}
	if (crew->lost)
		crew->lost(crew->server, number);
}

static void crew_reap(struct crew *crew)
{
	size_t before = crew->children.count;

	if (children_reap(&crew->children) == before)
		return;
	for (unsigned i = 0; i < crew->count; i++) {
		struct crew_member *member = &crew->member[i];
		if (member->pid > 0 && !children_has(&crew->children, member->pid)) {
			member->pid = 0;
			crew_settle(crew, i);
		}
	}
}

/* Returns in how many ns somebody is to be replaced; -1: all are there. */
static int64_t crew_replace(struct crew *crew)
{
	int64_t now_ns = clock_ns(), wait_ns = -1;

	for (unsigned i = 0; i < crew->count; i++) {
		const struct crew_member *member = &crew->member[i];
		if (member->pid > 0)
			continue;
		int64_t left_ns = member->made_ns + REPLACE_NS - now_ns;
		if (left_ns <= 0 && crew_fork(crew, i) == 0)
			continue;
		if (left_ns <= 0)
			left_ns = REPLACE_NS;
		if (wait_ns < 0 || left_ns < wait_ns)
			wait_ns = left_ns;
	}
	return wait_ns;
}

int crew_open(struct io_server *server, unsigned count, unsigned lines, crew_main *main,
	      void (*lost)(struct io_server *server, unsigned number),
	      struct crew **ret_crew)
{
	struct crew *crew = calloc(1, sizeof(*crew) + count * sizeof(crew->member[0]));
	int result = 0;

	if (!crew)
		return -ENOMEM;
	*crew = (struct crew){.server = server,
			      .main = main,
			      .lost = lost,
			      .count = count,
			      .lines = lines};
	*ret_crew = crew;
	children_begin(&crew->children);
	for (unsigned i = 0; i < count && result == 0; i++)
		result = crew_fork(crew, i);
	return result;
}

void crew_watch(struct crew *crew)
{
	struct pollfd stop = {.fd = crew->server->stop_fd, .events = POLLIN};

	while (children_wait(&crew->children, &stop, 1, crew_replace(crew)) <= 0)
		crew_reap(crew);
}

void crew_drain(struct crew *crew, int64_t timeout_ns)
{
	children_stop(&crew->children, timeout_ns);
	for (unsigned i = 0; i < crew->count; i++)
		if (crew->member[i].pid > 0)
			crew_settle(crew, i);
	crew->count = 0;
}

void crew_close(struct crew *crew)
{
	if (!crew)
		return;
	crew_drain(crew, 0);
	children_end(&crew->children);
	free(crew);
}
