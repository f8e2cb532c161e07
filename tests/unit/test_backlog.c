/* test_backlog.c - queues of moments in one pool. */
#include <CUnit/CUnit.h>

#include "loadgen/backlog.h"
#include "tests/suite.h"

static void each_queue_keeps_its_order(void)
{
	struct backlog backlog = {0};
	struct backlog_queue queues[3] = {{0}};

	for (int64_t i = 0; i < 30000; i++)
		CU_ASSERT_EQUAL(backlog_push(&backlog, &queues[i % 3], i), 0);
	for (int64_t i = 0; i < 30000; i++) {
		CU_ASSERT_EQUAL(backlog_peek(&backlog, &queues[i % 3]), i);
		CU_ASSERT_EQUAL(backlog_pop(&backlog, &queues[i % 3]), i);
	}
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(queues[i].count, 0);
	backlog_release(&backlog);
}

static void what_was_taken_out_is_used_again(void)
{
	struct backlog backlog = {0};
	struct backlog_queue a = {0}, b = {0};

	for (int64_t i = 0; i < 100000; i++) {
		CU_ASSERT_EQUAL(backlog_push(&backlog, &a, i), 0);
		CU_ASSERT_EQUAL(backlog_push(&backlog, &b, -i), 0);
		if (i < 5)
			continue;
		CU_ASSERT_EQUAL(backlog_pop(&backlog, &a), i - 5);
		CU_ASSERT_EQUAL(backlog_pop(&backlog, &b), 5 - i);
	}
	CU_ASSERT_TRUE(backlog.used <= 12);
	backlog_release(&backlog);
	CU_ASSERT_PTR_NULL(backlog.items);
}

static const struct test_case cases[] = {
	{"each queue keeps its order", each_queue_keeps_its_order},
	{"what was taken out is used again", what_was_taken_out_is_used_again},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("backlog", cases) != 0;
}
