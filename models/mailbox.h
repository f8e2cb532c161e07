/*
 * mailbox.h - what other threads hand to one loop: words in a list, and one eventfd that
 * is written only when the list was empty, so a busy loop is handed many for one wake.
 */
#ifndef MODELS_MAILBOX_H
#define MODELS_MAILBOX_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct mailbox {
	pthread_mutex_t lock;
	int fd; /* readable: mailbox_take has something; -1: not open */
	uint64_t *words;
	size_t count;
	size_t capacity;
	uint64_t *taken; /* the loop's, swapped with `words` */
	size_t taken_capacity;
};

/* `room`: so many words at a time cannot fail. 0 or -errno; mailbox_close in either case. */
int mailbox_open(struct mailbox *mailbox, size_t room);
void mailbox_close(struct mailbox *mailbox); /* accepts a zeroed one */

/* Any thread. 0 or -ENOMEM. */
int mailbox_post(struct mailbox *mailbox, uint64_t word);

/* The loop: how many words there were, in their order; valid until the next call. */
size_t mailbox_take(struct mailbox *mailbox, const uint64_t **ret_words);

#endif
