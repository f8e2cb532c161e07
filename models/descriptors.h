/*
 * descriptors.h - which descriptors a process had, so that a process forked later can be
 * left with these alone.
 *
 * A fork copies every descriptor, and a copy of a connection keeps it open: its peer would
 * not hear of the end before a worker that has nothing to do with it has ended too.
 */
#ifndef MODELS_DESCRIPTORS_H
#define MODELS_DESCRIPTORS_H

#include <stddef.h>
#include <sys/types.h>

struct descriptor {
	int fd;
	dev_t device; /* what it refers to, as its number may be given again */
	ino_t inode;
};

struct descriptors {
	struct descriptor *item;
	size_t count;
};

/* Those that the process has now; 0 or -errno. */
int descriptors_note(struct descriptors *descriptors);

/* In a child: closes all that were not noted. */
void descriptors_close_others(const struct descriptors *descriptors);

void descriptors_release(struct descriptors *descriptors); /* accepts a zeroed one */

#endif
