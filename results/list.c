/* list.c - the command `iomodels list`: what there is, or why not. */
#include "results/list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/engines.h"
#include "results/plan/list_plans.h"
#include "results/subject/peers.h"
#include "server/options.h"
#include "server/row.h"

enum listing {
	LIST_MODELS,
	LIST_SELECTORS,
	LIST_EXECUTORS,
	LIST_PEERS,
	LIST_PLANS,
	LIST_ENGINES,
	LISTINGS
};

static const char *const listing_names[] = {"models", "selectors", "executors", "peers",
					    "plans",  "engines",   NULL};

struct list_options {
	bool json;
	const char *python;
};

static const struct option_spec list_options[] = {
	{.name = "json",
	 .help = "print JSON instead of text",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct list_options, json)},
	PEERS_OPTION(offsetof(struct list_options, python)),
	{.name = NULL},
};

static const struct option_command command = {
	.name = "list",
	.summary = "What this build and this machine have, or why not.",
	.operands = "[models|selectors|executors|peers|plans|engines]",
	.min_operands = 0,
	.max_operands = 1,
	.options = list_options,
	.epilogue = "Without an operand it lists the models. Their options are given as\n"
		    "MODEL:key=value,.. wherever a server is named.",
};

static const struct {
	unsigned flag;
	const char *name;
} flag_names[] = {
	{IO_MODEL_STREAM, "stream"},
	{IO_MODEL_DATAGRAM, "datagram"},
	{IO_MODEL_ONE, "one"},
	{IO_MODEL_PER_WORKER, "per-worker"},
	{IO_MODEL_ECHO_ONLY, "echo-only"},
	{IO_MODEL_PROCESSES, "processes"},
	{IO_MODEL_DEALT, "dealt"},
	{IO_MODEL_BUSY, "busy"},
	{IO_MODEL_TWO_CPUS, "two-cpus"},
	{IO_MODEL_FD_SETSIZE, "fd-setsize"},
};

static void print_entry(const char *name, const char *summary, const char *reason)
{
	printf("  %-25s %s", name, summary);
	if (reason)
		printf(" (unavailable: %s)", reason);
	putchar('\n');
}

static void print_option(const struct option_spec *option)
{
	char accepted[OPTION_ERROR_SIZE];

	option_accepts(option, accepted, sizeof(accepted));
	printf("    %s=%s  %s (%s", option->name,
	       option->metavar ? option->metavar : "yes", option->help, accepted);
	if (option->fallback)
		printf("; default %s", option->fallback);
	puts(")");
}

static void print_model(const struct io_catalogue *catalogue,
			const struct io_model *model)
{
	print_entry(model->name, model->summary, peers_reason(catalogue->peers, model));
	for (const struct option_spec *o = model->options; o && o->name; o++)
		print_option(o);
}

/* A family stands where its first model does. */
static void print_models(const struct io_catalogue *catalogue,
			 const struct io_model *const *models)
{
	for (const struct io_model *const *m = models; *m; m++) {
		const struct io_model *const *first = models;

		while (strcmp((*first)->family, (*m)->family) != 0)
			first++;
		if (first != m)
			continue;
		puts((*m)->family);
		for (; *first; first++)
			if (strcmp((*first)->family, (*m)->family) == 0)
				print_model(catalogue, *first);
	}
}

static json_t *flags_to_json(unsigned flags)
{
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (flags & flag_names[i].flag)
			json_array_append_new(array, json_string(flag_names[i].name));
	return array;
}

static json_t *options_to_json(const struct option_spec *table)
{
	char accepted[OPTION_ERROR_SIZE];
	json_t *array = json_array();

	for (; table && table->name; table++) {
		option_accepts(table, accepted, sizeof(accepted));
		json_array_append_new(array,
				      json_pack("{ss ss ss? ss ss}", "name", table->name,
						"type", option_type_name(table->type),
						"default", table->fallback, "range",
						accepted, "help", table->help));
	}
	return array;
}

static json_t *models_to_json(const struct io_catalogue *catalogue,
			      const struct io_model *const *models)
{
	json_t *array = json_array();

	for (; *models; models++) {
		const struct io_model *m = *models;
		const char *reason = peers_reason(catalogue->peers, m);
		json_array_append_new(
			array, json_pack("{ss ss ss so sb ss so}", "name", m->name,
					 "family", m->family, "summary", m->summary,
					 "flags", flags_to_json(m->flags), "available",
					 reason == NULL, "reason", reason ? reason : "",
					 "options", options_to_json(m->options)));
	}
	return array;
}

/* What a listing of models or of peers shows. */
static const struct io_model *const *models_of(const struct io_catalogue *catalogue,
					       enum listing listing)
{
	return listing == LIST_PEERS ? python_peers : catalogue->models;
}

/* Of a listing that shows them all. */
static void want_peers(const struct io_catalogue *catalogue, enum listing listing)
{
	for (int i = 0; listing == LIST_PEERS && python_peers[i]; i++)
		peers_want(catalogue->peers, python_peers[i]);
}

/* The listings that are a flat table of parts. */
static const struct io_part *parts_of(const struct io_catalogue *catalogue,
				      enum listing listing)
{
	return listing == LIST_SELECTORS ? catalogue->selectors : catalogue->executors;
}

static void print_parts(const struct io_part *parts)
{
	for (; parts->name; parts++)
		print_entry(parts->name, parts->summary, parts->unavailable);
}

static json_t *entry_to_json(const char *name, const char *summary, const char *reason)
{
	return json_pack("{ss ss sb ss}", "name", name, "summary", summary, "available",
			 reason == NULL, "reason", reason ? reason : "");
}

static json_t *parts_to_json(const struct io_part *parts)
{
	json_t *array = json_array();

	for (; parts->name; parts++)
		json_array_append_new(array, entry_to_json(parts->name, parts->summary,
							   parts->unavailable));
	return array;
}

typedef void entry_function(void *context, const char *name, const char *summary,
			    const char *reason);

/* Calls `entry` for each engine of the load generator. */
static void each_engine(entry_function *entry, void *context)
{
	for (const struct engine_ops *const *e = engines; *e; e++)
		entry(context, (*e)->name, (*e)->summary, engine_reason(*e));
}

static void print_row(void *context, const char *name, const char *summary,
		      const char *reason)
{
	(void)context;
	print_entry(name, summary, reason);
}

static void append_row(void *array, const char *name, const char *summary,
		       const char *reason)
{
	json_array_append_new(array, entry_to_json(name, summary, reason));
}

static void print_listing(const struct io_catalogue *catalogue, enum listing listing)
{
	if (listing == LIST_MODELS || listing == LIST_PEERS)
		print_models(catalogue, models_of(catalogue, listing));
	else if (listing == LIST_PLANS)
		list_plans_print(catalogue);
	else if (listing == LIST_ENGINES)
		each_engine(print_row, NULL);
	else
		print_parts(parts_of(catalogue, listing));
}

static json_t *listing_to_json(const struct io_catalogue *catalogue, enum listing listing)
{
	if (listing == LIST_MODELS || listing == LIST_PEERS)
		return models_to_json(catalogue, models_of(catalogue, listing));
	if (listing == LIST_PLANS)
		return list_plans_json(catalogue);
	if (listing != LIST_ENGINES)
		return parts_to_json(parts_of(catalogue, listing));
	json_t *array = json_array();
	each_engine(append_row, array);
	return array;
}

/* 0 or -errno. */
static int write_listing(const struct io_catalogue *catalogue, enum listing listing)
{
	json_t *object = json_pack("{so}", listing_names[listing],
				   listing_to_json(catalogue, listing));
	int result = json_write(object, JSON_INDENT(2), stdout);

	json_decref(object);
	return result;
}

/* -EINVAL after one line. */
static int find_listing(const char *word, enum listing *ret_listing)
{
	for (int i = 0; i < LISTINGS; i++) {
		if (strcmp(listing_names[i], word) == 0) {
			*ret_listing = (enum listing)i;
			return 0;
		}
	}
	const char *near = nearest_word(word, listing_names);
	error_usage(
		"list: unknown list '%s'%s%s; accepted is models, selectors, executors, "
		"peers, plans or engines",
		word, near ? ", did you mean " : "", near ? near : "");
	return -EINVAL;
}

int list_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	char error[OPTION_ERROR_SIZE];
	enum listing listing = LIST_MODELS;
	struct list_options options;
	char **operands;

	int result =
		options_parse(&command, argc, argv, &options, sizeof(options), &operands);
	if (result == 1)
		result = find_listing(operands[0], &listing);
	if (result < 0)
		return options_exit_status(result);
	if (peers_use(catalogue->peers, options.python, error) < 0)
		return error_usage("list: %s", error);
	want_peers(catalogue, listing);
	if (options.json)
		result = write_listing(catalogue, listing);
	else
		print_listing(catalogue, listing);
	if (result < 0 || fflush(stdout) == EOF || ferror(stdout))
		return error_failed("list: %s", strerror(result < 0 ? -result : EIO));
	return EXIT_VALID;
}
