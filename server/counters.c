/* counters.c - what a server did, in memory shared by its threads and its processes. */
#include "server/counters.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* A line is eight words; so it can be walked as an array of them. */
#define WORDS (sizeof(struct counters_line) / sizeof(uint64_t))
_Static_assert(sizeof(struct counters_line) == COUNTERS_LINE, "one cache line");

static size_t block_size(unsigned workers)
{
	return sizeof(struct counters) + (workers + 1) * sizeof(struct counters_line);
}

int counters_open(unsigned workers, struct counters **ret_counters)
{
	struct counters *counters =
		mmap(NULL, block_size(workers), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (counters == MAP_FAILED)
		return -errno;
	counters->workers = workers;
	*ret_counters = counters;
	return 0;
}

void counters_close(struct counters *counters)
{
	if (counters)
		munmap(counters, block_size(counters->workers));
}

void counters_flush(struct counters_line *line, struct counters_line *delta)
{
	uint64_t *to = (uint64_t *)line;
	uint64_t *from = (uint64_t *)delta;

	for (size_t i = 0; i < WORDS; i++)
		if (from[i])
			__atomic_fetch_add(&to[i], from[i], __ATOMIC_RELAXED);
	memset(delta, 0, sizeof(*delta));
}

struct counters_line counters_sum(const struct counters *counters)
{
	struct counters_line sum = {0};
	uint64_t *to = (uint64_t *)&sum;

	for (unsigned line = 0; line <= counters->workers; line++) {
		const uint64_t *from = (const uint64_t *)&counters->line[line];
		for (size_t i = 0; i < WORDS; i++)
			to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	}
	return sum;
}
