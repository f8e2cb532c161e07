/* test_spin.c - burned CPU time is at least what was asked for, and not far more. */
#include <CUnit/CUnit.h>

#include "server/clock.h"
#include "server/spin.h"
#include "tests/suite.h"

static int64_t burned_ns(const struct spin *spin, int64_t ns, int times)
{
	const int64_t start = clock_thread_cpu_ns();

	for (int i = 0; i < times; i++)
		spin_burn(spin, ns);
	return clock_thread_cpu_ns() - start;
}

static void chain_has_a_speed(void)
{
	struct spin spin = {0};

	spin_calibrate(&spin);
	/* Six dependent operations a round: no machine does 10 rounds in 1 ns. */
	CU_ASSERT(spin.rounds_per_ns > 0.0001 && spin.rounds_per_ns < 10);
}

static void burns_what_was_asked_for(void)
{
	static const int64_t targets[] = {5 * NS_PER_US, 50 * NS_PER_US, NS_PER_MS,
					  10 * NS_PER_MS};
	struct spin spin;

	spin_calibrate(&spin);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const int64_t burned = burned_ns(&spin, targets[i], 1);
		CU_ASSERT(burned >= targets[i] - spin.clock_ns);
		CU_ASSERT(burned < 3 * targets[i] + 20 * NS_PER_MS);
	}
}

static void short_burns_add_up(void)
{
	struct spin spin;

	spin_calibrate(&spin);
	const int64_t burned = burned_ns(&spin, NS_PER_US, 5000);
	/* From the calibrated chain alone: as exact as the machine is steady. */
	CU_ASSERT(burned > 2 * NS_PER_MS);
	CU_ASSERT(burned < 50 * NS_PER_MS);
}

static void nothing_to_burn_returns_at_once(void)
{
	struct spin spin;

	spin_calibrate(&spin);
	CU_ASSERT(burned_ns(&spin, 0, 1000) < 20 * NS_PER_MS);
	CU_ASSERT(burned_ns(&spin, -NS_PER_S, 1000) < 20 * NS_PER_MS);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"chain has a speed", chain_has_a_speed},
		{"burns what was asked for", burns_what_was_asked_for},
		{"short burns add up", short_burns_add_up},
		{"nothing to burn returns at once", nothing_to_burn_returns_at_once},
		{NULL, NULL},
	};

	return test_suite_run("spin", cases) != 0;
}
