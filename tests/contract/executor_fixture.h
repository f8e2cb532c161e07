/*
 * executor_fixture.h - the executor under test, tasks, and what they tell the test.
 *
 * Tasks run in other threads, processes or coroutines: they assert nothing, wait only by
 * executor_sleep, and leave what they saw in memory that processes share.
 */
#ifndef TESTS_CONTRACT_EXECUTOR_FIXTURE_H
#define TESTS_CONTRACT_EXECUTOR_FIXTURE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "models/executor/executor.h"
#include "tests/suite.h"

#define SEEN_MAX 4096

extern const struct executor_ops *ops; /* named on the command line */
extern const struct test_case executor_future_cases[];
extern const struct test_case executor_queue_cases[];
extern const struct test_case executor_worker_cases[];
extern const struct test_case executor_descriptor_cases[];
extern const struct test_case executor_map_cases[];
extern const struct test_case executor_end_cases[];
extern const struct test_case executor_process_cases[]; /* of the process pool alone */

/* Written by tasks and callbacks, zeroed by pool_open. */
struct seen {
	atomic_int began;
	atomic_int ended;
	atomic_int go;         /* tasks that wait for it go on */
	atomic_int made;       /* init's calls */
	atomic_int released;   /* release's */
	atomic_int init_fails; /* the next so many calls of init */
	atomic_int count;      /* of what follows */
	atomic_int value[SEEN_MAX];
	_Atomic int64_t at_ns[SEEN_MAX];
};

extern struct seen *seen;

bool is_kind(const char *name);

/* Workers "test/N", with init and release that count; fatal when it fails. */
struct executor_config pool_config(unsigned workers, unsigned queue);
struct executor *pool_open(unsigned workers, unsigned queue);
struct executor *pool_open_as(const struct executor_config *config);

/* Polls until `*value` is at least `least`; false after ten seconds. */
bool pool_until(struct executor *executor, const atomic_int *value, int least);
bool pool_until_idle(struct executor *executor, unsigned idle);

/* try_submit with an int as argument; fatal when it fails. */
struct future *give(struct executor *executor, task_function *function, int argument);

/* The status of the future, which is freed. Waits ten seconds at most. */
int status_of(struct future *future);

struct executor_stats stats_of(struct executor *executor);

/* What tasks do. The argument is an int where one is needed. */
int task_return(struct task *task);      /* returns it */
int task_append(struct task *task);      /* appends it to seen->value */
int task_copy(struct task *task);        /* the argument's bytes are the result */
int task_wait_for_go(struct task *task); /* began++, waits, ended++; returns it */
int task_meet(struct task *task);  /* waits until so many have begun; -ETIME if not */
int task_state(struct task *task); /* returns what init gave its worker: 0, 1, .. */

#endif
