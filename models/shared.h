/* shared.h - what the processes of a model share: memory from before the fork, and mutexes
 * in it that outlive a process which dies with one locked. */
#ifndef MODELS_SHARED_H
#define MODELS_SHARED_H

#include <pthread.h>
#include <stddef.h>

/* Zeroed memory, or NULL. shared_unmap accepts NULL. */
void *shared_map(size_t size);
void shared_unmap(void *memory, size_t size);

void shared_mutex_init(pthread_mutex_t *mutex);

/* What it protects must be whole at every instruction: a dead owner is taken for one that
 * has unlocked. */
void shared_mutex_lock(pthread_mutex_t *mutex);

#endif
