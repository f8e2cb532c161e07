/* test_check_guard.c - what a launch says against itself. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "results/check/guard.h"
#include "tests/suite.h"

/* Of a duet: CPUs used, and us for each request. */
static struct launch launch_of(double base_busy, double new_busy, double base_us,
			       double new_us)
{
	return (struct launch){.pairs = 1,
			       .client_busy = 0.95,
			       .cpu_busy = {base_busy, new_busy},
			       .threads = {1, 1},
			       .whole[LAUNCH_CPU] = {base_us, new_us}};
}

static void equal_servers_are_even(void)
{
	struct launch launch = launch_of(0.5, 0.52, 10, 10.2);
	char text[CHECK_REASON_SIZE];

	CU_ASSERT_FALSE(check_guard_asymmetry(&launch, text));
	/* who got more of the CPU answered more for it */
	launch = launch_of(0.4, 0.6, 10, 10.2);
	CU_ASSERT_FALSE(check_guard_asymmetry(&launch, text));
	/* what costs more within a fifth is what a duet is for */
	launch = launch_of(0.5, 0.59, 10, 11.8);
	CU_ASSERT_FALSE(check_guard_asymmetry(&launch, text));
	/* who was kept from the CPU has cold caches */
	launch = launch_of(0.2, 0.1, 10, 17);
	CU_ASSERT_FALSE(check_guard_asymmetry(&launch, text));
}

static void who_takes_much_more_cpu_is_not(void)
{
	struct launch launch = launch_of(0.4, 0.6, 10, 15);
	char text[CHECK_REASON_SIZE];

	CU_ASSERT_TRUE(check_guard_asymmetry(&launch, text));
	CU_ASSERT_STRING_EQUAL(
		text, "base used 0.40 CPUs for 10 us a request, new 0.60 for 15 us");
	launch = launch_of(0.6, 0.4, 15, 10);
	CU_ASSERT_TRUE(check_guard_asymmetry(&launch, text));
}

/* Threads count where they are at work. */
static void threads_win_cpu(void)
{
	struct launch launch = launch_of(0.4, 0.6, 10, 10);
	char text[CHECK_REASON_SIZE];

	launch.threads[1] = 4;
	CU_ASSERT_TRUE(check_guard_asymmetry(&launch, text));
	CU_ASSERT_STRING_EQUAL(text,
			       "base has 1 threads at work and used 0.40 CPUs, new 4 and "
			       "0.60");
	launch.cpu_busy[1] = 0.41;
	CU_ASSERT_FALSE(check_guard_asymmetry(&launch, text));
}

static void a_ratio_that_chance_makes_is_seen(void)
{
	struct launch launch = {.pairs = 10};
	char text[CHECK_REASON_SIZE];

	for (int i = 0; i < launch.pairs; i++) {
		double *value = launch.pair[i].value[LAUNCH_THROUGHPUT];
		value[0] = 40000;
		value[1] = i % 2 == 0 ? 20000 : 22000;
	}
	CU_ASSERT_FALSE(check_guard_unsteady(&launch, text));
	for (int i = 0; i < launch.pairs; i += 2)
		launch.pair[i].value[LAUNCH_THROUGHPUT][1] = 40000;
	CU_ASSERT_TRUE(check_guard_unsteady(&launch, text));
	CU_ASSERT_STRING_EQUAL(
		text, "the throughputs' ratio moved by 35 % from slice to slice: who "
		      "had the CPUs was chance");
	for (int i = 0; i < launch.pairs; i += 2)
		launch.pair[i].steal = 0.3; /* the host's doing is not chance's */
	CU_ASSERT_FALSE(check_guard_unsteady(&launch, text));
	launch.pairs = 0;
	CU_ASSERT_FALSE(check_guard_unsteady(&launch, text));
}

static void who_polls_is_unlike_who_waits(void)
{
	const struct io_model waits = {.flags = IO_MODEL_STREAM};
	const struct io_model polls = {.flags = IO_MODEL_STREAM | IO_MODEL_BUSY};
	const struct server_spec a = {.model = &waits}, b = {.model = &polls};
	const struct server_spec command = {.command = "x"};
	char text[CHECK_REASON_SIZE];

	CU_ASSERT_FALSE(check_guard_unlike(&a, &a, text));
	CU_ASSERT_FALSE(check_guard_unlike(&b, &b, text));
	CU_ASSERT_FALSE(check_guard_unlike(&a, &command, text));
	CU_ASSERT_TRUE(check_guard_unlike(&a, &b, text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "new polls"));
	CU_ASSERT_TRUE(check_guard_unlike(&b, &a, text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "base polls"));
}

static void a_generator_that_is_the_limit_is_seen(void)
{
	struct launch launch = launch_of(0.5, 0.5, 10, 10);

	/* two CPUs for all: the servers have all that the generator leaves */
	CU_ASSERT_FALSE(check_guard_generator(&launch, LAUNCH_DUET, 2, true));
	launch = launch_of(0.3, 0.3, 10, 10);
	CU_ASSERT_TRUE(check_guard_generator(&launch, LAUNCH_DUET, 2, true));
	launch.client_busy = 0.8;
	CU_ASSERT_FALSE(check_guard_generator(&launch, LAUNCH_DUET, 2, true));
	/* CPUs of their own; a server of one thread can use one of them */
	launch = launch_of(0.9, 0.9, 10, 10);
	CU_ASSERT_FALSE(check_guard_generator(&launch, LAUNCH_DUET, 8, false));
	launch = launch_of(0.7, 0.7, 10, 10);
	CU_ASSERT_TRUE(check_guard_generator(&launch, LAUNCH_DUET, 8, false));
	/* in turns each has all of it */
	launch = launch_of(0.9, 0.5, 10, 10);
	CU_ASSERT_FALSE(check_guard_generator(&launch, LAUNCH_ABBA, 2, true));
	launch = launch_of(0.6, 0.5, 10, 10);
	CU_ASSERT_TRUE(check_guard_generator(&launch, LAUNCH_ABBA, 2, true));
}

int main(void)
{
	static const struct test_case cases[] = {
		{"equal servers are even", equal_servers_are_even},
		{"who takes much more CPU is not", who_takes_much_more_cpu_is_not},
		{"threads win CPU", threads_win_cpu},
		{"a ratio that chance makes is seen", a_ratio_that_chance_makes_is_seen},
		{"who polls is unlike who waits", who_polls_is_unlike_who_waits},
		{"a generator that is the limit is seen",
		 a_generator_that_is_the_limit_is_seen},
		{NULL, NULL},
	};

	return test_suite_run("check_guard", cases) != 0;
}
