/* compare.c - `compare DIR` of a check: the verdicts again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/result_dir.h"
#include "results/check/lines.h"
#include "results/check/output.h"
#include "results/check/read.h"
#include "results/check/replay.h"
#include "server/options.h"
#include "server/printable.h"

static bool differs(const char *server, const char *scenario, const char *what,
		    enum check_verdict recorded, enum check_verdict derived, FILE *out)
{
	if (recorded == derived)
		return false;
	fprintf(out, "%s, %s%s%s: check.json says %s, its launches say %s\n", server,
		scenario, *what ? ", " : "", what, check_verdict_name(recorded),
		check_verdict_name(derived));
	return true;
}

static size_t differences_of_row(const struct check_row *recorded,
				 const struct check_row *derived, FILE *out)
{
	size_t count = differs(recorded->name, recorded->scenario, "", recorded->verdict,
			       derived->verdict, out);

	for (int m = 0; m < LAUNCH_METRICS; m++)
		count += differs(recorded->name, recorded->scenario,
				 check_metric_name((enum launch_metric)m),
				 recorded->metric[m].verdict, derived->metric[m].verdict,
				 out);
	return count;
}

size_t check_print_differences(const struct check_report *recorded,
			       const struct check_report *derived, FILE *out)
{
	size_t count = 0;

	if (check_exit_status(recorded) != check_exit_status(derived)) {
		fprintf(out, "the session: check.json says %s, its launches say %s\n",
			check_session_word(recorded), check_session_word(derived));
		count++;
	}
	for (size_t i = 0; i < recorded->count; i++)
		count += differences_of_row(&recorded->rows[i], &derived->rows[i], out);
	return count;
}

static int print(const struct check_report *report, enum check_form form)
{
	switch (form) {
	case CHECK_FORM_MARKDOWN:
		return check_print_markdown(report, 0, stdout);
	case CHECK_FORM_JSON:
		return check_print_json(report, stdout);
	default:
		return check_print_table(report, stdout);
	}
}

/* The texts of a record may be anybody's. */
static int say_differences(const struct check_report *recorded,
			   const struct check_report *derived)
{
	char *text = NULL, *line, *rest;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	check_print_differences(recorded, derived, out);
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	for (rest = text; (line = strsep(&rest, "\n")) && *line;) {
		make_printable(line);
		warn_user("compare: %s", line);
	}
	free(text);
	return 0;
}

static int derive_and_print(const struct check_recording *recording,
			    const struct check_recorded *items, size_t count,
			    enum check_form form, int *ret_status, char *error)
{
	struct check_report derived;
	int rc = check_replay(&recording->report, items, count, &derived, error);

	if (rc < 0)
		return rc;
	rc = print(&derived, form);
	if (rc == 0)
		rc = say_differences(&recording->report, &derived);
	*ret_status = check_exit_status(&derived);
	free(derived.rows);
	return rc;
}

/* Of a check that is older than the columns `row` and `client_limited`. */
static void say_older(const struct check_recorded *items, size_t count, const char *path)
{
	if (count > 0 && items[0].row == 0)
		warn_user(
			"compare: %s is of an older version, which did not record where "
			"the generator was the limit: derived as if it never was",
			path);
}

/* 0 or -errno, with one line in `error` but for -ENOMEM and -EIO. */
static int compare(const char *directory, enum check_form form, int *ret_status,
		   char *error)
{
	struct check_recording recording = {.cells = NULL};
	struct check_recorded *items = NULL;
	size_t count = 0;
	char *json = result_dir_file(directory, "check.json");
	char *slices = result_dir_file(directory, "slices.csv");
	int rc = json && slices ? 0 : -ENOMEM;

	if (rc == 0)
		rc = check_read(json, &recording, error);
	if (rc == 0)
		rc = check_recorded_read(slices, &items, &count, error);
	if (rc == 0)
		say_older(items, count, slices);
	if (rc == 0)
		rc = derive_and_print(&recording, items, count, form, ret_status, error);
	check_recorded_free(items, count);
	check_recording_release(&recording);
	free(json);
	free(slices);
	return rc;
}

int compare_check(const char *directory, enum check_form form, bool fail_on_worse)
{
	char error[OPTION_ERROR_SIZE] = "";
	int status = CHECK_PASSED;
	const int rc = compare(directory, form, &status, error);

	if (rc == 0)
		return fail_on_worse ? status : CHECK_PASSED;
	if (rc == -ENOMEM || rc == -EIO || !error[0])
		return error_failed("compare: %s", error[0] ? error : strerror(-rc));
	return error_usage("compare: %s", error);
}
