/*
 * annotations.c - a check as workflow commands of GitHub Actions: `::error title=T::TEXT`.
 *
 * Source: toolkit/packages/core/src/command.ts. In data % CR LF are escaped, in properties
 * : and , too. A step shows 10 of a kind.
 */
#include <errno.h>
#include <string.h>

#include "results/check/lines.h"
#include "results/check/output.h"

#define ANNOTATIONS_MAX 10

static void print_escaped(const char *text, bool is_property, FILE *out)
{
	for (; *text; text++) {
		if (strchr(is_property ? "%\r\n:," : "%\r\n", *text))
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			putc(*text, out);
	}
}

static void begin(bool is_error, const char *title, const char *more, FILE *out)
{
	fprintf(out, "::%s title=", is_error ? "error" : "warning");
	print_escaped(title, true, out);
	print_escaped(more, true, out);
	fputs("::", out);
}

static void print_note(void *out, const char *text)
{
	print_escaped("\n", false, out);
	print_escaped(text, false, out);
}

static void print_row(const struct check_row *row, bool is_error, FILE *out)
{
	struct check_line lines[CHECK_LINES_MAX];
	const size_t count = check_lines_of(row, lines);
	char text[256];

	begin(is_error, "iomodels check: ", row->name, out);
	print_escaped(check_verdict_name(row->verdict), false, out);
	print_escaped(" of ", false, out);
	print_escaped(row->scenario, false, out);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(lines[i].verdict, check_verdict_name(row->verdict)) != 0)
			continue;
		snprintf(text, sizeof(text),
			 "\n%s %s %% (%s), limit %s, base %s, new %s, detectable %s",
			 lines[i].metric, lines[i].change, lines[i].interval,
			 lines[i].limit, lines[i].base, lines[i].new,
			 lines[i].detectable);
		print_escaped(text, false, out);
	}
	check_each_note(row, print_note, out);
	putc('\n', out);
}

/* Whether it is what the exit status is for. */
static bool is_error(const struct check_report *report, enum check_verdict verdict)
{
	return verdict <= CHECK_INVALID ||
	       (verdict == CHECK_INCONCLUSIVE && report->strict);
}

int check_print_annotations(const struct check_report *report, FILE *out)
{
	struct check_report shown;
	const int rc = check_present(report, &shown);
	int printed = 0;

	if (rc < 0)
		return rc;
	if (!shown.valid) {
		begin(true, "iomodels check: ", "no verdict", out);
		print_escaped(shown.reason, false, out);
		putc('\n', out);
		printed++;
	}
	for (size_t i = 0; i < shown.count && printed < ANNOTATIONS_MAX; i++) {
		if (shown.rows[i].verdict > CHECK_INCONCLUSIVE)
			break;
		print_row(&shown.rows[i], is_error(&shown, shown.rows[i].verdict), out);
		printed++;
	}
	check_present_release(&shown);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
