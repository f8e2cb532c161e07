/* test_order.c - rounds are permutations, repeatable, and all different. */
#include <CUnit/Basic.h>
#include <string.h>

#include "results/campaign/order.h"
#include "tests/suite.h"

#define COUNT 40

static void every_cell_once(void)
{
	size_t order[COUNT];
	int seen[COUNT] = {0};

	order_round(1, 0, order, COUNT);
	for (int i = 0; i < COUNT; i++) {
		CU_ASSERT_TRUE(order[i] < COUNT);
		if (order[i] < COUNT)
			seen[order[i]]++;
	}
	for (int i = 0; i < COUNT; i++)
		CU_ASSERT_EQUAL(seen[i], 1);
}

static void same_seed_same_order(void)
{
	size_t a[COUNT], b[COUNT];

	order_round(7, 3, a, COUNT);
	order_round(7, 3, b, COUNT);
	CU_ASSERT_EQUAL(memcmp(a, b, sizeof(a)), 0);
}

static void rounds_and_seeds_differ(void)
{
	size_t a[COUNT], b[COUNT];

	order_round(1, 0, a, COUNT);
	order_round(1, 1, b, COUNT);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	order_round(2, 0, b, COUNT);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
	order_round(1, 1, a, COUNT);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
}

/* Over many rounds each cell comes first about equally often: 6000 / 6, sigma 29. */
static void no_place_is_preferred(void)
{
	size_t order[6];
	int first[6] = {0};

	for (unsigned round = 0; round < 6000; round++) {
		order_round(1, round, order, 6);
		first[order[0]]++;
	}
	for (int i = 0; i < 6; i++)
		CU_ASSERT_TRUE(first[i] > 850 && first[i] < 1150);
}

static void one_and_none_are_fine(void)
{
	size_t order[1] = {9};

	order_round(1, 0, order, 0);
	CU_ASSERT_EQUAL(order[0], 9);
	order_round(1, 0, order, 1);
	CU_ASSERT_EQUAL(order[0], 0);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every cell once", every_cell_once},
		{"the same seed gives the same order", same_seed_same_order},
		{"rounds and seeds differ", rounds_and_seeds_differ},
		{"no place is preferred", no_place_is_preferred},
		{"one and none are fine", one_and_none_are_fine},
		{NULL, NULL},
	};

	return test_suite_run("order", cases) != 0;
}
