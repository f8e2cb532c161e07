/*
 * selector.h - how a server waits for readiness: one const table per mechanism, listed
 * with its summary in selectors.def.
 *
 * Level-triggered unless SELECTOR_EDGE is asked for. An event carries the word that was
 * given with the descriptor (a slot and its generation), so that the user recognises an
 * event of a descriptor that was closed, or re-used, earlier in the same batch. Promises,
 * each one a case of tests/contract/test_selector.c:
 *
 *  - only descriptors that are ready are reported, with what they are ready for;
 *  - no wait that begins after `del` reports the descriptor;
 *  - if more than `max` are ready, the next wait starts behind the last reported;
 *  - `add` refuses what the mechanism cannot hold (select: -ERANGE from FD_SETSIZE on).
 *
 * A set belongs to one thread. del before close(fd).
 */
#ifndef MODELS_SELECTOR_SELECTOR_H
#define MODELS_SELECTOR_SELECTOR_H

#include <stdint.h>

enum selector_flags {
	SELECTOR_READ = 1 << 0,
	SELECTOR_WRITE = 1 << 1,
	SELECTOR_EDGE = 1 << 2, /* interest only: report changes, not states */
	SELECTOR_HANGUP =
		1 << 3, /* event only: error, hang-up or (where READ is wanted) peer's
			   end; with EDGE a sign to read to the end. Always reported
			   together with READ, and errors and hang-ups even where no
			   interest is left: del what must not be woken. select(2) reports
			   the READ alone, and only to who asked for it. */
	SELECTOR_EXCLUSIVE =
		1 << 4 /* interest of add only, with READ alone: of the sets that watch
			  this descriptor so, one is woken at least, and not all */
};

struct selector_event {
	uint64_t data;
	unsigned ready; /* READ, WRITE, HANGUP */
};

struct selector_set; /* each mechanism has its own */

struct selector {
	const char *name;

	int (*open)(struct selector_set **ret_set);

	/* 0; -EEXIST, -ENOENT as epoll_ctl(2); -ENOTSUP: no SELECTOR_EDGE or
	 * _EXCLUSIVE here; -ERANGE:
	 * this mechanism cannot hold the descriptor; -ENOMEM. */
	int (*add)(struct selector_set *set, int fd, unsigned interest, uint64_t data);
	int (*mod)(struct selector_set *set, int fd, unsigned interest, uint64_t data);
	int (*del)(struct selector_set *set, int fd);

	/* Waits until something is ready, at most `timeout_ns` (0: looks only, < 0: no
	 * limit). Returns the number of events stored, 0 when the time is up, -EINTR
	 * after a signal. */
	int (*wait)(struct selector_set *set, struct selector_event *events, int max,
		    int64_t timeout_ns);

	void (*close)(struct selector_set *set); /* accepts NULL */
};

/* In the order of models/selector/selectors.def; ends with NULL. */
extern const struct selector *const selectors[];

const struct selector *selector_find(const char *name);

#endif
