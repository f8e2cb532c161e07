/* table.c - rows of results as a table for people. */
#include "results/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/table_lines.h"
#include "results/verdict.h"

#define NAME_WIDTH  36
#define FIELD_SIZE  48
#define LEFT_MARGIN 2

/* 1234567.8 as 1,234,567.8 */
static void format_number(double value, int decimals, char *text, size_t size)
{
	char plain[FIELD_SIZE];
	size_t used = 0;

	snprintf(plain, sizeof(plain), "%.*f", decimals, value);
	const size_t whole = strcspn(plain, ".");
	for (size_t i = 0; plain[i] && used + 2 < size; i++) {
		if (i > 0 && i < whole && (whole - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = plain[i];
	}
	text[used] = '\0';
}

static void format_field(const struct table_line *line, int c, char *text, size_t size)
{
	char number[FIELD_SIZE - 4];

	if (isnan(line->value[c])) {
		snprintf(text, size, "-");
		return;
	}
	format_number(line->value[c], table_columns[c].decimals, number, sizeof(number));
	snprintf(text, size, "%s%s%s", line->best[c] ? "*" : "",
		 line->at_least[c] ? ">=" : "", number);
}

/* "libev:backend=poll"; a long command keeps its beginning. */
static void format_name(const struct table_line *line, char *text, size_t size)
{
	const char *model = row_text(line->first, "model");
	const char *options = row_text(line->first, "server_options");
	const int len = snprintf(text, size, "%s%s%s", model ? model : "?",
				 options ? ":" : "", options ? options : "");

	if (len >= (int)size)
		memcpy(text + size - 3, "..", 3);
}

/* "shared, CPUs 0-1": the placement in words. */
static void print_placement(const struct row *row, FILE *out)
{
	const char *placement = row_text(row, "placement");
	const char *server = row_text(row, "server_cpus");
	const char *client = row_text(row, "client_cpus");

	if (!placement)
		return;
	fprintf(out, "; %s", placement);
	if (server && client && strcmp(server, client) != 0)
		fprintf(out, " (server CPU %s, client CPU %s)", server, client);
	else if (server)
		fprintf(out, " (CPU %s)", server);
}

/* What is not usual about the load. */
static void print_load(const struct row *row, FILE *out)
{
	const char *work = row_text(row, "work");
	const char *arrivals = row_text(row, "arrivals");
	double count;

	if (row_number(row, "offered_rps", &count) && arrivals)
		fprintf(out, ", open loop at %.15g requests/s (%s)", count, arrivals);
	if (row_number(row, "idle_connections", &count) && count > 0)
		fprintf(out, " + %.0f idle", count);
	if (work && strcmp(work, "none") != 0)
		fprintf(out, ", work %s", work);
	if (row_number(row, "churn", &count) && count > 0)
		fprintf(out, ", %.0f request%s per connection", count,
			count == 1 ? "" : "s");
}

static void print_heading(const struct table_line *line, FILE *out)
{
	char connections[32], payload[128], depth[32];
	double seconds;
	const char *transport = row_text(line->first, "transport");

	table_cell_text(line->first, "connections", connections, sizeof(connections));
	table_cell_text(line->first, "payload_bytes", payload, sizeof(payload));
	table_cell_text(line->first, "depth", depth, sizeof(depth));
	fprintf(out, "%s connection%s, %s B, depth %s, %s", connections,
		strcmp(connections, "1") == 0 ? "" : "s", payload, depth,
		transport ? transport : "tcp");
	print_load(line->first, out);
	print_placement(line->first, out);
	if (row_number(line->first, "duration_s", &seconds))
		fprintf(out, "; %zu x %.3g s", line->repetitions, seconds);
	fputc('\n', out);
}

static int column_width(const struct table_line *lines, size_t count, int c)
{
	char text[FIELD_SIZE];
	size_t width = strlen(table_columns[c].heading);

	for (size_t i = 0; i < count; i++) {
		format_field(&lines[i], c, text, sizeof(text));
		if (strlen(text) > width)
			width = strlen(text);
	}
	return (int)width;
}

static int name_width(const struct table_line *lines, size_t count)
{
	char text[NAME_WIDTH + 1];
	size_t width = strlen("model");

	for (size_t i = 0; i < count; i++) {
		format_name(&lines[i], text, sizeof(text));
		if (strlen(text) > width)
			width = strlen(text);
	}
	return (int)width;
}

/* A column that may be empty throughout, and then only takes room. */
static bool is_shown(const struct table_line *lines, size_t count, int c)
{
	const char *name = table_columns[c].name;
	bool shown = strcmp(name, "syscalls_per_request") != 0 &&
		     strcmp(name, "headroom") != 0 &&
		     strncmp(name, "response_", strlen("response_")) != 0;

	for (size_t i = 0; i < count; i++)
		shown |= !isnan(lines[i].value[c]);
	return shown;
}

/* The lines of one table. */
static void print_lines(const struct table_line *lines, size_t count, FILE *out)
{
	char name[NAME_WIDTH + 1], text[FIELD_SIZE];
	const int first = name_width(lines, count);
	int widths[TABLE_COLUMNS];

	fprintf(out, "%*s%-*s", LEFT_MARGIN, "", first, "model");
	for (int c = 0; c < TABLE_COLUMNS; c++) {
		widths[c] = is_shown(lines, count, c) ? column_width(lines, count, c) : 0;
		if (widths[c] > 0)
			fprintf(out, "  %*s", widths[c], table_columns[c].heading);
	}
	fprintf(out, "  verdict\n");
	for (size_t i = 0; i < count; i++) {
		format_name(&lines[i], name, sizeof(name));
		fprintf(out, "%*s%-*s", LEFT_MARGIN, "", first, name);
		for (int c = 0; c < TABLE_COLUMNS; c++) {
			format_field(&lines[i], c, text, sizeof(text));
			if (widths[c] > 0)
				fprintf(out, "  %*s", widths[c], text);
		}
		fprintf(out, "  %s\n", verdict_name(verdict_of(lines[i].worst)));
	}
}

/* What is behind every verdict that is not VALID. */
static void print_troubles(const struct table_line *lines, size_t count, FILE *out)
{
	char name[NAME_WIDTH + 1];

	for (size_t i = 0; i < count; i++) {
		const char *reason = row_text(lines[i].worst, "verdict_reason");
		if (lines[i].troubled == 0)
			continue;
		format_name(&lines[i], name, sizeof(name));
		fprintf(out, "%*s%s: %s in %zu of %zu%s%s\n", LEFT_MARGIN, "", name,
			verdict_name(verdict_of(lines[i].worst)), lines[i].troubled,
			lines[i].repetitions, reason ? ": " : "", reason ? reason : "");
	}
}

static void print_legend(FILE *out)
{
	fputs("Medians of the repetitions. * the best of its column and what is tied with "
	      "it: within 10 %,\n"
	      "as so few repetitions give no interval. Servers that starved connections, "
	      "or failed, are not marked.\n"
	      ">= unanswered requests lie in this percentile: it is at least this. "
	      "headroom: how much faster\n"
	      "the load generator could have gone. CPU is the server's; on loopback a send "
	      "also runs the\n"
	      "receiver's network code, so each side does some of the other's work.\n",
	      out);
}

int table_print(const struct row *rows, size_t count, FILE *out)
{
	struct table_line *lines;
	size_t used;
	const int rc = table_lines(rows, count, &lines, &used);

	if (rc < 0)
		return rc;
	for (size_t i = 0, end; i < used; i = end) {
		for (end = i + 1; end < used && table_same(&lines[i], &lines[end]);)
			end++;
		print_heading(&lines[i], out);
		print_lines(&lines[i], end - i, out);
		print_troubles(&lines[i], end - i, out);
		fputc('\n', out);
	}
	free(lines);
	if (used > 0)
		print_legend(out);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
