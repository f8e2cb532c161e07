/*
 * read.c - a plan from a text, through inih.
 *
 * inih tells its handler no line numbers, no empty sections and nothing of what it cuts
 * off, so the lines are handed to it one by one (ini_parse_stream), looked at first.
 */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/plan/plan.h"
#include "results/plan/private.h"

#define PLAN_FILE_MAX (1 << 20)

enum section { SECTION_NONE, SECTION_PLAN, SECTION_CELLS };

struct reader {
	const char *next; /* the line after the one that inih has */
	int line;
	const char *where;
	struct plan *plan;
	enum section section;
	bool failed;
	char *error;
};

/* Puts FILE:LINE before the text of the first error; the others are not looked at. */
__attribute__((format(printf, 2, 3))) static void fail(struct reader *reader,
						       const char *format, ...)
{
	va_list arguments;

	if (reader->failed)
		return;
	reader->failed = true;
	const int used = snprintf(reader->error, OPTION_ERROR_SIZE,
				  "%.200s:%d: ", reader->where, reader->line);
	va_start(arguments, format);
	vsnprintf(reader->error + used, OPTION_ERROR_SIZE - (size_t)used, format,
		  arguments);
	va_end(arguments);
}

static void begin_cells(struct reader *reader, const char *name)
{
	const struct plan *plan = reader->plan;

	for (int i = 0; i < plan->section_count; i++) {
		if (strcmp(plan->sections[i].name, name) != 0)
			continue;
		fail(reader, "section [cells %s] is given twice", name);
		return;
	}
	reader->section = SECTION_CELLS;
	struct plan_cells *cells = plan_add_cells(reader->plan, name);
	if (cells)
		cells->line = reader->line;
	else
		fail(reader, "out of memory");
}

/* `line` starts with '['. inih would keep 49 bytes of a name, and skip empty sections. */
static void begin_section(struct reader *reader, const char *line)
{
	char name[PLAN_LINE_MAX + 1];
	const char *end = strchr(line, ']');

	reader->section = SECTION_NONE;
	if (!end)
		return; /* inih says so */
	snprintf(name, sizeof(name), "%.*s", (int)(end - line - 1), line + 1);
	const size_t blank = strcspn(name, " \t");
	const char *cells = name + blank + strspn(name + blank, " \t");
	if (strcmp(name, "plan") == 0) {
		reader->section = SECTION_PLAN;
	} else if (strncmp(name, "cells", blank) == 0 && blank == 5 && cells[0]) {
		begin_cells(reader, cells);
	} else {
		fail(reader, "unknown section [%s]; expected [plan] or [cells NAME]",
		     name);
	}
}

/* What inih would silently cut or split. */
static void look_at(struct reader *reader, const char *line)
{
	const char *start = line + strspn(line, " \t");

	if (*start == ';' || *start == '#')
		return;
	if (*start == '[' && start == line) {
		begin_section(reader, line);
		return;
	}
	for (const char *p = start; *p; p++)
		if ((p[0] == ' ' || p[0] == '\t') && p[1] == ';')
			fail(reader,
			     "' ;' would start a comment here: put comments on "
			     "lines of their own (in a command write ';' without a "
			     "space before it)");
}

/* fgets for inih: the next line without its end, or NULL. */
static char *next_line(char *line, int size, void *stream)
{
	struct reader *reader = stream;

	if (reader->failed || *reader->next == '\0')
		return NULL;
	const size_t len = strcspn(reader->next, "\n");
	reader->line++;
	if (len > PLAN_LINE_MAX || len >= (size_t)size) {
		fail(reader,
		     "a line of %zu bytes; at most %d: repeat the key to go on, or put "
		     "a command into a script",
		     len, PLAN_LINE_MAX);
		return NULL;
	}
	memcpy(line, reader->next, len);
	line[len] = '\0';
	reader->next += len + (reader->next[len] == '\n');
	look_at(reader, line);
	return line;
}

static int set_key(struct reader *reader, const char *key, const char *value, char *error)
{
	const int index = plan_key_index(plan_keys, key);

	if (index >= 0 && reader->plan->keys_given & 1u << index) {
		snprintf(error, OPTION_ERROR_SIZE, "%s is given twice", key);
		return -EINVAL;
	}
	return plan_set(reader->plan, key, value, error);
}

static int handle(void *user, const char *section, const char *key, const char *value)
{
	struct reader *reader = user;
	struct plan *plan = reader->plan;
	char error[OPTION_ERROR_SIZE];
	int rc;

	(void)section; /* cut to 49 bytes: begin_section knows it whole */
	if (reader->failed)
		return 0;
	if (reader->section == SECTION_PLAN) {
		rc = set_key(reader, key, value, error);
	} else if (reader->section == SECTION_CELLS) {
		rc = plan_append(plan, &plan->sections[plan->section_count - 1], key,
				 value, error);
	} else {
		snprintf(error, sizeof(error),
			 "'%s' before any section; expected [plan] or [cells NAME]", key);
		rc = -EINVAL;
	}
	if (rc < 0)
		fail(reader, "%s", error);
	return rc == 0;
}

/* What is missing at the end: of a section, where that begins. */
static void check_whole(struct reader *reader)
{
	const struct plan *plan = reader->plan;
	char error[OPTION_ERROR_SIZE];

	for (int i = 0; i < plan->section_count; i++) {
		if (plan_check_cells(&plan->sections[i], error) == 0)
			continue;
		reader->line = plan->sections[i].line;
		fail(reader, "%s", error);
	}
	if (plan_check(plan, error) < 0)
		fail(reader, "%s", error);
}

int plan_parse(const char *text, const char *where, const struct io_catalogue *catalogue,
	       struct plan *ret_plan, char *error)
{
	struct plan plan;
	struct reader reader = {
		.next = text, .where = where, .plan = &plan, .error = error};

	plan_init(&plan, catalogue);
	const int line = ini_parse_stream(next_line, &reader, handle, &reader);
	if (line != 0 && !reader.failed) {
		reader.line = line;
		fail(&reader, "expected KEY = VALUE, [plan] or [cells NAME]");
	}
	if (!reader.failed)
		check_whole(&reader);
	if (reader.failed) {
		plan_release(&plan);
		return -EINVAL;
	}
	*ret_plan = plan;
	return 0;
}

/* The whole file as a text; 0 or -errno. */
static int read_text(const char *path, char **ret_text)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	struct stat st;
	int rc = file ? 0 : -errno;

	if (rc < 0)
		return rc;
	if (fstat(fileno(file), &st) == 0 && S_ISDIR(st.st_mode))
		rc = -EISDIR;
	text = rc == 0 ? malloc(PLAN_FILE_MAX + 1) : NULL;
	if (rc == 0 && !text)
		rc = -ENOMEM;
	if (rc == 0) {
		const size_t len = fread(text, 1, PLAN_FILE_MAX + 1, file);
		if (ferror(file))
			rc = -EIO;
		else if (len > PLAN_FILE_MAX || memchr(text, '\0', len))
			rc = -EFBIG;
		else
			text[len] = '\0';
	}
	fclose(file);
	if (rc == 0)
		*ret_text = text;
	else
		free(text);
	return rc;
}

static int load_file(const char *path, const struct io_catalogue *catalogue,
		     struct plan *ret_plan, char *error)
{
	char *text = NULL;
	int rc = read_text(path, &text);

	if (rc < 0) {
		snprintf(error, OPTION_ERROR_SIZE, "cannot read plan '%s': %s", path,
			 rc == -EFBIG ? "not a text file of at most 1 MiB"
				      : strerror(-rc));
		return rc;
	}
	rc = plan_parse(text, path, catalogue, ret_plan, error);
	free(text);
	return rc;
}

static int unknown_plan(const char *name, char *error)
{
	const char *names[64] = {NULL};
	size_t used;

	for (int i = 0; i < 63 && shipped_plans[i].name; i++)
		names[i] = shipped_plans[i].name;
	const char *near = nearest_word(name, names);
	used = (size_t)snprintf(error, OPTION_ERROR_SIZE,
				"no plan '%s'%s%s; expected a file (with a slash, or "
				"ending in .ini) or one of:",
				name, near ? ", did you mean " : "", near ? near : "");
	for (int i = 0; names[i] && used < OPTION_ERROR_SIZE; i++)
		used += (size_t)snprintf(error + used, OPTION_ERROR_SIZE - used, " %s",
					 names[i]);
	return -EINVAL;
}

int plan_load(const char *argument, const struct io_catalogue *catalogue,
	      struct plan *ret_plan, char *error)
{
	const size_t len = strlen(argument);
	char where[80];

	if (strchr(argument, '/') || (len > 4 && strcmp(argument + len - 4, ".ini") == 0))
		return load_file(argument, catalogue, ret_plan, error);
	for (const struct shipped_plan *p = shipped_plans; p->name; p++) {
		if (strcmp(p->name, argument) != 0)
			continue;
		snprintf(where, sizeof(where), "plan %s", p->name);
		return plan_parse(p->text, where, catalogue, ret_plan, error);
	}
	return unknown_plan(argument, error);
}
