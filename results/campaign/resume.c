/* resume.c - going on with a run that was killed, interrupted, or out of time. */
#include "results/campaign/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/campaign/session.h"
#include "results/show/csv_read.h"

static char *plan_text(const struct plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	const int rc = plan_write(plan, out);
	if (fclose(out) == 0 && rc == 0)
		return text;
	free(text);
	return NULL;
}

/* The first line that two texts do not share. */
static void describe_difference(const char *was, const char *is, char *error)
{
	size_t line = 0;

	for (size_t i = 0; was[i] && was[i] == is[i]; i++)
		if (was[i] == '\n')
			line = i + 1;
	snprintf(
		error, OPTION_ERROR_SIZE,
		"another plan cannot go on: it has '%.*s' where that of the directory has "
		"'%.*s'",
		(int)strcspn(is + line, "\n"), is + line, (int)strcspn(was + line, "\n"),
		was + line);
}

int resume_check_plan(const char *path, const struct plan *plan, char *error)
{
	char *file = result_dir_file(path, "plan.ini"), *was = NULL, *is = NULL;
	struct plan before;
	int rc = -ENOMEM;

	snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	if (!file)
		return rc;
	rc = plan_load(file, plan->catalogue, &before, error);
	free(file);
	if (rc < 0)
		return rc;
	was = plan_text(&before);
	is = plan_text(plan);
	plan_release(&before);
	rc = was && is ? 0 : -ENOMEM;
	if (rc == 0 && strcmp(was, is) != 0) {
		describe_difference(was, is, error);
		rc = -EINVAL;
	}
	free(was);
	free(is);
	return rc;
}

/* Rows that are kept leave the file. */
static int keep_rows(struct campaign *campaign, const char *path, struct csv_file *file,
		     char *error)
{
	char why[OPTION_ERROR_SIZE] = "its columns are those of another version";
	int rc = file->columns == result_columns ? 0 : -EINVAL;

	for (size_t i = 0; rc == 0 && i < file->count; i++) {
		rc = campaign_keep(campaign, &file->rows[i], why);
		if (rc == 0)
			memset(&file->rows[i], 0, sizeof(file->rows[i]));
	}
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "cannot go on in %.100s: %.380s", path,
			 why);
	return rc;
}

static void remove_logs(const struct campaign *campaign, const struct result_dir *dir)
{
	for (size_t i = 0; i < campaign->step_count; i++) {
		const struct campaign_step *step = &campaign->steps[i];
		char *log = step->done
				    ? NULL
				    : result_dir_log_path(dir, (int64_t)i + 1,
							  campaign->cells[step->cell].id);
		if (log)
			(void)unlink(log); /* mostly there is none */
		free(log);
	}
}

/* *ret_whole: bytes up to the end of the last whole row. */
static int take_rows(struct campaign *campaign, const char *path, long *ret_whole,
		     char *error)
{
	static const struct row_column *const schemas[] = {result_columns, NULL};
	char *rows = result_dir_file(path, "results.csv");
	struct csv_file file;

	if (!rows) {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
		return -ENOMEM;
	}
	int rc = csv_read(rows, schemas, &file, error);
	free(rows);
	if (rc < 0)
		return rc;
	rc = keep_rows(campaign, path, &file, error);
	*ret_whole = (long)file.whole;
	csv_file_release(&file);
	return rc;
}

int resume_look(struct campaign *campaign, const char *path, char *error)
{
	long whole;

	return take_rows(campaign, path, &whole, error);
}

static int cut(struct result_dir *dir, long whole, char *error)
{
	const int rc = result_dir_cut(dir, whole);

	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "cannot write %.300s/results.csv: %s",
			 dir->path, strerror(-rc));
	return rc;
}

int resume_open(struct campaign *campaign, const char *path, const json_t *now,
		struct result_dir *dir, json_t **ret_environment, char *error)
{
	json_t *environment = NULL;
	long whole = 0;

	int rc = session_go_on(path, now, &environment, error);
	if (rc < 0)
		return rc;
	rc = result_dir_reopen(dir, path, error);
	if (rc == 0) {
		rc = take_rows(campaign, path, &whole, error);
		if (rc == 0)
			rc = cut(dir, whole, error);
		if (rc < 0)
			result_dir_release(dir);
	}
	if (rc < 0) {
		json_decref(environment);
		return rc;
	}
	remove_logs(campaign, dir);
	*ret_environment = environment;
	return 0;
}
