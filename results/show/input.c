/* input.c - a file of results that a command was given. */
#include "results/show/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loadgen/load.h"
#include "results/plan/filter.h"
#include "server/options.h"

#define NAMES_SIZE 400

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The file of results in a directory; the caller frees it. NULL: there is none. */
static char *find_file(const char *directory)
{
	static const char *const names[] = {"results.csv", "tasks.csv"};
	char *path;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (asprintf(&path, "%s/%s", directory, names[i]) < 0)
			return NULL;
		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* ", name" behind the others; "..." when there is no room. */
static void add_name(char *names, const char *name)
{
	const size_t used = strlen(names);

	if (used + strlen(name) + 8 < NAMES_SIZE)
		snprintf(names + used, NAMES_SIZE - used, "%s%s", used ? ", " : "", name);
	else if (used + 5 < NAMES_SIZE && !strstr(names, " .."))
		snprintf(names + used, NAMES_SIZE - used, " ..");
}

/* The names of `columns` that are not in `others`: how many. */
static size_t missing_names(const struct row_column *columns,
			    const struct row_column *others, char *names)
{
	size_t count = 0;

	names[0] = '\0';
	for (; columns->name; columns++) {
		if (row_column_index(others, columns->name) >= 0)
			continue;
		add_name(names, columns->name);
		count++;
	}
	return count;
}

static void say_what_is_odd(const char *command, const struct csv_file *file,
			    const char *path)
{
	char names[NAMES_SIZE];

	if (missing_names(file->schema, file->columns, names) > 0)
		warn_user("%s: %.200s was written by another version: it has no %s",
			  command, path, names);
	if (missing_names(file->columns, file->schema, names) > 0)
		warn_user("%s: %.200s has columns of another version, kept as text: %s",
			  command, path, names);
	if (file->torn_line > 0)
		warn_user("%s: %.200s: the row on line %zu is torn, it has no end: "
			  "shown are the %zu whole rows before it",
			  command, path, file->torn_line, file->count);
}

static void choose_view(struct input *input, const struct row_column *task_columns)
{
	input->view = input->file.schema == task_columns ? view_tasks : view_results;
	if (row_column_index(input->file.columns, "verdict") < 0)
		input->view.verdicts = false;
}

int input_read(const char *command, const char *path,
	       const struct row_column *task_columns, struct input *ret_input,
	       char *error)
{
	const struct row_column *const schemas[] = {result_columns, task_columns, NULL};
	char *found = is_directory(path) ? find_file(path) : strdup(path);

	if (!found) {
		snprintf(
			error, OPTION_ERROR_SIZE,
			"'%.300s' holds no results: expected a directory with results.csv "
			"or tasks.csv, or such a file",
			path);
		return -ENOENT;
	}
	*ret_input = (struct input){.directory = is_directory(path) ? path : NULL};
	const int rc = csv_read(found, schemas, &ret_input->file, error);
	if (rc == 0) {
		choose_view(ret_input, task_columns);
		say_what_is_odd(command, &ret_input->file, found);
	}
	free(found);
	return rc;
}

int input_where(struct input *input, const char *text, char *error)
{
	struct csv_file *file = &input->file;
	struct filter *filter;
	char why[OPTION_ERROR_SIZE];
	size_t kept = 0;

	const int rc = filter_parse(text, file->columns, &filter, why);
	if (rc < 0) {
		snprintf(error, OPTION_ERROR_SIZE, "--where '%.100s': %.380s", text, why);
		return rc;
	}
	for (size_t i = 0; i < file->count; i++) {
		if (filter_matches(filter, &file->rows[i]))
			file->rows[kept++] = file->rows[i];
		else
			row_release(&file->rows[i]);
	}
	file->count = kept;
	filter_free(filter);
	return 0;
}
