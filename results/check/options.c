/* options.c - see options.h. */
#include "results/check/options.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/random.h"
#include "results/check/check.h"
#include "results/plan/private.h"
#include "server/clock.h"

#define AT(member)    offsetof(struct check_options, member)
#define AT_RUN(field) (AT(run) + offsetof(struct run_options, field))

#define SELFTEST_SERVER "epoll"
#define CONNECTIONS     "16"
#define MARGIN_MOST     1000
#define SEED_MOST       1000000

_Static_assert(AT(run) == 0, "run_plan_options count from there");

static const char *const modes[] = {"duet", "abba", "both", NULL};
static const char *const formats[] = {"table", "markdown", "json", NULL};

static const struct option_spec own_options[] = {
	{"base", "SERVER",
	 "what is compared with: MODEL[:key=value,..], python:NAME, exec:COMMAND",
	 OPTION_TEXT, AT(server[0]), NULL, 0, 0, NULL},
	{"new", "SERVER", "what may be slower", OPTION_TEXT, AT(server[1]), NULL, 0, 0,
	 NULL},
	{"base-program", "PATH", "another iomodels that serves the models of base",
	 OPTION_TEXT, AT(program[0]), NULL, 0, 0, NULL},
	{"new-program", "PATH", "likewise of new (default: this program)", OPTION_TEXT,
	 AT(program[1]), NULL, 0, 0, NULL},
	{"mode", "MODE",
	 "duet: both at once; abba: in turns; both: a row for each. An open loop has no turns",
	 OPTION_CHOICE, AT(mode), "duet", 0, 0, modes},
	{"margin", "[METRIC=]PCT",
	 "the change that is tolerated, of throughput, cpu, p50, p99, or of all; repeatable",
	 OPTION_REPEAT, AT(margins), NULL, 0, 0, NULL},
	{"max-time", "TIME", "begin no launch that would end later", OPTION_DURATION,
	 AT_RUN(max_time_ns), "15m", NS_PER_MS, 86400 * NS_PER_S, NULL},
	{"launches", "N", "of a row, at most; a regression is confirmed by 12 more",
	 OPTION_COUNT, AT(launches), "24", 8, DECISION_MAX_LAUNCHES, NULL},
	{"slices", "N", "of a launch in a duet", OPTION_COUNT, AT(slices[LAUNCH_DUET]),
	 "10", 1, LAUNCH_PAIRS_MAX, NULL},
	{"slice-time", "TIME", "length of such a slice", OPTION_DURATION,
	 AT(slice_ns[LAUNCH_DUET]), "150ms", NS_PER_MS, 60 * NS_PER_S, NULL},
	{"abba-slices", "N", "pairs of turns of a launch", OPTION_COUNT,
	 AT(slices[LAUNCH_ABBA]), "10", 1, LAUNCH_PAIRS_MAX, NULL},
	{"abba-slice-time", "TIME", "length of a turn", OPTION_DURATION,
	 AT(slice_ns[LAUNCH_ABBA]), "100ms", NS_PER_MS, 60 * NS_PER_S, NULL},
	{"warmup", "TIME", "of a launch, before its slices", OPTION_DURATION,
	 AT(warmup_ns), "200ms", 0, 3600 * NS_PER_S, NULL},
	{"strict", NULL, "exit 3 also when a row is not decided", OPTION_FLAG, AT(strict),
	 NULL, 0, 0, NULL},
	{"out", "DIR", "directory to be made (default ./iomodels-YYYYMMDD-HHMMSS)",
	 OPTION_TEXT, AT_RUN(out), NULL, 0, 0, NULL},
	{"format", "FORMAT", "of what is printed on stdout", OPTION_CHOICE, AT(format),
	 "table", 0, 0, formats},
	{"junit", "FILE", "write a JUnit report, a test case for each row", OPTION_TEXT,
	 AT(junit), NULL, 0, 0, NULL},
	{"json", "FILE", "write the report as JSON, as in DIR/check.json", OPTION_TEXT,
	 AT(json), NULL, 0, 0, NULL},
	{"report", "FILE", "write the page for a browser, as `report DIR` makes it again",
	 OPTION_TEXT, AT(report), NULL, 0, 0, NULL},
	{"selftest", NULL,
	 "check the check: whole sessions of --base (default epoll) against itself into "
	 "DIR/selftest.csv, to which a further call adds; without --aa and --inject: prints it",
	 OPTION_FLAG, AT(selftest), NULL, 0, 0, NULL},
	{"aa", "N", "of --selftest: sessions without a change", OPTION_COUNT, AT(aa),
	 NULL, 0, 100000, NULL},
	{"inject", "PCT,..",
	 "of --selftest: CPU burnt beside, of what a request costs base", OPTION_TEXT,
	 AT(inject), NULL, 0, 0, NULL},
	{"sessions", "N", "of --selftest: for each of --inject", OPTION_COUNT,
	 AT(sessions), "20", 1, 100000, NULL},
	{"progress", NULL, "progress on stderr although that is no terminal", OPTION_FLAG,
	 AT_RUN(progress), NULL, 0, 0, NULL},
	{.name = NULL},
};

/* Of a plan: what is another thing here, or none. */
static const struct option_spec changed_options[] = {
	{"seed", "N",
	 "of orders, payload and what a launch draws (default: drawn, and told)",
	 OPTION_TEXT, AT_RUN(seed), NULL, 0, 0, NULL},
	{"syscalls", "yes|no", "count system calls per request first, where permitted",
	 OPTION_TEXT, AT_RUN(syscalls), NULL, 0, 0, NULL},
	{"models", "SERVER,..",
	 "of two programs: what is checked instead of --base and --new", OPTION_REPEAT,
	 AT_RUN(models), NULL, 0, 0, NULL},
	{.name = "repetitions"},
	{.name = "duration"},
	{.name = "warmup"},
	{.name = NULL},
};

void check_options_table(struct option_spec *table)
{
	options_join(table, own_options, run_plan_options, changed_options);
}

void check_options_release(struct check_options *options)
{
	option_list_release(&options->run.models);
	option_list_release(&options->run.require);
	option_list_release(&options->run.set);
	option_list_release(&options->margins);
}

/* -1: no metric has that name. */
static int find_metric(const char *name)
{
	for (int metric = 0; metric < LAUNCH_METRICS; metric++)
		if (strcmp(name, check_metric_name((enum launch_metric)metric)) == 0)
			return metric;
	return -1;
}

static bool parse_percent(const char *text, double *ret_ratio)
{
	char *end;
	const double percent = strtod(text, &end);

	*ret_ratio = percent / 100;
	return end != text && (*end == '\0' || strcmp(end, "%") == 0) && percent > 0 &&
	       percent <= MARGIN_MOST;
}

static int set_margin(const char *text, double margins[LAUNCH_METRICS], char *error)
{
	const char *equals = strchr(text, '=');
	char name[64];
	double ratio;

	snprintf(name, sizeof(name), "%.*s", equals ? (int)(equals - text) : 0, text);
	const int metric = equals ? find_metric(name) : LAUNCH_METRICS;
	if (metric < 0 || !parse_percent(equals ? equals + 1 : text, &ratio)) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "--margin '%.200s': expected [METRIC=]PCT, METRIC one of "
			 "throughput cpu p50 p99, PCT above 0 and up to %d%%",
			 text, MARGIN_MOST);
		return -EINVAL;
	}
	for (int i = 0; i < LAUNCH_METRICS; i++)
		if (metric == LAUNCH_METRICS || i == metric)
			margins[i] = ratio;
	return 0;
}

int check_options_margins(const struct check_options *options,
			  double margins[LAUNCH_METRICS], char *error)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < options->margins.count; i++)
		rc = set_margin(options->margins.items[i], margins, error);
	return rc;
}

/* Two servers, or the models of a plan from two programs. */
static int check_sides(const struct check_options *options, char *error)
{
	const char *const *server = options->server;
	const char *wrong = NULL;

	if (options->selftest && (server[1] || options->program[0] ||
				  options->program[1] || options->run.models.count > 0))
		wrong = "--selftest compares --base with itself: expected neither --new nor "
			"--models nor programs";
	else if (!options->selftest && (options->aa > 0 || options->inject))
		wrong = "--aa and --inject belong to --selftest";
	else if (options->selftest)
		return 0;
	else if (!server[0] != !server[1])
		wrong = server[0] ? "--base needs --new SERVER"
				  : "--new needs --base SERVER";
	else if (server[0] && options->run.models.count > 0)
		wrong = "--models: --base and --new name the servers; expected one or "
			"the other";
	else if (!server[0] && !options->program[0] && !options->program[1])
		wrong = "nothing to compare: expected --base SERVER --new SERVER, or "
			"--base-program PATH with a plan or --models";
	if (!wrong)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "%s", wrong);
	return -EINVAL;
}

static int count_cpus(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) < 0 ? 1 : CPU_COUNT(&cpus);
}

/* Where nobody has said so, and there is a choice: with the generator on CPUs of its own the
 * scheduler shares the servers' out fairly. */
static const char *default_placement(const struct check_options *options,
				     const char *argument)
{
	const bool said = options->run.axes[PLAN_PLACEMENT] || argument;

	return said || count_cpus() > 1 ? options->run.axes[PLAN_PLACEMENT] : "same";
}

/* Small, so that people can type it again. */
static void draw_seed(char *text, size_t size)
{
	const uint64_t number = random_mix((uint64_t)clock_ns());

	snprintf(text, size, "%u", 1 + random_below(number, SEED_MOST));
}

int check_options_plan(const struct check_options *options, const char *argument,
		       const struct io_catalogue *catalogue, struct plan *ret_plan,
		       char *error)
{
	const char *server = options->server[0] ? options->server[0] : SELFTEST_SERVER;
	struct run_options run = options->run;
	char seed[32];
	int rc = check_sides(options, error);

	if (rc < 0)
		return rc;
	if (options->server[0] || options->selftest)
		run.models = (struct option_list){&server, 1};
	if (!argument && !run.axes[PLAN_CONNECTIONS])
		run.axes[PLAN_CONNECTIONS] = CONNECTIONS;
	run.axes[PLAN_PLACEMENT] = default_placement(options, argument);
	draw_seed(seed, sizeof(seed));
	if (!run.seed)
		run.seed = seed;
	return run_plan_make(&run, argument, catalogue, ret_plan, error);
}
