/* plots.c - the main panels of a report as PNG and SVG, by gnuplot. */
#include "results/report/plots.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "results/report/assets.h"
#include "results/subject/captured.h"
#include "results/subject/peers.h"
#include "server/options.h"

#define NAME_SIZE    160
#define NO_PROGRAM   127 /* of env */
#define STEPS_DECADE 8.0 /* of a curve: latency.h */

struct plots {
	const struct report_source *source;
	const json_t *latency;
	const char *directory;
	char *error;
};

/* One plot to be drawn: its data are written, then the scripts run over them. */
struct plot {
	const char *name; /* of the files: "throughput" */
	size_t number;
	const struct report_script *script;
	const char *axis;
	FILE *data; /* on a descriptor that gnuplot inherits */
	size_t marks;
	const char *across; /* the column that makes its x, where lines of several tables
			       are in it */
};

static const char *family_of(const struct report_source *source, const char *model)
{
	const struct io_model *const *const tables[] = {source->catalogue->models,
							python_peers};

	for (size_t t = 0; model && t < 2; t++)
		for (size_t i = 0; tables[t][i]; i++)
			if (strcmp(tables[t][i]->name, model) == 0)
				return tables[t][i]->family;
	return "other";
}

/* "NAME<tab>FAMILY": names are printable, a tab among them is none. */
static void name_line(const struct report_source *source, const struct row *row,
		      char *name)
{
	view_name(&source->input.view, row, name, NAME_SIZE);
	for (char *c = name; *c; c++)
		if (*c == '\t' || *c == '"')
			*c = ' ';
}

static const struct summary_value *value_of(const struct report_source *source,
					    const struct summary_line *line,
					    const char *column)
{
	for (int c = 0; c < source->summary.column_count; c++)
		if (strcmp(source->summary.columns[c].name, column) == 0)
			return isnan(line->values[c].median) ? NULL : &line->values[c];
	return NULL;
}

/* One run of gnuplot; the name of the file is printed when it is there. */
static int run_gnuplot(const struct plots *plots, const struct plot *plot, int script,
		       const char *format, const char *title)
{
	char script_path[32], data_path[32], *output, *said;

	snprintf(script_path, sizeof(script_path), "/proc/self/fd/%d", script);
	snprintf(data_path, sizeof(data_path), "/proc/self/fd/%d", fileno(plot->data));
	if (asprintf(&output, "%s/%s-%zu.%s", plots->directory, plot->name, plot->number,
		     format) < 0)
		return -ENOMEM;
	char *const words[] = {
		"/usr/bin/env",     "gnuplot", "-c",           script_path,
		data_path,          output,    (char *)format, (char *)title,
		(char *)plot->axis, NULL};
	int rc = captured_run(words, &said);
	if (rc == NO_PROGRAM) {
		snprintf(
			plots->error, OPTION_ERROR_SIZE,
			"--plots: there is no gnuplot here (Debian package gnuplot-nox)");
		rc = -ENOENT;
	} else if (rc > 0) {
		snprintf(plots->error, OPTION_ERROR_SIZE, "gnuplot: %.300s: %.150s",
			 output, said ? said : "failed");
		rc = -EIO;
	}
	if (rc == 0)
		puts(output);
	free(said);
	free(output);
	return rc;
}

/* The scripts are in this program: gnuplot reads them from a file without a name. */
static int open_script(const struct report_script *script)
{
	const int fd = memfd_create("script", 0);

	if (fd >= 0 && write(fd, script->text, script->size) != (ssize_t)script->size) {
		close(fd);
		return -EIO;
	}
	return fd < 0 ? -errno : fd;
}

/* A workload begins with "1 connection, ", which is one of several over connections. */
static const char *behind_connections(const struct plot *plot, const char *workload)
{
	const char *comma = strstr(workload, ", ");

	return comma && strcmp(plot->across, "connections") == 0 ? comma + 2 : workload;
}

static int draw(const struct plots *plots, struct plot *plot,
		const struct summary_line *line)
{
	char *title = NULL;
	size_t size;
	FILE *out = open_memstream(&title, &size);
	int rc = out ? 0 : -ENOMEM;

	if (out) {
		view_heading(&plots->source->input.view, line->rows[0], line->repetitions,
			     out);
		fclose(out);
	}
	const int script = rc == 0 ? open_script(plot->script) : rc;
	if (script < 0)
		rc = script;
	if (rc == 0 && fflush(plot->data) != 0)
		rc = -errno;
	const char *shown =
		title && plot->across ? behind_connections(plot, title) : title;
	if (rc == 0)
		rc = run_gnuplot(plots, plot, script, "png", shown);
	if (rc == 0)
		rc = run_gnuplot(plots, plot, script, "svg", shown);
	if (script >= 0)
		close(script);
	free(title);
	return rc;
}

/* Calls `fill` for the data, and draws them where there are any. */
static int make(const struct plots *plots, struct plot *plot,
		void (*fill)(const struct plots *plots, struct plot *plot, size_t start,
			     size_t end),
		size_t start, size_t end)
{
	const int fd = memfd_create("data", 0);
	int rc = 0;

	plot->data = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!plot->data) {
		rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	fill(plots, plot, start, end);
	if (plot->marks > 0)
		rc = draw(plots, plot, &plots->source->summary.lines[start]);
	fclose(plot->data);
	return rc;
}

static void fill_ranks(const struct plots *plots, struct plot *plot, const char *column,
		       size_t start, size_t end)
{
	const struct report_source *source = plots->source;
	char name[NAME_SIZE];

	for (size_t i = start; i < end; i++) {
		const struct summary_line *line = &source->summary.lines[i];
		const struct summary_value *value = value_of(source, line, column);
		if (!value)
			continue;
		const bool has = value->interval.level > 0;
		name_line(source, line->rows[0], name);
		fprintf(plot->data, "%s\t%.9g\t%.9g\t%.9g\t%s\n", name, value->median,
			has ? value->interval.low : value->median,
			has ? value->interval.high : value->median,
			family_of(source, row_text(line->rows[0], "model")));
		plot->marks++;
	}
}

static void fill_throughput(const struct plots *plots, struct plot *plot, size_t start,
			    size_t end)
{
	fill_ranks(plots, plot, "throughput_rps", start, end);
}

static void fill_cpu(const struct plots *plots, struct plot *plot, size_t start,
		     size_t end)
{
	fill_ranks(plots, plot, "cpu_us_per_request", start, end);
}

/* Blocks are parted by two empty lines. */
static void begin_block(const struct plots *plots, struct plot *plot,
			const struct row *row)
{
	char name[NAME_SIZE];

	name_line(plots->source, row, name);
	fprintf(plot->data, "%s%s\t%s\n", plot->marks++ ? "\n\n" : "", name,
		family_of(plots->source, row_text(row, "model")));
}

static void fill_percentiles(const struct plots *plots, struct plot *plot, size_t start,
			     size_t end)
{
	const json_t *one;
	size_t i, k;

	json_array_foreach(plots->latency, i, one)
	{
		const size_t line =
			(size_t)json_integer_value(json_object_get(one, "line"));
		const json_t *curve = json_object_get(one, "curve"), *us;
		if (line < start || line >= end)
			continue;
		begin_block(plots, plot, plots->source->summary.lines[line].rows[0]);
		json_array_foreach(curve, k, us)
			fprintf(plot->data, "%.9g\t%.9g\n",
				pow(10, (double)k / STEPS_DECADE), json_real_value(us));
	}
}

/* One workload but for the column `but`, or one server. */
static bool are_alike(const struct row *a, const struct row *b, const char *const *names,
		      const char *but)
{
	for (; *names; names++) {
		const int column = row_column_index(a->columns, *names);
		if (column >= 0 && strcmp(*names, but) != 0 &&
		    summary_compare_cells(a, b, column) != 0)
			return false;
	}
	return true;
}

/* A server's lines of that workload, over the column `across`. */
static void fill_server(const struct plots *plots, struct plot *plot, size_t first)
{
	const struct report_source *source = plots->source;
	const struct summary_line *lines = source->summary.lines;
	const struct row *row = lines[first].rows[0];
	double x;

	begin_block(plots, plot, row);
	for (size_t i = first; i < source->summary.count; i++) {
		const struct summary_value *rate =
			value_of(source, &lines[i], "throughput_rps");
		const struct summary_value *p99 =
			value_of(source, &lines[i], "response_p99_us");
		if (rate &&
		    are_alike(row, lines[i].rows[0], source->input.view.tables,
			      plot->across) &&
		    are_alike(row, lines[i].rows[0], source->input.view.servers,
			      plot->across) &&
		    row_number(lines[i].rows[0], plot->across, &x))
			fprintf(plot->data, "%.9g\t%.9g\t%.9g\n", rate->median, x,
				p99 ? p99->median : NAN);
	}
}

/* Each server of the first line's workload once, where its first line is. */
static void fill_across(const struct plots *plots, struct plot *plot, size_t start,
			size_t end)
{
	const struct report_source *source = plots->source;
	const struct summary_line *lines = source->summary.lines;
	const struct row *workload = lines[start].rows[0];

	for (size_t i = start; i < end; i++) {
		bool seen = !are_alike(workload, lines[i].rows[0],
				       source->input.view.tables, plot->across);
		for (size_t k = start; k < i && !seen; k++)
			seen = are_alike(workload, lines[k].rows[0],
					 source->input.view.tables, plot->across) &&
			       are_alike(lines[k].rows[0], lines[i].rows[0],
					 source->input.view.servers, plot->across);
		if (!seen)
			fill_server(plots, plot, i);
	}
}

static int draw_table(const struct plots *plots, size_t number, size_t start, size_t end)
{
	struct plot throughput = {.name = "throughput",
				  .number = number,
				  .script = &report_script_ranks,
				  .axis = "requests/s"};
	struct plot cpu = {.name = "cpu",
			   .number = number,
			   .script = &report_script_ranks,
			   .axis = "the server's CPU time per request, us"};
	struct plot latency = {.name = "latency",
			       .number = number,
			       .script = &report_script_percentiles,
			       .axis = ""};
	int rc = make(plots, &throughput, fill_throughput, start, end);

	if (rc == 0)
		rc = make(plots, &cpu, fill_cpu, start, end);
	if (rc == 0)
		rc = make(plots, &latency, fill_percentiles, start, end);
	return rc;
}

/* Whether a line is the first of its workload, whose other lines differ in `column`. */
static bool is_first_of_several(const struct report_source *source, size_t i,
				const char *column)
{
	const struct summary_line *lines = source->summary.lines;
	const char *const *tables = source->input.view.tables;
	const struct row *row = lines[i].rows[0];
	const int index = row_column_index(row->columns, column);
	bool several = false;

	for (size_t k = 0; k < i; k++)
		if (are_alike(row, lines[k].rows[0], tables, column))
			return false;
	for (size_t k = i + 1; index >= 0 && k < source->summary.count; k++)
		several |= are_alike(row, lines[k].rows[0], tables, column) &&
			   summary_compare_cells(row, lines[k].rows[0], index) != 0;
	return several;
}

/* The plots in which lines of several tables are: one of open loops, and those of closed
 * ones over connections. */
static int draw_across(const struct plots *plots)
{
	const struct report_source *source = plots->source;
	const struct summary *summary = &source->summary;
	size_t loads = 0, scales = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < summary->count; i++) {
		struct plot plot = {.axis = "", .number = 1};
		if (view_is_open(summary->lines[i].rows[0]) && loads++ == 0) {
			plot.name = "load";
			plot.script = &report_script_load;
			plot.across = "offered_rps";
		} else if (!view_is_open(summary->lines[i].rows[0]) &&
			   is_first_of_several(source, i, "connections")) {
			plot.name = "connections";
			plot.number = ++scales;
			plot.script = &report_script_connections;
			plot.across = "connections";
		} else {
			continue;
		}
		rc = make(plots, &plot, fill_across, i, summary->count);
	}
	return rc;
}

int report_plots(const struct report_source *source, const json_t *latency,
		 const char *directory, char *error)
{
	const struct plots plots = {source, latency, directory, error};
	const struct summary *summary = &source->summary;
	size_t number = 1;
	int rc = 0;

	for (size_t start = 0, end; rc == 0 && start < summary->count; start = end) {
		end = summary_table_end(summary, start);
		rc = draw_table(&plots, number++, start, end);
	}
	return rc == 0 ? draw_across(&plots) : rc;
}
