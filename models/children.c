/* children.c - see children.h. */
#include "models/children.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/clock.h"

#define KILL_AFTER_NS NS_PER_S

/* A SIGCHLD may be taken by another thread of the process: look again after this. */
#define LOOK_AGAIN_NS (50 * NS_PER_MS)

/* Somebody may have ended since this was cleared: no call has to ask while it is 0. */
static volatile sig_atomic_t ended;

static void on_child(int number)
{
	(void)number;
	ended = 1;
}

static void signals_of_children(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGTERM);
	sigaddset(ret_set, CHILDREN_CUT);
	sigaddset(ret_set, SIGINT);
	sigaddset(ret_set, SIGCHLD);
}

void children_begin(struct children *children)
{
	struct sigaction action = {.sa_handler = on_child};

	*children = (struct children){0};
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, &children->former_action);
	pthread_sigmask(SIG_BLOCK, NULL, &children->former_mask);
}

void children_unmask(const struct children *children)
{
	pthread_sigmask(SIG_SETMASK, &children->former_mask, NULL);
}

static int children_reserve(struct children *children)
{
	if (children->count < children->capacity)
		return 0;
	size_t capacity = children->capacity ? 2 * children->capacity : 64;
	pid_t *pid = realloc(children->pid, capacity * sizeof(*pid));
	if (!pid)
		return -ENOMEM;
	children->pid = pid;
	children->capacity = capacity;
	return 0;
}

/* The parent may have died before the request to die with it was made. */
static void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

pid_t children_fork(struct children *children)
{
	sigset_t set;
	pid_t parent = getpid();

	if (children_reserve(children) < 0)
		return -ENOMEM;
	signals_of_children(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pid_t pid = fork();
	if (pid == 0) {
		die_with(parent);
		return 0;
	}
	int result = pid < 0 ? -errno : pid;
	if (pid > 0)
		children->pid[children->count++] = pid;
	children_unmask(children);
	return result;
}

/* False: it is none of these. */
static bool children_forget(struct children *children, pid_t pid)
{
	for (size_t i = 0; i < children->count; i++)
		if (children->pid[i] == pid) {
			children->pid[i] = children->pid[--children->count];
			return true;
		}
	return false;
}

pid_t children_take(struct children *children, int *ret_status)
{
	pid_t pid;

	if (!ended)
		return 0;
	do {
		ended = 0;
		pid = children->count > 0 ? waitpid(-1, ret_status, WNOHANG) : 0;
		if (pid <= 0)
			return 0;
	} while (!children_forget(children, pid));
	ended = 1; /* one signal may stand for several */
	children->killed += WIFSIGNALED(*ret_status) ? 1 : 0;
	return pid;
}

size_t children_reap(struct children *children)
{
	int status;

	while (children_take(children, &status) > 0)
		;
	return children->count;
}

bool children_has(const struct children *children, pid_t pid)
{
	for (size_t i = 0; i < children->count; i++)
		if (children->pid[i] == pid)
			return true;
	return false;
}

int children_wait(struct children *children, struct pollfd *wait, nfds_t count,
		  int64_t timeout_ns)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (ended && children->count > 0)
		timeout_ns = 0; /* but a stop that came with it is seen */
	struct timespec limit = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S};
	int ready = ppoll(wait, count, timeout_ns < 0 ? NULL : &limit,
			  &children->former_mask);
	int result = ready < 0 ? -errno : ready;
	children_unmask(children);
	return result;
}

/* Asks even though the signal, being blocked, has not come to its handler. */
static bool children_are_left(struct children *children)
{
	ended = 1;
	return children_reap(children) > 0;
}

/* Until none is left or the time is up. SIGCHLD is blocked. */
static void children_await(struct children *children, int64_t timeout_ns)
{
	int64_t end_ns = clock_ns() + timeout_ns, left_ns;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (children_are_left(children) && (left_ns = end_ns - clock_ns()) > 0) {
		if (left_ns > LOOK_AGAIN_NS)
			left_ns = LOOK_AGAIN_NS;
		struct timespec limit = {0, left_ns};
		(void)sigtimedwait(&set, NULL, &limit);
	}
}

static void children_signal(const struct children *children, int number)
{
	for (size_t i = 0; i < children->count; i++)
		(void)kill(children->pid[i], number);
}

void children_stop(struct children *children, int64_t timeout_ns)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	children_signal(children, SIGTERM);
	children_await(children, timeout_ns);
	children_signal(children, CHILDREN_CUT);
	children_await(children, KILL_AFTER_NS);
	children_signal(children, SIGKILL);
	while (children_are_left(children))
		children_await(children, KILL_AFTER_NS);
	children_unmask(children);
}

void children_end(struct children *children)
{
	sigaction(SIGCHLD, &children->former_action, NULL);
	free(children->pid);
	children->pid = NULL;
	children->count = children->capacity = 0;
}
