/*
 * test_schedule.c - arrivals: their law, and that neither the number of threads nor
 * anything else but seed, rate and kind changes them.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#include "loadgen/open_loop.h"
#include "server/clock.h"
#include "tests/suite.h"
#include "tests/unit/sim_engine.h"

static void constant_arrivals_stand_in_their_slots(void)
{
	struct schedule s;

	schedule_init(&s, 3, ARRIVALS_CONSTANT, 1);
	CU_ASSERT_EQUAL(schedule_next(&s, 0), 0);
	CU_ASSERT_EQUAL(schedule_next(&s, 0), 333333333);
	CU_ASSERT_EQUAL(schedule_next(&s, 1), 1000000000); /* number 3 */
	CU_ASSERT_EQUAL(schedule_next(&s, 3 * 86400 - 4 - 1), 86399666666666);
	CU_ASSERT_EQUAL(schedule_next(&s, 0), 86400000000000); /* a day later: exact */
}

/* The largest distance between the distribution of `gaps` and the exponential one. */
static double kolmogorov(double *gaps, int n, double mean)
{
	double most = 0;

	for (int i = 0; i < n; i++) {
		double f = -expm1(-gaps[i] / mean);
		most = fmax(most, fmax(f - (double)i / n, (double)(i + 1) / n - f));
	}
	return most;
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void poisson_gaps_are_exponential(void)
{
	enum { N = 20000 };
	double *gaps = calloc(N, sizeof(*gaps)), sum = 0, product = 0;
	struct schedule s;
	int64_t last = 0;

	schedule_init(&s, 1000, ARRIVALS_POISSON, 1);
	for (int i = 0; i < N; i++) {
		int64_t at = schedule_next(&s, 0);
		gaps[i] = (double)(at - last);
		last = at;
		sum += gaps[i];
		if (i > 0)
			product += (gaps[i] - 1e6) * (gaps[i - 1] - 1e6);
	}
	/* Standard errors: of the mean 1e6 / sqrt(N), of the correlation 1 / sqrt(N). */
	CU_ASSERT_DOUBLE_EQUAL(sum / N, 1e6, 3 * 1e6 / sqrt(N));
	CU_ASSERT_DOUBLE_EQUAL(product / N / 1e12, 0, 3 / sqrt(N));
	qsort(gaps, N, sizeof(*gaps), compare_doubles);
	CU_ASSERT_TRUE(kolmogorov(gaps, N, 1e6) < 1.63 / sqrt(N)); /* at 1 % */
	free(gaps);
}

static void leaving_out_changes_nothing(void)
{
	static const enum arrivals kinds[] = {ARRIVALS_POISSON, ARRIVALS_CONSTANT};

	for (int kind = 0; kind < 2; kind++) {
		struct schedule all, some;
		schedule_init(&all, 12345, kinds[kind], 7);
		some = all;
		for (uint64_t skip = 0; skip < 100; skip++) {
			for (uint64_t i = 0; i < skip; i++)
				(void)schedule_next(&all, 0);
			CU_ASSERT_EQUAL(schedule_next(&some, skip),
					schedule_next(&all, 0));
		}
	}
}

static void the_seed_makes_the_schedule(void)
{
	struct schedule a, b, c;
	int same = 0;

	schedule_init(&a, 1000, ARRIVALS_POISSON, 1);
	schedule_init(&b, 1000, ARRIVALS_POISSON, 1);
	schedule_init(&c, 1000, ARRIVALS_POISSON, 2);
	for (int i = 0; i < 1000; i++) {
		int64_t at = schedule_next(&a, 0);
		CU_ASSERT_EQUAL(at, schedule_next(&b, 0));
		same += at == schedule_next(&c, 0);
	}
	CU_ASSERT_TRUE(same < 3);
}

static void a_window_holds_the_arrivals_asked_for(void)
{
	static const int64_t counts[] = {1, 2, 17, 1000};
	static const enum arrivals kinds[] = {ARRIVALS_POISSON, ARRIVALS_CONSTANT};

	for (int i = 0; i < 8; i++) {
		struct schedule s;
		schedule_init(&s, 777, kinds[i % 2], 3);
		int64_t from = 200 * NS_PER_MS;
		int64_t end = from + schedule_window(s, from, (uint64_t)counts[i / 2]);
		int64_t at, inside = 0;
		while ((at = schedule_next(&s, 0)) < end)
			inside += at >= from;
		CU_ASSERT_EQUAL(inside, counts[i / 2]);
		CU_ASSERT_EQUAL(at, end);
	}
}

#define CONNECTIONS 37
#define SPAN_NS     (200 * NS_PER_MS)

/* What connection c is to do, by every thread's own walk. */
struct duties {
	int64_t due[CONNECTIONS][64];
	uint32_t count[CONNECTIONS];
};

static void collect(const struct load_config *config, struct target *t, uint32_t thread,
		    struct duties *duties)
{
	const struct address address = {.transport = TRANSPORT_TCP};
	const struct pattern pattern = {.bytes = {0}};
	uint32_t threads = (uint32_t)config->threads;
	const struct target_share share = {
		thread, threads, (CONNECTIONS - thread + threads - 1) / threads, 3};
	struct engine *engine;

	CU_ASSERT_EQUAL_FATAL(engine_sim.open(share.count + share.idle, &engine), 0);
	CU_ASSERT_EQUAL_FATAL(
		target_init(t, config, &address, &pattern, &engine_sim, engine, &share),
		0);
	t->start_ns = 0;
	t->end_ns = SPAN_NS;
	open_begin(t, 0);
	for (int64_t now = 0; now < 2 * SPAN_NS; now += SPAN_NS / 10)
		open_pump(t, now);
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
		struct backlog_queue *queue = &open_of(t, c)->waiting;
		CU_ASSERT_EQUAL(connection_index(t, c), i);
		CU_ASSERT_TRUE_FATAL(c->number < CONNECTIONS && queue->count <= 64);
		while (queue->count > 0)
			duties->due[c->number][duties->count[c->number]++] =
				backlog_pop(&t->open->backlog, queue);
	}
	for (uint32_t i = 0; i < t->idle; i++)
		CU_ASSERT_EQUAL(connection_index(t, target_member(t, t->count + i)),
				t->count + i);
	engine_sim.free(engine);
	target_release(t);
}

static void collect_all(int arrivals, int64_t threads, struct duties *duties)
{
	static const struct sim_script script = {.start_ns = 1};
	struct load_config config;
	struct target target;

	options_defaults(load_options, &config, sizeof(config));
	config.connections = CONNECTIONS;
	config.threads = threads;
	config.rate = 5000;
	config.arrivals = arrivals;
	sim_script = &script;
	*duties = (struct duties){.count = {0}};
	for (uint32_t i = 0; i < threads; i++)
		collect(&config, &target, i, duties);
}

/* Arrival k belongs to connection k mod N and is due when the schedule says so. */
static void check_duties(int arrivals, const struct duties *duties)
{
	uint32_t seen[CONNECTIONS] = {0};
	struct schedule s;
	int64_t at;

	schedule_init(&s, 5000, (enum arrivals)arrivals, 1);
	for (uint32_t k = 0; (at = schedule_next(&s, 0)) < SPAN_NS; k++) {
		uint32_t c = k % CONNECTIONS;
		CU_ASSERT_TRUE(seen[c] < duties->count[c]);
		CU_ASSERT_EQUAL(duties->due[c][seen[c]], at);
		seen[c]++;
	}
	for (uint32_t c = 0; c < CONNECTIONS; c++)
		CU_ASSERT_EQUAL(seen[c], duties->count[c]);
}

static void any_number_of_threads_has_the_same_schedule(void)
{
	static const int64_t threads[] = {1, 2, 3, 16, 36, 37};
	struct duties *duties = calloc(1, sizeof(*duties));

	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		collect_all(ARRIVALS_POISSON, threads[i], duties);
		check_duties(ARRIVALS_POISSON, duties);
		collect_all(ARRIVALS_CONSTANT, threads[i], duties);
		check_duties(ARRIVALS_CONSTANT, duties);
	}
	free(duties);
}

static const struct test_case cases[] = {
	{"constant arrivals stand in their slots",
	 constant_arrivals_stand_in_their_slots},
	{"poisson gaps are exponential", poisson_gaps_are_exponential},
	{"leaving out changes nothing", leaving_out_changes_nothing},
	{"the seed makes the schedule", the_seed_makes_the_schedule},
	{"a window holds the arrivals asked for", a_window_holds_the_arrivals_asked_for},
	{"any number of threads has the same schedule",
	 any_number_of_threads_has_the_same_schedule},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("schedule", cases) != 0;
}
