/*
 * markdown.c - a check for a job's summary page or a comment.
 *
 * Such pages take so many bytes and drop a text that is longer, so it is made anew with fewer
 * rows until it fits: the details go first, then rows from the least grave one on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/lines.h"
#include "results/check/output.h"
#include "results/show/grid.h"

struct page {
	const struct check_report *report;
	size_t rows; /* of the report's */
	bool details;
};

struct text {
	char *text;
	size_t size;
};

typedef void say_function(const struct check_report *report, FILE *out);

/* What `say` says, escaped; the sentence keeps its own words apart from markup. */
static int say_escaped(say_function *say, const struct check_report *report,
		       const char *before, const char *after, FILE *out)
{
	struct text said = {0};
	FILE *in_memory = open_memstream(&said.text, &said.size);

	if (!in_memory)
		return -ENOMEM;
	say(report, in_memory);
	const int rc = fclose(in_memory) != 0 ? -ENOMEM : 0;
	if (rc == 0 && said.size > 0) {
		fputs(before, out);
		print_markdown(said.text, out);
		fputs(after, out);
	}
	free(said.text);
	return rc;
}

static void print_cells(const char *const *cells, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		fputs(i == 0 ? "| " : " | ", out);
		print_markdown(cells[i], out);
	}
	fputs(" |\n", out);
}

static void print_line(const struct check_row *row, const struct check_line *line,
		       FILE *out)
{
	const char *const cells[] = {row->name,      row->scenario,   line->metric,
				     line->base,     line->new,       line->change,
				     line->interval, line->limit,     line->verdict,
				     line->launches, line->detectable};

	print_cells(cells, sizeof(cells) / sizeof(cells[0]), out);
}

static void print_row(const struct check_row *row, FILE *out)
{
	struct check_line lines[CHECK_LINES_MAX];
	const size_t count = check_lines_of(row, lines);

	for (size_t i = 0; i < count; i++)
		print_line(row, &lines[i], out);
	if (count == 0) {
		struct check_line empty = {"", "", "", "", "", "", NULL, "", ""};
		empty.verdict = check_verdict_name(row->verdict);
		print_line(row, &empty, out);
	}
}

static void print_table(const struct page *page, FILE *out)
{
	if (page->rows == 0)
		return;
	fputs("\n| server | scenario | metric | base | new | change % | 90 % interval | "
	      "limit | verdict | launches | detectable % |\n"
	      "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: "
	      "|\n",
	      out);
	for (size_t i = 0; i < page->rows; i++)
		print_row(&page->report->rows[i], out);
}

static void print_note(void *context, const char *text)
{
	FILE *out = context;

	fputs("  - ", out);
	print_markdown(text, out);
	putc('\n', out);
}

static bool is_notable(const struct check_row *row)
{
	return row->verdict <= CHECK_IMPROVED;
}

/* Why, row by row: of the notable ones beneath the table, of the others in the details. */
static void print_notes(const struct page *page, bool notable, FILE *out)
{
	for (size_t i = 0; i < page->rows; i++) {
		const struct check_row *row = &page->report->rows[i];
		if (is_notable(row) != notable)
			continue;
		fputs("- ", out);
		print_markdown(row->name, out);
		fputs(", ", out);
		print_markdown(row->scenario, out);
		fprintf(out, ": %s\n", check_verdict_name(row->verdict));
		check_each_note(row, print_note, out);
	}
}

static int print_details(const struct page *page, FILE *out)
{
	static say_function *const sentences[] = {check_say_plan, check_say_margins,
						  check_say_attenuation, check_say_null};
	int rc = 0;

	fputs("\n<details><summary>How it was measured</summary>\n\n", out);
	for (size_t i = 0; rc == 0 && i < sizeof(sentences) / sizeof(sentences[0]); i++)
		rc = say_escaped(sentences[i], page->report, "- ", "\n", out);
	if (page->report->command_line) {
		fputs("- command: ", out);
		print_markdown(page->report->command_line, out);
		putc('\n', out);
	}
	print_notes(page, false, out);
	fputs("\n</details>\n", out);
	return rc;
}

static int print_page(const struct page *page, FILE *out)
{
	const size_t left_out = page->report->count - page->rows;
	int rc = say_escaped(check_say_verdict, page->report,
			     "**iomodels check: ", "**\n", out);

	print_table(page, out);
	if (left_out > 0)
		fprintf(out,
			"\n%zu of %zu rows are left out: they are the least grave, "
			"and this page has no room.\n",
			left_out, page->report->count);
	putc('\n', out);
	print_notes(page, true, out);
	if (rc == 0 && page->details)
		rc = print_details(page, out);
	if (rc == 0)
		rc = say_escaped(check_say_undecided, page->report, "\n", "\n", out);
	return rc;
}

/* The caller frees the text. 0 or -ENOMEM. */
static int make_page(const struct check_report *report, size_t rows, bool details,
		     struct text *ret_text)
{
	const struct page page = {report, rows, details};
	struct text made = {0};
	FILE *out = open_memstream(&made.text, &made.size);

	if (!out)
		return -ENOMEM;
	int rc = print_page(&page, out);
	if ((fclose(out) != 0) && rc == 0)
		rc = -ENOMEM;
	if (rc < 0)
		free(made.text);
	else
		*ret_text = made;
	return rc;
}

/* The most rows that fit. */
static int fit_page(const struct check_report *report, size_t limit,
		    struct text *ret_text)
{
	size_t fits = 0, too_many = report->count + 1;
	int rc = make_page(report, 0, false, ret_text);

	while (rc == 0 && too_many - fits > 1) {
		const size_t middle = fits + (too_many - fits) / 2;
		struct text tried;
		rc = make_page(report, middle, false, &tried);
		if (rc == 0 && tried.size <= limit) {
			fits = middle;
			free(ret_text->text);
			*ret_text = tried;
		} else if (rc == 0) {
			too_many = middle;
			free(tried.text);
		}
	}
	return rc;
}

/* Whole lines only; the first one is the verdict. */
static size_t cut_size(const struct text *made, size_t limit)
{
	size_t size = made->size;

	if (limit == 0 || size <= limit)
		return size;
	for (size = limit; size > 0 && made->text[size - 1] != '\n'; size--)
		;
	return size;
}

int check_print_markdown(const struct check_report *report, size_t limit, FILE *out)
{
	struct check_report shown;
	struct text made = {0};
	int rc = check_present(report, &shown);

	if (rc < 0)
		return rc;
	rc = make_page(&shown, shown.count, true, &made);
	if (rc == 0 && limit > 0 && made.size > limit) {
		free(made.text);
		made.text = NULL;
		rc = fit_page(&shown, limit, &made);
	}
	if (rc == 0)
		fwrite(made.text, 1, cut_size(&made, limit), out);
	free(made.text);
	check_present_release(&shown);
	return rc < 0 ? rc : fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
