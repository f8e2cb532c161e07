/* executor_maps.c - many items: order, chunks, failures. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>

#include "server/clock.h"
#include "tests/contract/executor_fixture.h"

#define ITEMS 500

/* Result: the square, as a long. A negative item fails with itself. */
static int task_square(struct task *task)
{
	long item = *(const int *)task->argument;

	if (item < 0)
		return (int)item;
	item *= item;
	memcpy(task->result, &item, sizeof(item));
	task->result_size = sizeof(item);
	return 0;
}

static void items_init(int *items, long *results)
{
	for (int i = 0; i < ITEMS; i++) {
		items[i] = i + 1;
		results[i] = -1;
	}
}

static void check_squares(unsigned workers, unsigned queue, size_t chunk, size_t count)
{
	struct executor *executor = pool_open(workers, queue);
	int items[ITEMS], wrong = 0;
	long results[ITEMS];

	items_init(items, results);
	CU_ASSERT_EQUAL(executor_map(executor, task_square, items, sizeof(items[0]),
				     count, chunk, results, sizeof(results[0])),
			0);
	for (size_t i = 0; i < ITEMS; i++)
		wrong += results[i] != (i < count ? (long)items[i] * items[i] : -1);
	CU_ASSERT_EQUAL(wrong, 0);
	executor_free(executor);
}

static void results_stand_in_the_order_of_the_items(void)
{
	static const size_t chunks[] = {1, 7, 64, ITEMS, 100000};

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		check_squares(3, 4, chunks[i], ITEMS);
		check_squares(1, 1, chunks[i], ITEMS - 1);
	}
	check_squares(2, 200, 1, ITEMS);
	check_squares(2, 4, 3, 1);
	check_squares(2, 4, 3, 0);
}

static void a_chunk_is_one_hand_over(void)
{
	struct executor *executor = pool_open(2, 8);
	int items[ITEMS];
	long results[ITEMS];

	items_init(items, results);
	CU_ASSERT_EQUAL(executor_map(executor, task_square, items, sizeof(items[0]), 100,
				     25, results, sizeof(results[0])),
			0);
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(stats_of(executor).done, 4);
	executor_free(executor);
}

static void the_first_failure_in_order_is_told(void)
{
	struct executor *executor = pool_open(3, 4);
	int items[ITEMS];
	long results[ITEMS];

	for (size_t chunk = 1; chunk < 100; chunk *= 10) {
		items_init(items, results);
		items[400] = -EIO;
		items[123] = -EDOM;
		items[124] = -EACCES;
		CU_ASSERT_EQUAL(executor_map(executor, task_square, items,
					     sizeof(items[0]), ITEMS, chunk, results,
					     sizeof(results[0])),
				-EDOM);
		CU_ASSERT_EQUAL(results[122], 123L * 123);
		CU_ASSERT_EQUAL(results[123], 0);
		CU_ASSERT_EQUAL(results[125], 126L * 126); /* computed all the same */
		CU_ASSERT_EQUAL(results[ITEMS - 1], (long)ITEMS * ITEMS);
	}
	executor_free(executor);
}

static int task_first_byte(struct task *task)
{
	if (task->size == 0)
		return -EINVAL;
	memcpy(task->result, task->argument, 1);
	task->result_size = 1;
	return 0;
}

static void a_short_result_is_filled_with_zeros(void)
{
	struct executor *executor = pool_open(2, 4);
	char results[6];

	memset(results, '.', sizeof(results));
	CU_ASSERT_EQUAL(
		executor_map(executor, task_first_byte, "ab", 1, 2, 2, results, 3), 0);
	CU_ASSERT_EQUAL(memcmp(results, "a\0\0b\0\0", 6), 0);
	executor_free(executor);
}

static void large_items_and_results_fit(void)
{
	enum { SIZE = TASK_SIZE_MAX - 64 };
	static uint8_t items[3][SIZE], results[3][SIZE];
	struct executor *executor = pool_open(2, 4);

	for (int i = 0; i < 3; i++)
		memset(items[i], 'a' + i, SIZE);
	CU_ASSERT_EQUAL(
		executor_map(executor, task_copy, items, SIZE, 3, 3, results, SIZE), 0);
	CU_ASSERT_EQUAL(memcmp(items, results, sizeof(items)), 0);
	executor_free(executor);
}

static void what_cannot_be_handed_over_is_refused(void)
{
	static uint8_t large[TASK_SIZE_MAX + 1];
	struct executor *executor = pool_open(1, 4);

	CU_ASSERT_EQUAL(
		executor_map(executor, task_copy, large, sizeof(large), 1, 1, large, 1),
		-E2BIG);
	CU_ASSERT_EQUAL(
		executor_map(executor, task_copy, large, 1, 1, 1, large, sizeof(large)),
		-E2BIG);
	CU_ASSERT_EQUAL(executor_map(executor, task_copy, large, 1, 1, 0, large, 1),
			-EINVAL);
	executor_close(executor);
	CU_ASSERT_EQUAL(executor_map(executor, task_copy, large, 1, 1, 1, large, 1),
			-EPIPE);
	executor_free(executor);
}

struct told {
	int times[ITEMS];
	int wrong;
	int status; /* of what went wrong on purpose */
	size_t first;
	size_t count;
};

static void tell(void *context, size_t index, int status, const void *result,
		 size_t result_size)
{
	struct told *told = context;
	long expected = (long)(index + 1) * (long)(index + 1);

	if (told->count++ == 0)
		told->first = index;
	told->times[index]++;
	if (status < 0)
		told->status = status;
	else if (result_size != sizeof(expected) ||
		 memcmp(result, &expected, result_size) != 0)
		told->wrong++;
}

static void unordered_results_are_told_once_each(void)
{
	for (size_t chunk = 1; chunk < 1000; chunk *= 9) {
		struct executor *executor = pool_open(3, 5);
		struct told told = {.count = 0};
		int items[ITEMS], once = 0;
		long results[ITEMS];
		items_init(items, results);
		items[77] = -EIO;
		CU_ASSERT_EQUAL(executor_map_unordered(executor, task_square, items,
						       sizeof(items[0]), ITEMS, chunk,
						       sizeof(long), tell, &told),
				-EIO);
		for (int i = 0; i < ITEMS; i++)
			once += told.times[i] == 1;
		CU_ASSERT_EQUAL(once, ITEMS);
		CU_ASSERT_EQUAL(told.wrong, 0);
		CU_ASSERT_EQUAL(told.status, -EIO);
		executor_free(executor);
	}
}

/* The first item ends when another one's result has been told. */
static int task_wait_if_first(struct task *task)
{
	int64_t end_ns = clock_ns() + 10 * NS_PER_S;

	while (*(const int *)task->argument == 0 && !seen->go) {
		if (clock_ns() > end_ns)
			return -ETIME;
		executor_sleep(task->executor, NS_PER_MS);
	}
	return 0;
}

static void tell_and_go(void *context, size_t index, int status, const void *result,
			size_t result_size)
{
	(void)status;
	(void)result;
	(void)result_size;
	*(size_t *)context = index; /* the last */
	seen->go = 1;
}

static void unordered_results_are_told_as_they_come(void)
{
	static const int items[] = {0, 1, 2, 3};
	struct executor *executor = pool_open(2, 4);
	size_t last = 9;

	CU_ASSERT_EQUAL(executor_map_unordered(executor, task_wait_if_first, items,
					       sizeof(items[0]), 4, 1, 0, tell_and_go,
					       &last),
			0);
	CU_ASSERT_EQUAL(seen->go, 1);
	executor_free(executor);
}

/* Others' tasks fill the queue: a map waits for room as everybody does. */
static void a_map_shares_the_queue(void)
{
	struct executor *executor = pool_open(2, 2);
	int items[ITEMS], wrong = 0;
	long results[ITEMS];

	items_init(items, results);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(executor_submit_after(executor, i * NS_PER_MS,
						      task_append, &i, sizeof(i), NULL),
				0);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(
			executor_submit(executor, task_append, &i, sizeof(i), -1, NULL),
			0);
	CU_ASSERT_EQUAL(executor_map(executor, task_square, items, sizeof(items[0]),
				     ITEMS, 10, results, sizeof(results[0])),
			0);
	for (int i = 0; i < ITEMS; i++)
		wrong += results[i] != (long)items[i] * items[i];
	CU_ASSERT_EQUAL(wrong, 0);
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->count, 7);
	executor_free(executor);
}

const struct test_case executor_map_cases[] = {
	{"results stand in the order of the items",
	 results_stand_in_the_order_of_the_items},
	{"a chunk is one hand-over", a_chunk_is_one_hand_over},
	{"the first failure in order is told", the_first_failure_in_order_is_told},
	{"a short result is filled with zeros", a_short_result_is_filled_with_zeros},
	{"large items and results fit", large_items_and_results_fit},
	{"what cannot be handed over is refused", what_cannot_be_handed_over_is_refused},
	{"unordered results are told once each", unordered_results_are_told_once_each},
	{"unordered results are told as they come",
	 unordered_results_are_told_as_they_come},
	{"a map shares the queue", a_map_shares_the_queue},
	{NULL, NULL},
};
