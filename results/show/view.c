/* view.c - how rows of one kind of file are summed up in tables. */
#include "results/show/view.h"

#include <stdlib.h>
#include <string.h>

#include "server/printable.h"

#define FIELD_SIZE   128
#define DECIMALS_MAX 3

static const struct view_column result_columns_shown[] = {
	{"throughput_rps", "requests/s", 0, MORE_IS_BETTER, VIEW_SPREAD},
	{"response_p50_us", "resp p50 us", 1, LESS_IS_BETTER, VIEW_OPTIONAL},
	{"response_p99_us", "resp p99 us", 1, LESS_IS_BETTER,
	 VIEW_OPTIONAL | VIEW_SPREAD},
	{"response_p999_us", "resp p99.9 us", 1, LESS_IS_BETTER, VIEW_OPTIONAL},
	{"service_p50_us", "p50 us", 1, LESS_IS_BETTER, 0},
	{"service_p99_us", "p99 us", 1, LESS_IS_BETTER, 0},
	{"service_p999_us", "p99.9 us", 1, LESS_IS_BETTER, 0},
	{"cpu_us_per_request", "CPU us/req", 2, LESS_IS_BETTER,
	 VIEW_SPREAD | VIEW_SERVER_CPU},
	{"requests_per_cpu_s", "req/CPU s", 0, MORE_IS_BETTER, VIEW_SERVER_CPU},
	{"ctx_switches_per_request", "switches/req", 3, NOT_RANKED, 0},
	{"syscalls_per_request", "syscalls/req", 2, NOT_RANKED, VIEW_OPTIONAL},
	{"starved_connections", "starved", 0, NOT_RANKED, 0},
	{"headroom", "headroom", 2, NOT_RANKED, VIEW_OPTIONAL},
	{NULL, NULL, 0, NOT_RANKED, 0},
};

/* Everything but the server and the repetition. Tables are printed in their order, the last
 * one changing fastest. */
static const char *const workload[] = {
	"placement",
	"server_cpus",
	"client_cpus",
	"transport",
	"loop",
	"offered_rps",
	"arrivals",
	"work",
	"work_us",
	"churn",
	"depth",
	"payload_bytes",
	"idle_connections",
	"connections",
	NULL,
};

static const char *const model[] = {"model", "server_options", "side", NULL};

static const struct view_column task_columns_shown[] = {
	{"workers", "workers", 0, NOT_RANKED, 0},
	{"chunk", "chunk", 0, NOT_RANKED, 0},
	{"elapsed_s", "elapsed s", 3, LESS_IS_BETTER, VIEW_SPREAD},
	{"speedup", "speed-up", 2, MORE_IS_BETTER, 0},
	{"cpu_s", "CPU s", 3, LESS_IS_BETTER, 0},
	{"utilisation", "utilisation", 3, NOT_RANKED, 0},
	{NULL, NULL, 0, NOT_RANKED, 0},
};

static const char *const task_work[] = {"work", "work_us", "tasks", NULL};
static const char *const pool[] = {"executor", "language", "workers", "chunk", NULL};

bool view_is_open(const struct row *row)
{
	const char *loop = row_text(row, "loop");

	return loop && strcmp(loop, "open") == 0;
}

double view_quantile(const char *name)
{
	const char *digits = strstr(name, "_p");
	double quantile = 0, unit = 0.1;

	if (!digits)
		return 0;
	for (digits += 2; *digits >= '0' && *digits <= '9'; digits++, unit /= 10)
		quantile += (*digits - '0') * unit;
	return strcmp(digits, "_us") == 0 ? quantile : 0;
}

static enum view_rank rank_of(const char *name)
{
	static const char *const less[] = {"_us", "_per_connection_bytes", "_kib"};
	const size_t length = strlen(name);

	if (strcmp(name, "work_us") == 0)
		return NOT_RANKED;
	if (strcmp(name, "bytes_per_s") == 0)
		return MORE_IS_BETTER;
	for (size_t i = 0; i < sizeof(less) / sizeof(less[0]); i++)
		if (length > strlen(less[i]) &&
		    strcmp(name + length - strlen(less[i]), less[i]) == 0)
			return LESS_IS_BETTER;
	return NOT_RANKED;
}

struct view_column view_column_of(const struct view *view,
				  const struct row_column *column)
{
	for (int i = 0; view->columns[i].name; i++) {
		if (strcmp(view->columns[i].name, column->name) != 0)
			continue;
		struct view_column known = view->columns[i];
		known.flags &= ~(unsigned)VIEW_OPTIONAL;
		return known;
	}
	return (struct view_column){
		.name = column->name,
		.heading = column->name,
		.decimals = column->type == ROW_COUNT         ? 0
			    : column->decimals < DECIMALS_MAX ? column->decimals
							      : DECIMALS_MAX,
		.rank = rank_of(column->name),
		.flags = strcmp(column->name, "server_cpu_s") == 0 ? VIEW_SERVER_CPU : 0,
	};
}

void view_text(const struct row *row, const char *column, char *text, size_t size)
{
	const char *value;
	double number;

	text[0] = '\0';
	if (row_number(row, column, &number))
		snprintf(text, size, "%.15g", number);
	else if ((value = row_text(row, column)))
		snprintf(text, size, "%s", value);
	make_printable(text);
}

void view_name(const struct view *view, const struct row *row, char *text, size_t size)
{
	char options[FIELD_SIZE];

	view_text(row, view->servers[0], text, size);
	view_text(row, view->servers[1], options, sizeof(options));
	size_t used = strlen(text);
	if (options[0])
		snprintf(text + used, size - used, "%s%s", view->separator, options);
	view_text(row, "side", options, sizeof(options));
	used = strlen(text);
	if (options[0])
		snprintf(text + used, size - used, " %s", options);
	if (!text[0])
		snprintf(text, size, "?");
	if (strlen(text) + 1 == size) {
		memcpy(text + size - 3, "..", 3);
		make_printable(text);
	}
}

/* "shared, CPUs 0-1": the placement in words. */
static void print_placement(const struct row *row, FILE *out)
{
	char placement[FIELD_SIZE], server[FIELD_SIZE], client[FIELD_SIZE];

	view_text(row, "placement", placement, sizeof(placement));
	view_text(row, "server_cpus", server, sizeof(server));
	view_text(row, "client_cpus", client, sizeof(client));
	if (!placement[0])
		return;
	fprintf(out, "; %s", placement);
	if (server[0] && client[0] && strcmp(server, client) != 0)
		fprintf(out, " (server CPU %s, client CPU %s)", server, client);
	else if (server[0])
		fprintf(out, " (CPU %s)", server);
}

/* What is not usual about the load. */
static void print_load(const struct row *row, FILE *out)
{
	char text[FIELD_SIZE];
	double count;

	view_text(row, "arrivals", text, sizeof(text));
	if (row_number(row, "offered_rps", &count) && text[0])
		fprintf(out, ", open loop at %.15g requests/s (%s)", count, text);
	if (row_number(row, "idle_connections", &count) && count > 0)
		fprintf(out, " + %.0f idle", count);
	view_text(row, "work", text, sizeof(text));
	if (text[0] && strcmp(text, "none") != 0)
		fprintf(out, ", work %s", text);
	if (row_number(row, "churn", &count) && count > 0)
		fprintf(out, ", %.0f request%s per connection", count,
			count == 1 ? "" : "s");
}

static void print_workload(const struct row *row, FILE *out)
{
	char connections[FIELD_SIZE], payload[FIELD_SIZE], depth[FIELD_SIZE];
	char transport[FIELD_SIZE];

	view_text(row, "connections", connections, sizeof(connections));
	view_text(row, "payload_bytes", payload, sizeof(payload));
	view_text(row, "depth", depth, sizeof(depth));
	view_text(row, "transport", transport, sizeof(transport));
	fprintf(out, "%s connection%s, %s B, depth %s, %s", connections,
		strcmp(connections, "1") == 0 ? "" : "s", payload, depth,
		transport[0] ? transport : "tcp");
	print_load(row, out);
	print_placement(row, out);
}

static void print_tasks(const struct row *row, FILE *out)
{
	char tasks[FIELD_SIZE], work[FIELD_SIZE];

	view_text(row, "tasks", tasks, sizeof(tasks));
	view_text(row, "work", work, sizeof(work));
	fprintf(out, "%s task%s of %s", tasks, strcmp(tasks, "1") == 0 ? "" : "s", work);
}

void view_heading(const struct view *view, const struct row *row, size_t repetitions,
		  FILE *out)
{
	double seconds;

	view->print_work(row, out);
	if (row_number(row, "duration_s", &seconds))
		fprintf(out, "; %zu x %.3g s", repetitions, seconds);
	else if (!view->verdicts)
		fprintf(out, "; %zu repetition%s", repetitions,
			repetitions == 1 ? "" : "s");
}

const struct view view_results = {
	.tables = workload,
	.servers = model,
	.name_heading = "model",
	.separator = ":",
	.columns = result_columns_shown,
	.first = "throughput_rps",
	.first_open = "throughput_rps",
	.time = "service_p50_us",
	.cpu = "cpu_us_per_request",
	.iterations = "requests",
	.verdicts = true,
	.print_work = print_workload,
};

const struct view view_tasks = {
	.tables = task_work,
	.servers = pool,
	.name_heading = "executor",
	.separator = " ",
	.columns = task_columns_shown,
	.first = "elapsed_s",
	.first_open = "elapsed_s",
	.time = "elapsed_s",
	.cpu = "cpu_s",
	.iterations = "tasks",
	.print_work = print_tasks,
};

void view_number(double value, int decimals, char *text, size_t size)
{
	char plain[FIELD_SIZE];
	size_t used = 0;

	snprintf(plain, sizeof(plain), "%.*f", decimals, value);
	const size_t sign = plain[0] == '-';
	const size_t whole = strcspn(plain, ".");
	for (size_t i = 0; plain[i] && used + 2 < size; i++) {
		if (i > sign && i < whole && (whole - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = plain[i];
	}
	text[used] = '\0';
}
