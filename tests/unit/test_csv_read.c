/* test_csv_read.c - files of results are read back: any version, torn, damaged, hostile. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loadgen/load.h"
#include "results/show/csv_read.h"
#include "server/options.h"
#include "tests/suite.h"

static const struct row_column schema[] = {
	{"name", ROW_TEXT, 0}, {"count", ROW_COUNT, 0}, {"real", ROW_REAL, 3},
	{"note", ROW_TEXT, 0}, {NULL, ROW_TEXT, 0},
};

static const struct row_column other[] = {
	{"executor", ROW_TEXT, 0},
	{"count", ROW_COUNT, 0},
	{"speedup", ROW_REAL, 3},
	{NULL, ROW_TEXT, 0},
};

static const struct row_column *const schemas[] = {schema, other, NULL};

static char error[OPTION_ERROR_SIZE];

static int read_bytes(const char *text, size_t length, struct csv_file *ret_file)
{
	const int fd = memfd_create("results.csv", MFD_CLOEXEC);
	char path[64];

	error[0] = '\0';
	memset(ret_file, 0, sizeof(*ret_file));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CU_ASSERT_EQUAL(write(fd, text, length), (ssize_t)length);
	const int rc = csv_read(path, schemas, ret_file, error);
	close(fd);
	return rc;
}

static int read_text(const char *text, struct csv_file *ret_file)
{
	return read_bytes(text, strlen(text), ret_file);
}

/* The rows as CSV again; the caller frees it. */
static char *written(const struct csv_file *file)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_EQUAL(row_write_csv_header(file->columns, out), 0);
	for (size_t i = 0; i < file->count; i++)
		CU_ASSERT_EQUAL(row_write_csv(&file->rows[i], out), 0);
	fclose(out);
	return text;
}

/* Reads `text` and writes it: `expected`. */
static void expect_again(const char *text, const char *expected)
{
	struct csv_file file;

	CU_ASSERT_EQUAL(read_text(text, &file), 0);
	if (error[0])
		fprintf(stderr, "\n%s\n", error);
	if (error[0])
		return;
	char *again = written(&file);
	CU_ASSERT_STRING_EQUAL(again, expected);
	free(again);
	csv_file_release(&file);
}

static void expect_damaged(const char *text, size_t length, const char *part)
{
	struct csv_file file;

	CU_ASSERT_EQUAL(read_bytes(text, length, &file), -EINVAL);
	const bool named = strstr(error, part) != NULL;
	CU_ASSERT_TRUE(named);
	if (!named)
		fprintf(stderr, "\nlacks '%s': %s\n", part, error);
}

#define DAMAGED(text, part) expect_damaged(text, sizeof(text) - 1, part)

static void every_kind_of_field_comes_back(void)
{
	static const char text[] =
		"name,count,real,note\n"
		"plain,12,1.500,x\n"
		"\"a,b\",-3,0.000,\"say \"\"no\"\"\"\n"
		"\"two\nlines\",,,\" blanks \"\n"
		",uniform:64-1k,,\"cr\rlf\"\n"
		"\x1b[31m,9223372036854775807,123456789.125,\xc3\xa9\n";
	struct csv_file file;
	double value;

	expect_again(text, text);
	CU_ASSERT_EQUAL(read_text(text, &file), 0);
	CU_ASSERT_PTR_EQUAL(file.columns, schema);
	CU_ASSERT_EQUAL(file.count, 5);
	CU_ASSERT_EQUAL(file.whole, sizeof(text) - 1);
	CU_ASSERT_EQUAL(file.torn_line, 0);
	CU_ASSERT_TRUE(row_number(&file.rows[0], "real", &value) && value == 1.5);
	CU_ASSERT_TRUE(row_number(&file.rows[1], "count", &value) && value == -3);
	CU_ASSERT_FALSE(row_number(&file.rows[2], "count", &value));
	CU_ASSERT_STRING_EQUAL(row_text(&file.rows[2], "name"), "two\nlines");
	CU_ASSERT_STRING_EQUAL(row_text(&file.rows[3], "count"), "uniform:64-1k");
	csv_file_release(&file);
}

static void other_hands_are_tolerated(void)
{
	expect_again("\xef\xbb\xbfname,count,real,note\r\n\r\na,1,2.5,x\r\n\n",
		     "name,count,real,note\na,1,2.500,x\n");
}

static void columns_are_matched_by_name(void)
{
	struct csv_file file;
	double value;

	expect_again("note,later,count\nx,0.10,7\n", "note,later,count\nx,0.10,7\n");
	CU_ASSERT_EQUAL(read_text("note,later,count\nx,0.10,7\n", &file), 0);
	CU_ASSERT_PTR_EQUAL(file.schema, schema);
	CU_ASSERT_PTR_NOT_EQUAL(file.columns, schema);
	CU_ASSERT_TRUE(row_number(&file.rows[0], "count", &value) && value == 7);
	CU_ASSERT_STRING_EQUAL(row_text(&file.rows[0], "later"), "0.10");
	CU_ASSERT_PTR_NULL(row_text(&file.rows[0], "name"));
	csv_file_release(&file);
}

static void the_header_chooses_the_schema(void)
{
	struct csv_file file;

	CU_ASSERT_EQUAL(read_text("executor,count,speedup\n", &file), 0);
	CU_ASSERT_PTR_EQUAL(file.columns, other);
	CU_ASSERT_EQUAL(file.count, 0);
	csv_file_release(&file);
	DAMAGED("a,b,count\n1,2,3\n", "line 1: no column of results is named here");
}

/* What a writer that was killed leaves behind. */
static void a_torn_row_is_left_out(void)
{
	static const char text[] = "name,count,real,note\na,1,2.500,x\n"
				   "b,2,3.000,\"y, z\n\"\n";
	const size_t header = strlen("name,count,real,note\n");
	const size_t row = strlen("name,count,real,note\na,1,2.500,x\n");
	struct csv_file file;

	for (size_t length = header; length < sizeof(text); length++) {
		CU_ASSERT_EQUAL(read_bytes(text, length, &file), 0);
		const size_t whole = length == sizeof(text) - 1 ? length
				     : length >= row            ? row
								: header;
		CU_ASSERT_EQUAL(file.whole, whole);
		CU_ASSERT_EQUAL(file.count, (whole > header) + (whole > row));
		CU_ASSERT_EQUAL(file.torn_line, length == whole ? 0
						: whole == row  ? 3
								: 2);
		csv_file_release(&file);
	}
	DAMAGED("name,count", "line 1: the header line has no end");
}

static void damage_is_named(void)
{
	DAMAGED("", "is empty");
	DAMAGED("\n\n", "is empty");
	DAMAGED("name,count,real,note\na,1,2,x\nb,1,2\n",
		"line 3, column note: 3 fields, but the header has 4 columns");
	DAMAGED("name,count,real,note\na,1,2,x,y\n",
		"line 2: 5 fields, but the header has 4 columns");
	DAMAGED("name,count,real,note\n\"a\nb\nc\",1\nd,1,2,x\n", "line 2, column real");
	DAMAGED("name,count,real,note\n\na,1,2,x\nb,1x,2,x\n",
		"line 4, column count: '1x' is no number");
	DAMAGED("name,count,real,note\na,1,0x10,x\n", "line 2, column real: '0x10'");
	DAMAGED("name,count,real,note\na,1,inf,x\n", "line 2, column real: 'inf'");
	DAMAGED("name,count,real,note\na,99999999999999999999,1,x\n", "column count");
	DAMAGED("name,count,real,note\na,1.5,1,x\n", "line 2, column count: '1.5'");
	DAMAGED("name,count,real,note\na,1,2,x\"y\n",
		"line 2, column note: a quote where none may stand");
	DAMAGED("name,count,name\n", "line 1: two columns are named 'name'");
	DAMAGED("name,,count\n", "line 1: column 2 has no name");
	DAMAGED("name,count,real,note\na\0b,1,2,x\n", "line 2, column name: a NUL byte");
	DAMAGED("\x7f"
		"ELF\x02\x01\0\0\n\0",
		"line 1: a NUL byte");
}

/* It must not be taken for a torn row: --resume cuts torn rows off. */
static void a_quote_that_swallows_rows_is_damage(void)
{
	DAMAGED("name,count,real,note\na,1,2,\"x\nb,1,2,x\nc,1,2,x\n",
		"line 2, column note: a quote that is never closed");
}

static void a_file_that_cannot_be_read_is_named(void)
{
	struct csv_file file;

	CU_ASSERT_EQUAL(csv_read("/nowhere/results.csv", schemas, &file, error), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "/nowhere/results.csv"));
	CU_ASSERT_EQUAL(csv_read("/tmp", schemas, &file, error), -EISDIR);
	CU_ASSERT_EQUAL(csv_read("/dev/zero", schemas, &file, error), -EFBIG);
}

/* Any change of a few bytes is read or refused in one line, and nothing else. */
static void changed_bytes_are_read_or_refused(void)
{
	static const char text[] =
		"name,count,real,note\nplain,12,1.500,x\n\"a,b\",-3,0.000,\"say "
		"\"\"no\"\"\"\n\"two\nlines\",,,\" blanks \"\n,uniform:64-1k,,\n";
	static const char bytes[] = {'"', ',', '\n', '\r', '\0', '9', 'x', (char)0xff};
	char copy[sizeof(text)];
	struct csv_file file;

	srand(1);
	for (int i = 0; i < 3000; i++) {
		size_t length = sizeof(text) - 1;
		memcpy(copy, text, sizeof(text));
		for (int change = rand() % 4; change >= 0; change--)
			copy[(size_t)rand() % length] =
				bytes[(size_t)rand() % sizeof(bytes)];
		length -= (size_t)rand() % 3 ? 0 : (size_t)rand() % length;
		const int rc = read_bytes(copy, length, &file);
		CU_ASSERT_TRUE(rc == 0 ? file.whole <= length && !error[0]
				       : rc == -EINVAL && error[0]);
		if (rc == 0)
			csv_file_release(&file);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every kind of field comes back", every_kind_of_field_comes_back},
		{"other hands are tolerated", other_hands_are_tolerated},
		{"columns are matched by name", columns_are_matched_by_name},
		{"the header chooses the schema", the_header_chooses_the_schema},
		{"a torn row is left out", a_torn_row_is_left_out},
		{"damage is named", damage_is_named},
		{"a quote that swallows rows is damage",
		 a_quote_that_swallows_rows_is_damage},
		{"a file that cannot be read is named",
		 a_file_that_cannot_be_read_is_named},
		{"changed bytes are read or refused", changed_bytes_are_read_or_refused},
		{NULL, NULL},
	};

	return test_suite_run("csv_read", cases) != 0;
}
