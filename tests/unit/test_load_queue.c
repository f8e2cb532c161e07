/*
 * test_load_queue.c - the open loop against servers of queueing theory, one waiting line
 * before one worker: what it measures is what theory says, within the interval that the
 * number of requests allows.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "loadgen/random.h"
#include "tests/suite.h"
#include "tests/unit/load_session.h"

#define MU     10000.0
#define LAMBDA 7000.0
#define RHO    (LAMBDA / MU)

/* The standard error of the mean of n = 350,000 waiting times one after another in an
 * M/M/1 queue is sqrt(rho (2 + 5 rho - 4 rho^2 + rho^3) / n) / (mu (1 - rho)^2) (Daley
 * 1968): 0.93 % of the mean; of M/D/1's less. Three of them. */
#define SECONDS  50
#define INTERVAL 0.03

static struct {
	double rate;     /* replies per second that it can give */
	int64_t free_ns; /* when the worker has done all that has come */
	uint64_t random;
	bool fixed;
} worker;

static int64_t serve(uint32_t connection, uint32_t request)
{
	double mean = 1e9 / worker.rate;
	double time = worker.fixed
			      ? mean
			      : -log1p(-random_unit(random_next(&worker.random))) * mean;
	int64_t now = session_now();

	(void)connection;
	(void)request;
	if (worker.free_ns < now)
		worker.free_ns = now;
	worker.free_ns += (int64_t)time;
	return worker.free_ns - now;
}

static void prepare_worker(double rate, bool fixed, uint64_t seed)
{
	worker.rate = rate;
	worker.fixed = fixed;
	worker.free_ns = 0;
	worker.random = seed;
}

static struct session run_queue(bool fixed)
{
	struct session s = session_new();

	s.config.connections = 16;
	s.config.depth = 1024; /* the line stands in the server */
	s.config.rate = LAMBDA;
	s.config.duration_ns = SECONDS * S;
	s.config.warmup_ns = 1 * S;
	s.config.seed = 1;
	s.script.service = serve;
	prepare_worker(MU, fixed, 42);
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.response->count, s.result.arrivals);
	CU_ASSERT_DOUBLE_EQUAL((double)s.result.arrivals, LAMBDA * SECONDS,
			       3 * sqrt(LAMBDA * SECONDS));
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, 1);
	CU_ASSERT_EQUAL(s.result.lag_client->max, 1);
	return s;
}

static void check(double value, double expected, double interval)
{
	CU_ASSERT_DOUBLE_EQUAL(value, expected, expected * interval);
}

/* The response time is exponential with rate mu - lambda. The percentile's error: that of
 * the mean, and of the few samples beyond it. */
static void m_m_1(void)
{
	struct session s = run_queue(false);
	const struct histogram *h = s.result.response;

	check(histogram_mean(h), 1e9 / (MU - LAMBDA), INTERVAL);
	check((double)histogram_quantile(h, 0.5), log(2) * 1e9 / (MU - LAMBDA), INTERVAL);
	check((double)histogram_quantile(h, 0.99), log(100) * 1e9 / (MU - LAMBDA),
	      2 * INTERVAL);
	session_end(&s);
}

static void m_d_1(void)
{
	struct session s = run_queue(true);
	double wait = histogram_mean(s.result.response) - 1e9 / MU;

	check(wait, RHO / (2 * MU * (1 - RHO)) * 1e9, INTERVAL);
	session_end(&s);
}

/* Constant arrivals of a constant server never wait. */
static void d_d_1(void)
{
	struct session s = session_new();

	s.config.rate = LAMBDA;
	s.config.arrivals = ARRIVALS_CONSTANT;
	s.script.service = serve;
	prepare_worker(MU, true, 42);
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.response->min, 100 * US);
	CU_ASSERT_EQUAL(s.result.response->max, 100 * US);
	session_end(&s);
}

#define SEEDS 15

/* In windows of 1 s, offered `rho` of what the worker can do: how many seeds are UNSTABLE. */
static int count_unstable(double rho, double rate, int64_t depth, int arrivals)
{
	int count = 0;

	for (int seed = 1; seed <= SEEDS; seed++) {
		struct session s = session_new();
		s.config.depth = depth;
		s.config.rate = rho * rate;
		s.config.arrivals = arrivals;
		s.config.timeout_ns = 20 * S;
		s.config.seed = seed;
		s.script.service = serve;
		prepare_worker(rate, false, (uint64_t)seed);
		session_run(&s);
		if (s.result.verdict == LOAD_UNSTABLE)
			count++;
		CU_ASSERT_EQUAL(s.result.verdict == LOAD_UNSTABLE,
				strstr(s.result.reason, "the queue grows") != NULL);
		session_end(&s);
	}
	return count;
}

/* Whether the line stands in the server, or before the connections. */
static void an_overload_is_unstable_with_every_seed(void)
{
	for (int64_t depth = 1; depth <= 4096; depth += 4095) {
		CU_ASSERT_EQUAL(count_unstable(1.2, 3000, depth, ARRIVALS_POISSON),
				SEEDS);
		CU_ASSERT_EQUAL(count_unstable(1.2, 3000, depth, ARRIVALS_CONSTANT),
				SEEDS);
	}
}

/* Of 0.9 the line is 9 on average and 28 more than that once in 100 looks. */
static void what_the_server_can_do_is_never_an_overload(void)
{
	static const double rates[] = {50, 500, 3000};

	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(count_unstable(0.8, rates[i], 4096, ARRIVALS_POISSON), 0);
		CU_ASSERT_EQUAL(count_unstable(0.9, rates[i], 4096, ARRIVALS_POISSON), 0);
		CU_ASSERT_EQUAL(count_unstable(0.9, rates[i], 1, ARRIVALS_CONSTANT), 0);
	}
}

static const struct test_case cases[] = {
	{"M/M/1", m_m_1},
	{"M/D/1", m_d_1},
	{"D/D/1", d_d_1},
	{"an overload is unstable with every seed",
	 an_overload_is_unstable_with_every_seed},
	{"what the server can do is never an overload",
	 what_the_server_can_do_is_never_an_overload},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_queue", cases) != 0;
}
