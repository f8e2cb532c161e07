/*
 * future.c - the outcome of a task, shared by who submitted it and who runs it.
 *
 * Whether it is done and whether somebody wants to be called back is one atomic word, so
 * that the callback runs once whichever comes first, and completing takes no lock:
 *
 *	PENDING --on_done--> AWAITED --complete--> DONE, then the callback
 *	PENDING --complete--> DONE --on_done--> the callback, now
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/executor/executor_ops.h"

/* Results up to this many bytes need no memory of their own. */
#define SHORT_RESULT 64

enum future_state { FUTURE_PENDING, FUTURE_AWAITED, FUTURE_DONE };

struct future {
	struct executor_base *base; /* until it is done */
	atomic_int holders;         /* who submitted it, and the task */
	atomic_int state;           /* enum future_state */
	int status;
	size_t result_size;
	uint8_t *result; /* short_result, or allocated */
	future_callback *callback;
	void *context;
	uint8_t short_result[SHORT_RESULT];
};

struct future *future_new(struct executor_base *base)
{
	struct future *future = malloc(sizeof(*future));

	if (!future)
		return NULL;
	future->base = base;
	atomic_init(&future->holders, 2);
	atomic_init(&future->state, FUTURE_PENDING);
	future->result_size = 0;
	future->result = future->short_result;
	return future;
}

void future_abandon(struct future *future)
{
	free(future);
}

void future_free(struct future *future)
{
	if (!future || atomic_fetch_sub(&future->holders, 1) > 1)
		return;
	if (future->result != future->short_result)
		free(future->result);
	free(future);
}

static void future_keep(struct future *future, int status, const void *result,
			size_t result_size)
{
	future->status = status;
	if (result_size > SHORT_RESULT) {
		uint8_t *copy = malloc(result_size);
		if (!copy) {
			future->status = -ENOMEM;
			return;
		}
		future->result = copy;
	}
	if (result_size > 0)
		memcpy(future->result, result, result_size);
	future->result_size = result_size;
}

static void future_call_back(const struct future *future)
{
	future->callback(future->context, future->status, future->result,
			 future->result_size);
}

void future_complete(struct future *future, int status, const void *result,
		     size_t result_size)
{
	if (!future)
		return;
	assert(result_size <= TASK_SIZE_MAX);
	future_keep(future, status, result, result_size);
	if (atomic_exchange(&future->state, FUTURE_DONE) == FUTURE_AWAITED)
		future_call_back(future);
	future_free(future);
}

void future_on_done(struct future *future, future_callback *callback, void *context)
{
	int state = FUTURE_PENDING;

	future->callback = callback;
	future->context = context;
	if (atomic_compare_exchange_strong(&future->state, &state, FUTURE_AWAITED))
		return;
	assert(state == FUTURE_DONE);
	future_call_back(future);
}

bool future_is_done(const struct future *future)
{
	return atomic_load(&future->state) == FUTURE_DONE;
}

static bool is_done(void *context)
{
	return future_is_done(context);
}

int future_result(struct future *future, int64_t timeout_ns, void *result,
		  size_t *result_size)
{
	if (!future_is_done(future)) {
		int late = executor_await(future->base, is_done, future, timeout_ns);
		if (late < 0)
			return late;
	}
	if (!result_size)
		return future->status;
	size_t room = result ? *result_size : 0, size = future->result_size;
	*result_size = size;
	if (!result)
		return future->status;
	memcpy(result, future->result, size < room ? size : room);
	return size > room && future->status >= 0 ? -ENOBUFS : future->status;
}
