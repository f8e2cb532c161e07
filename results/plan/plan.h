/*
 * plan.h - what is to be measured: sections of axes whose cross products are the cells.
 *
 *	[plan]			name question seed repetitions duration warmup placement
 *				engine syscalls only
 *	[cells NAME]		the axes, keys named as the columns of results.csv
 *
 * Values are separated by spaces, a repeated key appends, a model that is exec:COMMAND
 * takes the rest of its line. `model = all` (of this program), `model = family:NAME` and
 * `model = family:python` are expanded when read, so that the plan as run names its servers.
 * Models that they stand for have cells only where they serve the transport; one that serves
 * some of a section's transports is written back as `?NAME`, which reads as such a model.
 *
 * inih reads the file; a line over 199 bytes is refused, and so is ` ;` behind a value
 * (inih would cut a comment there, and with it half a shell command).
 */
#ifndef RESULTS_PLAN_PLAN_H
#define RESULTS_PLAN_PLAN_H

#include <stdint.h>
#include <stdio.h>

#include "server/io_model.h"
#include "server/options.h"
#include "server/row.h"

struct server_spec;

enum placement { PLACEMENT_SPLIT, PLACEMENT_SHARED, PLACEMENT_SAME };

/* Names of the placements, for OPTION_CHOICE; ends with NULL. */
extern const char *const placement_names[];

/* The axes in the order of plan_axes. */
enum plan_axis {
	PLAN_MODEL,
	PLAN_TRANSPORT,
	PLAN_CONNECTIONS,
	PLAN_IDLE_CONNECTIONS,
	PLAN_PAYLOAD_BYTES,
	PLAN_DEPTH,
	PLAN_OFFERED_RPS,
	PLAN_ARRIVALS,
	PLAN_WORK,
	PLAN_CHURN,
	PLAN_WORKERS,
	PLAN_PLACEMENT,
	PLAN_AXES
};

/* One point of a cross product; texts are borrowed from the plan. */
struct cell {
	const char *model; /* SERVER, for server_spec_parse */
	int transport;     /* enum transport */
	int64_t connections;
	int64_t idle_connections;
	const char *payload_bytes;
	int64_t depth;
	double offered_rps; /* 0: closed loop */
	int arrivals;
	const char *work;
	int64_t churn;
	const char *workers;
	int placement; /* enum placement */
	char *id;      /* column `cell`: unique in a plan, the same in every run of it */
};

/* The keys of [plan] and of [cells NAME]; offsets into struct plan and struct cell; end
 * with .name NULL. */
extern const struct option_spec plan_keys[];
extern const struct option_spec plan_axes[];

struct plan_values {
	char **items; /* canonical texts */
	int count;
};

struct plan_cells {
	char *name;
	int line; /* of the file, where it begins; 0: it is of no file */
	struct plan_values axes[PLAN_AXES];
};

struct plan {
	const char *name;
	const char *question;
	int64_t seed;
	int64_t repetitions;
	int64_t duration_ns;
	int64_t warmup_ns;
	int placement;    /* of cells that name none */
	int engine;       /* of the generator: index into engine_choices */
	bool syscalls;    /* count them in an extra repetition, where that is permitted */
	const char *only; /* of the cells those that this filter.h text means; "": all */

	const struct io_catalogue *catalogue;
	struct plan_cells *sections;
	int section_count;
	struct plan_values texts; /* owns name and question */
	unsigned keys_given;      /* bit i: plan_keys[i] was set */
};

/* In all of these `error` holds OPTION_ERROR_SIZE bytes and receives one line on failure;
 * what names a file or an option is in it. */

/* A plan of defaults without cells, to be filled. */
void plan_init(struct plan *plan, const struct io_catalogue *catalogue);
void plan_release(struct plan *plan);

/* A shipped plan by name or, where the argument has a slash or ends in .ini, a file.
 * 0, -EINVAL, -errno. On failure nothing is left. */
int plan_load(const char *argument, const struct io_catalogue *catalogue,
	      struct plan *ret_plan, char *error);

/* The same from a text; `where` stands before the line number in messages. */
int plan_parse(const char *text, const char *where, const struct io_catalogue *catalogue,
	       struct plan *ret_plan, char *error);

/* Sets a key of [plan]; 0 or -EINVAL. */
int plan_set(struct plan *plan, const char *key, const char *value, char *error);

/* Adds a section of cells; NULL: no memory. Pointers to earlier ones become invalid. */
struct plan_cells *plan_add_cells(struct plan *plan, const char *name);

/* Checks one value of an axis other than the model, and stores it as it is written back
 * ("1024" as "1k"). 0, or -EINVAL with one line in `error`. */
int plan_value_check(enum plan_axis axis, const char *text, char *ret_text, size_t size,
		     char *error);

/* Appends the values (separated by spaces) of an axis; 0 or -EINVAL. */
int plan_append(struct plan *plan, struct plan_cells *cells, const char *axis,
		const char *values, char *error);

/* Forgets the values of an axis in every section, for others to be appended. */
void plan_clear_axis(struct plan *plan, enum plan_axis axis);

/* 0, or -EINVAL when there is nothing to measure or a section has no model. */
int plan_check(const struct plan *plan, char *error);

/* The cells that `only` leaves, each once although sections may overlap. The caller frees
 * them before the plan. 0 or -ENOMEM. */
int plan_expand(const struct plan *plan, struct cell **ret_cells, size_t *ret_count);
void plan_cells_free(struct cell *cells, size_t count);

/* Sets the columns of results.csv that a cell has before it is measured. */
void cell_describe(const struct cell *cell, const struct server_spec *spec,
		   struct row *row);

/* The plan as plan_load reads it back. 0 or -EIO. */
int plan_write(const struct plan *plan, FILE *out);

/* The plans of scripts/, compiled in; ends with a NULL name. */
struct shipped_plan {
	const char *name;
	const char *text;
};

extern const struct shipped_plan shipped_plans[];

#endif
