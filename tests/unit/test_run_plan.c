/* test_run_plan.c - what the options of `run` make of a plan. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/plan/run_plan.h"
#include "tests/suite.h"

static const struct option_spec pool_options[] = {
	{"workers", "N", "how many", OPTION_COUNT, 0, "2", 1, 64, NULL},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};
static const struct io_model loop = {
	.name = "loop", .family = "reactor", .flags = IO_MODEL_STREAM};
static const struct io_model pool = {.name = "pool",
				     .family = "thread",
				     .flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER,
				     .options = pool_options,
				     .options_size = sizeof(int64_t)};
static const struct io_model *const models[] = {&loop, &pool, NULL};
static const struct io_catalogue catalogue = {.models = models};

static const char two_sections[] =
	"[plan]\nname = two\nplacement = shared\n\n[cells a]\nmodel = loop\n"
	"connections = 1 64\n\n[cells b]\nmodel = pool\nplacement = same\nworkers = 2 4\n";

static char path[] = "/tmp/iomodels-plan-XXXXXX.ini";

/* The names of the cells, one behind the other; or the error. The caller frees it. */
static char *cells_of(const struct run_options *options, const char *argument)
{
	char error[OPTION_ERROR_SIZE] = "", *text = NULL;
	struct cell *cells;
	struct plan plan;
	size_t count, size;

	if (run_plan_make(options, argument, &catalogue, &plan, error) < 0)
		return strdup(error);
	CU_ASSERT_EQUAL_FATAL(plan_expand(&plan, &cells, &count), 0);
	FILE *out = open_memstream(&text, &size);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i ? " " : "", cells[i].id);
	fclose(out);
	plan_cells_free(cells, count);
	plan_release(&plan);
	return text;
}

static void expect(const struct run_options *options, const char *argument,
		   const char *expected)
{
	char *text = cells_of(options, argument);

	CU_ASSERT_STRING_EQUAL(text, expected);
	if (strcmp(text, expected) != 0)
		printf("\n%s\n", text);
	free(text);
}

static void expect_part(const struct run_options *options, const char *argument,
			const char *part)
{
	char *text = cells_of(options, argument);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
	if (!strstr(text, part))
		printf("\n'%s' is not in: %s\n", part, text);
	free(text);
}

static struct run_options set(const char **items, int count)
{
	struct run_options options = {.set = {items, count}};

	return options;
}

static void an_axis_is_replaced_in_every_section(void)
{
	const char *items[] = {"connections=8,16", "placement=split", "workers=3"};
	const struct run_options three = set(items, 3);
	const char *servers[] = {"pool:workers=4,loop", "pool"};
	const struct run_options two = {.models = {servers, 2},
					.axes = {[PLAN_CONNECTIONS] = "5"},
					.only = "shared|w4"};

	expect(&three, path,
	       "loop/tcp/c8/d1/64B/split loop/tcp/c16/d1/64B/split "
	       "pool/tcp/c8/d1/64B/split/w3 pool/tcp/c16/d1/64B/split/w3");
	expect(&two, path,
	       "pool:workers=4/tcp/c5/d1/64B/shared loop/tcp/c5/d1/64B/shared "
	       "pool/tcp/c5/d1/64B/shared pool/tcp/c5/d1/64B/same/w4");
}

static void only_some_cells_are_left(void)
{
	struct run_options options = {.only = "model=loop,connections>1"};

	expect(&options, path, "loop/tcp/c64/d1/64B/shared");
	options.only = "workers=4";
	expect(&options, path, "pool/tcp/c64/d1/64B/same/w4");
	options.only = "server_options=workers=2";
	expect(&options, path, "pool/tcp/c64/d1/64B/same/w2");
	options.only = "placement=s*|none,lop=open";
	expect_part(&options, path, "no column 'lop', did you mean loop");
	options.only = "connections=2";
	expect_part(&options, path, "only 'connections=2' leaves no cell of plan two");
}

static void keys_are_replaced_and_kept_in_the_plan_as_run(void)
{
	const char *items[] = {"duration=2s", "only=c64|c1/", "question=why?"};
	const struct run_options options = set(items, 3);
	char error[OPTION_ERROR_SIZE], *text = NULL;
	struct plan plan, again;
	size_t size;

	CU_ASSERT_EQUAL_FATAL(run_plan_make(&options, path, &catalogue, &plan, error), 0);
	FILE *out = open_memstream(&text, &size);
	CU_ASSERT_EQUAL(plan_write(&plan, out), 0);
	fclose(out);
	plan_release(&plan);
	CU_ASSERT_EQUAL_FATAL(plan_parse(text, "again", &catalogue, &again, error), 0);
	CU_ASSERT_EQUAL(again.duration_ns, 2000000000);
	CU_ASSERT_STRING_EQUAL(again.only, "c64|c1/");
	CU_ASSERT_STRING_EQUAL(again.question, "why?");
	plan_release(&again);
	free(text);
}

static void what_cannot_be_set_is_named(void)
{
	static const struct {
		const char *setting, *part;
	} bad[] = {
		{"conections=1", "--set 'conections=1': unknown key 'conections', did "
				 "you mean connections"},
		{"repetition=1", "did you mean repetitions"},
		{"connections", "expected KEY=VALUE"},
		{"connections=", "connections has no value"},
		{"connections=many", "'many'"},
		{"duration=1", "duration '1'"},
		{"arrivals=constant", "has arrivals but no offered_rps"},
		{"question=a ;b", "without ' ;'"},
		{"only=conections=1", "did you mean connections"},
		{"model=lop", "did you mean loop"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *items[] = {bad[i].setting};
		const struct run_options options = set(items, 1);
		expect_part(&options, path, bad[i].part);
	}
}

static void without_a_plan_a_model_must_be_named(void)
{
	const char *items[] = {"model=loop"};
	const struct run_options named = set(items, 1), unnamed = {.seed = "1"};

	expect(&named, NULL, "loop/tcp/c64/d1/64B/split");
	expect_part(&unnamed, NULL, "nothing to measure");
}

int main(void)
{
	static const struct test_case cases[] = {
		{"an axis is replaced in every section",
		 an_axis_is_replaced_in_every_section},
		{"only some cells are left", only_some_cells_are_left},
		{"keys are replaced and kept in the plan as run",
		 keys_are_replaced_and_kept_in_the_plan_as_run},
		{"what cannot be set is named", what_cannot_be_set_is_named},
		{"without a plan a model must be named",
		 without_a_plan_a_model_must_be_named},
		{NULL, NULL},
	};
	const int fd = mkstemps(path, (int)strlen(".ini"));

	if (fd < 0 || write(fd, two_sections, strlen(two_sections)) < 0)
		return 1;
	close(fd);
	const int failures = test_suite_run("run_plan", cases);
	unlink(path);
	return failures != 0;
}
