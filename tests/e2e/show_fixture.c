/* show_fixture.c - directories of results that no run has written. */
#include "tests/e2e/show_fixture.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/stat.h>

#include "loadgen/load.h"
#include "tests/e2e/workspace.h"

FILE *fixture_open(const char *name)
{
	char path[128];

	CU_ASSERT_EQUAL(mkdir(workspace_path(name), 0777), 0);
	snprintf(path, sizeof(path), "%s/results.csv", name);
	FILE *csv = fopen(workspace_path(path), "wxe");
	CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
	CU_ASSERT_EQUAL(row_write_csv_header(result_columns, csv), 0);
	return csv;
}

void fixture_add(FILE *csv, const char *model, int repetition, double throughput,
		 void (*change)(struct row *row))
{
	char cell[256];
	struct row row;

	CU_ASSERT_EQUAL_FATAL(row_init(&row, result_columns), 0);
	snprintf(cell, sizeof(cell), "%s/tcp/c64/d1/64B/split", model);
	row_set_text(&row, "started_at", "2026-01-31T12:00:00Z");
	row_set_text(&row, "cell", cell);
	row_set_text(&row, "model", model);
	row_set_text(&row, "transport", "tcp");
	row_set_count(&row, "connections", 64);
	row_set_count(&row, "payload_bytes", 64);
	row_set_count(&row, "depth", 1);
	row_set_text(&row, "loop", "closed");
	row_set_text(&row, "placement", "split");
	row_set_count(&row, "repetition", repetition);
	row_set_count(&row, "requests", (int64_t)throughput);
	row_set_real(&row, "throughput_rps", throughput);
	row_set_real(&row, "duration_s", 1);
	row_set_real(&row, "service_p50_us", 6.4e7 / throughput);
	row_set_real(&row, "service_p99_us", 1.28e8 / throughput);
	row_set_real(&row, "cpu_us_per_request", 1e6 / throughput);
	row_set_count(&row, "errors_reset", 0);
	row_set_count(&row, "errors_corrupt", 0);
	row_set_text(&row, "verdict", "VALID");
	if (change)
		change(&row);
	CU_ASSERT_EQUAL(row_write_csv(&row, csv), 0);
	row_release(&row);
}

static void corrupt(struct row *row)
{
	row_set_text(row, "verdict", "CORRUPT");
	row_set_text(row, "verdict_reason",
		     "connection 3, offset 9: expected 01, got 02");
	row_set_count(row, "errors_corrupt", 1);
}

static void unavailable(struct row *row)
{
	static const char *const measured[] = {"throughput_rps", "duration_s",
					       "service_p50_us", "service_p99_us",
					       "cpu_us_per_request"};

	for (size_t i = 0; i < sizeof(measured) / sizeof(measured[0]); i++)
		row->cells[row_column_index(result_columns, measured[i])].set = false;
	row->cells[row_column_index(result_columns, "requests")].set = false;
	row_set_text(row, "verdict", "UNAVAILABLE");
	row_set_text(row, "verdict_reason", "built without liburing");
}

void fixture_models(const char *name)
{
	FILE *csv = fixture_open(name);

	for (int i = 1; i <= 6; i++) {
		fixture_add(csv, "poll", i, 95000 + i * 1000, NULL);
		fixture_add(csv, "epoll", i, 98000 + i * 1000, NULL);
		fixture_add(csv, "iterative", i, 9000 + i * 10, i == 3 ? corrupt : NULL);
	}
	fixture_add(csv, "io-uring", 1, 1, unavailable);
	fixture_add(csv, "io-uring", 2, 1, unavailable);
	CU_ASSERT_EQUAL(fclose(csv), 0);
}

void fixture_text(const char *name, const char *text)
{
	FILE *file = fopen(workspace_path(name), "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	CU_ASSERT_EQUAL(fclose(file), 0);
}

bool fixture_holds(const char *text, const char *part)
{
	const bool found = strstr(text, part) != NULL;

	if (!found)
		fprintf(stderr, "\nlacks '%s':\n%s\n", part, text);
	return found;
}

void fixture_cell(FILE *csv, const char *model, int count, double throughput)
{
	for (int i = 1; i <= count; i++)
		fixture_add(csv, model, i, throughput * (1 + i / 1000.0), NULL);
}

void fixture_result(const char *name, int count, double epoll, double poll)
{
	FILE *csv = fixture_open(name);

	fixture_cell(csv, "epoll", count, epoll * 100000);
	fixture_cell(csv, "poll", count, poll * 90000);
	fixture_cell(csv, "libev", count, 80000);
	fixture_cell(csv, "coroutine", count, 70000);
	CU_ASSERT_EQUAL(fclose(csv), 0);
}
