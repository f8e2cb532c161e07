/* table.c - a check as text of 100 columns. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/lines.h"
#include "results/check/output.h"
#include "server/printable.h"

#define WIDTH       100
#define LINE_FORMAT "  %-10s %10s %10s %7s %16s %6s  %-12s %8s %10s\n"

/* The first line begins with `first` blanks, further ones with `indent`. */
static void print_wrapped(const char *text, int first, int indent, FILE *out)
{
	int column = first;
	const char *before = "";

	fprintf(out, "%*s", first, "");
	while (*text) {
		const size_t length = strcspn(text, " ");
		char word[1024];
		snprintf(word, sizeof(word), "%.*s", (int)length, text);
		const int width = (int)printable_width(word);
		if (*before && column + 1 + width > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
			before = "";
		}
		fprintf(out, "%s%.*s", before, (int)length, text);
		column += width + (*before != '\0');
		before = " ";
		text += length + (text[length] == ' ');
	}
	putc('\n', out);
}

typedef void say_function(const struct check_report *report, FILE *out);

/* A sentence as lines; nothing when it says nothing. 0 or -ENOMEM. */
static int print_sentence(say_function *say, const struct check_report *report, FILE *out)
{
	char *text = NULL;
	size_t size;
	FILE *in_memory = open_memstream(&text, &size);

	if (!in_memory)
		return -ENOMEM;
	say(report, in_memory);
	if (fclose(in_memory) != 0) {
		free(text);
		return -ENOMEM;
	}
	if (size > 0)
		print_wrapped(text, 0, 2, out);
	free(text);
	return 0;
}

static void print_line(const struct check_line *line, FILE *out)
{
	fprintf(out, LINE_FORMAT, line->metric, line->base, line->new, line->change,
		line->interval, line->limit, line->verdict, line->launches,
		line->detectable);
}

static void print_note(void *out, const char *text)
{
	print_wrapped(text, 4, 6, out);
}

static void print_row(const struct check_row *row, FILE *out)
{
	struct check_line lines[CHECK_LINES_MAX];
	const size_t count = check_lines_of(row, lines);

	fprintf(out, "%s, %s: %s\n", row->name, row->scenario,
		check_verdict_name(row->verdict));
	for (size_t i = 0; i < count; i++)
		print_line(&lines[i], out);
	check_each_note(row, print_note, out);
}

static void print_rows(const struct check_report *report, FILE *out)
{
	static const struct check_line headings = {
		.metric = "metric",
		.base = "base",
		.new = "new",
		.change = "change%",
		.interval = "90 % interval",
		.limit = "limit",
		.verdict = "verdict",
		.launches = "launches",
		.detectable = "detectable",
	};

	putc('\n', out);
	if (report->count > 0)
		print_line(&headings, out);
	for (size_t i = 0; i < report->count; i++)
		print_row(&report->rows[i], out);
	putc('\n', out);
}

int check_print_table(const struct check_report *report, FILE *out)
{
	static say_function *const above[] = {check_say_verdict, check_say_plan,
					      check_say_margins, check_say_attenuation,
					      check_say_null};
	struct check_report shown;
	int rc = check_present(report, &shown);

	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < sizeof(above) / sizeof(above[0]); i++)
		rc = print_sentence(above[i], &shown, out);
	print_rows(&shown, out);
	if (shown.directory)
		fprintf(out, "every value is in %s\n", shown.directory);
	if (rc == 0)
		rc = print_sentence(check_say_undecided, &shown, out);
	check_present_release(&shown);
	return rc < 0 ? rc : fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
