/* chart.c - a metric as bars in the terminal. */
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "results/campaign/verdict.h"
#include "results/show/bar.h"
#include "results/show/format.h"
#include "results/show/table.h"
#include "server/options.h"
#include "server/printable.h"

#define LEFT_MARGIN   2
#define WIDTH_DEFAULT 80
#define BAR_LEAST     10
#define VALUE_SIZE    160

/* How a table's bars are drawn. */
struct chart {
	const struct show *show;
	size_t start, end; /* lines */
	double most;       /* the value of a bar as wide as there is room */
	int name_width, value_width, bar_width;
	bool unicode;
};

static bool is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);

	if (!locale)
		return false;
	const bool utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return utf8;
}

static int terminal_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t width;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	if (columns && parse_count(columns, &width) == 0 && width > 0 && width < 10000)
		return (int)width;
	return WIDTH_DEFAULT;
}

/* "*187,446 +-2.1 %  CLIENT_LIMITED" */
static void format_value(const struct chart *chart, const struct summary_line *line,
			 char *text)
{
	const struct summary_value *value = show_metric_value(chart->show, line);
	const double width = summary_half_width(value);
	size_t used;

	table_value(value, show_metric_column(chart->show, line), text, VALUE_SIZE / 2);
	used = strlen(text);
	if (!isnan(width))
		used += (size_t)snprintf(text + used, VALUE_SIZE - used, " +-%.1f %%",
					 width);
	if (line->troubled > 0)
		snprintf(text + used, VALUE_SIZE - used, "  %s",
			 verdict_name(verdict_of(line->worst)));
}

static int larger(int a, size_t b)
{
	return a > (int)b ? a : (int)b;
}

static void measure(struct chart *chart, int width)
{
	char name[TABLE_NAME_SIZE], text[VALUE_SIZE];

	for (size_t i = chart->start; i < chart->end; i++) {
		const struct summary_line *line = &chart->show->summary.lines[i];
		const struct summary_value *value = show_metric_value(chart->show, line);
		table_name(&chart->show->summary, line, name);
		format_value(chart, line, text);
		chart->name_width = larger(chart->name_width, printable_width(name));
		chart->value_width = larger(chart->value_width, printable_width(text));
		if (!isnan(value->median))
			chart->most = fmax(chart->most, value->median);
		if (value->interval.level > 0)
			chart->most = fmax(chart->most, value->interval.high);
	}
	width -= LEFT_MARGIN + chart->name_width + 2 + chart->value_width + 1;
	chart->bar_width = width < BAR_LEAST       ? BAR_LEAST
			   : width > BAR_WIDTH_MAX ? BAR_WIDTH_MAX
						   : width;
}

static void print_bar(const struct chart *chart, const struct summary_line *line,
		      FILE *out)
{
	const struct summary_value *value = show_metric_value(chart->show, line);
	const double high = value->interval.level > 0 ? value->interval.high : 0;
	char name[TABLE_NAME_SIZE], text[VALUE_SIZE], bar[BAR_TEXT_SIZE];

	table_name(&chart->show->summary, line, name);
	format_value(chart, line, text);
	bar_format(value->median / chart->most, high / chart->most, chart->bar_width,
		   chart->unicode, bar);
	fprintf(out, "%*s%s%*s  %s %s\n", LEFT_MARGIN, "", name,
		chart->name_width - (int)printable_width(name), "", bar, text);
}

static void print_table(const struct show *show, size_t start, size_t end, FILE *out)
{
	const struct summary *summary = &show->summary;
	struct chart chart = {
		.show = show, .start = start, .end = end, .unicode = is_utf8()};

	table_print_heading(summary, start, GRID_TEXT, out);
	fprintf(out, "%*s%s\n", LEFT_MARGIN, "",
		show_metric_column(show, &summary->lines[start])->name);
	measure(&chart, terminal_width(out));
	for (size_t i = start; i < end; i++)
		print_bar(&chart, &summary->lines[i], out);
	table_print_troubles(summary, start, end, GRID_TEXT, out);
	putc('\n', out);
}

int show_chart(const struct show *show, FILE *out, char *error)
{
	(void)error;
	for (size_t start = 0, end; start < show->summary.count; start = end) {
		end = summary_table_end(&show->summary, start);
		print_table(show, start, end, out);
	}
	if (show->summary.count > 0)
		table_print_legend(&show->summary, GRID_TEXT, out);
	return 0;
}
