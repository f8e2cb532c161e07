/* csv_read.c - a file of results, read back by libcsv. */
#include "results/show/csv_read.h"

#include <csv.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "server/options.h"

#define CHUNK_SIZE    65536
#define FILE_MAX_SIZE (1UL << 28)
#define COLUMNS_MAX   1024
#define SCHEMA_LEAST  2 /* columns that a header shares with its schema */

/* While a file is read. */
struct reader {
	const char *path;
	const struct row_column *const *schemas;
	struct csv_file *file;
	char *error;
	int rc; /* the first failure: what follows is not looked at */

	size_t line, row_line; /* of what is parsed now; on which its row began */
	size_t row_offset;
	bool row_open;

	struct row_column *names; /* of the header; file->columns are made of them */
	size_t columns;           /* of the header as far as it was read */
	bool in_rows;             /* the header is complete */
	struct row row;
	size_t field; /* of `row` to come */
	size_t capacity;
};

static void damaged(struct reader *r, int rc, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The one line that is said: file, line and column, and what is wrong there. */
static void damaged(struct reader *r, int rc, const char *format, ...)
{
	char what[OPTION_ERROR_SIZE / 2];
	va_list arguments;

	if (r->rc < 0)
		return;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	r->rc = rc;
	if (r->in_rows && r->field < r->columns)
		snprintf(r->error, OPTION_ERROR_SIZE,
			 "%.180s: line %zu, column %.48s: %s", r->path, r->line,
			 r->file->columns[r->field].name, what);
	else
		snprintf(r->error, OPTION_ERROR_SIZE, "%.180s: line %zu: %s", r->path,
			 r->line, what);
}

static void no_memory(struct reader *r)
{
	damaged(r, -ENOMEM, "out of memory");
}

static const struct row_column *find(const struct row_column *columns, const char *name)
{
	const int i = row_column_index(columns, name);

	return i < 0 ? NULL : &columns[i];
}

static void add_name(struct reader *r, const char *name)
{
	if (*name == '\0')
		damaged(r, -EINVAL, "column %zu has no name", r->columns + 1);
	else if (r->columns == COLUMNS_MAX)
		damaged(r, -EINVAL, "more than %d columns", COLUMNS_MAX);
	else if (row_column_index(r->names, name) >= 0)
		damaged(r, -EINVAL, "two columns are named '%.64s'", name);
	else if (!(r->names[r->columns].name = strdup(name)))
		no_memory(r);
	else
		r->columns++;
}

static size_t shared(const struct reader *r, const struct row_column *schema)
{
	size_t count = 0;

	for (size_t i = 0; i < r->columns; i++)
		count += find(schema, r->names[i].name) != NULL;
	return count;
}

static bool same_names(const struct reader *r, const struct row_column *schema)
{
	size_t i = 0;

	while (i < r->columns && schema[i].name &&
	       strcmp(schema[i].name, r->names[i].name) == 0)
		i++;
	return i == r->columns && !schema[i].name;
}

/* Types come from the schema; what it does not know is text. */
static void end_header(struct reader *r)
{
	size_t best = SCHEMA_LEAST - 1;

	for (size_t i = 0; r->schemas[i]; i++) {
		if (shared(r, r->schemas[i]) <= best)
			continue;
		best = shared(r, r->schemas[i]);
		r->file->schema = r->schemas[i];
	}
	if (!r->file->schema) {
		damaged(r, -EINVAL,
			"no column of results is named here; expected their header line");
		return;
	}
	for (size_t i = 0; i < r->columns; i++) {
		const struct row_column *known = find(r->file->schema, r->names[i].name);
		r->names[i].type = known ? known->type : ROW_TEXT;
		r->names[i].decimals = known ? known->decimals : 0;
	}
	r->file->owned = r->names;
	r->file->columns = same_names(r, r->file->schema) ? r->file->schema : r->names;
	r->in_rows = true;
}

static void add_field(struct reader *r, const char *text)
{
	if (r->field == 0 && row_init(&r->row, r->file->columns) < 0) {
		no_memory(r);
		return;
	}
	if (r->field < r->columns) {
		const int rc = row_parse(&r->row, (int)r->field, text);
		if (rc == -ENOMEM)
			no_memory(r);
		else if (rc < 0)
			damaged(r, rc, "'%.64s' is no number", text);
	}
	r->field++;
}

static void on_field(void *text, size_t length, void *user)
{
	struct reader *r = user;

	if (r->rc < 0)
		return;
	if (memchr(text, '\0', length))
		damaged(r, -EINVAL, "a NUL byte; this is no text");
	else if (r->in_rows)
		add_field(r, text);
	else
		add_name(r, text);
}

static int make_room(struct reader *r)
{
	if (r->file->count < r->capacity)
		return 0;
	const size_t wanted = r->capacity ? 2 * r->capacity : 64;
	struct row *rows = reallocarray(r->file->rows, wanted, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	r->file->rows = rows;
	r->capacity = wanted;
	return 0;
}

static void end_row(struct reader *r)
{
	const size_t fields = r->field;

	if (fields != r->columns) {
		r->line = r->row_line;
		damaged(r, -EINVAL, "%zu field%s, but the header has %zu columns", fields,
			fields == 1 ? "" : "s", r->columns);
	} else if (make_room(r) < 0) {
		no_memory(r);
	} else {
		r->file->rows[r->file->count++] = r->row;
		memset(&r->row, 0, sizeof(r->row));
		r->field = 0;
	}
}

static void on_row(int end, void *user)
{
	struct reader *r = user;

	(void)end;
	if (r->rc < 0)
		return;
	if (r->in_rows)
		end_row(r);
	else
		end_header(r);
	r->row_open = false;
}

/* A line that ends with LF. */
static void parse_line(struct reader *r, struct csv_parser *parser, const char *text,
		       size_t length)
{
	if (!r->row_open) {
		r->row_line = r->line;
		r->row_open = strspn(text, "\r\n") < length;
	}
	if (csv_parse(parser, text, length, on_field, on_row, r) == length || r->rc < 0)
		return;
	if (csv_error(parser) == CSV_EPARSE)
		damaged(r, -EINVAL, "a quote where none may stand");
	else
		no_memory(r);
}

/* True when a line of text has the commas of a row: a quote that was never closed has
 * swallowed whole rows, which no torn row does. */
static bool holds_rows(const struct reader *r, const char *text, size_t length)
{
	size_t commas = 0, lines = 0;

	for (size_t i = 0; i < length; i++) {
		commas += text[i] == ',';
		if (text[i] != '\n')
			continue;
		if (lines++ > 0 && commas + 1 >= r->columns)
			return true;
		commas = 0;
	}
	return false;
}

/* What stands behind the last whole row. */
static void end_file(struct reader *r, const char *text, size_t length)
{
	if (r->rc < 0)
		return;
	if (!r->in_rows) {
		damaged(r, -EINVAL, length ? "the header line has no end" : "is empty");
	} else if (r->row_open && holds_rows(r, text, length)) {
		r->line = r->row_line;
		damaged(r, -EINVAL, "a quote that is never closed");
	} else if (length > 0) {
		r->file->torn_line = r->row_open ? r->row_line : r->line;
	}
}

static void parse(struct reader *r, struct csv_parser *parser, const char *text,
		  size_t length)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t at = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
	const char *end;

	r->line = 1;
	r->file->whole = at;
	while (r->rc == 0 && (end = memchr(text + at, '\n', length - at))) {
		const size_t size = (size_t)(end - (text + at)) + 1;
		parse_line(r, parser, text + at, size);
		at += size;
		if (r->rc == 0)
			r->line++;
		if (!r->row_open)
			r->file->whole = at;
	}
	end_file(r, text + r->file->whole, length - r->file->whole);
}

static int never(unsigned char c)
{
	(void)c;
	return 0; /* blanks belong to their field */
}

static int parse_text(struct reader *r, const char *text, size_t length)
{
	struct csv_parser parser;

	r->names = calloc(COLUMNS_MAX + 1, sizeof(*r->names));
	if (!r->names || csv_init(&parser, CSV_STRICT | CSV_APPEND_NULL) != 0) {
		free(r->names);
		no_memory(r);
		return r->rc;
	}
	csv_set_space_func(&parser, never);
	r->file->owned = r->names;
	parse(r, &parser, text, length);
	csv_free(&parser);
	row_release(&r->row);
	return r->rc;
}

/* The whole file, and a NUL behind it; the caller frees it. */
static int read_text(FILE *file, char **ret_text, size_t *ret_length)
{
	char *text = NULL;
	size_t length = 0, capacity = 0;

	do {
		if (capacity - length < CHUNK_SIZE) {
			capacity = 2 * capacity + CHUNK_SIZE;
			char *larger =
				capacity > FILE_MAX_SIZE ? NULL : realloc(text, capacity);
			if (!larger) {
				free(text);
				return capacity > FILE_MAX_SIZE ? -EFBIG : -ENOMEM;
			}
			text = larger;
		}
		length += fread(text + length, 1, capacity - length - 1, file);
	} while (!feof(file) && !ferror(file));
	if (ferror(file)) {
		free(text);
		return errno ? -errno : -EIO;
	}
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

/* Opens, reads, closes. */
static int load_text(const char *path, char **ret_text, size_t *ret_length)
{
	FILE *in = fopen(path, "re");

	if (!in)
		return errno ? -errno : -EIO;
	const int rc = read_text(in, ret_text, ret_length);
	fclose(in);
	return rc;
}

int csv_read(const char *path, const struct row_column *const *schemas,
	     struct csv_file *ret_file, char *error)
{
	struct csv_file file = {0};
	struct reader r = {
		.path = path, .schemas = schemas, .file = &file, .error = error};
	char *text = NULL;
	size_t length = 0;

	int rc = load_text(path, &text, &length);
	if (!text) {
		snprintf(error, OPTION_ERROR_SIZE, "cannot read %.300s: %s", path,
			 strerror(-rc));
		return rc;
	}
	rc = parse_text(&r, text, length);
	free(text);
	if (rc < 0)
		csv_file_release(&file);
	else
		*ret_file = file;
	return rc;
}

void csv_file_release(struct csv_file *file)
{
	for (size_t i = 0; file->rows && i < file->count; i++)
		row_release(&file->rows[i]);
	free(file->rows);
	for (size_t i = 0; file->owned && file->owned[i].name; i++)
		free((char *)file->owned[i].name);
	free(file->owned);
	memset(file, 0, sizeof(*file));
}
