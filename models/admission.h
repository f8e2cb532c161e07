/*
 * admission.h - max-connections where several threads accept, exactly: how many were let
 * in is counted under a lock, how many have left by the counters.
 */
#ifndef MODELS_ADMISSION_H
#define MODELS_ADMISSION_H

#include <pthread.h>
#include <stdbool.h>

#include "server/io_model.h"

struct admission {
	struct io_server *server;
	pthread_mutex_t lock;
	uint64_t admitted;
};

void admission_init(struct admission *admission, struct io_server *server);
void admission_release(struct admission *admission);

/* True: there is room for one more, which is in; it leaves by being counted as closed. */
bool admission_enter(struct admission *admission);

/* It could not be served. */
void admission_undo(struct admission *admission);

#endif
