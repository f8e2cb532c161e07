/*
 * junit.c - a check as JUnit XML, as Jenkins, GitLab and their kin read it.
 *
 * A row is a test case, and so is the session: its null control. What is not decided is
 * skipped, with what could have been seen; a server that failed is an error, for the test
 * itself could not be made. A session without a verdict fails nobody: its rows are skipped.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "results/check/lines.h"
#include "results/check/output.h"

enum outcome { PASSED, FAILED, BROKEN, SKIPPED, OUTCOMES };

static const char *const element_of[OUTCOMES] = {
	[PASSED] = NULL, [FAILED] = "failure", [BROKEN] = "error", [SKIPPED] = "skipped"};

/* The texts are printable: of what XML forbids U+FFFE and U+FFFF are left. */
static void print_xml(const char *text, FILE *out)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			if (strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
			    strncmp(text, "\xef\xbf\xbf", 3) == 0) {
				putc('?', out);
				text += 2;
			} else {
				putc(*text, out);
			}
		}
	}
}

static void print_attribute(const char *name, const char *text, FILE *out)
{
	fprintf(out, " %s=\"", name);
	print_xml(text, out);
	putc('"', out);
}

static void print_property(const char *name, const char *value, FILE *out)
{
	fputs("<property", out);
	print_attribute("name", name, out);
	print_attribute("value", value, out);
	fputs("/>\n", out);
}

static void print_number(const char *name, const char *what, double value, FILE *out)
{
	char text[64], full[64];

	if (!isfinite(value))
		return;
	snprintf(text, sizeof(text), "%.9g", value);
	snprintf(full, sizeof(full), "%s.%s", name, what);
	print_property(full, text, out);
}

static enum outcome outcome_of(const struct check_report *report,
			       const struct check_row *row)
{
	switch (row->verdict) {
	case CHECK_REGRESSION:
		return report->valid || check_counted_more(row) ? FAILED : SKIPPED;
	case CHECK_INVALID:
		return row->server_failed ? BROKEN : SKIPPED;
	case CHECK_INCONCLUSIVE:
		return SKIPPED;
	default:
		return PASSED;
	}
}

static enum outcome outcome_of_session(const struct check_report *report)
{
	return report->valid ? PASSED : BROKEN;
}

/* "throughput -5.1 % (-6.2 .. -4.0), limit -2.4, detectable 3.3"; those of the row's
 * verdict. */
static void print_message(const struct check_report *report, const struct check_row *row,
			  FILE *out)
{
	struct check_line lines[CHECK_LINES_MAX];
	const size_t count = check_lines_of(row, lines);
	const char *verdict = check_verdict_name(row->verdict);

	fputs(" message=\"", out);
	fputs(verdict, out);
	if (row->reason[0])
		fputs(": ", out);
	print_xml(row->reason, out);
	for (size_t i = 0; i < count; i++)
		if (strcmp(lines[i].verdict, verdict) == 0)
			fprintf(out, "; %s %s %% (%s), limit %s, detectable %s",
				lines[i].metric, lines[i].change, lines[i].interval,
				lines[i].limit, lines[i].detectable);
	if (!report->valid) {
		fputs("; the session has no verdict: ", out);
		print_xml(report->reason, out);
	}
	putc('"', out);
}

static void print_note(void *out, const char *text)
{
	print_xml(text, out);
	putc('\n', out);
}

static void print_outcome(const struct check_report *report, const struct check_row *row,
			  FILE *out)
{
	const enum outcome outcome = outcome_of(report, row);

	if (outcome == PASSED)
		return;
	fprintf(out, "<%s", element_of[outcome]);
	print_message(report, row, out);
	if (outcome != SKIPPED)
		print_attribute("type", check_verdict_name(row->verdict), out);
	fputs(">\n", out);
	check_each_note(row, print_note, out);
	fprintf(out, "</%s>\n", element_of[outcome]);
}

static void print_metric(const struct check_row *row, enum launch_metric which, FILE *out)
{
	const struct check_metric *metric = &row->metric[which];
	const char *name = check_metric_name(which);

	if (metric->finding.launches == 0)
		return;
	print_number(name, "base", metric->median[0], out);
	print_number(name, "new", metric->median[1], out);
	print_number(name, "change_percent",
		     check_percent(which, metric->finding.estimate), out);
	print_number(name, "detectable_percent",
		     fabs(check_percent(which, metric->finding.detectable)), out);
	print_number(name, "launches", (double)metric->screen.count, out);
}

static void print_row(const struct check_report *report, const struct check_row *row,
		      FILE *out)
{
	fputs("<testcase", out);
	print_attribute("classname", row->name, out);
	print_attribute("name", row->scenario, out);
	fprintf(out, " time=\"%.3f\">\n<properties>\n", row->seconds);
	print_property("verdict", check_verdict_name(row->verdict), out);
	print_property("mode", launch_mode_name(row->mode), out);
	for (int m = 0; m < LAUNCH_METRICS; m++)
		print_metric(row, (enum launch_metric)m, out);
	if (check_has_exact(row)) {
		print_number("syscalls", "base", row->exact[0].per_request, out);
		print_number("syscalls", "new", row->exact[1].per_request, out);
	}
	fputs("</properties>\n", out);
	print_outcome(report, row, out);
	fputs("</testcase>\n", out);
}

static void print_session(const struct check_report *report, FILE *out)
{
	const enum outcome outcome = outcome_of_session(report);

	fputs("<testcase classname=\"session\" name=\"null control\" time=\"0\">\n", out);
	if (outcome != PASSED) {
		fprintf(out, "<%s", element_of[outcome]);
		print_attribute("message", report->reason, out);
		print_attribute("type", "NO VERDICT", out);
		fputs("/>\n", out);
	}
	fputs("</testcase>\n", out);
}

static void print_totals(const struct check_report *report, FILE *out)
{
	size_t count[OUTCOMES] = {0};

	count[outcome_of_session(report)]++;
	for (size_t i = 0; i < report->count; i++)
		count[outcome_of(report, &report->rows[i])]++;
	fprintf(out,
		" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
		"time=\"%.3f\">\n",
		report->count + 1, count[FAILED], count[BROKEN], count[SKIPPED],
		report->seconds);
}

static void print_properties(const struct check_report *report, FILE *out)
{
	char seed[32];

	snprintf(seed, sizeof(seed), "%" PRIu64, report->seed);
	fputs("<properties>\n", out);
	print_property("verdict", check_session_word(report), out);
	print_property("seed", seed, out);
	print_property("strict", report->strict ? "yes" : "no", out);
	if (report->command_line)
		print_property("command", report->command_line, out);
	if (report->directory)
		print_property("directory", report->directory, out);
	fputs("</properties>\n", out);
}

int check_print_junit(const struct check_report *report, FILE *out)
{
	struct check_report shown;
	const int rc = check_present(report, &shown);

	if (rc < 0)
		return rc;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuites name=\"iomodels check\"",
	      out);
	print_totals(&shown, out);
	fputs("<testsuite name=\"iomodels check\"", out);
	print_totals(&shown, out);
	print_properties(&shown, out);
	print_session(&shown, out);
	for (size_t i = 0; i < shown.count; i++)
		print_row(&shown, &shown.rows[i], out);
	fputs("</testsuite>\n</testsuites>\n", out);
	check_present_release(&shown);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
