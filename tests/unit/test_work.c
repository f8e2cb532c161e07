/* test_work.c - what `--work` accepts, and the amounts that exp draws. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "loadgen/work.h"
#include "server/clock.h"
#include "server/options.h"
#include "tests/suite.h"

static void texts_are_read_and_written_back(void)
{
	static const struct {
		const char *text;
		enum work_kind kind;
		uint32_t amount_us;
	} good[] = {
		{"none", WORK_NONE, 0},           {"spin:200us", WORK_SPIN, 200},
		{"sleep:5ms", WORK_SLEEP, 5000},  {"exp:100ms", WORK_EXP, 100000},
		{"spin:1s", WORK_SPIN, 1000000},  {"sleep:1us", WORK_SLEEP, 1},
		{"mix:100us+5ms", WORK_MIX, 100},
	};
	char error[OPTION_ERROR_SIZE], text[WORK_TEXT_SIZE];
	struct work work;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(work_parse(good[i].text, 0, &work, error), 0);
		CU_ASSERT_EQUAL(work.kind, good[i].kind);
		CU_ASSERT_EQUAL(work.amount_us, good[i].amount_us);
		work_format(&work, text);
		CU_ASSERT_STRING_EQUAL(text, good[i].text);
	}
	CU_ASSERT_EQUAL(work_parse(NULL, 0, &work, error), 0);
	CU_ASSERT_EQUAL(work.kind, WORK_NONE);
}

static void other_texts_are_refused_in_one_line(void)
{
	static const char *const bad[] = {
		"",           "spin",       "spin:",           "spin:200",
		"spin:0us",   "spin:2s",    "sleep:1500ns",    "exp:101ms",
		"burn:1ms",   "none:1ms",   "spin:-1us",       "spin:1us ",
		"SPIN:1us",   "mix:1ms",    "mix:1ms+",        "mix:+1ms",
		"mix:1ms+2s", "mix:2s+1ms", "mix:1ms+1ms+1ms", "spin:1ms+1ms",
	};
	char error[OPTION_ERROR_SIZE];
	struct work work;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error[0] = '\0';
		CU_ASSERT_TRUE(work_parse(bad[i], 0, &work, error) < 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, bad[i]));
		CU_ASSERT_PTR_NOT_NULL(strstr(error, "is accepted"));
		CU_ASSERT_PTR_NULL(strchr(error, '\n'));
	}
}

/* Half of the requests of each connection wait, in an order that is a function of the seed. */
static void a_mix_tosses_a_coin(void)
{
	char error[OPTION_ERROR_SIZE];
	struct work work;
	int sleeps = 0, changed = 0, other = 0;

	CU_ASSERT_EQUAL(work_parse("mix:100us+5ms", 0, &work, error), 0);
	CU_ASSERT_EQUAL(work.sleep_us, 5000);
	CU_ASSERT_DOUBLE_EQUAL(work_mean_us(&work), 2550, 1e-9);
	for (uint32_t i = 0; i < 10000; i++) {
		const bool sleep = work_draws_sleep(7, 3, i);
		CU_ASSERT_EQUAL(work_draws_sleep(7, 3, i), sleep);
		sleeps += sleep;
		changed += work_draws_sleep(8, 3, i) != sleep;
		other += work_draws_sleep(7, 4, i) != sleep;
	}
	CU_ASSERT_TRUE(sleeps > 4750 && sleeps < 5250);
	CU_ASSERT_TRUE(changed > 4750 && changed < 5250);
	CU_ASSERT_TRUE(other > 4750 && other < 5250);
}

#define DRAWS 200000

static uint32_t draw(uint32_t mean_us, uint64_t seed, uint32_t connection,
		     uint32_t sequence)
{
	const struct work work = {WORK_EXP, mean_us, WORK_MOST_US, 0};

	return work_draw(&work, seed, connection, sequence);
}

/* Mean, and the fractions beyond the mean and beyond three means: 1, 1/e, 1/e^3. */
static void draws_are_exponential(void)
{
	double sum = 0;
	int beyond_one = 0, beyond_three = 0;

	for (uint32_t i = 0; i < DRAWS; i++) {
		uint32_t amount = draw(1000, 7, i % 64, i / 64);
		sum += amount;
		beyond_one += amount > 1000;
		beyond_three += amount > 3000;
	}
	CU_ASSERT_DOUBLE_EQUAL(sum / DRAWS, 1000, 10);
	CU_ASSERT_DOUBLE_EQUAL((double)beyond_one / DRAWS, exp(-1), 0.005);
	CU_ASSERT_DOUBLE_EQUAL((double)beyond_three / DRAWS, exp(-3), 0.002);
}

static void draws_depend_on_seed_connection_and_sequence_alone(void)
{
	int same = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t amount = draw(100000, 1, 5, i);
		CU_ASSERT_EQUAL(draw(100000, 1, 5, i), amount);
		same += draw(100000, 2, 5, i) == amount;
		same += draw(100000, 1, 6, i) == amount;
		same += draw(100000, 1, 5, i + 1) == amount;
		CU_ASSERT_TRUE(amount <= WORK_MOST_US);
	}
	CU_ASSERT_TRUE(same < 5);
}

/* Neighbours that moved together would make bursts that an exponential has not. */
static void draws_of_neighbours_are_unrelated(void)
{
	double by_sequence = 0, by_connection = 0;

	for (uint32_t i = 0; i < DRAWS; i++) {
		double deviation = draw(1000, 3, 9, i) / 1000.0 - 1;
		by_sequence += deviation * (draw(1000, 3, 9, i + 1) / 1000.0 - 1);
		by_connection += deviation * (draw(1000, 3, 10, i) / 1000.0 - 1);
	}
	CU_ASSERT_DOUBLE_EQUAL(by_sequence / DRAWS, 0, 0.015);
	CU_ASSERT_DOUBLE_EQUAL(by_connection / DRAWS, 0, 0.015);
}

static void more_than_a_second_needs_max_work(void)
{
	char error[OPTION_ERROR_SIZE];
	struct work work;

	CU_ASSERT_TRUE(work_parse("spin:1001ms", 0, &work, error) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "from 1us to 1s, the server's --max-work"));
	CU_ASSERT_EQUAL(work_parse("spin:1001ms", 2 * NS_PER_S, &work, error), 0);
	CU_ASSERT_EQUAL(work.amount_us, 1001000);
	CU_ASSERT_EQUAL(work_parse("sleep:60m", 3600 * NS_PER_S, &work, error), 0);
	CU_ASSERT_EQUAL(work.amount_us, 3600000000);
	CU_ASSERT_TRUE(work_parse("exp:201ms", 2 * NS_PER_S, &work, error) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "to 200ms, a tenth of"));
	CU_ASSERT_TRUE(work_parse("spin:2ms", NS_PER_MS, &work, error) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "to 1ms, "));
	CU_ASSERT_EQUAL(work_parse("exp:200ms", 2 * NS_PER_S, &work, error), 0);
	uint32_t most = 0;
	for (uint32_t i = 0; i < DRAWS; i++) {
		uint32_t amount = work_draw(&work, 1, 0, i);
		most = amount > most ? amount : most;
	}
	CU_ASSERT_EQUAL(most, 2000000); /* cut there, after more than a second */
}

static void only_long_work_needs_a_server_told_so(void)
{
	char error[OPTION_ERROR_SIZE];
	struct work work;

	CU_ASSERT_EQUAL(work_needs_ns(NULL), 0);
	CU_ASSERT_EQUAL(work_needs_ns("none"), 0);
	CU_ASSERT_EQUAL(work_needs_ns("sleep:1s"), 0);
	CU_ASSERT_EQUAL(work_needs_ns("exp:100ms"), 0);
	CU_ASSERT_EQUAL(work_needs_ns("sleep:1h"), 0); /* is refused */
	CU_ASSERT_EQUAL(
		work_parse("sleep:1001ms", work_needs_ns("sleep:1001ms"), &work, error),
		0);
	CU_ASSERT_EQUAL(work_parse("exp:6m", work_needs_ns("exp:6m"), &work, error), 0);
	CU_ASSERT_EQUAL(work_needs_ns("exp:361s"), 0); /* likewise */
}

static const struct test_case cases[] = {
	{"texts are read and written back", texts_are_read_and_written_back},
	{"other texts are refused in one line", other_texts_are_refused_in_one_line},
	{"a mix tosses a coin", a_mix_tosses_a_coin},
	{"more than a second needs --max-work", more_than_a_second_needs_max_work},
	{"only long work needs a server told so", only_long_work_needs_a_server_told_so},
	{"draws are exponential", draws_are_exponential},
	{"draws depend on seed, connection and sequence alone",
	 draws_depend_on_seed_connection_and_sequence_alone},
	{"draws of neighbours are unrelated", draws_of_neighbours_are_unrelated},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("work", cases) != 0;
}
