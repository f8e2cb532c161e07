/* cases.c - see cases.h. */
#include "results/check/cases.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/measure.h"
#include "results/check/guard.h"

static const char *const program_options[DUET_SIDES] = {"base-program", "new-program"};

/* The generator holds the connections of both sides. */
static int check_load(const struct check_case *one, char *error)
{
	const struct measure_config config = {
		.cell = &one->cell[0],
		.spec = &one->subject[0].spec,
		.cpus = &one->subject[0].cpus,
		.warmup_ns = 1,
		.duration_ns = 1,
	};
	struct load_config load;

	measure_load_config(&config, &load);
	load.connections *= DUET_SIDES;
	load.idle *= DUET_SIDES;
	return load_config_check(&load, (enum transport)one->cell[0].transport, error);
}

/* A side of a case. -ENODEV: this machine or the program cannot serve it. */
static int prepare_side(struct check_case *one, int side, const struct program *program,
			const struct plan *plan, char *error)
{
	struct subject *subject = &one->subject[side];
	int rc = subject_prepare(&one->cell[side], plan->catalogue, subject, error);

	if (rc < 0)
		return rc;
	if (subject->spec.model && !subject->spec.peers) {
		subject->spec.program = program->path;
		if (program_has(program, subject->spec.model->name, error) < 0)
			return -ENODEV;
	}
	if (!subject->reason)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "%.200s: %.200s", one->cell[side].model,
		 subject->reason);
	return -ENODEV;
}

/* Of equal files, words and environment nothing can differ. */
static bool same_program(const struct check_cases *cases, const struct check_case *one)
{
	const struct server_spec *base = &one->subject[0].spec;
	const struct server_spec *new = &one->subject[1].spec;

	if (strcmp(one->cell[0].model, one->cell[1].model) != 0)
		return false;
	if (base->command || base->peers)
		return true;
	const char *path[DUET_SIDES] = {program_files_path(base),
					program_files_path(new)};
	const char *digest = program_files_digest(&cases->files, path[0]);
	return strcmp(path[0], path[1]) == 0 ||
	       (digest[0] &&
		strcmp(digest, program_files_digest(&cases->files, path[1])) == 0);
}

/* An open loop's arrivals do not wait for turns; unlike servers must not meet. */
static void choose_mode(struct check_case *one, enum launch_mode wanted)
{
	one->mode = wanted;
	if (one->cell[0].offered_rps > 0) {
		one->mode = LAUNCH_DUET;
		if (wanted != LAUNCH_DUET)
			snprintf(one->mode_reason, CHECK_REASON_SIZE,
				 "an open loop has no turns: its arrivals do not wait");
	} else if (wanted == LAUNCH_DUET &&
		   check_guard_unlike(&one->subject[0].spec, &one->subject[1].spec,
				      one->mode_reason)) {
		one->mode = LAUNCH_ABBA;
	}
}

static void release(struct check_case *one)
{
	for (int i = 0; i < DUET_SIDES; i++)
		subject_release(&one->subject[i]);
}

static int prepare_case(struct check_cases *cases, const struct check_options *options,
			const struct plan *plan, const struct cell *cell,
			struct check_case *one, char *error)
{
	int rc = 0;

	*one = (struct check_case){.cell = {*cell, *cell}, .base_cpu_us = NAN};
	if (options->server[1])
		one->cell[1].model = options->server[1];
	for (int i = 0; rc == 0 && i < DUET_SIDES; i++) {
		rc = prepare_side(one, i, &cases->program[i], plan, error);
		if (rc == 0)
			rc = program_files_add(&cases->files, &one->subject[i].spec);
	}
	if (rc == 0)
		rc = check_load(one, error);
	if (rc == 0)
		one->same_program = same_program(cases, one);
	return rc;
}

/* Remembers why; takes the line's end with it. */
static int leave_out(struct check_cases *cases, const struct cell *cell, const char *why)
{
	char *all;

	if (asprintf(&all, "%s%s: %s\n", cases->left_out ? cases->left_out : "", cell->id,
		     why) < 0)
		return -ENOMEM;
	free(cases->left_out);
	cases->left_out = all;
	return 0;
}

static int add_case(struct check_cases *cases, const struct check_options *options,
		    const struct plan *plan, const struct cell *cell,
		    enum launch_mode mode, char *error)
{
	struct check_case *one = &cases->items[cases->count];
	const int rc = prepare_case(cases, options, plan, cell, one, error);

	if (rc == 0) {
		choose_mode(one, mode);
		cases->count++;
		return 0;
	}
	release(one);
	return rc == -ENODEV || rc == -EMFILE ? leave_out(cases, cell, error) : rc;
}

static bool both_modes(const struct check_options *options, const struct cell *cell)
{
	return options->mode == CHECK_MODE_BOTH && cell->offered_rps <= 0;
}

static int add_cell(struct check_cases *cases, const struct check_options *options,
		    const struct plan *plan, const struct cell *cell, char *error)
{
	const enum launch_mode mode =
		options->mode == CHECK_MODE_ABBA ? LAUNCH_ABBA : LAUNCH_DUET;
	const size_t before = cases->count;
	const int rc = add_case(cases, options, plan, cell, mode, error);

	if (rc < 0 || cases->count == before || !both_modes(options, cell) ||
	    cases->items[before].mode == LAUNCH_ABBA)
		return rc;
	return add_case(cases, options, plan, cell, LAUNCH_ABBA, error);
}

static int ask_programs(struct check_cases *cases, const struct check_options *options,
			char *error)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < DUET_SIDES; i++)
		rc = program_ask(&cases->program[i], program_options[i],
				 options->program[i], error);
	return rc;
}

int check_cases_prepare(struct check_cases *cases, const struct check_options *options,
			const struct plan *plan, char *error)
{
	*cases = (struct check_cases){.cells = NULL};
	int rc = ask_programs(cases, options, error);
	if (rc < 0)
		return rc;
	snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	rc = plan_expand(plan, &cases->cells, &cases->cell_count);
	if (rc < 0)
		return rc;
	cases->items = calloc(DUET_SIDES * cases->cell_count + 1, sizeof(*cases->items));
	if (!cases->items)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < cases->cell_count; i++)
		rc = add_cell(cases, options, plan, &cases->cells[i], error);
	/* the reason of the last one is in `error` */
	return rc == 0 && cases->count == 0 ? -EINVAL : rc;
}

void check_cases_release(struct check_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++)
		release(&cases->items[i]);
	free(cases->items);
	plan_cells_free(cases->cells, cases->cell_count);
	for (int i = 0; i < DUET_SIDES; i++)
		program_release(&cases->program[i]);
	program_files_release(&cases->files);
	free(cases->left_out);
	*cases = (struct check_cases){.cells = NULL};
}

static int describe(const struct check_case *one, struct check_row *row)
{
	const char *base = one->cell[0].model, *new = one->cell[1].model;
	const char *scenario = one->cell[0].id + strlen(base);

	if (strcmp(base, new) == 0)
		row->name = strdup(base);
	else if (asprintf(&row->name, "%s -> %s", base, new) < 0)
		row->name = NULL;
	row->scenario = strdup(scenario + (*scenario == '/'));
	row->cell = &one->cell[0];
	row->mode = one->mode;
	memcpy(row->mode_reason, one->mode_reason, sizeof(row->mode_reason));
	row->same_program = one->same_program;
	row->verdict = CHECK_INCONCLUSIVE;
	row->exact_verdict = CHECK_REPORTED;
	for (int i = 0; i < DUET_SIDES; i++)
		row->exact[i] = (struct exact){.per_request = NAN, .spread = NAN};
	return row->name && row->scenario ? 0 : -ENOMEM;
}

struct check_row *check_cases_rows(const struct check_cases *cases)
{
	struct check_row *rows = calloc(cases->count + 1, sizeof(*rows));
	int rc = 0;

	for (size_t i = 0; rows && rc == 0 && i < cases->count; i++)
		rc = describe(&cases->items[i], &rows[i]);
	if (rc == 0)
		return rows;
	check_cases_free_rows(rows, cases->count);
	return NULL;
}

void check_cases_free_rows(struct check_row *rows, size_t count)
{
	for (size_t i = 0; rows && i < count; i++) {
		free(rows[i].name);
		free(rows[i].scenario);
	}
	free(rows);
}
