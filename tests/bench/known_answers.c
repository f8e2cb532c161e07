/*
 * known_answers.c - the load generator over real sockets against servers whose response
 * times theory knows: expectation, measured value, interval, one line each.
 *
 *	known_answers [SECONDS]		of a window; 20
 *
 * What a line compares depends on the machine as well, so this is a bench and not a test: it
 * says INSIDE or OUTSIDE, or NO ANSWER where the row is CLIENT_LIMITED, and its exit status is 1
 * when something was not inside. The same cases are exact on the virtual clock, in tests/unit.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/bench/queue.h"
#include "tests/e2e/known_server.h"
#include "tests/suite.h"

#define ARRIVALS "250"  /* per second, of the queues */
#define SERVICE  "2000" /* us; what stops a machine for 0.1 ms is little beside it */
#define WAY_S    5
#define WARMUP_S 0.5
#define HOGS     4

static double seconds = 20;
static bool outside;

static void say(const char *server, const char *engine, const char *figure,
		double expected, double measured, struct interval interval,
		const json_t *row)
{
	const char *verdict = row_word(row, "verdict");
	bool ours = verdict && strcmp(verdict, "CLIENT_LIMITED") == 0;
	bool inside = measured >= interval.least && measured <= interval.most;
	const char *word = ours ? "NO ANSWER" : inside ? "INSIDE" : "OUTSIDE";

	printf("%-22s %-8s %-10s expected %9.3f ms  measured %9.3f ms  "
	       "interval %9.3f .. %9.3f  %-9s  %s\n",
	       server, engine, figure, 1e3 * expected, 1e3 * measured,
	       1e3 * interval.least, 1e3 * interval.most, word, verdict ? verdict : "");
	outside |= ours || !inside;
}

/* Two things that theory leaves out: the way there and back, and what the machine adds to it
 * now and then. Of a server that answers at once, twice before the queues. */
struct way {
	double mean, mean_noise; /* their average and how far they are apart */
	double p99_noise;        /* p99 beyond the mean, of the worse */
};

/* One open loop over a server of tests/known/timed; the caller releases the row. */
static json_t *drive(const char *const *server, const char *engine, const char *rate,
		     const char *arrivals, double window_s)
{
	char address[128], duration[32];
	const char *const words[] = {"--engine",   engine,   "--rate",        rate,
				     "--arrivals", arrivals, "--warmup",      "500ms",
				     "--duration", duration, "--connections", "64",
				     NULL};
	struct process *process = known_start(server, address, sizeof(address));
	json_t *row;

	snprintf(duration, sizeof(duration), "%.0fms", 1e3 * window_s);
	int status = load_row(address, words, &row);
	if (status != EXIT_VALID)
		printf("%s %s: %s: %s\n", server[1], engine, row_word(row, "verdict"),
		       row_word(row, "verdict_reason"));
	process_free(process);
	return row;
}

static double seconds_of(const json_t *row, const char *column)
{
	return row_value(row, column) / 1e6;
}

static void measure_way(const char *engine, double *ret_mean, double *ret_p99)
{
	static const char *const server[] = {TIMED_PATH, "fixed", "0", NULL};
	json_t *row = drive(server, engine, ARRIVALS, "poisson", WAY_S);

	*ret_mean = seconds_of(row, "response_mean_us");
	*ret_p99 = seconds_of(row, "response_p99_us");
	printf("%-22s %-8s mean response %.3f ms, p99 %.3f ms\n", "at once", engine,
	       1e3 * *ret_mean, 1e3 * *ret_p99);
	json_decref(row);
}

static struct interval widened(struct interval interval, double below, double above)
{
	return (struct interval){interval.least - below, interval.most + above};
}

static void check_queue(const char *const *server, const char *engine,
			const struct queue *queue, const char *name,
			const struct way *way)
{
	json_t *row = drive(server, engine, ARRIVALS, "poisson", seconds);
	size_t n = (size_t)row_value(row, "requests");
	struct interval wait, p99;

	if (n == 0 || !queue_intervals(queue, n, (size_t)(queue->arrivals * WARMUP_S),
				       &wait, &p99)) {
		CU_FAIL("no requests, or no memory");
		json_decref(row);
		return;
	}
	wait = widened(wait, way->mean_noise, way->mean_noise);
	p99 = widened(p99, way->mean_noise, way->mean_noise + way->p99_noise);
	double service = 1 / queue->service;
	say(name, engine, "mean wait", queue_mean_wait(queue),
	    seconds_of(row, "response_mean_us") - way->mean - service, wait, row);
	if (queue->exponential)
		say(name, engine, "p99", queue_p99_response(queue),
		    seconds_of(row, "response_p99_us") - way->mean, p99, row);
	json_decref(row);
}

static void check_queues(const char *engine)
{
	static const char *const exponential[] = {TIMED_PATH, "exp", SERVICE, "1", NULL};
	static const char *const fixed[] = {TIMED_PATH, "fixed", SERVICE, NULL};
	struct queue queue = {.arrivals = atof(ARRIVALS),
			      .service = 1e6 / atof(SERVICE),
			      .exponential = true};
	double mean[2], p99[2];

	measure_way(engine, &mean[0], &p99[0]);
	measure_way(engine, &mean[1], &p99[1]);
	const struct way way = {
		.mean = (mean[0] + mean[1]) / 2,
		.mean_noise = fabs(mean[0] - mean[1]),
		.p99_noise = fmax(p99[0] - mean[0], p99[1] - mean[1]),
	};
	check_queue(exponential, engine, &queue, "M/M/1, load 0.5", &way);
	queue.exponential = false;
	check_queue(fixed, engine, &queue, "M/D/1, load 0.5", &way);
}

/*
 * A freeze of S in a window of T at constant rate R: value(q) = S - (1-q)T. One request more
 * or less is 1/R, and a histogram's cell 0.1 %; what waited is answered within S*R / 10,000/s
 * of the thaw.
 */
static void check_freeze(const char *engine)
{
	static const char *const server[] = {TIMED_PATH, "freeze", "1", "3", NULL};
	static const struct {
		const char *name, *column;
		double q;
	} figures[] = {{"p50", "response_p50_us", 0.5},
		       {"p90", "response_p90_us", 0.9},
		       {"p99", "response_p99_us", 0.99}};
	const double freeze = 3, window = 4, rate = 500;
	json_t *row = drive(server, engine, "500", "constant", window);

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		double expected = freeze - (1 - figures[i].q) * window;
		double most = expected * 1.001 + 1 / rate + freeze * rate / 10000;
		say("freeze 3 s of 4 s", engine, figures[i].name, expected,
		    seconds_of(row, figures[i].column),
		    (struct interval){expected * 0.999 - 2 / rate, most}, row);
	}
	json_decref(row);
}

static void answers_of_theory(void)
{
	const char *engine;
	size_t at = 0;

	while ((engine = engine_next(&at))) {
		check_freeze(engine);
		check_queues(engine);
	}
}

/* A child that burns the CPU for as long as this program lives. */
static pid_t start_hog(const cpu_set_t *cpu)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sched_setaffinity(0, sizeof(*cpu), cpu);
	for (volatile unsigned i = 0;; i++)
		;
}

static void check_hogged(const char *engine, const char *cpu)
{
	static const char *const server[] = {TIMED_PATH, "fixed", "0", NULL};
	const char *const words[] = {"--engine",   engine,     "--rate",     "50k",
				     "--pin",      cpu,        "--duration", "3s",
				     "--arrivals", "constant", NULL};
	char address[128];
	struct process *process = known_start(server, address, sizeof(address));
	json_t *row;

	(void)load_row(address, words, &row);
	const char *verdict = row_word(row, "verdict"),
		   *reason = row_word(row, "verdict_reason");
	bool right = verdict && strcmp(verdict, "CLIENT_LIMITED") == 0;
	printf("%-22s %-8s expected CLIENT_LIMITED, is %s: %s\n", "a hogged client",
	       engine, verdict, reason ? reason : "");
	outside |= !right;
	json_decref(row);
	process_free(process);
}

/* Four others want the generator's CPU; the server has another one. */
static void a_hogged_client_blames_itself(void)
{
	pid_t hogs[HOGS];
	cpu_set_t all, last;
	const char *engine;
	char cpu[16];
	size_t at = 0;
	int number = CPU_SETSIZE - 1;

	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(number, &all))
		number--;
	CPU_ZERO(&last);
	CPU_SET(number, &last);
	snprintf(cpu, sizeof(cpu), "%d", number);
	for (int i = 0; i < HOGS; i++)
		hogs[i] = start_hog(&last);
	while ((engine = engine_next(&at)))
		check_hogged(engine, cpu);
	for (int i = 0; i < HOGS; i++) {
		kill(hogs[i], SIGKILL);
		waitpid(hogs[i], NULL, 0);
	}
}

static const struct test_case cases[] = {
	{"answers of theory", answers_of_theory},
	{"a hogged client blames itself", a_hogged_client_blames_itself},
	{NULL, NULL},
};

int main(int argc, char **argv)
{
	if (argc > 1)
		seconds = atof(argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	int failures = test_suite_run("known answers", cases);
	return failures != 0 || outside;
}
