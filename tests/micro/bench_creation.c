/* bench_creation.c - a worker made and waited for: a process, a thread. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/threads.h"
#include "tests/micro/bench.h"

/* Memory that the parent has touched: its page tables are what fork copies. */
struct heap {
	size_t size;
	void *memory;
};

static int heap_setup(void **ret_ctx, int64_t arg)
{
	struct heap *heap = malloc(sizeof(*heap));

	if (!heap)
		return -ENOMEM;
	heap->size = (size_t)arg;
	heap->memory = mmap(NULL, heap->size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (heap->memory == MAP_FAILED) {
		free(heap);
		return -ENOMEM;
	}
	madvise(heap->memory, heap->size, MADV_NOHUGEPAGE); /* as a used heap has it */
	memset(heap->memory, 1, heap->size);
	*ret_ctx = heap;
	return 0;
}

static void heap_teardown(void *ctx)
{
	struct heap *heap = ctx;

	munmap(heap->memory, heap->size);
	free(heap);
}

static void fork_run(void *ctx, uint64_t iters)
{
	(void)ctx;
	while (iters-- > 0) {
		const pid_t child = fork();
		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			abort();
	}
}

static void *end(void *unused)
{
	return unused;
}

static void thread_run(void *ctx, uint64_t iters)
{
	pthread_t thread;

	(void)ctx;
	while (iters-- > 0) {
		if (pthread_create(&thread, NULL, end, NULL) != 0)
			abort();
		pthread_join(thread, NULL);
	}
}

/* As models make them: a small stack, a name, signals blocked. */
static void model_thread_run(void *ctx, uint64_t iters)
{
	pthread_t thread;

	(void)ctx;
	while (iters-- > 0) {
		if (thread_start(&thread, "bench", 0, end, NULL) < 0)
			abort();
		pthread_join(thread, NULL);
	}
}

const struct bench_case bench_cases[] = {
	{"creation/pthread_create+join", 0, NULL, thread_run, NULL},
	{"creation/thread_start+join", 0, NULL, model_thread_run, NULL},
	{"creation/fork+wait", 0, NULL, fork_run, NULL},
	{"creation/fork+wait/64MiB", 64 << 20, heap_setup, fork_run, heap_teardown},
	{.name = NULL},
};
