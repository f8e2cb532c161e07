/* selector_fixture.h - the selector under test, and sockets to watch with it. */
#ifndef TESTS_CONTRACT_SELECTOR_FIXTURE_H
#define TESTS_CONTRACT_SELECTOR_FIXTURE_H

#include <stdbool.h>

#include "models/selector/selector.h"
#include "tests/suite.h"

#define BATCH 64
#define PAIRS 8

extern const struct selector *selector; /* named on the command line */
extern const struct test_case selector_limit_cases[];

bool is_select(void);

/* A set and some connected sockets: watched[i] is in the set with data i, peer[i] not. */
struct fixture {
	struct selector_set *set;
	int watched[PAIRS];
	int peer[PAIRS];
	struct selector_event events[BATCH];
};

/* Watches each with `interest`. */
void fixture_open(struct fixture *f, unsigned interest);
void fixture_close(struct fixture *f);

void make_readable(struct fixture *f, int i);

/* Waits with time-out 0. */
int look(struct fixture *f);

/* The event with this data word among the `count` first, or NULL. */
const struct selector_event *event_of(const struct fixture *f, int count, uint64_t data);
unsigned ready_of(const struct fixture *f, int count, uint64_t data);

#endif
