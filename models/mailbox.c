/* mailbox.c - see mailbox.h. */
#include "models/mailbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int mailbox_open(struct mailbox *mailbox, size_t room)
{
	*mailbox = (struct mailbox){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	if (mailbox->fd < 0)
		return -errno;
	pthread_mutex_init(&mailbox->lock, NULL);
	mailbox->words = calloc(room, sizeof(*mailbox->words));
	mailbox->taken = calloc(room, sizeof(*mailbox->taken));
	if (!mailbox->words || !mailbox->taken)
		return -ENOMEM;
	mailbox->capacity = mailbox->taken_capacity = room;
	return 0;
}

void mailbox_close(struct mailbox *mailbox)
{
	if (mailbox->fd <= 0) /* zeroed, or not opened */
		return;
	close(mailbox->fd);
	pthread_mutex_destroy(&mailbox->lock);
	free(mailbox->words);
	free(mailbox->taken);
	*mailbox = (struct mailbox){.fd = -1};
}

static int mailbox_reserve(struct mailbox *mailbox)
{
	if (mailbox->count < mailbox->capacity)
		return 0;
	size_t capacity = 2 * mailbox->capacity;
	uint64_t *words = realloc(mailbox->words, capacity * sizeof(*words));
	if (!words)
		return -ENOMEM;
	mailbox->words = words;
	mailbox->capacity = capacity;
	return 0;
}

int mailbox_post(struct mailbox *mailbox, uint64_t word)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&mailbox->lock);
	int result = mailbox_reserve(mailbox);
	bool was_empty = mailbox->count == 0;
	if (result == 0)
		mailbox->words[mailbox->count++] = word;
	pthread_mutex_unlock(&mailbox->lock);
	/* Outside of the lock: who wakes up needs it at once. Cannot block. */
	if (result == 0 && was_empty)
		(void)!write(mailbox->fd, &one, sizeof(one));
	return result;
}

size_t mailbox_take(struct mailbox *mailbox, const uint64_t **ret_words)
{
	uint64_t *empty = mailbox->taken, posts;
	size_t empty_capacity = mailbox->taken_capacity;

	/* Before the list is taken: what is posted from now on writes anew. */
	(void)!read(mailbox->fd, &posts, sizeof(posts));
	pthread_mutex_lock(&mailbox->lock);
	size_t count = mailbox->count;
	mailbox->taken = mailbox->words;
	mailbox->taken_capacity = mailbox->capacity;
	mailbox->words = empty;
	mailbox->capacity = empty_capacity;
	mailbox->count = 0;
	pthread_mutex_unlock(&mailbox->lock);
	*ret_words = mailbox->taken;
	return count;
}
