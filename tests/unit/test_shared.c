/* test_shared.c - a mutex of processes survives the one that has it. */
#include <CUnit/CUnit.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/shared.h"
#include "tests/suite.h"

static void a_dead_owner_leaves_a_mutex_that_works(void)
{
	pthread_mutex_t *mutex = mmap(NULL, sizeof(*mutex), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CU_ASSERT_PTR_NOT_EQUAL_FATAL(mutex, MAP_FAILED);
	shared_mutex_init(mutex);
	pid_t owner = fork();
	if (owner == 0) {
		shared_mutex_lock(mutex);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(owner, NULL, 0), owner);
	shared_mutex_lock(mutex); /* would block for ever if it were not robust */
	CU_ASSERT_EQUAL(pthread_mutex_unlock(mutex), 0);
	CU_ASSERT_EQUAL(pthread_mutex_lock(mutex), 0); /* not ENOTRECOVERABLE */
	CU_ASSERT_EQUAL(pthread_mutex_unlock(mutex), 0);
	munmap(mutex, sizeof(*mutex));
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a dead owner leaves a mutex that works",
		 a_dead_owner_leaves_a_mutex_that_works},
		{NULL, NULL},
	};

	return test_suite_run("shared", cases) != 0;
}
