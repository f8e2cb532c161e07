/*
 * executor_map.c - many items in few hand-overs.
 *
 * A chunk is one task: its argument is a head with items behind it, its result what became
 * of each item with their results behind that. As many chunks are under way as the workers
 * and the queue hold; those that are done are handed from the workers to the owner on a
 * list, whose head is one atomic word.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/executor/executor_ops.h"

/* In front of the items, whose alignment it keeps. */
struct chunk_head {
	_Alignas(max_align_t) task_function *function;
	uint32_t count;
	uint32_t item_size;
	uint32_t result_size;
};

struct outcome {
	int status;
	uint32_t size;
};

#define OUR_BYTES 64 /* as executor.h says */
_Static_assert(sizeof(struct chunk_head) <= OUR_BYTES, "a head with one item must fit");

struct chunk {
	struct chunk *next; /* that is done, or free */
	struct map *map;
	struct future *future;
	size_t first; /* item */
	unsigned count;
	int status;
	const void *result;
};

struct map {
	struct executor *executor;
	struct executor_base *base;
	struct chunk_head head;
	const uint8_t *items;
	size_t count, fed; /* items */
	unsigned chunk;    /* items in each but the last */
	executor_map_done *done;
	void *context;
	bool in_order; /* nobody is told before the end */

	struct chunk *chunks, *free;
	size_t submitted, taken; /* chunks */
	_Atomic(struct chunk *) ended;
	atomic_size_t ended_count; /* in all; added to behind `ended` */
	size_t wanted;             /* the ended_count that the owner waits for */
	size_t failed_item;
	int failure; /* of that item, the first in order */
};

static size_t results_offset(unsigned count)
{
	const size_t align = _Alignof(max_align_t);

	return (count * sizeof(struct outcome) + align - 1) / align * align;
}

/* In the worker. */
static int chunk_run(struct task *task)
{
	const struct chunk_head *head = task->argument;
	const uint8_t *items = (const uint8_t *)(head + 1);
	struct outcome *outcome = task->result;
	uint8_t *results = (uint8_t *)task->result + results_offset(head->count);

	for (size_t i = 0; i < head->count; i++) {
		struct task item = *task;
		item.argument = items + i * head->item_size;
		item.size = head->item_size;
		item.result = results + i * head->result_size;
		outcome[i].status = head->function(&item);
		assert(item.result_size <= head->result_size);
		outcome[i].size = (uint32_t)item.result_size;
	}
	task->result_size =
		results_offset(head->count) + (size_t)head->count * head->result_size;
	return 0;
}

/* Where callbacks run: in a worker or in the owner. `result` is the future's. */
static void chunk_ended(void *context, int status, const void *result, size_t result_size)
{
	struct chunk *chunk = context;
	struct map *map = chunk->map;

	(void)result_size;
	chunk->status = status;
	chunk->result = result;
	chunk->next = atomic_load(&map->ended);
	while (!atomic_compare_exchange_weak(&map->ended, &chunk->next, chunk))
		;
	atomic_fetch_add(&map->ended_count, 1);
}

static void map_tell(struct map *map, size_t index, int status, const void *result,
		     size_t size)
{
	if (status < 0 && index < map->failed_item) {
		map->failed_item = index;
		map->failure = status;
	}
	map->done(map->context, index, status, result, size);
}

static void map_tell_chunk(struct map *map, const struct chunk *chunk)
{
	const struct outcome *outcome = chunk->result;
	const uint8_t *results = chunk->result;

	results += results_offset(chunk->count);
	for (size_t i = 0; i < chunk->count; i++)
		if (chunk->status < 0)
			map_tell(map, chunk->first + i, chunk->status, NULL, 0);
		else
			map_tell(map, chunk->first + i, outcome[i].status,
				 results + i * map->head.result_size, outcome[i].size);
}

/* Takes what has ended, in the order in which it did. */
static void map_take(struct map *map)
{
	struct chunk *last = atomic_exchange(&map->ended, NULL), *first = NULL, *next;

	for (; last; last = next) {
		next = last->next;
		last->next = first;
		first = last;
	}
	for (; first; first = next) {
		next = first->next;
		map_tell_chunk(map, first);
		future_free(first->future);
		first->next = map->free;
		map->free = first;
		map->taken++;
	}
}

static bool enough_ended(void *context)
{
	struct map *map = context;

	return atomic_load(&map->ended_count) >= map->wanted;
}

static void map_await(struct map *map, size_t wanted)
{
	map->wanted = wanted;
	(void)executor_await(map->base, enough_ended, map, EXECUTOR_NO_LIMIT);
	map_take(map);
}

/* 0; -EAGAIN: neither the queue nor the window has room; or -errno. */
static int map_submit(struct map *map)
{
	struct chunk *chunk = map->free;
	_Alignas(max_align_t) uint8_t bytes[TASK_SIZE_MAX];
	size_t left = map->count - map->fed;

	if (!chunk)
		return -EAGAIN;
	map->head.count = left < map->chunk ? (uint32_t)left : map->chunk;
	size_t size = (size_t)map->head.count * map->head.item_size;
	memcpy(bytes, &map->head, sizeof(map->head));
	memcpy(bytes + sizeof(map->head), map->items + map->fed * map->head.item_size,
	       size);
	int result = executor_try_submit(map->executor, chunk_run, bytes,
					 sizeof(map->head) + size, -1, &chunk->future);
	if (result < 0)
		return result;
	map->free = chunk->next;
	chunk->first = map->fed;
	chunk->count = map->head.count;
	map->fed += chunk->count;
	map->submitted++;
	future_on_done(chunk->future, chunk_ended, chunk);
	return 0;
}

/* Waits for room. Where nobody is told before the end, half the queue may empty first:
 * waking the owner for each chunk costs more than a chunk. */
static int map_make_room(struct map *map)
{
	const struct executor_config *config = &map->base->config;
	size_t under_way = map->submitted - map->taken, wanted = 1;
	size_t busy = (size_t)config->workers + config->queue / 2;

	if (under_way == 0)
		return executor_await_room(map->executor, -1);
	if (map->in_order && under_way > busy)
		wanted = under_way - busy;
	map_await(map, map->taken + wanted);
	return 0;
}

static int map_feed(struct map *map)
{
	int result = 0;

	while (map->fed < map->count && result == 0) {
		result = map_submit(map);
		if (result == -EAGAIN)
			result = map_make_room(map);
		else
			map_take(map);
	}
	return result;
}

/* Every chunk has left chunk_ended behind when it returns. */
static void map_drain(struct map *map)
{
	while (map->taken < map->submitted && !map->in_order)
		map_await(map, map->taken + 1);
	map_await(map, map->submitted);
}

/* The most items that a task, and its result, holds. */
static size_t chunk_limit(size_t item_size, size_t result_size)
{
	size_t items = TASK_SIZE_MAX, results;

	if (item_size > 0)
		items = (TASK_SIZE_MAX - sizeof(struct chunk_head)) / item_size;
	results = (TASK_SIZE_MAX - _Alignof(max_align_t)) /
		  (sizeof(struct outcome) + result_size);
	return items < results ? items : results;
}

static int map_open(struct map *map, size_t chunk)
{
	const struct executor_config *config = &map->base->config;
	size_t limit = chunk_limit(map->head.item_size, map->head.result_size);
	size_t window = (size_t)config->workers + config->queue;

	map->chunk = (unsigned)(chunk < limit ? chunk : limit);
	map->failed_item = SIZE_MAX;
	size_t all = (map->count + map->chunk - 1) / map->chunk;
	if (window > all)
		window = all;
	map->chunks = calloc(window, sizeof(*map->chunks));
	if (!map->chunks)
		return -ENOMEM;
	for (size_t i = 0; i < window; i++) {
		map->chunks[i].map = map;
		map->chunks[i].next = map->free;
		map->free = &map->chunks[i];
	}
	return 0;
}

static int map_run(struct map *map, size_t chunk, size_t item_size, size_t result_size)
{
	if (chunk == 0)
		return -EINVAL;
	if (item_size > TASK_SIZE_MAX - OUR_BYTES ||
	    result_size > TASK_SIZE_MAX - OUR_BYTES)
		return -E2BIG;
	if (map->count == 0)
		return 0;
	map->base = (struct executor_base *)map->executor;
	map->head.item_size = (uint32_t)item_size;
	map->head.result_size = (uint32_t)result_size;
	int result = map_open(map, chunk);
	if (result < 0)
		return result;
	result = map_feed(map);
	map_drain(map);
	free(map->chunks);
	return map->failure < 0 ? map->failure : result;
}

int executor_map_unordered(struct executor *executor, task_function *function,
			   const void *items, size_t item_size, size_t count,
			   size_t chunk, size_t result_size, executor_map_done *done,
			   void *context)
{
	struct map map = {.executor = executor,
			  .head.function = function,
			  .items = items,
			  .count = count,
			  .done = done,
			  .context = context};

	return map_run(&map, chunk, item_size, result_size);
}

struct in_order {
	uint8_t *results;
	size_t size; /* of each */
};

static void store(void *context, size_t index, int status, const void *result,
		  size_t result_size)
{
	const struct in_order *to = context;

	(void)status;
	memset(to->results + index * to->size, 0, to->size);
	if (result_size > 0)
		memcpy(to->results + index * to->size, result, result_size);
}

int executor_map(struct executor *executor, task_function *function, const void *items,
		 size_t item_size, size_t count, size_t chunk, void *results,
		 size_t result_size)
{
	struct in_order to = {results, result_size};
	struct map map = {.executor = executor,
			  .head.function = function,
			  .items = items,
			  .count = count,
			  .done = store,
			  .context = &to,
			  .in_order = true};

	return map_run(&map, chunk, item_size, result_size);
}
