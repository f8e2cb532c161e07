/* test_slots.c - a key finds its connection, and never the successor in its slot. */
#include "models/slots.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/suite.h"

#define MANY 300

struct block {
	struct slot slot;
	int mark;
};

static struct block *take(struct slots *slots)
{
	struct block *block = slots_take(slots);

	if (!block)
		abort();
	return block;
}

static void a_key_finds_its_block_until_it_is_given_back(void)
{
	struct slots slots;

	slots_init(&slots, sizeof(struct block));
	struct block *first = take(&slots), *second = take(&slots);
	uint64_t key = first->slot.key;
	CU_ASSERT_PTR_EQUAL(slots_find(&slots, key), first);
	CU_ASSERT_PTR_EQUAL(slots_find(&slots, second->slot.key), second);
	slots_give(&slots, first);
	CU_ASSERT_PTR_NULL(slots_find(&slots, key));
	CU_ASSERT_EQUAL(slots.used, 1);
	slots_release(&slots);
}

static void the_last_given_back_is_the_next_given_out(void)
{
	struct slots slots;

	slots_init(&slots, sizeof(struct block));
	struct block *first = take(&slots), *second = take(&slots);
	uint64_t first_key = first->slot.key, second_key = second->slot.key;
	slots_give(&slots, first);
	slots_give(&slots, second);
	CU_ASSERT_PTR_EQUAL(take(&slots), second);
	CU_ASSERT_PTR_EQUAL(take(&slots), first);
	CU_ASSERT_PTR_NULL(slots_find(&slots, first_key));
	CU_ASSERT_PTR_NULL(slots_find(&slots, second_key));
	CU_ASSERT_NOT_EQUAL(first->slot.key, first_key);
	slots_release(&slots);
}

static void low_keys_are_never_given_out(void)
{
	struct slots slots;

	slots_init(&slots, sizeof(struct block));
	for (int i = 0; i < 3; i++)
		CU_ASSERT_TRUE(take(&slots)->slot.key > UINT32_MAX);
	for (uint64_t key = 0; key < 4; key++)
		CU_ASSERT_PTR_NULL(slots_find(&slots, key));
	slots_release(&slots);
}

/* Gives and takes at random; what is in use is walked once each, and keeps its bytes. */
static void any_history_is_walked_completely(void)
{
	struct slots slots;
	struct block *held[MANY] = {NULL};
	unsigned seed = 99, used = 0, walked = 0;
	uint32_t number = 0;

	printf("seed %u ", seed);
	slots_init(&slots, sizeof(struct block));
	for (int step = 0; step < 20 * MANY; step++) {
		int i = rand_r(&seed) % MANY;
		if (held[i]) {
			slots_give(&slots, held[i]);
			held[i] = NULL;
			used--;
		} else {
			held[i] = take(&slots);
			held[i]->mark = i;
			used++;
		}
	}
	CU_ASSERT_EQUAL(slots.used, used);
	for (struct block *block; (block = slots_next(&slots, &number)); walked++)
		CU_ASSERT_PTR_EQUAL(held[block->mark], block);
	CU_ASSERT_EQUAL(walked, used);
	slots_release(&slots);
}

static const struct test_case cases[] = {
	{"a key finds its block until it is given back",
	 a_key_finds_its_block_until_it_is_given_back},
	{"the last given back is the next given out",
	 the_last_given_back_is_the_next_given_out},
	{"low keys are never given out", low_keys_are_never_given_out},
	{"any history is walked completely", any_history_is_walked_completely},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("slots", cases) != 0;
}
