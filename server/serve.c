/* serve.c - the command `iomodels serve`: one model on one address, until a signal. */
#include "server/serve.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The one pointer that the signal handler needs. */
static struct io_server *serving;

/*
 * The first signal starts the drain. A further SIGTERM changes nothing, since process
 * managers repeat it; SIGINT during the drain is a user who will not wait: it ends the
 * process as if it had never been caught.
 */
static void on_signal(int number)
{
	if (number == SIGINT && io_server_stopping(serving)) {
		socket_unlink(&serving->address);
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
		return;
	}
	io_server_stop(serving);
}

static void catch_signals(struct io_server *server)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	serving = server;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* From here on the handler has no server to stop. */
static void ignore_signals(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	serving = NULL;
}

/* 0 or -errno. */
static int print_ready(const struct io_server *server)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(&server->address, text);
	if (printf("ready %s\n", text) < 0 || fflush(stdout) == EOF)
		return -errno;
	return 0;
}

static json_t *worker_requests(const struct counters *counters)
{
	json_t *array = json_array();

	for (unsigned i = 1; i <= counters->workers; i++) {
		const uint64_t *requests = &counters->line[i].requests;
		const uint64_t n = __atomic_load_n(requests, __ATOMIC_RELAXED);
		json_array_append_new(array, json_integer((json_int_t)n));
	}
	return array;
}

/* NULL: no memory. */
static json_t *counters_to_json(const struct io_server *server)
{
	const struct counters_line sum = counters_sum(server->counters);
	const struct {
		const char *name;
		uint64_t value;
	} fields[] = {
		{"accepted", sum.accepted},   {"refused", sum.refused},
		{"requests", sum.requests},   {"bytes_in", sum.bytes_in},
		{"bytes_out", sum.bytes_out}, {"bad_frames", sum.bad_frames},
		{"errors", sum.errors},       {"active", sum.accepted - sum.closed},
	};
	json_t *object = json_pack("{ss}", "model", server->model->name);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		json_object_set_new(object, fields[i].name,
				    json_integer((json_int_t)fields[i].value));
	if (json_object_set_new(object, "workers", worker_requests(server->counters)) <
	    0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

/* 0 or -errno. */
static int print_counters(const struct io_server *server)
{
	json_t *object = counters_to_json(server);

	if (!object)
		return -ENOMEM;
	const int r = json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	if (r < 0 || putchar('\n') == EOF || fflush(stdout) == EOF)
		return -EIO;
	return 0;
}

/* Unknown names end with the nearest known one. */
static int unknown_model(const struct io_catalogue *catalogue, const char *name)
{
	const char **names;
	size_t count = 0;

	while (catalogue->models[count])
		count++;
	names = calloc(count + 1, sizeof(*names));
	if (!names)
		return error_failed("no memory");
	for (size_t i = 0; i < count; i++)
		names[i] = catalogue->models[i]->name;
	const char *near = nearest_word(name, names);
	const int status =
		error_usage("serve: unknown model '%s'%s%s; `iomodels list` shows them",
			    name, near ? ", did you mean " : "", near ? near : "");
	free(names);
	return status;
}

/* The user's fault, or the machine's? */
static int open_status(int error, const char *text)
{
	if (error == -ENOMEM || error == -EMFILE || error == -ENFILE)
		return error_failed("serve: %s", text);
	return error_usage("serve: %s", text);
}

static int serve(const struct io_model *model, const struct io_server_config *config,
		 const char *options)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct io_server server;
	int r;

	signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an errno */
	r = io_server_open(&server, model, config, options, error);
	if (r < 0)
		return open_status(r, error);
	catch_signals(&server);
	r = print_ready(&server);
	if (r < 0) { /* nobody could know the address */
		ignore_signals();
		io_server_close(&server);
		return error_failed("serve: ready line: %s", strerror(-r));
	}
	r = io_server_run(&server);
	ignore_signals();
	const int printed = print_counters(&server);
	io_server_close(&server);
	if (r < 0)
		return error_failed("model '%s': %s", model->name, strerror(-r));
	if (printed < 0)
		return error_failed("counters: %s", strerror(-printed));
	return EXIT_VALID;
}

static const struct option_command command = {
	.name = "serve",
	.summary = "run one model on one address until SIGTERM or SIGINT",
	.operands = "MODEL[:key=value,..]",
	.min_operands = 1,
	.max_operands = 1,
	.options = io_server_options,
	.epilogue =
		"Prints `ready ADDR` once it accepts, and one JSON line of counters at the "
		"end.\nA second SIGINT ends it without waiting for the drain.",
};

int serve_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	struct io_server_config config;
	char **operands;

	const int r =
		options_parse(&command, argc, argv, &config, sizeof(config), &operands);
	if (r < 0)
		return options_exit_status(r);
	char *options = strchr(operands[0], ':');
	if (options)
		*options++ = '\0';
	const struct io_model *model = io_model_find(catalogue->models, operands[0]);
	if (!model)
		return unknown_model(catalogue, operands[0]);
	const long limit = descriptor_limit_raise();
	if (config.max_connections >= limit)
		return error_usage(
			"serve: --max-connections %lld: this process may have %ld "
			"descriptors open (ulimit -n)",
			(long long)config.max_connections, limit);
	return serve(model, &config, options);
}
