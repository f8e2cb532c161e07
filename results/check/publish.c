/* publish.c - see publish.h. */
#include "results/check/publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/output.h"

/* GitHub drops a step's summary that is larger, whole. */
#define SUMMARY_MOST 1048576L

static int fail(const char *what, const char *path, int rc, char *error)
{
	snprintf(error, OPTION_ERROR_SIZE, "%s '%.200s': cannot write: %s", what, path,
		 strerror(-rc));
	return rc;
}

static int open_file(const char *option, const char *path, FILE **ret_file, char *error)
{
	if (!path)
		return 0;
	*ret_file = fopen(path, "we");
	return *ret_file ? 0 : fail(option, path, -errno, error);
}

/* Written when all has been measured, and by another name first: it is tried now. */
static int try_page(const char *path, char *error)
{
	FILE *file = NULL;
	const int rc = open_file("--report", path, &file, error);

	if (file)
		fclose(file);
	return rc;
}

int check_publish_open(struct check_publish *publish, const struct check_options *options,
		       char *error)
{
	*publish = (struct check_publish){.options = options};
	int rc = open_file("--junit", options->junit, &publish->junit, error);
	if (rc == 0)
		rc = open_file("--json", options->json, &publish->json, error);
	return rc < 0 ? rc : try_page(options->report, error);
}

typedef int print_report(const struct check_report *report, FILE *out);

/* Prints into `file` (NULL: not asked for) and closes it. */
static int write_file(print_report *print, const struct check_report *report, FILE **file)
{
	if (!*file)
		return 0;
	int rc = print(report, *file);
	if (fclose(*file) != 0 && rc == 0)
		rc = -errno;
	*file = NULL;
	return rc;
}

static int print_markdown(const struct check_report *report, FILE *out)
{
	return check_print_markdown(report, 0, out);
}

static int print_stdout(const struct check_options *options,
			const struct check_report *report)
{
	print_report *const print[] = {[CHECK_FORMAT_TABLE] = check_print_table,
				       [CHECK_FORMAT_MARKDOWN] = print_markdown,
				       [CHECK_FORMAT_JSON] = check_print_json};
	const int rc = print[options->format](report, stdout);

	return rc == 0 && fflush(stdout) != 0 ? -errno : rc;
}

/* Others may have written to the summary before. */
static int append_summary(const char *path, const struct check_report *report)
{
	FILE *file = fopen(path, "ae");
	int rc = 0;

	if (!file)
		return -errno;
	const long used = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
	if (used >= 0 && used < SUMMARY_MOST)
		rc = check_print_markdown(report, (size_t)(SUMMARY_MOST - used), file);
	if (fclose(file) != 0 && rc == 0)
		rc = -errno;
	return rc;
}

/* Where the runner of GitHub reads them: before the report, whose last line is the last. */
static int annotate(const struct check_options *options,
		    const struct check_report *report)
{
	if (!getenv("GITHUB_ACTIONS"))
		return 0;
	return check_print_annotations(
		report, options->format == CHECK_FORMAT_JSON ? stderr : stdout);
}

static int add_summary(const struct check_report *report)
{
	const char *path = getenv("GITHUB_STEP_SUMMARY");

	return path && path[0] ? append_summary(path, report) : 0;
}

/* Keeps the first failure. */
static void note(int rc, const char *what, const char *path, int *first, char *error)
{
	if (rc < 0 && *first == 0)
		*first = fail(what, path, rc, error);
}

int check_publish(struct check_publish *publish, const struct check_report *report,
		  char *error)
{
	const struct check_options *options = publish->options;
	int rc = 0;

	note(annotate(options, report), "annotations", "stdout", &rc, error);
	note(print_stdout(options, report), "the report", "stdout", &rc, error);
	note(write_file(check_print_junit, report, &publish->junit), "--junit",
	     options->junit, &rc, error);
	note(write_file(check_print_json, report, &publish->json), "--json",
	     options->json, &rc, error);
	note(add_summary(report), "$GITHUB_STEP_SUMMARY", getenv("GITHUB_STEP_SUMMARY"),
	     &rc, error);
	return rc;
}

void check_publish_close(struct check_publish *publish)
{
	if (publish->junit)
		fclose(publish->junit);
	if (publish->json)
		fclose(publish->json);
	*publish = (struct check_publish){.options = NULL};
}
