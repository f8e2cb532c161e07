/* cells.c - executors x works x workers: the cells of the pool experiment. */
#include "results/tasks/cells.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/tasks/python.h"
#include "server/clock.h"
#include "server/options.h"

#define VALUES_MAX 64 /* of an axis */
#define WORK_MAX   (3600 * NS_PER_S)

struct axis {
	const char *items[VALUES_MAX + 1];
	int count;
};

static int add(struct axis *axis, const char *name, const char *item, char *error)
{
	const char *wrong = NULL;

	for (int i = 0; i < axis->count; i++)
		if (strcmp(axis->items[i], item) == 0)
			wrong = "is given twice";
	if (axis->count == VALUES_MAX)
		wrong = "is one value too many";
	if (wrong) {
		snprintf(error, OPTION_ERROR_SIZE, "--%s: '%.100s' %s", name, item,
			 wrong);
		return -EINVAL;
	}
	axis->items[axis->count++] = item;
	return 0;
}

/* "a,b" in place. */
static int split(const char *name, char *text, struct axis *axis, char *error)
{
	int rc = 0;

	axis->count = 0;
	for (char *item = text; rc == 0 && item;) {
		char *comma = strchr(item, ',');
		if (comma)
			*comma++ = '\0';
		rc = add(axis, name, item, error);
		item = comma;
	}
	return rc;
}

/* Every name there is, ours first. */
static void all_executors(const struct io_catalogue *catalogue, struct axis *axis)
{
	axis->count = 0;
	for (const struct io_part *p = catalogue->executors; p->name; p++)
		axis->items[axis->count++] = p->name;
	for (const struct io_part *p = tasks_python_executors; p->name; p++)
		axis->items[axis->count++] = p->name;
	axis->items[axis->count] = NULL;
}

static int check_executors(const struct io_catalogue *catalogue, struct axis *axis,
			   char *error)
{
	struct axis known;

	all_executors(catalogue, &known);
	if (axis->count == 1 && strcmp(axis->items[0], "all") == 0) {
		*axis = known;
		return 0;
	}
	for (int i = 0; i < axis->count; i++) {
		int k = 0;
		while (k < known.count && strcmp(known.items[k], axis->items[i]) != 0)
			k++;
		if (k < known.count)
			continue;
		const char *near = nearest_word(axis->items[i], known.items);
		int used = snprintf(error, OPTION_ERROR_SIZE,
				    "--executor '%.100s'%s%s: accepted are all,",
				    axis->items[i], near ? ", did you mean " : "",
				    near ? near : "");
		for (k = 0; k < known.count && used < OPTION_ERROR_SIZE; k++)
			used += snprintf(error + used, OPTION_ERROR_SIZE - (size_t)used,
					 " %s", known.items[k]);
		return -EINVAL;
	}
	return 0;
}

static int parse_work(const char *text, struct tasks_config *config, char *error)
{
	const char *time = strchr(text, ':');

	if (strncmp(text, "spin:", 5) == 0)
		config->work = TASK_SPIN;
	else if (strncmp(text, "sleep:", 6) == 0)
		config->work = TASK_SLEEP;
	else
		time = NULL;
	if (time && parse_duration(time + 1, &config->work_ns) == 0 &&
	    config->work_ns >= NS_PER_US && config->work_ns <= WORK_MAX)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "--work '%.200s': spin:TIME or sleep:TIME, 1us to 60m, is accepted",
		 text);
	return -EINVAL;
}

static int parse_workers(const char *text, struct tasks_config *config, char *error)
{
	cpu_set_t cpus;
	int64_t count = 0;

	if (!text) {
		const bool known = sched_getaffinity(0, sizeof(cpus), &cpus) == 0;
		config->workers = known ? (unsigned)CPU_COUNT(&cpus) : 1;
		return 0;
	}
	if (parse_count(text, &count) == 0 && count >= 1 && count <= TASKS_WORKERS_MAX) {
		config->workers = (unsigned)count;
		return 0;
	}
	snprintf(error, OPTION_ERROR_SIZE,
		 "--workers '%.100s': a whole number, 1 to %d, is accepted", text,
		 TASKS_WORKERS_MAX);
	return -EINVAL;
}

static int multiply(const struct axis *executors, const struct axis *works,
		    const struct axis *workers, const struct tasks_axes *axes,
		    struct tasks_cells *cells, char *error)
{
	struct tasks_config *cell = cells->items;
	int rc = 0;

	for (int w = 0; w < works->count; w++) {
		for (int e = 0; e < executors->count; e++) {
			for (int n = 0; rc == 0 && n < workers->count; n++, cell++) {
				cell->executor = executors->items[e];
				cell->tasks = (unsigned)axes->tasks;
				cell->chunk = (unsigned)axes->chunk;
				rc = parse_work(works->items[w], cell, error);
				if (rc == 0)
					rc = parse_workers(workers->items[n], cell,
							   error);
			}
		}
	}
	return rc;
}

int tasks_cells_make(const struct tasks_axes *axes, const struct io_catalogue *catalogue,
		     struct tasks_cells *ret_cells, char *error)
{
	struct axis executors, works, workers = {.items = {NULL}, .count = 1};
	struct tasks_cells cells = {.items = NULL};
	int rc;

	if (asprintf(&cells.texts, "%s%c%s%c%s", axes->executors, '\0', axes->works, '\0',
		     axes->workers ? axes->workers : "") < 0)
		return -ENOMEM;
	char *work_text = cells.texts + strlen(cells.texts) + 1;
	char *workers_text = work_text + strlen(work_text) + 1;
	rc = split("executor", cells.texts, &executors, error);
	if (rc == 0)
		rc = split("work", work_text, &works, error);
	if (rc == 0 && axes->workers)
		rc = split("workers", workers_text, &workers, error);
	if (rc == 0)
		rc = check_executors(catalogue, &executors, error);
	if (rc == 0) {
		cells.count = (size_t)executors.count * (size_t)works.count *
			      (size_t)workers.count;
		cells.items = calloc(cells.count + 1, sizeof(*cells.items));
		rc = cells.items
			     ? multiply(&executors, &works, &workers, axes, &cells, error)
			     : -ENOMEM;
	}
	if (rc < 0)
		tasks_cells_release(&cells);
	else
		*ret_cells = cells;
	return rc;
}

void tasks_cells_release(struct tasks_cells *cells)
{
	free(cells->items);
	free(cells->texts);
	memset(cells, 0, sizeof(*cells));
}
