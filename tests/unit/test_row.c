/* test_row.c - a row in CSV and in JSON: what is not measured stays empty. */
#include <csv.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/row.h"
#include "tests/suite.h"

static const struct row_column columns[] = {
	{"model", ROW_TEXT, 0},  {"requests", ROW_COUNT, 0}, {"p50_us", ROW_REAL, 3},
	{"reason", ROW_TEXT, 0}, {NULL, ROW_TEXT, 0},
};

/* What `write` printed; the caller frees it. */
static char *csv_of(const struct row *row)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_EQUAL(row_write_csv(row, out), 0);
	fclose(out);
	return text;
}

static void check_csv(const struct row *row, const char *expected)
{
	char *text = csv_of(row);

	CU_ASSERT_STRING_EQUAL(text, expected);
	free(text);
}

static char *json_of(const struct row *row, size_t flags)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *object = row_to_json(row);

	CU_ASSERT_EQUAL(json_write(object, flags, out), 0);
	json_decref(object);
	fclose(out);
	return text;
}

static void unset_cells_are_empty_and_null(void)
{
	struct row row;
	double number;

	CU_ASSERT_EQUAL(row_init(&row, columns), 0);
	check_csv(&row, ",,,\n");
	char *json = json_of(&row, JSON_COMPACT);
	CU_ASSERT_STRING_EQUAL(
		json,
		"{\"model\":null,\"requests\":null,\"p50_us\":null,\"reason\":null}\n");
	free(json);
	CU_ASSERT(!row_number(&row, "requests", &number));
	CU_ASSERT_PTR_NULL(row_text(&row, "model"));
	row_release(&row);
	row_release(&row);
	row_release(NULL);
}

static void a_count_may_stand_in_words(void)
{
	struct row row;
	double number = 0;

	CU_ASSERT_EQUAL(row_init(&row, columns), 0);
	row_set_count(&row, "requests", 5);
	row_set_words(&row, "requests", "1,2");
	check_csv(&row, ",\"1,2\",,\n");
	char *json = json_of(&row, JSON_COMPACT);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"requests\":\"1,2\""));
	free(json);
	CU_ASSERT(!row_number(&row, "requests", &number));
	CU_ASSERT_STRING_EQUAL(row_text(&row, "requests"), "1,2");
	row_set_count(&row, "requests", 7);
	check_csv(&row, ",7,,\n");
	CU_ASSERT(row_number(&row, "requests", &number));
	CU_ASSERT_EQUAL(number, 7);
	row_release(&row);
}

static void values_are_printed_in_order(void)
{
	struct row row;
	double number = 0;

	CU_ASSERT_EQUAL(row_init(&row, columns), 0);
	row_set_text(&row, "model", "epoll");
	row_set_count(&row, "requests", 0);
	row_set_real(&row, "p50_us", 12.34567);
	check_csv(&row, "epoll,0,12.346,\n");
	CU_ASSERT(row_number(&row, "p50_us", &number));
	CU_ASSERT_EQUAL(number, 12.346); /* what CSV holds */
	CU_ASSERT(row_number(&row, "requests", &number));
	CU_ASSERT_EQUAL(number, 0.0);
	CU_ASSERT(!row_number(&row, "model", &number));
	CU_ASSERT(!row_number(&row, "nothing", &number));
	CU_ASSERT_STRING_EQUAL(row_text(&row, "model"), "epoll");
	row_set_text(&row, "model", NULL);
	check_csv(&row, ",0,12.346,\n");
	row_clear(&row);
	check_csv(&row, ",,,\n");
	row_release(&row);
}

static void only_finite_numbers_are_measured(void)
{
	struct row row;

	CU_ASSERT_EQUAL(row_init(&row, columns), 0);
	row_set_real(&row, "p50_us", NAN);
	row_set_real(&row, "p50_us", INFINITY);
	check_csv(&row, ",,,\n");
	row_set_count(&row, "requests", INT64_MIN);
	check_csv(&row, ",-9223372036854775808,,\n");
	row_release(&row);
}

static void json_reals_carry_no_noise(void)
{
	struct row row;

	CU_ASSERT_EQUAL(row_init(&row, columns), 0);
	row_set_text(&row, "model", "a\"b");
	row_set_real(&row, "p50_us", 0.1 + 0.2);
	char *json = json_of(&row, JSON_COMPACT);
	CU_ASSERT_STRING_EQUAL(json,
			       "{\"model\":\"a\\\"b\",\"requests\":null,\"p50_us\":0.3,"
			       "\"reason\":null}\n");
	free(json);
	row_set_real(&row, "p50_us", 98765432.1006);
	json = json_of(&row, JSON_COMPACT);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, ":98765432.101,"));
	free(json);
	CU_ASSERT_EQUAL(json_write(NULL, 0, stdout), -ENOMEM);
	row_release(&row);
}

static void foreign_bytes_become_question_marks(void)
{
	struct row row;

	CU_ASSERT_EQUAL(row_init(&row, columns), 0);
	row_set_text(&row, "model", "caf\xc3\xa9");
	row_set_text(&row, "reason", "caf\xe9");
	char *json = json_of(&row, JSON_COMPACT);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "caf\xc3\xa9"));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "caf?"));
	free(json);
	row_release(&row);
}

static void header_names_the_columns(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_EQUAL(row_write_csv_header(columns, out), 0);
	fclose(out);
	CU_ASSERT_STRING_EQUAL(text, "model,requests,p50_us,reason\n");
	free(text);
	CU_ASSERT_EQUAL(row_column_index(columns, "p50_us"), 2);
	CU_ASSERT_EQUAL(row_column_index(columns, "p99_us"), -1);
}

/* Compares the fields that libcsv reads with what was set. */
struct reader {
	const char *const *expected;
	int count, wrong;
};

static void reader_field(void *field, size_t length, void *context)
{
	struct reader *reader = context;
	const char *expected = reader->expected[reader->count++];

	reader->wrong +=
		strlen(expected) != length || memcmp(expected, field, length) != 0;
}

static void fields_are_quoted_where_needed(void)
{
	static const char *const nasty[] = {"a,b",      "say \"hi\"", "two\nlines",
					    " blanks ", "cr\r",       "'single'",
					    "\"",       "tab\t",      "in side"};
	struct row row;
	struct csv_parser parser;

	CU_ASSERT_EQUAL(row_init(&row, columns), 0);
	row_set_text(&row, "model", "a,\"b\"");
	row_set_text(&row, "reason", "plain text; 'quoted'");
	check_csv(&row, "\"a,\"\"b\"\"\",,,plain text; 'quoted'\n");
	for (size_t i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		const char *expected[] = {nasty[i], "", "", nasty[i]};
		struct reader reader = {expected, 0, 0};
		row_set_text(&row, "model", nasty[i]);
		row_set_text(&row, "reason", nasty[i]);
		char *text = csv_of(&row);
		csv_init(&parser, CSV_STRICT);
		CU_ASSERT_EQUAL(csv_parse(&parser, text, strlen(text), reader_field, NULL,
					  &reader),
				strlen(text));
		CU_ASSERT_EQUAL(reader.count, 4);
		CU_ASSERT_EQUAL(reader.wrong, 0);
		csv_free(&parser);
		free(text);
	}
	row_release(&row);
}

static void full_disks_are_noticed(void)
{
	struct row row;
	FILE *full = fopen("/dev/full", "w");

	CU_ASSERT_EQUAL(row_init(&row, columns), 0);
	setvbuf(full, NULL, _IONBF, 0);
	CU_ASSERT_EQUAL(row_write_csv(&row, full), -EIO);
	clearerr(full);
	CU_ASSERT_EQUAL(row_write_csv_header(columns, full), -EIO);
	clearerr(full);
	json_t *object = row_to_json(&row);
	CU_ASSERT_EQUAL(json_write(object, 0, full), -EIO);
	json_decref(object);
	fclose(full);
	row_release(&row);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"unset cells are empty and null", unset_cells_are_empty_and_null},
		{"a count may stand in words", a_count_may_stand_in_words},
		{"values are printed in order", values_are_printed_in_order},
		{"only finite numbers are measured", only_finite_numbers_are_measured},
		{"JSON reals carry no noise", json_reals_carry_no_noise},
		{"foreign bytes become question marks",
		 foreign_bytes_become_question_marks},
		{"header names the columns", header_names_the_columns},
		{"fields are quoted where needed", fields_are_quoted_where_needed},
		{"full disks are noticed", full_disks_are_noticed},
		{NULL, NULL},
	};

	return test_suite_run("row", cases) != 0;
}
