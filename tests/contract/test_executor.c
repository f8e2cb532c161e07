/*
 * test_executor.c - every promise of models/executor/executor.h, on the kind named: one
 * suite for all, with differences only where the header's table has them.
 */
#include <stdio.h>
#include <sys/mman.h>

#include "tests/contract/executor_fixture.h"

const struct executor_ops *ops;
struct seen *seen;

int main(int argc, char **argv)
{
	static const struct test_case *const parts[] = {
		executor_future_cases,     executor_queue_cases, executor_worker_cases,
		executor_descriptor_cases, executor_map_cases,   executor_end_cases,
	};
	int failures = 0;

	ops = argc == 2 ? executor_find(argv[1]) : NULL;
	if (!ops) {
		fprintf(stderr, "usage: %s EXECUTOR\n", argv[0]);
		return 2;
	}
#if defined(__SANITIZE_THREAD__)
	if (is_kind("process")) {
		puts("process: TSan puts signals off, and a fork with its threads misleads it");
		return TEST_SKIPPED;
	}
#endif
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		failures += test_suite_run(argv[1], parts[i]);
	if (is_kind("process"))
		failures += test_suite_run(argv[1], executor_process_cases);
	munmap(seen, sizeof(*seen));
	return failures != 0;
}
