/* test_compare.c - `compare` says what changed between two results, and what it cannot say. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <string.h>

#include "server/options.h"
#include "tests/e2e/show_fixture.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define HOLDS(text, part) CU_ASSERT_TRUE(fixture_holds(text, part))
#define LACKS(text, part) CU_ASSERT_PTR_NULL(strstr(text, part))
#define COMPARE(ret, ...) \
	program_run((const char *const[]){"compare", __VA_ARGS__, NULL}, ret)

/* The comparison of a cell and a metric in what --format json has printed, borrowed. */
static const json_t *find(const json_t *all, const char *cell, const char *metric)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(all, "comparisons"), i, one)
	{
		const char *its = json_string_value(json_object_get(one, "cell"));
		const char *what = json_string_value(json_object_get(one, "metric"));
		if (its && what && strncmp(its, cell, strlen(cell)) == 0 &&
		    its[strlen(cell)] == '/' && strcmp(what, metric) == 0)
			return one;
	}
	return NULL;
}

static const char *verdict_of(const json_t *all, const char *cell, const char *metric)
{
	const char *verdict =
		json_string_value(json_object_get(find(all, cell, metric), "verdict"));

	return verdict ? verdict : "";
}

static void a_real_change_is_found(void)
{
	struct process *p;

	fixture_result("before", 6, 1, 1);
	fixture_result("after", 6, 0.8, 1.3);
	const char *base = workspace_path("before"), *new = workspace_path("after");
	CU_ASSERT_EQUAL(COMPARE(&p, base, new, "--format", "json"), 0);
	json_t *all = json_loads(p->out.text, 0, NULL);
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "epoll", "throughput_rps"), "worse?");
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "epoll", "cpu_us_per_request"), "worse?");
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "epoll", "service_p99_us"), "shown");
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "poll", "throughput_rps"), "better?");
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "libev", "throughput_rps"), "same");
	const json_t *epoll = find(all, "epoll", "throughput_rps");
	CU_ASSERT_DOUBLE_EQUAL(json_real_value(json_object_get(epoll, "change_percent")),
			       -20, 0.5);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(epoll, "base_rows")), 6);
	json_decref(all);
	process_free(p);
	CU_ASSERT_EQUAL(COMPARE(&p, base, new, "--fail-on", "worse"), 1);
	HOLDS(p->out.text, "UNPAIRED: drift between sessions is not controlled");
	HOLDS(p->out.text, "\nWORSE?: 2 worse?, 2 better?, 4 same, 8 shown and not "
			   "judged; 0 not decided\n");
	LACKS(p->out.text, "common drift");
	CU_ASSERT_TRUE(strstr(p->out.text, "epoll/tcp") <
		       strstr(p->out.text, " poll/tcp"));
	process_free(p);
	CU_ASSERT_EQUAL(COMPARE(&p, base, base, "--fail-on", "worse"), 0);
	HOLDS(p->out.text, "\nnothing has certainly changed by more than its margin\n");
	HOLDS(p->out.text, "\nSAME: 0 worse?, 0 better?, 8 same");
	process_free(p);
}

static void margins_are_per_metric(void)
{
	struct process *p;
	const char *base = workspace_path("before"), *new = workspace_path("after");

	CU_ASSERT_EQUAL(COMPARE(&p, base, new, "--margin", "50%", "--margin", "cpu=15",
				"--fail-on", "worse", "--format", "json"),
			1);
	json_t *all = json_loads(p->out.text, 0, NULL);
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "epoll", "throughput_rps"), "same");
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "epoll", "cpu_us_per_request"), "worse?");
	json_decref(all);
	process_free(p);
	CU_ASSERT_EQUAL(COMPARE(&p, base, new, "--metric", "throughput", "--where",
				"model=*poll", "--sort", "name", "--format", "markdown"),
			0);
	HOLDS(p->out.text, "### throughput\\_rps, more is better, margin 10 %");
	HOLDS(p->out.text, "| epoll/tcp/c64/d1/64B/split | 100,350 | 80,280 | -20.0 |");
	LACKS(p->out.text, "cpu_us");
	LACKS(p->out.text, "libev");
	process_free(p);
}

static void few_repetitions_are_said(void)
{
	struct process *p;

	fixture_result("few-before", 3, 1, 1);
	fixture_result("few-after", 3, 0.5, 1);
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("few-before"),
				workspace_path("few-after"), "--fail-on", "worse"),
			0);
	HOLDS(p->out.text,
	      "unclear: 3 against 3 repetitions allow no bound; 4 against 4 do");
	HOLDS(p->out.text, "0 worse?, 0 better?, 6 same");
	HOLDS(p->out.text, "2 not decided");
	process_free(p);
}

static void unstable(struct row *row)
{
	row_set_text(row, "verdict", "UNSTABLE");
	row_set_text(row, "verdict_reason", "the rate fell");
}

static void what_is_not_in_both_is_listed(void)
{
	struct process *p;
	FILE *csv = fixture_open("partly");

	fixture_cell(csv, "epoll", 6, 100000);
	fixture_cell(csv, "select", 6, 50000);
	for (int i = 1; i <= 6; i++)
		fixture_add(csv, "poll", i, 1000, unstable);
	CU_ASSERT_EQUAL(fclose(csv), 0);
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("before"), workspace_path("partly")),
			0);
	HOLDS(p->out.text, "select/tcp/c64/d1/64B/split: only in new: added");
	HOLDS(p->out.text, "coroutine/tcp/c64/d1/64B/split: only in base: removed");
	HOLDS(p->out.text, "poll/tcp/c64/d1/64B/split: 6 of 6 rows of new left out, "
			   "UNSTABLE: the rate fell");
	HOLDS(p->out.text, "unclear: no VALID repetition in new");
	HOLDS(p->out.text, "6 rows are not VALID: no verdict rests on them");
	process_free(p);
}

static void open_loop(struct row *row)
{
	double p50 = 0;

	row_set_text(row, "loop", "open");
	row_set_real(row, "offered_rps", 50000);
	row_set_text(row, "arrivals", "poisson");
	row_set_count(row, "churn", 10);
	row_number(row, "service_p50_us", &p50);
	row_set_real(row, "response_p50_us", 2 * p50);
	row_set_real(row, "response_p99_us", 3 * p50);
	row_set_real(row, "connect_p99_us", p50);
	row_set_real(row, "syscalls_per_request", p50 / 100);
	row_set_text(row, "server_cpus", p50 > 1000 ? "0" : "0-7");
}

/* There it is a user's waiting time; what was counted once has no spread. */
static void latency_is_judged_in_an_open_loop(void)
{
	struct process *p;

	for (int side = 0; side < 2; side++) {
		FILE *csv = fixture_open(side ? "open-after" : "open-before");
		for (int i = 1; i <= 5; i++)
			fixture_add(csv, "epoll", i, (side ? 50000 : 80000) + i,
				    open_loop);
		CU_ASSERT_EQUAL(fclose(csv), 0);
	}
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("open-before"),
				workspace_path("open-after"), "--format", "json"),
			0);
	json_t *all = json_loads(p->out.text, 0, NULL);
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "epoll", "response_p99_us"), "worse?");
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "epoll", "connect_p99_us"), "worse?");
	CU_ASSERT_STRING_EQUAL(verdict_of(all, "epoll", "syscalls_per_request"), "shown");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(
				find(all, "epoll", "syscalls_per_request"), "new_rows")),
			1);
	CU_ASSERT_PTR_NULL(find(all, "epoll", "service_p99_us"));
	json_decref(all);
	HOLDS(p->out.text, "\"server_cpus\""); /* other CPUs, the same cell */
	process_free(p);
}

static void other_environments_are_named(void)
{
	struct process *p;

	fixture_text("before/environment.json",
		     "{\"kernel\": \"6.1\", \"cpus\": 2, \"started_at\": \"then\","
		     " \"libraries\": {\"libev\": \"4.33\", \"libuv\": null}}");
	fixture_text("after/environment.json",
		     "{\"kernel\": \"6.12\", \"cpus\": 2, \"started_at\": \"now\","
		     " \"libraries\": {\"libev\": \"4.33\", \"libuv\": \"1.44\"}}");
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("before/results.csv"),
				workspace_path("after")),
			0);
	HOLDS(p->out.text, "different machine, build or settings:");
	HOLDS(p->out.text, " 6.1  6.12\n");
	HOLDS(p->out.text, "libraries.libuv");
	LACKS(p->out.text, "libraries.libev");
	LACKS(p->out.text, "cpus ");
	LACKS(p->out.text, "started_at");
	process_free(p);
	fixture_text("after/environment.json", "{\"kernel\": ");
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("before"), workspace_path("after")),
			0);
	HOLDS(p->out.text, "damaged, line 1");
	process_free(p);
}

static void the_pool_experiment_is_compared_too(void)
{
	static const char head[] =
		"executor,language,work,work_us,tasks,workers,chunk,repetition,"
		"elapsed_s,speedup,cpu_s,utilisation\n";
	char text[2][2048];
	struct process *p;

	for (int side = 0; side < 2; side++) {
		size_t used =
			(size_t)snprintf(text[side], sizeof(text[side]), "%s", head);
		for (int i = 1; i <= 4; i++)
			used += (size_t)snprintf(
				text[side] + used, sizeof(text[side]) - used,
				"thread,c,sleep:1ms,1000.000,100,4,1,%d,0.%d5000%d,"
				"3.9,0.01,0.98\n",
				i, side + 2, i);
		fixture_text(side ? "tasks-b.csv" : "tasks-a.csv", text[side]);
	}
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("tasks-a.csv"),
				workspace_path("tasks-b.csv"), "--fail-on", "worse",
				"--all"),
			1);
	HOLDS(p->out.text, "elapsed_s, less is better, margin 10 %");
	HOLDS(p->out.text, "thread/c/4/1/sleep:1ms/1000/100");
	process_free(p);
	CU_ASSERT_EQUAL(
		COMPARE(&p, workspace_path("tasks-a.csv"), workspace_path("before")), 2);
	HOLDS(p->err.text, "expected two of one kind");
	process_free(p);
}

static void of_a_check(struct row *row)
{
	row_set_text(row, "side", "new");
}

/* `before` against `name`. */
static void refused(const char *name, const char *option, const char *value,
		    const char *part)
{
	const char *base = workspace_path("before"), *new = workspace_path(name);
	struct process *p;

	CU_ASSERT_EQUAL(COMPARE(&p, base, new, option, value), 2);
	HOLDS(p->err.text, part);
	CU_ASSERT_STRING_EQUAL(p->out.text, "");
	process_free(p);
}

static void bad_input_is_one_line(void)
{
	struct process *p;
	FILE *csv = fixture_open("checked");

	fixture_add(csv, "epoll", 1, 1000, of_a_check);
	CU_ASSERT_EQUAL(fclose(csv), 0);
	refused("after", "--margin", "x=5%", "--margin 'x': no numeric column");
	refused("after", "--margin", "0", "--margin '0': expected [METRIC=]PERCENT");
	refused("after", "--metric", "throughputs", "did you mean throughput");
	refused("after", "--where", "model=nobody", "no cell is in both");
	refused("after", "--fail-on", "better", "fail-on 'better'");
	refused("nothing", "--sort", "name", "cannot read");
	refused("checked", "--sort", "name", "holds both sides of a check");
	fixture_text("damaged.csv", "model,throughput_rps,verdict\nepoll,fast,VALID\n");
	refused("damaged.csv", "--sort", "name",
		"damaged.csv: line 2, column throughput_rps: 'fast' is no number");
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("before")), 2);
	HOLDS(p->err.text, "expected BASE and NEW");
	process_free(p);
}

static void other_versions_are_compared_by_what_they_share(void)
{
	struct process *p;

	fixture_text("old.csv", "model,connections,throughput_rps,latency,verdict\n"
				"epoll,64,100,1,VALID\nepoll,64,101,1,VALID\n"
				"epoll,64,102,1,VALID\nepoll,64,103,1,VALID\n");
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("old.csv"), workspace_path("before"),
				"--where", "model=epoll"),
			0);
	HOLDS(p->out.text, "better?");
	HOLDS(p->out.text, "column cpu_us_per_request: only in new, not compared");
	process_free(p);
}

static int run_tiny(const char *name)
{
	struct process *p;
	const int status = program_run(
		(const char *const[]){"run", "--models", "epoll,iterative",
				      "--connections", "1", "--repetitions", "4",
				      "--duration", "100ms", "--warmup", "50ms",
				      "--placement", "shared", "--engine", "epoll",
				      "--out", workspace_path(name), NULL},
		&p);

	process_free(p);
	return status;
}

/* Valid, client-limited, unstable or, where no reply came in time, failed. */
static bool has_rows(int status)
{
	return status == 0 || status == 3 || status == 4 || status == 6;
}

/* What a busy machine makes of such short windows is not known: only what is said of it. */
static void two_real_runs_are_compared(void)
{
	struct process *p;
	const int first = run_tiny("run-a"), second = run_tiny("run-b");

	CU_ASSERT_TRUE(has_rows(first) && has_rows(second));
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("run-a"), workspace_path("run-b"),
				"--margin", "1000", "--all"),
			0);
	HOLDS(p->out.text, "8 rows from 20");
	HOLDS(p->out.text, "epoll/tcp/c1/d1/64B/shared");
	LACKS(p->out.text, "only in");
	LACKS(p->out.text, "kernel");
	if (first == 0 && second == 0)
		HOLDS(p->out.text, "  4:4  ");
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a real change is found", a_real_change_is_found},
		{"margins are per metric", margins_are_per_metric},
		{"few repetitions are said", few_repetitions_are_said},
		{"what is not in both is listed", what_is_not_in_both_is_listed},
		{"latency is judged in an open loop", latency_is_judged_in_an_open_loop},
		{"other environments are named", other_environments_are_named},
		{"the pool experiment is compared too",
		 the_pool_experiment_is_compared_too},
		{"bad input is one line", bad_input_is_one_line},
		{"other versions are compared by what they share",
		 other_versions_are_compared_by_what_they_share},
		{"two real runs are compared", two_real_runs_are_compared},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("compare", cases);
	workspace_close();
	return failures != 0;
}
