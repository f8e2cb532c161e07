/* test_plans.c - every shipped plan can be read, is as short as it says, and measures. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "results/plan/plan.h"
#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)

/* In the order of `list`. */
static const struct {
	const char *name;
	json_int_t most_minutes; /* as docs/PLANS.md says */
	const char *one;         /* of its cells, for --only */
	const char *cell;
} plans[] = {
	{"quick", 3, "epoll/tcp/c1/", "epoll/tcp/c1/d1/64B/shared"},
	{"gallery", 20, "model=coroutine", "coroutine/tcp/c64/d1/64B/shared"},
	{"standard", 65, "model=epoll,connections=16,payload_bytes=1k",
	 "epoll/tcp/c16/d1/1kB/shared"},
	{"c10k", 15, "model=poll,idle_connections=0", "poll/tcp/c100/d1/64B/shared"},
	{"cpu-vs-io", 20, "model=epoll,work=mix*",
	 "epoll/tcp/c16/d1/64B/shared/mix:100us+5ms"},
	{"churn", 10, "model=iterative,connections=16",
	 "iterative/tcp/c16/d1/64B/shared/churn1"},
	{"load-curve", 16, "model=thread-pool,offered_rps=5k",
	 "thread-pool/tcp/c64/d1/64B/shared/r5000/poisson"},
	{"pools", 10, "model=thread-pool,work=none,workers=16",
	 "thread-pool/tcp/c16/d1/64B/shared/w16"},
	{"datagram", 5, "model=udp-epoll,connections=1,payload_bytes=64",
	 "udp-epoll/udp/c1/d1/64B/shared"},
	{"unix", 15, "model=epoll,connections=1,payload_bytes=64,transport=unix",
	 "epoll/unix/c1/d1/64B/shared"},
};

#define PLANS (sizeof(plans) / sizeof(plans[0]))

static bool holds(const char *text, const char *part)
{
	const bool found = strstr(text, part) != NULL;

	if (!found)
		fprintf(stderr, "\nlacks '%s':\n%s\n", part, text);
	return found;
}

static void check_entry(const json_t *entry, size_t i)
{
	const char *name = json_string_value(json_object_get(entry, "name"));
	const char *question = json_string_value(json_object_get(entry, "summary"));

	CU_ASSERT_STRING_EQUAL(name, plans[i].name);
	CU_ASSERT_TRUE(question && strchr(question, '?'));
	CU_ASSERT_TRUE(json_is_true(json_object_get(entry, "available")));
	CU_ASSERT_TRUE(json_integer_value(json_object_get(entry, "cells")) > 0);
	CU_ASSERT_TRUE(json_integer_value(json_object_get(entry, "repetitions")) >= 3);
	CU_ASSERT_TRUE(json_integer_value(json_object_get(entry, "estimated_s")) <=
		       60 * plans[i].most_minutes);
}

static void every_plan_is_listed_with_its_question_and_time(void)
{
	struct process *p;
	size_t count = 0;

	while (shipped_plans[count].name)
		count++;
	CU_ASSERT_EQUAL(count, PLANS);
	CU_ASSERT_EQUAL(RUN(&p, "list", "plans", "--json"), 0);
	json_t *object = json_loads(p->out.text, 0, NULL);
	const json_t *list = json_object_get(object, "plans");
	CU_ASSERT_EQUAL(json_array_size(list), PLANS);
	for (size_t i = 0; i < json_array_size(list) && i < PLANS; i++)
		check_entry(json_array_get(list, i), i);
	json_decref(object);
	process_free(p);
}

static void every_plan_says_what_it_would_do(void)
{
	for (size_t i = 0; i < PLANS; i++) {
		struct process *p;
		CU_ASSERT_EQUAL(RUN(&p, "run", plans[i].name, "--dry-run", "--only",
				    plans[i].one, "--set", "placement=shared"),
				0);
		CU_ASSERT_TRUE(holds(p->out.text, plans[i].cell));
		CU_ASSERT_TRUE(holds(p->out.text, "\n1 cell, "));
		CU_ASSERT_EQUAL(strstr(p->out.text, "if no server keeps up") != NULL,
				strstr(plans[i].cell, "/poisson") != NULL);
		CU_ASSERT_STRING_EQUAL(p->err.text, "");
		process_free(p);
	}
}

/* Whether the machine was quiet enough to believe it is not asked here. */
static bool is_measured(int status)
{
	return status == EXIT_VALID || status == EXIT_CLIENT_LIMITED ||
	       status == EXIT_UNSTABLE;
}

static void every_plan_measures(void)
{
	char name[64];

	for (size_t i = 0; i < PLANS; i++) {
		struct process *p;
		const int status =
			RUN(&p, "run", plans[i].name, "--only", plans[i].one, "--set",
			    "placement=shared", "--set", "duration=50ms", "--warmup",
			    "20ms", "--repetitions", "1", "--syscalls", "no", "--engine",
			    "epoll", "--out", workspace_path(plans[i].name));
		CU_ASSERT_TRUE(is_measured(status));
		process_free(p);
		snprintf(name, sizeof(name), "%s/results.csv", plans[i].name);
		struct csv_table *csv = csv_table_read(workspace_path(name));
		CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
		if (!csv)
			return; /* never: FATAL has left */
		CU_ASSERT_EQUAL(csv->rows, 1);
		CU_ASSERT_STRING_EQUAL(csv_text(csv, 0, "cell"), plans[i].cell);
		CU_ASSERT_TRUE(csv_number(csv, 0, "requests") > 0);
		csv_table_free(csv);
	}
}

/* `run` with `connections` under a limit of 100 descriptors; its exit status. */
static int run_limited(const char *connections, const char *out, struct process **ret)
{
	static const char command[] =
		"ulimit -n 100; exec \"$0\" run --models epoll --placement shared "
		"--duration 50ms --warmup 20ms --repetitions 1 --syscalls no "
		"--engine epoll --connections $1 --out \"$2\"";
	const char *const argv[] = {"/bin/sh",   "-c", command, PROGRAM_PATH,
				    connections, out,  NULL};

	*ret = process_start(argv);
	return process_wait(*ret, PROCESS_DEADLINE_MS);
}

static void a_cell_beyond_this_machine_is_a_row(void)
{
	struct process *p;

	CU_ASSERT_TRUE(is_measured(run_limited("2,200", workspace_path("some"), &p)));
	process_free(p);
	struct csv_table *csv = csv_table_read(workspace_path("some/results.csv"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
	if (!csv)
		return; /* never: FATAL has left */
	CU_ASSERT_EQUAL(csv->rows, 2);
	for (int row = 0; row < csv->rows; row++) {
		const bool fits = csv_number(csv, row, "connections") == 2;
		const char *verdict = csv_text(csv, row, "verdict");
		CU_ASSERT_EQUAL(strcmp(verdict, "UNAVAILABLE") == 0, !fits);
		if (!fits)
			CU_ASSERT_TRUE(holds(csv_text(csv, row, "verdict_reason"),
					     "`ulimit -Hn` gives 100"));
	}
	csv_table_free(csv);
	CU_ASSERT_EQUAL(run_limited("200", workspace_path("none"), &p), EXIT_USAGE);
	CU_ASSERT_TRUE(holds(p->err.text, "`ulimit -Hn` gives 100"));
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every plan is listed with its question and time",
		 every_plan_is_listed_with_its_question_and_time},
		{"every plan says what it would do", every_plan_says_what_it_would_do},
		{"every plan measures", every_plan_measures},
		{"a cell beyond this machine is a row",
		 a_cell_beyond_this_machine_is_a_row},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("plans", cases);
	workspace_close();
	return failures != 0;
}
