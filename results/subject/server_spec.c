/* server_spec.c - what is measured: a model with options, or a command. */
#include "results/subject/server_spec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/subject/peers.h"

#define AUTO_WORKERS_MAX 256

const char **server_spec_names(const struct io_catalogue *catalogue)
{
	size_t count = 0;

	while (catalogue->models[count])
		count++;
	const char **names = calloc(count + 1, sizeof(*names));
	for (size_t i = 0; names && i < count; i++)
		names[i] = catalogue->models[i]->name;
	return names;
}

static int unknown_model(const char *name, const struct io_catalogue *catalogue,
			 char *error)
{
	const char **names = server_spec_names(catalogue);
	const char *near = names ? nearest_word(name, names) : NULL;

	snprintf(
		error, OPTION_ERROR_SIZE,
		"unknown model '%s'%s%s; `iomodels list models` names them, exec:COMMAND "
		"runs another server",
		name, near ? ", did you mean " : "", near ? near : "");
	free(names);
	return -EINVAL;
}

static int unknown_peer(const char *name, char *error)
{
	const char *names[PEERS_MAX + 1] = {NULL};

	for (int i = 0; python_peers[i]; i++)
		names[i] = python_peers[i]->name;
	const char *near = nearest_word(name, names);
	snprintf(error, OPTION_ERROR_SIZE,
		 "unknown peer '%s'%s%s; `iomodels list peers` names them", name,
		 near ? ", did you mean " : "", near ? near : "");
	return -EINVAL;
}

/* The server would say the same, but only once it is started. */
static int check_options(const struct server_spec *spec, char *error)
{
	const struct io_model *model = spec->model;
	char *scratch = NULL;

	if (!spec->options)
		return 0;
	if (!model->options || !model->options->name) {
		snprintf(error, OPTION_ERROR_SIZE, "model %s takes no options, not '%s'",
			 model->name, spec->options);
		return -EINVAL;
	}
	void *values = calloc(1, model->options_size);
	if (!values)
		return -ENOMEM;
	options_defaults(model->options, values, model->options_size);
	const int rc = options_parse_pairs(model->options, spec->options, values,
					   &scratch, error, OPTION_ERROR_SIZE);
	free(scratch);
	free(values);
	return rc;
}

static int parse_command(const char *text, struct server_spec *ret_spec, char *error)
{
	const size_t prefix = strlen("exec:");

	if (text[prefix + strspn(text + prefix, " \t")] == '\0') {
		snprintf(error, OPTION_ERROR_SIZE,
			 "'%s' has no command; expected exec:COMMAND", text);
		return -EINVAL;
	}
	ret_spec->name = strdup(text);
	if (!ret_spec->name)
		return -ENOMEM;
	ret_spec->command = ret_spec->name + prefix;
	return 0;
}

static int parse_model(const char *text, const struct io_catalogue *catalogue,
		       struct server_spec *spec, char *error)
{
	const bool is_peer = strncmp(text, PEER_PREFIX, strlen(PEER_PREFIX)) == 0;
	const char *colon = strchr(text + (is_peer ? strlen(PEER_PREFIX) : 0), ':');

	spec->name = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
	if (!spec->name)
		return -ENOMEM;
	spec->model =
		io_model_find(is_peer ? python_peers : catalogue->models, spec->name);
	spec->peers = is_peer ? catalogue->peers : NULL;
	peers_want(spec->peers, spec->model);
	if (!spec->model)
		return is_peer ? unknown_peer(spec->name, error)
			       : unknown_model(spec->name, catalogue, error);
	if (colon && colon[1]) {
		spec->options = strdup(colon + 1);
		if (!spec->options)
			return -ENOMEM;
	}
	return check_options(spec, error);
}

int server_spec_parse(const char *text, const struct io_catalogue *catalogue,
		      struct server_spec *ret_spec, char *error)
{
	struct server_spec spec = {0};
	int rc;

	if (strncmp(text, "exec:", strlen("exec:")) == 0) {
		rc = parse_command(text, &spec, error);
	} else {
		rc = parse_model(text, catalogue, &spec, error);
	}
	if (rc == -ENOMEM)
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	if (rc < 0) {
		server_spec_release(&spec);
		return rc;
	}
	*ret_spec = spec;
	return 0;
}

void server_spec_release(struct server_spec *spec)
{
	free(spec->name);
	free(spec->options);
	memset(spec, 0, sizeof(*spec));
}

/* The value of one of its model's counts; not given: its default, or 0. */
static int64_t read_count(const struct server_spec *spec,
			  const struct option_spec *option, bool defaults)
{
	const struct io_model *model = spec->model;
	char error[OPTION_ERROR_SIZE]; /* the options were checked when they came in */
	char *values = calloc(1, model->options_size), *scratch = NULL;
	int64_t count = 0;

	if (!values)
		return 0;
	if (defaults)
		options_defaults(model->options, values, model->options_size);
	if (options_parse_pairs(model->options, spec->options, values, &scratch, error,
				sizeof(error)) == 0)
		memcpy(&count, values + option->offset, sizeof(count));
	free(scratch);
	free(values);
	return count;
}

static const struct option_spec *workers_option(const struct server_spec *spec)
{
	return spec->model && spec->model->options
		       ? option_find(spec->model->options, "workers")
		       : NULL;
}

bool server_spec_takes_workers(const struct server_spec *spec)
{
	const struct option_spec *option = workers_option(spec);

	return option && read_count(spec, option, false) == 0;
}

int server_spec_check_workers(const struct server_spec *spec, const char *workers,
			      char *error)
{
	const struct option_spec *option = workers_option(spec);
	const int64_t own = option ? read_count(spec, option, false) : 0;
	int64_t count;

	if (own == 0 || parse_count(workers, &count) < 0 || count == own)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "workers %lld: '%s:%.200s' says otherwise; give one of them",
		 (long long)count, spec->name, spec->options);
	return -EINVAL;
}

/* How many connections a worker holds at once: its `threads`, if it has that option; 0: two
 * for each worker there is. */
static int64_t worker_capacity(const struct server_spec *spec)
{
	const struct option_spec *threads = option_find(spec->model->options, "threads");

	return threads ? read_count(spec, threads, true) : 1;
}

/* Workers enough for so many connections, within bounds. */
static int64_t workers_for(const struct server_spec *spec, int64_t connections)
{
	const int64_t capacity = worker_capacity(spec);
	const int64_t held =
		connections < AUTO_WORKERS_MAX ? connections : AUTO_WORKERS_MAX;

	if (capacity > 0)
		return (held + capacity - 1) / capacity;
	int64_t workers = 1;
	while (workers * 2 * workers < held)
		workers++;
	return workers;
}

unsigned server_spec_workers(const struct server_spec *spec, const char *workers,
			     int64_t connections)
{
	int64_t count = 0;

	if (!server_spec_takes_workers(spec))
		return 0;
	if (strcmp(workers, "auto") != 0)
		(void)parse_count(workers, &count); /* was checked when it was read */
	else if (spec->model->flags & IO_MODEL_PER_WORKER &&
		 spec->model->flags & IO_MODEL_STREAM)
		count = workers_for(spec, connections);
	return (unsigned)count;
}

const char *server_spec_transport_reason(const struct server_spec *spec,
					 enum transport transport)
{
	if (!spec->model)
		return NULL;
	const unsigned flags = spec->model->flags;
	if (transport != TRANSPORT_UDP && !(flags & IO_MODEL_STREAM))
		return "serves datagrams only: transport udp";
	if (transport == TRANSPORT_UDP && !(flags & IO_MODEL_DATAGRAM))
		return "serves no datagrams: transport tcp or unix";
	if (transport == TRANSPORT_UNIX && flags & IO_MODEL_ECHO_ONLY)
		return "serves tcp only: transport unix";
	if (transport == TRANSPORT_UNIX && flags & IO_MODEL_DEALT)
		return "serves tcp only: transport unix has no SO_REUSEPORT";
	return NULL;
}

const char *server_spec_reason(const struct server_spec *spec)
{
	if (spec->peers)
		return peers_reason(spec->peers, spec->model);
	return spec->model ? io_model_reason(spec->model) : NULL;
}
