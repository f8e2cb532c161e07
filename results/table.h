/*
 * table.h - rows of results as a table for people.
 *
 * One table per workload and placement (rows of different placement are never ranked
 * against each other), one line per server: the median of its repetitions, best
 * throughput first. The best of a column and what is tied with it are marked.
 */
#ifndef RESULTS_TABLE_H
#define RESULTS_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "server/row.h"

/* `rows` have the columns of results.csv. 0, -ENOMEM or -EIO. */
int table_print(const struct row *rows, size_t count, FILE *out);

#endif
