/* known_server.c - servers with known answers as a test meets them. */
#include "tests/e2e/known_server.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/load.h"
#include "server/clock.h"

static const char *const error_columns[] = {
	"errors_refused", "errors_reset",   "errors_eof",    "errors_timeout",
	"errors_corrupt", "errors_surplus", "errors_client",
};

struct process *known_start(const char *const *argv, char *address, size_t size)
{
	struct process *process = process_start(argv);
	char line[128];

	CU_ASSERT_PTR_NOT_NULL_FATAL(process);
	CU_ASSERT_EQUAL_FATAL(
		process_read_line(process, line, sizeof(line), PROCESS_DEADLINE_MS), 0);
	CU_ASSERT_EQUAL_FATAL(strncmp(line, "ready ", 6), 0);
	snprintf(address, size, "%s", line + 6);
	return process;
}

struct process *faulty_start(const char *fault, const char *n, char *address, size_t size)
{
	const char *const argv[] = {FAULTY_PATH, fault, n, NULL};

	return known_start(argv, address, size);
}

int load_row(const char *address, const char *const *words, json_t **ret_row)
{
	const char *arguments[KNOWN_WORDS] = {"load", address, "--json"};
	struct process *load;
	size_t used = 3;

	for (; *words && used < KNOWN_WORDS - 1; words++)
		arguments[used++] = *words;
	int status = program_run(arguments, &load);
	*ret_row = json_loads(load->out.text, 0, NULL);
	if (!*ret_row)
		printf("\nexit %d: %s", status, load->err.text);
	CU_ASSERT_STRING_EQUAL(load->err.text, "");
	process_free(load);
	CU_ASSERT_PTR_NOT_NULL_FATAL(*ret_row);
	return status;
}

/* CPU time of its first thread; 0: not known. */
static long long cpu_ns(const struct process *process)
{
	char path[64];
	long long ns = 0;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", process->pid);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%lld", &ns) != 1)
		ns = 0;
	fclose(file);
	return ns;
}

void load_await_window(const struct process *load)
{
	for (int ms = 0; ms < PROCESS_DEADLINE_MS; ms += 10) {
		if (cpu_ns(load) >= NS_PER_S / 5)
			return;
		usleep(10000);
	}
	CU_FAIL("a load that does no work");
}

double row_value(const json_t *row, const char *column)
{
	const json_t *value = json_object_get(row, column);

	if (!json_is_number(value)) {
		printf("\n%s is no number", column);
		CU_FAIL("a figure is missing");
	}
	return json_number_value(value);
}

const char *row_word(const json_t *row, const char *column)
{
	return json_string_value(json_object_get(row, column));
}

void check_only_error(const json_t *row, const char *what, const char *column,
		      int64_t count)
{
	for (size_t i = 0; i < LOAD_ERRORS; i++) {
		bool own = column && strcmp(error_columns[i], column) == 0;
		double measured = row_value(row, error_columns[i]);
		if (measured == (double)(own ? count : 0))
			continue;
		printf("\n%s: %s is %.0f", what, error_columns[i], measured);
		CU_FAIL("a fault not in exactly its own counter");
	}
}

void check_errors(const json_t *row, const char *what, const char *columns)
{
	char name[64];

	for (size_t i = 0; i < LOAD_ERRORS; i++) {
		snprintf(name, sizeof(name), "%s ", error_columns[i]);
		double measured = row_value(row, error_columns[i]);
		if ((measured > 0) == (strstr(columns, name) != NULL))
			continue;
		printf("\n%s: %s is %.0f", what, error_columns[i], measured);
		CU_FAIL("a fault in another counter than its own");
	}
}

/* A machine that has not the engine says so before it connects. */
static bool is_available(const char *engine)
{
	const char *const arguments[] = {"load", "unix:/nonexistent/server.sock",
					 "--engine", engine, NULL};
	struct process *load;
	int status = program_run(arguments, &load);

	if (status == EXIT_FAILED)
		printf("\nwithout engine %s: %s", engine, load->err.text);
	process_free(load);
	return status != EXIT_FAILED;
}

const char *engine_next(size_t *at)
{
	while (load_engines[*at]) {
		const char *engine = load_engines[(*at)++];
		if (is_available(engine))
			return engine;
	}
	return NULL;
}
