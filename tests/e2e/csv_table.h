/* csv_table.h - a CSV file read back by libcsv, strictly: RFC 4180, a header line. */
#ifndef TESTS_E2E_CSV_TABLE_H
#define TESTS_E2E_CSV_TABLE_H

#define CSV_COLUMNS_MAX 128
#define CSV_ROWS_MAX    256 /* the header line included */

struct csv_table {
	char *cells[CSV_ROWS_MAX][CSV_COLUMNS_MAX]; /* row 0: the header */
	int columns;
	int rows;        /* without the header */
	int ragged;      /* rows of another length than the header */
	int row, column; /* while reading */
};

/* NULL: there is no such file, or it is no CSV. Freed with csv_table_free. */
struct csv_table *csv_table_read(const char *path);
void csv_table_free(struct csv_table *table); /* accepts NULL */

/* The field of row 0 .. rows-1; NULL: there is no such column. */
const char *csv_text(const struct csv_table *table, int row, const char *column);

/* The number in a field; NAN when it is empty or none. */
double csv_number(const struct csv_table *table, int row, const char *column);

#endif
