/* threads.h - threads as every model makes them. */
#ifndef MODELS_THREADS_H
#define MODELS_THREADS_H

#include <pthread.h>

/* The stack of a thread that runs a handler: it needs 2 KiB, the rest is room for a
 * sanitizer's frames. */
#define THREAD_STACK_SIZE ((size_t)(128 * 1024))

/* NAME/number, of which 15 characters show: NAME is cut. Also the name of a process, set by
 * its only thread. */
void thread_set_name(pthread_t thread, const char *name, unsigned number);

/* A thread called NAME/number (of 15 characters, NAME is cut), in which the
 * signals that a server handles (SIGTERM, SIGINT, SIGCHLD) are blocked: they are for the
 * thread that made it. 0 or -errno. */
int thread_start(pthread_t *ret_thread, const char *name, unsigned number,
		 void *(*function)(void *), void *argument);

#endif
