/* read.c - see read.h. */
#include "results/check/read.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/output.h"
#include "server/options.h"

struct reader {
	const char *path;
	char *error;
	int rc; /* the first failure */
};

static void lacks(struct reader *r, const char *key)
{
	if (r->rc == 0)
		snprintf(r->error, OPTION_ERROR_SIZE,
			 "%.300s: '%s' is missing, or not what a check writes", r->path,
			 key);
	r->rc = -EINVAL;
}

static bool boolean(struct reader *r, json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_boolean(value))
		lacks(r, key);
	return json_is_true(value);
}

/* null is NAN. */
static double number(struct reader *r, json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (json_is_null(value))
		return NAN;
	if (!json_is_number(value))
		lacks(r, key);
	return json_number_value(value);
}

/* "" where there is none. */
static const char *words(struct reader *r, json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		lacks(r, key);
	return json_is_string(value) ? json_string_value(value) : "";
}

static char *owned(struct reader *r, json_t *object, const char *key)
{
	char *copy = strdup(words(r, object, key));

	if (!copy && r->rc == 0)
		r->rc = -ENOMEM;
	return copy;
}

static void reason(struct reader *r, json_t *object, const char *key, char *ret_reason)
{
	snprintf(ret_reason, CHECK_REASON_SIZE, "%s", words(r, object, key));
}

static enum check_verdict verdict(struct reader *r, json_t *object)
{
	const char *name = words(r, object, "verdict");

	for (int i = CHECK_REGRESSION; i <= CHECK_REPORTED; i++)
		if (strcmp(name, check_verdict_name((enum check_verdict)i)) == 0)
			return (enum check_verdict)i;
	lacks(r, "verdict");
	return CHECK_INVALID;
}

static enum launch_mode mode(struct reader *r, json_t *object)
{
	const char *name = words(r, object, "mode");

	for (int i = LAUNCH_DUET; i <= LAUNCH_ABBA; i++)
		if (strcmp(name, launch_mode_name((enum launch_mode)i)) == 0)
			return (enum launch_mode)i;
	lacks(r, "mode");
	return LAUNCH_DUET;
}

static json_t *array_of(struct reader *r, json_t *object, const char *key, size_t least)
{
	json_t *array = json_object_get(object, key);

	if (!json_is_array(array) || json_array_size(array) < least)
		lacks(r, key);
	return array;
}

static void read_metric(struct reader *r, json_t *object, struct check_metric *metric)
{
	*metric = (struct check_metric){
		.gated = boolean(r, object, "gated"),
		.verdict = verdict(r, object),
		.margin = number(r, object, "margin"),
		.median = {number(r, object, "base_median"),
			   number(r, object, "new_median")},
	};
	reason(r, object, "reason", metric->reason);
}

static void read_exact(struct reader *r, json_t *object, struct check_row *row)
{
	row->exact_verdict = CHECK_REPORTED;
	if (!json_is_object(object))
		return;
	row->exact_verdict = verdict(r, object);
	row->exact[0] = (struct exact){number(r, object, "base"),
				       number(r, object, "base_spread")};
	row->exact[1] =
		(struct exact){number(r, object, "new"), number(r, object, "new_spread")};
}

static void read_row(struct reader *r, json_t *object, struct check_row *row,
		     struct cell *cell)
{
	const double rate = number(r, object, "offered_rps");

	*row = (struct check_row){
		.name = owned(r, object, "server"),
		.scenario = owned(r, object, "scenario"),
		.cell = cell,
		.mode = mode(r, object),
		.verdict = verdict(r, object),
		.server_failed = boolean(r, object, "server_failed"),
		.same_program = boolean(r, object, "same_program"),
		.seconds = number(r, object, "seconds"),
	};
	*cell = (struct cell){.id = owned(r, object, "cell"),
			      .offered_rps = isnan(rate) ? 0 : rate};
	reason(r, object, "mode_reason", row->mode_reason);
	reason(r, object, "reason", row->reason);
	read_exact(r, json_object_get(object, "syscalls_per_request"), row);
	json_t *metrics = array_of(r, object, "metrics", LAUNCH_METRICS);
	for (size_t m = 0; r->rc == 0 && m < LAUNCH_METRICS; m++)
		read_metric(r, json_array_get(metrics, m), &row->metric[m]);
}

static void read_rows(struct reader *r, json_t *object, struct check_recording *recording)
{
	json_t *rows = array_of(r, object, "rows", 0);
	const size_t count = json_array_size(rows);
	struct check_report *report = &recording->report;

	report->rows = calloc(count + 1, sizeof(*report->rows));
	recording->cells = calloc(count + 1, sizeof(*recording->cells));
	if (!report->rows || !recording->cells) {
		r->rc = -ENOMEM;
		return;
	}
	for (size_t i = 0; r->rc == 0 && i < count; i++) {
		report->count++;
		read_row(r, json_array_get(rows, i), &report->rows[i],
			 &recording->cells[i]);
	}
}

/* What an older check did not say. */
static size_t max_launches(json_t *object)
{
	json_t *plan = json_object_get(object, "plan");
	const json_int_t launches =
		json_integer_value(json_object_get(plan, "max_launches"));

	return launches > 0 && launches < DECISION_MAX_LAUNCHES ? (size_t)launches
								: DECISION_MAX_LAUNCHES;
}

static void read_report(struct reader *r, json_t *object,
			struct check_recording *recording)
{
	struct check_report *report = &recording->report;

	if (strcmp(words(r, object, "schema"), CHECK_JSON_SCHEMA) != 0)
		lacks(r, "schema");
	if (number(r, object, "version") != CHECK_JSON_VERSION)
		lacks(r, "version");
	*report = (struct check_report){
		.valid = boolean(r, object, "valid"),
		.strict = boolean(r, object, "strict"),
		.out_of_time = boolean(r, object, "out_of_time"),
		.seconds = number(r, object, "seconds"),
		.seed = (uint64_t)json_integer_value(json_object_get(object, "seed")),
		.max_launches = max_launches(object),
	};
	reason(r, object, "reason", report->reason);
	if (r->rc == 0)
		read_rows(r, object, recording);
}

int check_read(const char *path, struct check_recording *ret_recording, char *error)
{
	struct reader r = {.path = path, .error = error};
	struct check_recording recording = {.cells = NULL};
	json_error_t at;
	FILE *in = fopen(path, "re");

	if (!in) {
		const int rc = errno ? -errno : -EIO;
		snprintf(error, OPTION_ERROR_SIZE, "cannot read %.300s: %s", path,
			 strerror(-rc));
		return rc;
	}
	json_t *object = json_loadf(in, JSON_REJECT_DUPLICATES, &at);
	fclose(in);
	if (!object) {
		snprintf(error, OPTION_ERROR_SIZE, "%.240s: line %d, column %d: %.160s",
			 path, at.line, at.column, at.text);
		return -EINVAL;
	}
	read_report(&r, object, &recording);
	json_decref(object);
	if (r.rc == -ENOMEM)
		snprintf(error, OPTION_ERROR_SIZE, "%.300s: out of memory", path);
	if (r.rc < 0)
		check_recording_release(&recording);
	else
		*ret_recording = recording;
	return r.rc;
}

void check_recording_release(struct check_recording *recording)
{
	for (size_t i = 0; i < recording->report.count; i++) {
		free(recording->report.rows[i].name);
		free(recording->report.rows[i].scenario);
		free(recording->cells[i].id);
	}
	free(recording->report.rows);
	free(recording->cells);
	*recording = (struct check_recording){.cells = NULL};
}
