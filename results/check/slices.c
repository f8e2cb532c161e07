/* slices.c - see slices.h. */
#include "results/check/slices.h"

#include <errno.h>

#define DECIMALS          3
#define CPU_DECIMALS      6
#define EXPECTED_DECIMALS 9

const struct row_column check_slice_columns[] = {
	{"cell", ROW_TEXT, 0},
	{"launch", ROW_COUNT, 0},
	{"slice", ROW_COUNT, 0},
	{"side", ROW_TEXT, 0},
	{"order", ROW_COUNT, 0},
	{"stage", ROW_TEXT, 0},
	{"mode", ROW_TEXT, 0},
	{"requests", ROW_COUNT, 0},
	{"throughput_rps", ROW_REAL, DECIMALS},
	{"cpu_us_per_request", ROW_REAL, CPU_DECIMALS},
	{"service_p50_us", ROW_REAL, DECIMALS},
	{"service_p99_us", ROW_REAL, DECIMALS},
	{"response_p50_us", ROW_REAL, DECIMALS},
	{"response_p99_us", ROW_REAL, DECIMALS},
	{"steal_percent", ROW_REAL, DECIMALS},
	{"expected", ROW_REAL, EXPECTED_DECIMALS},
	{"asymmetry", ROW_TEXT, 0},
	{"launch_s", ROW_REAL, 3},
	{"problem", ROW_TEXT, 0},
	{"row", ROW_COUNT, 0},
	{"client_limited", ROW_COUNT, 0},
	{NULL, ROW_TEXT, 0},
};

void check_slices_round(struct launch *launch)
{
	for (int i = 0; i < launch->pairs; i++) {
		struct launch_pair *pair = &launch->pair[i];
		for (int m = 0; m < LAUNCH_METRICS; m++)
			for (int side = 0; side < DUET_SIDES; side++)
				pair->value[m][side] = row_rounded(
					pair->value[m][side],
					m == LAUNCH_CPU ? CPU_DECIMALS : DECIMALS);
		pair->steal = row_rounded(100 * pair->steal, DECIMALS) / 100;
	}
}

double check_slices_round_expected(double expected)
{
	return row_rounded(expected, EXPECTED_DECIMALS);
}

static void describe_launch(const struct check_slice_launch *one, struct row *row)
{
	row_set_text(row, "cell", one->cell);
	row_set_count(row, "launch", one->number);
	row_set_text(row, "stage", one->stage);
	row_set_text(row, "mode", launch_mode_name(one->config->mode));
	row_set_real(row, "expected", one->expected);
	row_set_text(row, "asymmetry", one->asymmetry);
	row_set_real(row, "launch_s", one->seconds);
	row_set_text(row, "problem", one->problem[0] ? one->problem : NULL);
	row_set_count(row, "row", one->row);
	row_set_count(row, "client_limited", one->client_limited);
}

static void describe_slice(const struct check_slice_launch *one, int slice, int side,
			   struct row *row)
{
	const struct launch_pair *pair = &one->launch->pair[slice];
	const char *const columns[LAUNCH_METRICS] = {
		[LAUNCH_THROUGHPUT] = "throughput_rps",
		[LAUNCH_CPU] = "cpu_us_per_request",
		[LAUNCH_P50] = one->open_loop ? "response_p50_us" : "service_p50_us",
		[LAUNCH_P99] = one->open_loop ? "response_p99_us" : "service_p99_us",
	};

	row_set_count(row, "slice", slice + 1);
	row_set_text(row, "side", launch_side_name(side));
	row_set_count(row, "requests", (int64_t)pair->requests[side]);
	for (int metric = 0; metric < LAUNCH_METRICS; metric++)
		row_set_real(row, columns[metric], pair->value[metric][side]);
	row_set_real(row, "steal_percent", 100 * pair->steal);
}

/* The side that begins a pair; -1: both do. */
static int first_side(const struct duet_slice *turns, enum launch_mode mode, int pair)
{
	if (mode == LAUNCH_DUET)
		return -1;
	return turns[(ptrdiff_t)DUET_SIDES * pair].sides == 1U ? 0 : 1;
}

static int write_pair(const struct check_slice_launch *one, int slice, int first,
		      struct row *row, FILE *out)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < DUET_SIDES; i++) {
		const int side = first < 0 ? i : first ^ i;
		row_clear(row);
		describe_launch(one, row);
		describe_slice(one, slice, side, row);
		row_set_count(row, "order", first < 0 ? 1 : i + 1);
		rc = row_write_csv(row, out);
	}
	return rc;
}

static int write_failure(const struct check_slice_launch *one, struct row *row, FILE *out)
{
	describe_launch(one, row);
	row_set_count(row, "slice", 0);
	return row_write_csv(row, out);
}

int check_slices_write(const struct check_slice_launch *one, FILE *out)
{
	const struct launch_config *config = one->config;
	struct duet_slice turns[DUET_SIDES * LAUNCH_PAIRS_MAX];
	const int pairs = one->launch->pairs;
	struct row row;
	int rc = row_init(&row, check_slice_columns);

	if (rc < 0)
		return rc;
	launch_turns(config->mode, config->seed, turns, DUET_SIDES * LAUNCH_PAIRS_MAX);
	if (pairs == 0)
		rc = write_failure(one, &row, out);
	for (int i = 0; rc == 0 && i < pairs; i++)
		rc = write_pair(one, i, first_side(turns, config->mode, i), &row, out);
	row_release(&row);
	if (rc == 0 && fflush(out) != 0)
		rc = -EIO;
	return rc;
}
