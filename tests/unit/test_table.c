/* test_table.c - rows become lines: medians, order, the best and its ties, verdicts. */
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/campaign/verdict.h"
#include "results/show/table.h"
#include "server/options.h"
#include "tests/suite.h"

#define ROWS 24

static struct row rows[ROWS];
static size_t row_count;

/* A row of the workload 64 connections, split, with what tells servers apart. */
static struct row *add(const char *model, double throughput, double p50)
{
	struct row *row = &rows[row_count++];

	CU_ASSERT_EQUAL(row_init(row, result_columns), 0);
	row_set_text(row, "model", model);
	row_set_text(row, "transport", "tcp");
	row_set_count(row, "connections", 64);
	row_set_count(row, "payload_bytes", 64);
	row_set_count(row, "depth", 1);
	row_set_text(row, "placement", "split");
	row_set_real(row, "throughput_rps", throughput);
	row_set_real(row, "service_p50_us", p50);
	row_set_count(row, "requests", 1000);
	row_set_text(row, "verdict", "VALID");
	return row;
}

/* The table as text; the caller frees it. Forgets the rows. */
static char *printed(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_EQUAL(table_print(rows, row_count, NULL, out), 0);
	fclose(out);
	while (row_count > 0)
		row_release(&rows[--row_count]);
	return text;
}

static bool holds(const char *text, const char *part)
{
	const bool found = strstr(text, part) != NULL;

	if (!found)
		fprintf(stderr, "\nlacks '%s':\n%s\n", part, text);
	return found;
}

static void medians_sorted_by_throughput(void)
{
	add("slow", 1000, 500);
	add("fast", 90000, 10);
	add("fast", 110000, 30);
	add("slow", 3000, 700);
	add("fast", 100000, 20);
	add("slow", 2000, 600);
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "*100,000"));
	CU_ASSERT_TRUE(holds(text, " 2,000"));
	CU_ASSERT_TRUE(holds(text, "600.0"));
	CU_ASSERT_TRUE(strstr(text, "fast") < strstr(text, "slow"));
	CU_ASSERT_PTR_NULL(strstr(text, "*2,000"));
	free(text);
}

static void ties_are_marked_with_the_best(void)
{
	add("best", 100000, 20);
	add("tied", 91000, 21.9);
	add("behind", 89000, 22.1);
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "*100,000"));
	CU_ASSERT_TRUE(holds(text, "*91,000"));
	CU_ASSERT_TRUE(holds(text, "*21.9"));
	CU_ASSERT_TRUE(holds(text, " 89,000"));
	CU_ASSERT_TRUE(holds(text, " 22.1"));
	CU_ASSERT_TRUE(holds(text, "tied"));
	free(text);
}

static void placements_are_never_ranked_together(void)
{
	add("epoll", 100000, 20);
	row_set_text(add("epoll", 50000, 40), "placement", "shared");
	row_set_count(add("epoll", 7000, 10), "connections", 1);
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "*100,000"));
	CU_ASSERT_TRUE(holds(text, "*50,000"));
	CU_ASSERT_TRUE(holds(text, "*7,000"));
	CU_ASSERT_TRUE(holds(text, "1 connection, 64 B"));
	CU_ASSERT_TRUE(holds(text, "shared"));
	free(text);
}

static void the_load_is_in_the_heading(void)
{
	struct row *row = add("epoll", 100, 20);

	row_set_text(row, "work", "sleep:5ms");
	row_set_real(row, "work_us", 5000);
	row_set_count(row, "churn", 1);
	row_set_count(row, "idle_connections", 1000);
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "64 connections, 64 B, depth 1, tcp + 1000 idle, work "
				   "sleep:5ms, 1 request per connection; split"));
	free(text);
}

static void options_tell_servers_apart(void)
{
	row_set_text(add("libev", 100000, 20), "server_options", "backend=poll");
	add("libev", 50000, 40);
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "libev:backend=poll"));
	CU_ASSERT_TRUE(holds(text, " 50,000"));
	free(text);
}

/* Of an A/B check. */
static void sides_tell_servers_apart(void)
{
	row_set_text(add("epoll", 100000, 20), "side", "base");
	row_set_text(add("epoll", 50000, 40), "side", "new");
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "epoll base"));
	CU_ASSERT_TRUE(holds(text, "epoll new       50,000"));
	free(text);
}

static void troubles_are_named_and_not_best(void)
{
	struct row *row;

	add("good", 1000, 90);
	add("liar", 100000, 20);
	row = add("liar", 100000, 20);
	row_set_text(row, "verdict", "CORRUPT");
	row_set_text(row, "verdict_reason", "connection 3, offset 9");
	row = add("starving", 90000, 10);
	row_set_count(row, "starved_connections", 63);
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "*1,000"));
	CU_ASSERT_TRUE(holds(text, "*90.0"));
	CU_ASSERT_TRUE(holds(text, " 100,000"));
	CU_ASSERT_TRUE(holds(text, "liar: CORRUPT in 1 of 2: connection 3, offset 9"));
	CU_ASSERT_PTR_NULL(strstr(text, "*100,000"));
	CU_ASSERT_PTR_NULL(strstr(text, "*90,000"));
	free(text);
}

static void what_was_not_measured_stays_empty(void)
{
	struct row *row = add("absent", 0, 0);

	row_clear(row);
	row_set_text(row, "model", "absent");
	row_set_text(row, "transport", "tcp");
	row_set_count(row, "connections", 64);
	row_set_count(row, "payload_bytes", 64);
	row_set_count(row, "depth", 1);
	row_set_text(row, "placement", "split");
	row_set_text(row, "verdict", "UNAVAILABLE");
	row_set_text(row, "verdict_reason", "no such kernel");
	add("present", 1000, 90);
	char *text = printed();
	CU_ASSERT_TRUE(strstr(text, "present") < strstr(text, "absent"));
	CU_ASSERT_TRUE(holds(text, "absent: UNAVAILABLE in 1 of 1: no such kernel"));
	CU_ASSERT_TRUE(holds(text, " - "));
	free(text);
}

static void unanswered_requests_bound_percentiles_from_below(void)
{
	struct row *row = add("iterative", 1000, 50);

	row_set_real(row, "service_p99_us", 1000000);
	row_set_count(row, "unfinished", 63); /* of 1063: beyond p94 */
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, ">=1,000,000.0"));
	CU_ASSERT_PTR_NULL(strstr(text, ">=50.0"));
	free(text);
}

/* Else the median of the fastest two would stand below the p99 of all three. */
static void a_percentile_needs_every_repetition(void)
{
	for (int i = 0; i < 3; i++) {
		struct row *row = add("uneven", 1000, 50);
		row_set_real(row, "service_p99_us", 700);
		if (i > 0)
			row_set_real(row, "service_p999_us", 123);
	}
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "700.0"));
	CU_ASSERT_PTR_NULL(strstr(text, "123.0"));
	free(text);
}

/* Six repetitions around a throughput. */
static void add_six(const char *model, double throughput, double step)
{
	for (int i = 0; i < 6; i++)
		add(model, throughput + (i - 2.5) * step, 20);
}

static void intervals_that_overlap_are_tied(void)
{
	add_six("best", 100000, 1000); /* 97,500 .. 102,500 */
	add_six("tied", 96000, 1000);  /* 93,500 .. 98,500 */
	add_six("behind", 95000, 500); /* 93,750 .. 96,250 */
	add("alone", 91000, 20);
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "requests/s  +-%"));
	CU_ASSERT_TRUE(holds(text, "*100,000  2.5"));
	CU_ASSERT_TRUE(holds(text, "*96,000  2.6"));
	CU_ASSERT_TRUE(holds(text, " 95,000  1.3"));
	CU_ASSERT_TRUE(holds(text, "*91,000    -")); /* no interval: within 10 % */
	CU_ASSERT_TRUE(holds(text, "its level is 96.88 %"));
	free(text);
}

static void without_intervals_the_legend_says_so(void)
{
	add("epoll", 100, 20);
	char *text = printed();
	CU_ASSERT_TRUE(holds(text, "so few repetitions give no interval"));
	CU_ASSERT_PTR_NULL(strstr(text, "+-%"));
	free(text);
}

/* A command line is anybody's: a terminal must not obey it. */
static void names_are_printable(void)
{
	struct row *row = add("exec:\x1b[2J\nrm\xc2\x9b|x\xff", 100, 20);

	row_set_text(row, "verdict", "SERVER_ERRORS");
	row_set_text(row, "verdict_reason", "\x1b]0;owned\x07");
	row_set_text(row, "placement", "spl\x1bit");
	row = add("\xe2\x82\xac", 50, 20);
	row_set_text(row, "placement", "spl\x1bit");
	char *text = printed();
	for (const char *c = text; *c; c++)
		CU_ASSERT_TRUE(*c == '\n' || (unsigned char)*c >= 0x20);
	CU_ASSERT_TRUE(holds(text, "exec:?[2J?rm??|x?  "));
	CU_ASSERT_TRUE(holds(text, ": ?]0;owned?"));
	CU_ASSERT_TRUE(holds(text, "\xe2\x82\xac                    ")); /* one column */
	free(text);
}

static void who_works_on_the_clients_cpu_is_not_best_in_cpu(void)
{
	static const struct io_model sockmap = {.name = "sockmap",
						.flags = IO_MODEL_ECHO_ONLY};
	static const struct io_model *const models[] = {&sockmap, NULL};
	static const struct io_catalogue catalogue = {.models = models};
	char *text = NULL;
	size_t size;

	row_set_real(add("sockmap", 100000, 20), "cpu_us_per_request", 0.1);
	row_set_real(add("epoll", 50000, 40), "cpu_us_per_request", 6);
	FILE *out = open_memstream(&text, &size);
	CU_ASSERT_EQUAL(table_print(rows, row_count, &catalogue, out), 0);
	fclose(out);
	CU_ASSERT_TRUE(holds(text, "*100,000"));
	CU_ASSERT_TRUE(holds(text, " 0.10"));
	CU_ASSERT_TRUE(holds(text, "*6.00"));
	free(text);
	free(printed());
}

static void no_rows_make_no_table(void)
{
	char *text = printed();

	CU_ASSERT_STRING_EQUAL(text, "");
	free(text);
}

static void the_gravest_row_gives_the_exit_status(void)
{
	static const struct {
		const char *verdict;
		int status;
	} steps[] = {{"VALID", EXIT_VALID},
		     {"UNAVAILABLE", EXIT_VALID},
		     {"UNSTABLE", EXIT_UNSTABLE},
		     {"CLIENT_LIMITED", EXIT_CLIENT_LIMITED},
		     {"SERVER_ERRORS", EXIT_SERVER_ERRORS},
		     {"CORRUPT", EXIT_CORRUPT},
		     {"UNSTABLE", EXIT_CORRUPT}};

	CU_ASSERT_EQUAL(verdict_exit_status(NULL, 0), EXIT_VALID);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		row_set_text(add("m", 1, 1), "verdict", steps[i].verdict);
		CU_ASSERT_EQUAL(verdict_exit_status(rows, row_count), steps[i].status);
	}
	free(printed());
}

int main(void)
{
	static const struct test_case cases[] = {
		{"medians, sorted by throughput", medians_sorted_by_throughput},
		{"ties are marked with the best", ties_are_marked_with_the_best},
		{"placements are never ranked together",
		 placements_are_never_ranked_together},
		{"the load is in the heading", the_load_is_in_the_heading},
		{"options tell servers apart", options_tell_servers_apart},
		{"sides tell servers apart", sides_tell_servers_apart},
		{"troubles are named, and not best", troubles_are_named_and_not_best},
		{"what was not measured stays empty", what_was_not_measured_stays_empty},
		{"unanswered requests bound percentiles from below",
		 unanswered_requests_bound_percentiles_from_below},
		{"a percentile needs every repetition",
		 a_percentile_needs_every_repetition},
		{"intervals that overlap are tied", intervals_that_overlap_are_tied},
		{"without intervals the legend says so",
		 without_intervals_the_legend_says_so},
		{"names are printable", names_are_printable},
		{"who works on the client's CPU is not best in CPU",
		 who_works_on_the_clients_cpu_is_not_best_in_cpu},
		{"no rows make no table", no_rows_make_no_table},
		{"the gravest row gives the exit status",
		 the_gravest_row_gives_the_exit_status},
		{NULL, NULL},
	};

	return test_suite_run("table", cases) != 0;
}
