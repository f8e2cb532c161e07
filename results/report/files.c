/* files.c - what else lies in the directory of a result, for its page. */
#include "results/report/files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/campaign/result_dir.h"
#include "server/row.h"

#define TEXT_MAX (1 << 20) /* of a plan: more is none of ours */

static json_t *json_of(struct report_source *source, const char *directory,
		       const char *name, bool expected)
{
	char *path = directory ? result_dir_file(directory, name) : NULL;
	json_error_t error;
	json_t *value = NULL;

	if (!path)
		return directory ? NULL : json_null();
	if (access(path, F_OK) == 0) {
		value = json_load_file(path, 0, &error);
		if (!value)
			report_miss(source, "%s, line %d: %s", name, error.line,
				    error.text);
	} else if (expected) {
		report_miss(source, "there is no %s", name);
	}
	free(path);
	return value ? value : json_null();
}

json_t *report_files_environment(struct report_source *source, const char *directory)
{
	return json_of(source, directory, "environment.json", true);
}

json_t *report_files_check(struct report_source *source, const char *directory)
{
	return json_of(source, directory, "check.json", false);
}

json_t *report_files_plan(struct report_source *source, const char *directory)
{
	char *path = directory ? result_dir_file(directory, "plan.ini") : NULL;
	char *text = calloc(1, TEXT_MAX + 1);
	FILE *file = path ? fopen(path, "re") : NULL;
	json_t *value = NULL;

	(void)source;
	if (file && text) {
		const size_t length = fread(text, 1, TEXT_MAX, file);
		text[length] = '\0';
		value = json_text(text);
	}
	if (file)
		fclose(file);
	free(text);
	free(path);
	return value ? value : json_null();
}

json_t *report_files_title(struct report_source *source, const char *directory)
{
	char *path = directory ? realpath(directory, NULL) : NULL;
	const char *last = path ? strrchr(path, '/') : NULL;
	json_t *title;

	(void)source;
	if (!directory)
		return json_null();
	title = json_text(last && last[1] ? last + 1 : directory);
	free(path);
	return title;
}
