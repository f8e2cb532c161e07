/* test_check_replay.c - a check's verdicts follow from its files, and a changed record shows. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/random.h"
#include "results/check/output.h"
#include "results/check/read.h"
#include "results/check/replay.h"
#include "results/check/slices.h"
#include "server/options.h"
#include "tests/suite.h"

#define PAIRS     10
#define PATH_SIZE 64

/* With `--mode both` a cell has two rows, and one of them falls back to turns. */
enum { SAME, SLOWER, NOISY, FAILING, UNEVEN, TURNS, LIMITED, ROWS };

static const char *const names[ROWS] = {"same",   "slower", "noisy",  "failing",
					"uneven", "uneven", "limited"};

static char directory[] = "/tmp/check_replay.XXXXXX";

/* A session whose launches are made up, and its files. */
struct made {
	struct check_report report;
	struct check_row rows[ROWS];
	struct cell cells[ROWS];
	struct check_session *session;
	FILE *slices;
	int64_t launches;
};

static double noise(uint64_t seed, int i, double width)
{
	const uint64_t mixed = random_mix(random_mix(seed) + (uint64_t)i);

	return width * ((double)(mixed >> 11) * 0x1p-53 - 0.5);
}

/* What a launch shows, as a logarithm: more than 0 is worse. */
static double effect_of(const struct check_order *order)
{
	if (order->stage == CHECK_STAGE_NULL)
		return noise(order->seed, 1000, 0.004);
	if (order->stage == CHECK_STAGE_BURN)
		return 0.05 + noise(order->seed, 1000, 0.002);
	switch (order->row) {
	case SLOWER:
		return 0.06 + noise(order->seed, 1000, 0.01);
	case NOISY:
		return noise(order->seed, 1000, 0.4);
	default:
		return noise(order->seed, 1000, 0.004);
	}
}

/* The ratio of a generator's own moods. */
static double wander(const struct check_order *order, int metric)
{
	return order->row == LIMITED && metric == LAUNCH_THROUGHPUT &&
			       order->stage == CHECK_STAGE_SCREEN
		       ? noise(order->seed, 2000, 0.4)
		       : 0;
}

static bool fails(const struct check_order *order)
{
	return order->row == FAILING && order->stage == CHECK_STAGE_SCREEN &&
	       order->launch == 3;
}

static void make_launch(const struct check_order *order, struct launch *launch)
{
	const double effect = effect_of(order);

	*launch = (struct launch){.pairs = fails(order) ? 0 : PAIRS};
	if (fails(order))
		strcpy(launch->problem, "new: ended by signal 9, \"core\"");
	for (int i = 0; i < launch->pairs; i++)
		for (int m = 0; m < LAUNCH_METRICS; m++) {
			double *value = launch->pair[i].value[m];
			const double ratio =
				effect + wander(order, m) + noise(order->seed, i, 0.01);
			value[0] = 1000 * (1 + noise(order->seed, 100 + i, 0.3));
			value[1] =
				value[0] * exp(m == LAUNCH_THROUGHPUT ? -ratio : ratio);
		}
	for (int m = 0; m < LAUNCH_METRICS; m++)
		launch->whole[m][0] = launch->whole[m][1] = 1000;
}

static void write_launch(struct made *made, const struct check_order *order,
			 const struct launch *launch, const struct check_outcome *outcome)
{
	const struct launch_config config = {
		.mode = order->mode, .pairs = PAIRS, .seed = order->seed};
	const struct check_slice_launch one = {
		.cell = made->cells[order->row].id,
		.row = (int64_t)order->row + 1,
		.stage = check_stage_name(order->stage),
		.number = ++made->launches,
		.expected = outcome->expected,
		.asymmetry = outcome->asymmetry,
		.client_limited = outcome->client_limited,
		.seconds = outcome->seconds,
		.problem = launch->problem,
		.config = &config,
		.launch = launch,
	};

	CU_ASSERT_EQUAL(check_slices_write(&one, made->slices), 0);
}

static void turn(struct made *made, const struct check_order *order)
{
	struct check_outcome outcome;
	struct launch launch;

	make_launch(order, &launch);
	check_slices_round(&launch);
	check_outcome_of(&launch, &outcome);
	outcome.seconds = 2.125;
	if (order->stage == CHECK_STAGE_BURN)
		outcome.expected = check_slices_round_expected(0.2 / 3);
	if (order->row == UNEVEN && order->stage == CHECK_STAGE_SCREEN &&
	    order->mode == LAUNCH_DUET)
		outcome.asymmetry = "the new one uses 1.9 CPUs, base 0.9";
	outcome.client_limited = order->row == LIMITED &&
				 order->stage == CHECK_STAGE_SCREEN &&
				 order->launch > 1;
	write_launch(made, order, &launch, &outcome);
	CU_ASSERT_EQUAL(check_session_put(made->session, order, &outcome), 0);
}

static const char *path_of(const char *name)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static FILE *create(const char *name)
{
	FILE *out = fopen(path_of(name), "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	return out;
}

static void begin(struct made *made)
{
	*made = (struct made){.report = {.rows = made->rows, .count = ROWS, .seed = 7}};
	for (int i = 0; i < ROWS; i++) {
		made->cells[i] = (struct cell){.id = (char *)names[i]};
		made->rows[i] =
			(struct check_row){.name = (char *)names[i],
					   .scenario = (char *)"c16",
					   .mode = i == TURNS ? LAUNCH_ABBA : LAUNCH_DUET,
					   .cell = &made->cells[i]};
	}
	made->slices = create("slices.csv");
	CU_ASSERT_EQUAL(row_write_csv_header(check_slice_columns, made->slices), 0);
}

/* Runs a session until its time is up, in launches. */
static void make_session(struct made *made, int64_t launches)
{
	static const struct check_session_row rows[ROWS] = {
		{.split = true, .can_burn = true},
		{.split = true, .can_burn = true},
		{.split = true, .can_burn = true},
		{.split = true},
		{.split = true},
		{.split = true},
		{.split = true, .can_burn = true}};
	struct check_session_config config = {
		.rows = rows, .max_launches = 20, .max_seconds = 1e6};
	struct check_order order;
	char error[OPTION_ERROR_SIZE];

	memcpy(config.margin, check_default_margins, sizeof(config.margin));
	begin(made);
	CU_ASSERT_EQUAL_FATAL(
		check_session_new(&config, &made->report, &made->session, error), 0);
	while (check_session_next(made->session, made->launches < launches ? 0 : 1e7,
				  &order))
		turn(made, &order);
	CU_ASSERT_EQUAL(check_session_finish(made->session), 0);
	check_session_free(made->session);
	fclose(made->slices);
	FILE *json = create("check.json");
	CU_ASSERT_EQUAL(check_print_json(&made->report, json), 0);
	fclose(json);
}

struct again {
	struct check_recording recording;
	struct check_recorded *items;
	size_t count;
	struct check_report derived;
	size_t differences;
	char *said;
};

static void derive(struct again *again)
{
	char error[OPTION_ERROR_SIZE] = "";
	size_t size;

	*again = (struct again){.count = 0};
	CU_ASSERT_EQUAL_FATAL(check_read(path_of("check.json"), &again->recording, error),
			      0);
	CU_ASSERT_EQUAL_FATAL(check_recorded_read(path_of("slices.csv"), &again->items,
						  &again->count, error),
			      0);
	CU_ASSERT_EQUAL_FATAL(check_replay(&again->recording.report, again->items,
					   again->count, &again->derived, error),
			      0);
	FILE *out = open_memstream(&again->said, &size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	again->differences =
		check_print_differences(&again->recording.report, &again->derived, out);
	fclose(out);
}

static void forget(struct again *again)
{
	free(again->said);
	free(again->derived.rows);
	check_recorded_free(again->items, again->count);
	check_recording_release(&again->recording);
}

static char *json_of(const struct check_report *report)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(check_print_json(report, out), 0);
	fclose(out);
	return text;
}

/* In every field, to the last digit. */
static void same_report(const struct check_report *a, const struct check_report *b)
{
	char *one = json_of(a), *other = json_of(b);

	size_t at = 0;
	while (one[at] && one[at] == other[at])
		at++;
	if (one[at] || other[at])
		fprintf(stderr, "\n%.300s\n--- but ---\n%.300s\n",
			one + (at > 200 ? at - 200 : 0),
			other + (at > 200 ? at - 200 : 0));
	CU_ASSERT_STRING_EQUAL(one, other);
	free(one);
	free(other);
}

static void every_verdict_follows_from_the_files(void)
{
	static const enum check_verdict verdicts[ROWS] = {
		CHECK_EQUIVALENT, CHECK_REGRESSION, CHECK_INCONCLUSIVE, CHECK_INVALID,
		CHECK_EQUIVALENT, CHECK_EQUIVALENT, CHECK_EQUIVALENT};
	struct made made;
	struct again again;

	make_session(&made, INT64_MAX);
	derive(&again);
	for (int i = 0; i < ROWS; i++)
		CU_ASSERT_EQUAL(made.rows[i].verdict, verdicts[i]);
	CU_ASSERT_EQUAL(made.rows[UNEVEN].mode, LAUNCH_ABBA);
	CU_ASSERT_FALSE(made.rows[LIMITED].metric[LAUNCH_THROUGHPUT].gated);
	CU_ASSERT_PTR_NOT_NULL(strstr(made.rows[LIMITED].reason, "generator was the"));
	same_report(&made.report, &again.derived);
	CU_ASSERT_EQUAL(again.count, (size_t)made.launches);
	CU_ASSERT_EQUAL(again.differences, 0);
	CU_ASSERT_STRING_EQUAL(again.said, "");
	CU_ASSERT_STRING_EQUAL(again.derived.rows[FAILING].reason,
			       made.rows[FAILING].reason);
	CU_ASSERT_DOUBLE_EQUAL(again.derived.rows[SAME].metric[LAUNCH_CPU].median[1],
			       1000, 1e-9);
	forget(&again);
}

/* Wherever it was: in the screen, in the midst of what confirms. */
static void sessions_that_ended_early_too(void)
{
	for (int64_t launches = 5; launches < 170; launches += 40) {
		struct made made;
		struct again again;
		make_session(&made, launches);
		derive(&again);
		same_report(&made.report, &again.derived);
		CU_ASSERT_EQUAL(again.differences, 0);
		CU_ASSERT_EQUAL(again.derived.out_of_time, made.report.out_of_time);
		forget(&again);
	}
}

/* Overwrites the first `from` in a file by `to`, of the same length. */
static void change_file(const char *name, const char *from, const char *to)
{
	static char text[1 << 20];
	FILE *file = fopen(path_of(name), "r+e");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	const char *at = strstr(text, from);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	if (!at)
		return;
	fseek(file, at - text, SEEK_SET);
	fputs(to, file);
	fclose(file);
}

static void a_changed_record_shows(void)
{
	struct made made;
	struct again again;

	make_session(&made, INT64_MAX);
	change_file("check.json", "\"verdict\": \"EQUIVALENT\"",
		    "\"verdict\": \"REGRESSION\"");
	derive(&again);
	CU_ASSERT_EQUAL(again.differences, 1);
	CU_ASSERT_STRING_EQUAL(again.said, "same, c16: check.json says REGRESSION, its "
					   "launches say EQUIVALENT\n");
	forget(&again);
}

static void expect_error(const char *says)
{
	struct check_recording recording;
	struct check_recorded *items = NULL;
	struct check_report derived;
	char error[OPTION_ERROR_SIZE] = "";
	size_t count = 0;

	int rc = check_read(path_of("check.json"), &recording, error);
	if (rc == 0) {
		rc = check_recorded_read(path_of("slices.csv"), &items, &count, error);
		if (rc == 0)
			rc = check_replay(&recording.report, items, count, &derived,
					  error);
		check_recorded_free(items, count);
		check_recording_release(&recording);
	}
	CU_ASSERT_EQUAL(rc, -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, says));
	if (!strstr(error, says))
		fprintf(stderr, "\nnot '%s' but '%s'\n", says, error);
}

/* Written before there were `row` and `client_limited`. */
static void cut_columns(void)
{
	static char text[1 << 21];
	FILE *in = fopen(path_of("slices.csv"), "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	FILE *out = create("slices.csv");
	char *rest = text, *line;
	while ((line = strsep(&rest, "\n")) && *line) {
		*strrchr(line, ',') = '\0';
		*strrchr(line, ',') = '\0';
		fprintf(out, "%s\n", line);
	}
	fclose(out);
}

static void files_of_an_older_check_are_read(void)
{
	struct made made;
	struct again again;

	make_session(&made, 10);
	cut_columns();
	derive(&again);
	same_report(&made.report, &again.derived);
	forget(&again);
	/* Since the second round both rows are in turns. */
	make_session(&made, INT64_MAX);
	cut_columns();
	expect_error("of 'uneven' is of no row of check.json, or of two");
}

static void damaged_files_are_named(void)
{
	static const struct {
		const char *file, *from, *to, *says;
	} cases[] = {
		{"check.json", "{", "<", "check.json: line 1, column 1"},
		{"check.json", "\"rows\"", "\"raws\"", "check.json: 'rows' is missing"},
		{"check.json", "iomodels-check", "iomodels-chick", "'schema' is missing"},
		{"check.json", "\"version\": 1", "\"version\": 7",
		 "'version' is missing"},
		{"check.json", "\"verdict\": \"REG", "\"verdict\": \"RUG", "'verdict'"},
		{"check.json", "\"mode\": \"duet\"", "\"mode\": \"trio\"", "'mode'"},
		{"slices.csv", ",screen,", ",scream,", "column stage: no check writes"},
		{"slices.csv", ",base,", ",bass,", "column side: no check writes"},
		{"slices.csv", ",duet,", ",trio,", "column mode: no check writes"},
		{"slices.csv", "\nslower,", "\nsludge,", "of 'sludge' is of no row"},
		{"slices.csv", ",,1,0\n", ",,9,0\n", "of 'same' is of no row"},
		{"slices.csv", ",,1,0\n", ",,-,0\n", "column row: no check writes"},
		{"slices.csv", ",,1,0\n", ",,1,2\n", "column client_limited: no check"},
	};
	struct made made;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_session(&made, INT64_MAX);
		change_file(cases[i].file, cases[i].from, cases[i].to);
		expect_error(cases[i].says);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every verdict follows from the files",
		 every_verdict_follows_from_the_files},
		{"sessions that ended early, too", sessions_that_ended_early_too},
		{"a changed record shows", a_changed_record_shows},
		{"files of an older check are read", files_of_an_older_check_are_read},
		{"damaged files are named", damaged_files_are_named},
		{NULL, NULL},
	};

	if (!mkdtemp(directory))
		return 1;
	const int failed = test_suite_run("check_replay", cases);
	unlink(path_of("check.json"));
	unlink(path_of("slices.csv"));
	rmdir(directory);
	return failed != 0;
}
