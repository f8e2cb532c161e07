/* files.c - see files.h. */
#include "results/check/files.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "results/campaign/verdict.h"
#include "results/check/output.h"
#include "results/check/session.h"
#include "server/clock.h"

static int fail(const struct check_files *files, const char *name, int rc, char *error)
{
	snprintf(error, OPTION_ERROR_SIZE, "cannot write %.200s/%s: %s", files->dir.path,
		 name, strerror(-rc));
	return rc;
}

static int begin_slices(struct check_files *files)
{
	files->slices = result_dir_open(&files->dir, "slices.csv");
	if (!files->slices)
		return -errno;
	const int rc = row_write_csv_header(check_slice_columns, files->slices);
	return rc == 0 && fflush(files->slices) != 0 ? -errno : rc;
}

static int write_plan(const struct check_files *files, const struct plan *plan)
{
	FILE *file = result_dir_open(&files->dir, "plan.ini");

	if (!file)
		return -errno;
	const int rc = plan_write(plan, file);
	return fclose(file) == 0 ? rc : -errno;
}

int check_files_create(struct check_files *files, const char *path,
		       const struct plan *plan, json_t *environment, char *error)
{
	*files = (struct check_files){.environment = environment};
	format_run_id(files->run_id);
	int rc = result_dir_make(&files->dir, path, "results.csv", result_columns, error);
	if (rc < 0)
		return rc;
	rc = write_plan(files, plan);
	if (rc < 0)
		return fail(files, "plan.ini", rc, error);
	rc = begin_slices(files);
	if (rc < 0)
		return fail(files, "slices.csv", rc, error);
	rc = environment_write_into(environment, files->dir.path);
	return rc < 0 ? fail(files, "environment.json", rc, error) : 0;
}

static void set_latencies(const struct check_slice_launch *one, int side, struct row *row)
{
	const double(*whole)[DUET_SIDES] = one->launch->whole;

	row_set_real(row, one->open_loop ? "response_p50_us" : "service_p50_us",
		     whole[LAUNCH_P50][side]);
	row_set_real(row, one->open_loop ? "response_p99_us" : "service_p99_us",
		     whole[LAUNCH_P99][side]);
}

static void set_measured(const struct check_slice_launch *one, int side, struct row *row)
{
	const struct launch *launch = one->launch;
	const double cpu_us = launch->whole[LAUNCH_CPU][side];
	int64_t requests = 0;

	for (int i = 0; i < launch->pairs; i++)
		requests += (int64_t)launch->pair[i].requests[side];
	if (launch->pairs > 0)
		row_set_count(row, "requests", requests);
	row_set_real(row, "throughput_rps", launch->whole[LAUNCH_THROUGHPUT][side]);
	row_set_real(row, "cpu_us_per_request", cpu_us);
	row_set_real(row, "requests_per_cpu_s", cpu_us > 0 ? 1e6 / cpu_us : NAN);
	set_latencies(one, side, row);
	if (launch->threads[side] > 0)
		row_set_count(row, "server_threads", launch->threads[side]);
}

static bool mine(const char *problem, int side)
{
	char prefix[16];

	snprintf(prefix, sizeof(prefix), "%s: ", launch_side_name(side));
	return strstr(problem, prefix) != NULL;
}

static void set_verdict(const struct check_slice_launch *one, int side, struct row *row)
{
	const bool failed = mine(one->problem, side);
	const bool measured = one->launch->pairs > 0;
	const enum verdict verdict = failed     ? VERDICT_SERVER_ERRORS
				     : measured ? VERDICT_VALID
						: VERDICT_CLIENT_LIMITED;

	row_set_text(row, "verdict", verdict_name(verdict));
	if (failed || !measured)
		row_set_text(row, "verdict_reason", one->problem);
}

static void describe(const struct check_files *files,
		     const struct check_slice_launch *one, int side, struct row *row)
{
	const struct launch_config *launch = one->config;
	const struct measure_config *config = launch->sides[side];
	char now[32];

	format_now(now, sizeof(now));
	row_set_text(row, "run_id", files->run_id);
	row_set_text(row, "started_at", now);
	row_set_text(row, "side", launch_side_name(side));
	measure_describe(config, row);
	row_set_count(row, "client_threads", 1);
	row_set_count(row, "repetition", one->number);
	row_set_count(row, "order", one->number);
	row_set_text(row, "engine", load_engines[config->engine]);
	row_set_real(row, "warmup_s", (double)config->warmup_ns / NS_PER_S);
	row_set_real(row, "duration_s",
		     (double)launch->slice_ns * launch->pairs / NS_PER_S);
}

static int add_row(struct check_files *files, const struct check_slice_launch *one,
		   int side)
{
	struct row row;
	int rc = row_init(&row, result_columns);

	if (rc < 0)
		return rc;
	describe(files, one, side, &row);
	set_measured(one, side, &row);
	set_verdict(one, side, &row);
	rc = result_dir_append(&files->dir, &row);
	row_release(&row);
	return rc;
}

/* Base against itself is no measurement of new. */
static bool compares(const struct check_slice_launch *one)
{
	return strcmp(one->stage, check_stage_name(CHECK_STAGE_NULL)) != 0 &&
	       strcmp(one->stage, check_stage_name(CHECK_STAGE_BURN)) != 0;
}

int check_files_add(struct check_files *files, const struct check_slice_launch *one,
		    char *error)
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < DUET_SIDES && compares(one); side++)
		rc = add_row(files, one, side);
	if (rc < 0)
		return fail(files, "results.csv", rc, error);
	rc = check_slices_write(one, files->slices);
	return rc < 0 ? fail(files, "slices.csv", rc, error) : 0;
}

int check_files_finish(struct check_files *files, const struct check_report *report,
		       char *error)
{
	char now[32];

	format_now(now, sizeof(now));
	json_object_set_new(files->environment, "ended_at", json_string(now));
	int rc = environment_write_into(files->environment, files->dir.path);
	if (rc < 0)
		return fail(files, "environment.json", rc, error);
	FILE *file = result_dir_open(&files->dir, "check.json");
	rc = file ? check_print_json(report, file) : -errno;
	if (file && fclose(file) != 0 && rc == 0)
		rc = -errno;
	return rc < 0 ? fail(files, "check.json", rc, error) : 0;
}

void check_files_close(struct check_files *files)
{
	if (files->slices)
		fclose(files->slices);
	result_dir_release(&files->dir);
	json_decref(files->environment);
	*files = (struct check_files){.slices = NULL};
}
