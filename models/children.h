/*
 * children.h - the child processes of a model: who they are, and that none is left.
 *
 * Made for a single-threaded parent. SIGCHLD has a handler without SA_RESTART, so that a
 * blocked accept returns -EINTR when there is somebody to reap.
 */
#ifndef MODELS_CHILDREN_H
#define MODELS_CHILDREN_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Tells a child that the drain is over. Not a second SIGTERM: who stops a server by its
 * process group has sent the first one already, and two that are pending become one. */
#define CHILDREN_CUT SIGUSR1

struct children {
	pid_t *pid;
	size_t count;
	size_t capacity;
	uint64_t killed; /* ended by a signal, so without having counted */
	struct sigaction former_action;
	sigset_t former_mask;
};

/* Takes SIGCHLD over; children_end gives it back. */
void children_begin(struct children *children);

/* fork(2) with SIGTERM, CHILDREN_CUT, SIGINT and SIGCHLD blocked on both sides: the parent
 * gets the process id with the former mask restored, the child 0 and restores it
 * (children_unmask) once its handlers are set. -errno when there is no child. A child dies with its parent
 * and never returns from its part: _exit. */
pid_t children_fork(struct children *children);

/* The signal mask as before children_begin, for the child. */
void children_unmask(const struct children *children);

/* Forgets one who has ended, with what waitpid(2) says of it; 0: nobody has. */
pid_t children_take(struct children *children, int *ret_status);

/* Forgets who has ended; returns how many are left. Does not wait. */
size_t children_reap(struct children *children);

/* It has not been reaped. */
bool children_has(const struct children *children, pid_t pid);

/* poll(2) for at most `timeout_ns` (< 0: no limit), which ends early when a child has ended,
 * also one that had before: what it returns, or -EINTR. */
int children_wait(struct children *children, struct pollfd *wait, nfds_t count,
		  int64_t timeout_ns);

/* SIGTERM to each; CHILDREN_CUT to who is left after `timeout_ns`, SIGKILL a second later;
 * waits until none is left. */
void children_stop(struct children *children, int64_t timeout_ns);

/* None may be left. Frees, and restores what children_begin changed. */
void children_end(struct children *children);

#endif
