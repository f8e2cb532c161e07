/* test_plan.c - plans: what reads, what it becomes, what is refused and how it is said. */
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/plan/private.h"
#include "results/subject/server_spec.h"
#include "server/clock.h"
#include "tests/suite.h"

static const char *const backends[] = {"select", "poll", NULL};
static const struct option_spec loop_options[] = {
	{"backend", "NAME", "how to wait", OPTION_CHOICE, 0, "poll", 0, 0, backends},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};
static const struct io_model blocking = {
	.name = "blocking", .family = "iterative", .flags = IO_MODEL_STREAM};
static const struct io_model waiting = {
	.name = "waiting", .family = "reactor", .flags = IO_MODEL_STREAM};
static const struct io_model loop = {.name = "loop",
				     .family = "reactor",
				     .flags = IO_MODEL_STREAM,
				     .options = loop_options,
				     .options_size = sizeof(int)};
static const struct option_spec pool_options[] = {
	{"workers", "N", "how many", OPTION_COUNT, 0, "2", 1, 64, NULL},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};
static const struct io_model pool = {.name = "pool",
				     .family = "thread",
				     .flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER,
				     .options = pool_options,
				     .options_size = sizeof(int64_t)};
static const struct io_model *const models[] = {&blocking, &waiting, &loop, &pool, NULL};
static const struct io_catalogue catalogue = {.models = models};

#define SECTION "[cells a]\nmodel = waiting\n"

/* What plan_write makes of the plan; the caller frees it. */
static char *written(struct plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	plan_settle_models(plan);
	CU_ASSERT_EQUAL(plan_write(plan, out), 0);
	fclose(out);
	return text;
}

static void reads_and_writes_back(void)
{
	static const char text[] =
		"; a comment\n[plan]\nname = mine\nquestion = which one?\nseed = 7\n"
		"repetitions = 4\nduration = 1500ms\nwarmup = 0s\nplacement = shared\n"
		"engine = epoll\nsyscalls = no\n\n[cells a]\nmodel = family:reactor blocking\n"
		"model = exec:python3 echo.py --port {port}; true\n"
		"model = loop:backend=select\nconnections = 1 64\n  256\n"
		"payload_bytes = 64 1024 uniform:64-4096\nconnections = 1000\n"
		"\n[cells b c]\nmodel = waiting\nplacement = same\n";
	static const char expected[] =
		"[plan]\nname = mine\nquestion = which one?\nseed = 7\n"
		"repetitions = 4\nduration = 1.5s\nwarmup = 0s\nplacement = shared\n"
		"engine = epoll\nsyscalls = no\n\n[cells a]\nmodel = waiting loop blocking\n"
		"model = exec:python3 echo.py --port {port}; true\n"
		"model = loop:backend=select\nconnections = 1 64 256 1000\n"
		"payload_bytes = 64 1k uniform:64-4k\n"
		"\n[cells b c]\nmodel = waiting\nplacement = same\n";
	char error[OPTION_ERROR_SIZE] = "";
	struct plan plan, again;

	CU_ASSERT_EQUAL(plan_parse(text, "p.ini", &catalogue, &plan, error), 0);
	CU_ASSERT_STRING_EQUAL(error, "");
	CU_ASSERT_EQUAL(plan.duration_ns, 1500 * NS_PER_MS);
	char *first = written(&plan);
	CU_ASSERT_STRING_EQUAL(first, expected);
	CU_ASSERT_EQUAL(plan_parse(first, "p.ini", &catalogue, &again, error), 0);
	char *second = written(&again);
	CU_ASSERT_STRING_EQUAL(second, first);
	free(first);
	free(second);
	plan_release(&plan);
	plan_release(&again);
}

static void absent_keys_have_defaults(void)
{
	char error[OPTION_ERROR_SIZE];
	struct plan plan;
	struct cell *cells;
	size_t count;

	CU_ASSERT_EQUAL(plan_parse(SECTION, "p.ini", &catalogue, &plan, error), 0);
	CU_ASSERT_EQUAL(plan.repetitions, 3);
	CU_ASSERT_EQUAL(plan.placement, PLACEMENT_SPLIT);
	CU_ASSERT_EQUAL(plan_expand(&plan, &cells, &count), 0);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_STRING_EQUAL(cells[0].model, "waiting");
	CU_ASSERT_EQUAL(cells[0].connections, 64);
	CU_ASSERT_STRING_EQUAL(cells[0].payload_bytes, "64");
	CU_ASSERT_EQUAL(cells[0].depth, 1);
	CU_ASSERT_STRING_EQUAL(cells[0].id, "waiting/tcp/c64/d1/64B/split");
	plan_cells_free(cells, count);
	plan_release(&plan);
}

static void expands_to_each_cell_once(void)
{
	static const char text[] =
		"[plan]\nplacement = shared\n[cells a]\nmodel = waiting blocking\n"
		"connections = 1 2\ndepth = 1 4\n"
		"[cells b]\nmodel = blocking loop\nconnections = 2\n";
	char error[OPTION_ERROR_SIZE];
	struct plan plan;
	struct cell *cells;
	size_t count;

	CU_ASSERT_EQUAL(plan_parse(text, "p.ini", &catalogue, &plan, error), 0);
	CU_ASSERT_EQUAL(plan_expand(&plan, &cells, &count), 0);
	CU_ASSERT_EQUAL(count, 9); /* blocking with 2 connections is in both sections */
	CU_ASSERT_STRING_EQUAL(cells[0].id, "waiting/tcp/c1/d1/64B/shared");
	CU_ASSERT_STRING_EQUAL(cells[1].id, "blocking/tcp/c1/d1/64B/shared");
	CU_ASSERT_STRING_EQUAL(cells[8].id, "loop/tcp/c2/d1/64B/shared");
	plan_cells_free(cells, count);
	plan_release(&plan);
}

static void the_load_is_in_the_name_of_a_cell(void)
{
	static const char text[] =
		"[cells a]\nmodel = waiting\ntransport = udp\nwork = none sleep:2000us\n"
		"churn = 0 5\nidle_connections = 0 100\n"
		"[cells b]\nmodel = waiting\noffered_rps = 0 2500 10k\n"
		"arrivals = constant poisson\n";
	char error[OPTION_ERROR_SIZE];
	struct plan plan;
	struct cell *cells;
	size_t count;

	CU_ASSERT_EQUAL(plan_parse(text, "p.ini", &catalogue, &plan, error), 0);
	CU_ASSERT_EQUAL(plan_expand(&plan, &cells, &count), 0);
	CU_ASSERT_EQUAL_FATAL(count, 8 + 1 + 4); /* a closed loop has no arrivals */
	CU_ASSERT_STRING_EQUAL(cells[0].id, "waiting/udp/c64/d1/64B/split");
	CU_ASSERT_STRING_EQUAL(cells[7].id,
			       "waiting/udp/c64/d1/64B/split/sleep:2ms/churn5/idle100");
	CU_ASSERT_STRING_EQUAL(cells[7].work, "sleep:2ms");
	CU_ASSERT_EQUAL(cells[7].churn, 5);
	CU_ASSERT_EQUAL(cells[7].idle_connections, 100);
	CU_ASSERT_STRING_EQUAL(cells[8].id, "waiting/tcp/c64/d1/64B/split");
	CU_ASSERT_STRING_EQUAL(cells[12].id,
			       "waiting/tcp/c64/d1/64B/split/r10000/poisson");
	CU_ASSERT_EQUAL(cells[12].offered_rps, 10000);
	plan_cells_free(cells, count);
	plan_release(&plan);
}

static void workers_are_an_axis_of_those_that_have_them(void)
{
	static const char text[] =
		"[cells a]\nmodel = loop pool pool:workers=2\nworkers = 2 auto\n";
	static const char *const ids[] = {
		"loop/tcp/c64/d1/64B/split", "pool/tcp/c64/d1/64B/split/w2",
		"pool:workers=2/tcp/c64/d1/64B/split", "pool/tcp/c64/d1/64B/split"};
	char error[OPTION_ERROR_SIZE];
	struct plan plan;
	struct cell *cells;
	size_t count;

	CU_ASSERT_EQUAL(plan_parse(text, "p.ini", &catalogue, &plan, error), 0);
	CU_ASSERT_EQUAL(plan_expand(&plan, &cells, &count), 0);
	CU_ASSERT_EQUAL(count, 4);
	for (size_t i = 0; i < count && i < 4; i++)
		CU_ASSERT_STRING_EQUAL(cells[i].id, ids[i]);
	plan_cells_free(cells, count);
	plan_release(&plan);
}

/* A text that is refused, and the words that its one line must hold. */
struct refusal {
	const char *text;
	const char *words[4];
};

static const struct refusal refusals[] = {
	{"", {"p.ini:0", "[cells NAME]"}},
	{"[plan]\nseed = 1\n", {"p.ini:2", "nothing to measure"}},
	{"[cells a]\n", {"p.ini:1", "[cells a]", "no model"}},
	{"[cells a]\nconnections = 1\n", {"p.ini:1", "[cells a]", "no model"}},
	{"\n[cells a]\n\n"
	 "[cells b]\nmodel = loop\n",
	 {"p.ini:2", "[cells a]", "no model"}},
	{"[cells a]\nmodel =\n", {"p.ini:2", "model", "no value"}},
	{SECTION "connections =\n", {"p.ini:3", "connections", "no value"}},
	{SECTION "conections = 1\n", {"p.ini:3", "'conections'", "mean connections"}},
	{SECTION "\nrepetition = 1\n", {"p.ini:4", "'repetition'"}},
	{"[plan]\nrepetition = 1\n", {"p.ini:2", "'repetition'", "mean repetitions"}},
	{"[plan]\nduration = 5\n" SECTION, {"p.ini:2", "duration", "'5'"}},
	{"[plan]\nseed = 1\nseed = 2\n" SECTION, {"p.ini:3", "seed", "twice"}},
	{"[plan]\nplacement = far\n" SECTION, {"p.ini:2", "'far'", "split|shared|same"}},
	{"[plan]\nname =\n" SECTION, {"p.ini:2", "name", "no value"}},
	{SECTION "connections = 1 zero\n", {"p.ini:3", "'zero'", "1 to"}},
	{SECTION "connections = 0\n", {"p.ini:3", "'0'", "1 to"}},
	{SECTION "connections = 1 2 1\n", {"p.ini:3", "'1'", "twice"}},
	{SECTION "payload_bytes = 1k 1024\n", {"p.ini:3", "'1k'", "twice"}},
	{SECTION "payload_bytes = 65M\n", {"p.ini:3", "'65M'", "64M"}},
	{SECTION "payload_bytes = uniform:2-1\n", {"p.ini:3", "'uniform:2-1'", "A-B"}},
	{SECTION "payload_bytes = @none\n", {"p.ini:3", "'@none'", "No such file"}},
	{SECTION "transport = tpc\n", {"p.ini:3", "'tpc'", "tcp|unix|udp"}},
	{SECTION "work = spin:fast\n", {"p.ini:3", "'spin:fast'", "spin:TIME"}},
	{SECTION "work = sleep:2ms sleep:2000us\n", {"p.ini:3", "'sleep:2", "twice"}},
	{SECTION "workers = none\n", {"p.ini:3", "'none'", "auto"}},
	{SECTION "offered_rps = 20M\n", {"p.ini:3", "'20M'", "to 10000000"}},
	{SECTION "offered_rps = 1k 1000\n", {"p.ini:3", "'1000'", "twice"}},
	{SECTION "arrivals = regular\n", {"p.ini:3", "'regular'", "poisson|constant"}},
	{"\n" SECTION "arrivals = constant\n\n", {"p.ini:2", "[cells a]", "offered_rps"}},
	{"[cells a]\nmodel = wating\n", {"p.ini:2", "'wating'", "mean waiting"}},
	{"[cells a]\nmodel = waiting waiting\n", {"p.ini:2", "'waiting'", "twice"}},
	{"[cells a]\nmodel = family:rector\n", {"p.ini:2", "'rector'", "mean reactor"}},
	{"[cells a]\nmodel = exec:\n", {"p.ini:2", "exec:COMMAND"}},
	{"[cells a]\nmodel = waiting:x=1\n", {"p.ini:2", "waiting", "no options"}},
	{"[cells a]\nmodel = loop:bakend=poll\n", {"p.ini:2", "'bakend'", "backend"}},
	{"[cells a]\nmodel = loop:backend=pol\n", {"p.ini:2", "'pol'", "select|poll"}},
	{SECTION "[cells a]\nmodel = loop\n", {"p.ini:3", "[cells a]", "twice"}},
	{SECTION "[cell b]\n", {"p.ini:3", "[cell b]", "[cells NAME]"}},
	{"seed = 1\n", {"p.ini:1", "'seed'", "section"}},
	{SECTION "connections\n", {"p.ini:3", "KEY = VALUE"}},
	{SECTION "connections = 1 ; few\n", {"p.ini:3", "' ;'"}},
	{"[cells a]\nmodel = python:gevnt\n", {"p.ini:2", "mean python:gevent"}},
	{"[cells a]\nmodel = python:asyncio:workers=2\n", {"p.ini:2", "no options"}},
	{"[cells a]\nmodel = family:python:thred\n", {"p.ini:2", "mean thread", "peers"}},
};

static void says_what_is_wrong_and_where(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		char error[OPTION_ERROR_SIZE] = "";
		struct plan plan;
		CU_ASSERT_NOT_EQUAL(
			plan_parse(r->text, "p.ini", &catalogue, &plan, error), 0);
		CU_ASSERT_PTR_NULL(strchr(error, '\n'));
		for (int w = 0; w < 4 && r->words[w]; w++) {
			if (!strstr(error, r->words[w]))
				fprintf(stderr, "\n%s: '%s' lacks '%s'\n", r->text, error,
					r->words[w]);
			CU_ASSERT_PTR_NOT_NULL(strstr(error, r->words[w]));
		}
	}
}

/* A plan with one comment line of `len` bytes as its second. */
static int parse_long_line(size_t len, char *error)
{
	char text[512];
	struct plan plan;

	const size_t used = (size_t)sprintf(text, "[cells a]\nmodel = exec:");
	memset(text + used, 'x', sizeof(text) - used);
	snprintf(text + strlen("[cells a]\n") + len, 16, "\n");
	const int rc = plan_parse(text, "p.ini", &catalogue, &plan, error);
	if (rc == 0)
		plan_release(&plan);
	return rc;
}

static void refuses_lines_that_inih_would_cut(void)
{
	char error[OPTION_ERROR_SIZE];

	CU_ASSERT_EQUAL(parse_long_line(199, error), 0);
	CU_ASSERT_NOT_EQUAL(parse_long_line(200, error), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "p.ini:2"));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "199"));
}

static void loads_shipped_plans_by_name(void)
{
	char error[OPTION_ERROR_SIZE];
	struct plan plan;

	/* its models are not in this test's catalogue */
	CU_ASSERT_NOT_EQUAL(plan_load("quick", &catalogue, &plan, error), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "plan quick:"));
	CU_ASSERT_NOT_EQUAL(plan_load("qick", &catalogue, &plan, error), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "did you mean quick"));
}

static void loads_files_by_slash_or_suffix(void)
{
	char path[] = "/tmp/iomodels-plan-XXXXXX", error[OPTION_ERROR_SIZE];
	const int fd = mkstemp(path);
	struct plan plan;

	CU_ASSERT_EQUAL(write(fd, SECTION, strlen(SECTION)), (ssize_t)strlen(SECTION));
	close(fd);
	CU_ASSERT_EQUAL(plan_load(path, &catalogue, &plan, error), 0);
	plan_release(&plan);
	unlink(path);
	CU_ASSERT_NOT_EQUAL(plan_load(path, &catalogue, &plan, error), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, path));
	CU_ASSERT_NOT_EQUAL(plan_load("absent.ini", &catalogue, &plan, error), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "'absent.ini'"));
	CU_ASSERT_NOT_EQUAL(plan_load("/tmp/", &catalogue, &plan, error), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "directory"));
}

static void fills_key_by_key(void)
{
	char error[OPTION_ERROR_SIZE], longest[300];
	struct plan plan;

	plan_init(&plan, &catalogue);
	CU_ASSERT_NOT_EQUAL(plan_check(&plan, error), 0);
	struct plan_cells *cells = plan_add_cells(&plan, "options");
	if (!cells) {
		CU_FAIL("no memory");
		plan_release(&plan);
		return;
	}
	CU_ASSERT_EQUAL(plan_append(&plan, cells, "model", "all", error), 0);
	CU_ASSERT_EQUAL(cells->axes[PLAN_MODEL].count, 4);
	CU_ASSERT_EQUAL(plan_set(&plan, "repetitions", "5", error), 0);
	CU_ASSERT_EQUAL(plan_set(&plan, "repetitions", "6", error), 0);
	CU_ASSERT_EQUAL(plan.repetitions, 6);
	CU_ASSERT_EQUAL(plan_check(&plan, error), 0);

	/* what plan.ini could not hold is refused here as well */
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "exec:", 5);
	longest[sizeof(longest) - 1] = '\0';
	CU_ASSERT_NOT_EQUAL(plan_append(&plan, cells, "model", longest, error), 0);
	CU_ASSERT_NOT_EQUAL(plan_append(&plan, cells, "model", "exec:a ;b", error), 0);
	plan_release(&plan);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"reads a plan and writes it back", reads_and_writes_back},
		{"absent keys have defaults", absent_keys_have_defaults},
		{"expands to each cell once", expands_to_each_cell_once},
		{"the load is in the name of a cell", the_load_is_in_the_name_of_a_cell},
		{"workers are an axis of those that have them",
		 workers_are_an_axis_of_those_that_have_them},
		{"says what is wrong, and where", says_what_is_wrong_and_where},
		{"refuses lines that inih would cut", refuses_lines_that_inih_would_cut},
		{"loads shipped plans by name", loads_shipped_plans_by_name},
		{"loads files by slash or suffix", loads_files_by_slash_or_suffix},
		{"fills key by key", fills_key_by_key},
		{NULL, NULL},
	};

	return test_suite_run("plan", cases) != 0;
}
