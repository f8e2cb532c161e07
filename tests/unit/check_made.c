/* check_made.c - see check_made.h. */
#include "tests/unit/check_made.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/random.h"
#include "results/check/output.h"
#include "results/check/slices.h"
#include "server/options.h"

#define PAIRS     10
#define PATH_SIZE 64

static const char *const names[ROWS] = {"same",   "slower", "noisy",  "failing",
					"uneven", "uneven", "limited"};

static char directory[] = "/tmp/check_replay.XXXXXX";

bool made_open(void)
{
	return mkdtemp(directory) != NULL;
}

void made_close(void)
{
	unlink(made_path("check.json"));
	unlink(made_path("slices.csv"));
	rmdir(directory);
}

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
				 order->stage == CHECK_STAGE_SCREEN && order->launch > 1;
	write_launch(made, order, &launch, &outcome);
	CU_ASSERT_EQUAL(check_session_put(made->session, order, &outcome), 0);
}

const char *made_path(const char *name)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

FILE *made_create(const char *name)
{
	FILE *out = fopen(made_path(name), "we");

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
	made->slices = made_create("slices.csv");
	CU_ASSERT_EQUAL(row_write_csv_header(check_slice_columns, made->slices), 0);
}

void made_session(struct made *made, int64_t launches)
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
	FILE *json = made_create("check.json");
	CU_ASSERT_EQUAL(check_print_json(&made->report, json), 0);
	fclose(json);
}
