/* row.c - what was measured by the pool experiment, as a row of tasks.csv. */
#include "results/tasks/row.h"

#include <stdio.h>
#include <string.h>

#include "results/tasks/python.h"
#include "server/clock.h"
#include "server/options.h"

const struct row_column tasks_columns[] = {
	{"executor", ROW_TEXT, 0},  {"language", ROW_TEXT, 0},
	{"work", ROW_TEXT, 0},      {"work_us", ROW_REAL, 3},
	{"tasks", ROW_COUNT, 0},    {"workers", ROW_COUNT, 0},
	{"chunk", ROW_COUNT, 0},    {"repetition", ROW_COUNT, 0},
	{"elapsed_s", ROW_REAL, 6}, {"speedup", ROW_REAL, 3},
	{"cpu_s", ROW_REAL, 6},     {"utilisation", ROW_REAL, 4},
	{NULL, ROW_TEXT, 0},
};

int64_t tasks_work_ns(const struct tasks_config *config)
{
	return config->work_ns * config->tasks;
}

double tasks_utilisation(const struct tasks_config *config,
			 const struct tasks_result *result)
{
	return (double)result->busy_ns / (double)result->elapsed_ns / config->workers;
}

void tasks_format_work(const struct tasks_config *config, char *text, size_t size)
{
	char time[32];

	format_duration(config->work_ns, time, sizeof(time));
	snprintf(text, size, "%s:%s", config->work == TASK_SPIN ? "spin" : "sleep", time);
}

void tasks_to_row(const struct tasks_config *config, const struct tasks_result *result,
		  double speedup, int64_t repetition, struct row *row)
{
	char work[64];

	tasks_format_work(config, work, sizeof(work));
	row_set_text(row, "executor", config->executor);
	row_set_text(row, "language", tasks_is_python(config->executor) ? "python" : "c");
	row_set_text(row, "work", work);
	row_set_real(row, "work_us", (double)config->work_ns / NS_PER_US);
	row_set_count(row, "tasks", config->tasks);
	row_set_count(row, "workers", config->workers);
	row_set_count(row, "chunk", config->chunk);
	row_set_count(row, "repetition", repetition);
	row_set_real(row, "elapsed_s", (double)result->elapsed_ns / NS_PER_S);
	row_set_real(row, "speedup", speedup);
	row_set_real(row, "cpu_s", (double)result->cpu_ns / NS_PER_S);
	row_set_real(row, "utilisation", tasks_utilisation(config, result));
}
