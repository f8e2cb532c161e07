/* selector_fixture.c - see selector_fixture.h. */
#include "tests/contract/selector_fixture.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool is_select(void)
{
	return strcmp(selector->name, "select") == 0;
}

void fixture_open(struct fixture *f, unsigned interest)
{
	CU_ASSERT_EQUAL_FATAL(selector->open(&f->set), 0);
	for (int i = 0; i < PAIRS; i++) {
		int pair[2];
		CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		f->watched[i] = pair[0];
		f->peer[i] = pair[1];
		CU_ASSERT_EQUAL_FATAL(
			selector->add(f->set, pair[0], interest, (uint64_t)i), 0);
	}
}

void fixture_close(struct fixture *f)
{
	selector->close(f->set);
	for (int i = 0; i < PAIRS; i++) {
		close(f->watched[i]);
		close(f->peer[i]);
	}
}

void make_readable(struct fixture *f, int i)
{
	CU_ASSERT_EQUAL(write(f->peer[i], "x", 1), 1);
}

int look(struct fixture *f)
{
	return selector->wait(f->set, f->events, BATCH, 0);
}

const struct selector_event *event_of(const struct fixture *f, int count, uint64_t data)
{
	for (int i = 0; i < count; i++)
		if (f->events[i].data == data)
			return &f->events[i];
	return NULL;
}

unsigned ready_of(const struct fixture *f, int count, uint64_t data)
{
	const struct selector_event *event = event_of(f, count, data);

	return event ? event->ready : 0;
}
