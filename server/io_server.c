/* io_server.c - the core of every server: what a model needs before it runs. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/io_model.h"

#define OFFSET(field) offsetof(struct io_server_config, field)

const struct option_spec io_server_options[] = {
	{.name = "listen",
	 .metavar = "ADDR",
	 .help = "tcp:HOST:PORT, unix:PATH or udp:HOST:PORT; port 0: any free one",
	 .type = OPTION_TEXT,
	 .offset = OFFSET(listen),
	 .fallback = "tcp:127.0.0.1:0"},
	{.name = "workers",
	 .metavar = "N",
	 .help = "fixed workers: short for the model's option `workers`",
	 .type = OPTION_COUNT,
	 .offset = OFFSET(workers),
	 .min = 1,
	 .max = 65536},
	{.name = "backlog",
	 .metavar = "N",
	 .help = "connections that may wait to be accepted",
	 .type = OPTION_COUNT,
	 .offset = OFFSET(backlog),
	 .fallback = "4096",
	 .min = 1,
	 .max = 65535},
	{.name = "max-frame",
	 .metavar = "SIZE",
	 .help = "largest payload of a frame",
	 .type = OPTION_SIZE,
	 .offset = OFFSET(max_frame),
	 .fallback = "1M",
	 .min = 0,
	 .max = ECHO_MAX_FRAME_LIMIT},
	{.name = "buffer",
	 .metavar = "SIZE",
	 .help = "memory for the bytes of a connection",
	 .type = OPTION_SIZE,
	 .offset = OFFSET(buffer),
	 .fallback = "16k",
	 .min = ECHO_HEADER_SIZE,
	 .max = ECHO_MAX_FRAME_LIMIT},
	{.name = "max-connections",
	 .metavar = "N",
	 .help = "refuse connections above this; as many as the model holds if not given",
	 .type = OPTION_COUNT,
	 .offset = OFFSET(max_connections),
	 .min = 1,
	 .max = INT32_MAX},
	{.name = "idle-timeout",
	 .metavar = "TIME",
	 .help = "close a connection that sends nothing for so long; off if not given",
	 .type = OPTION_DURATION,
	 .offset = OFFSET(idle_timeout_ns),
	 .min = 0,
	 .max = 24LL * 3600 * NS_PER_S},
	{.name = "max-work",
	 .metavar = "TIME",
	 .help = "longest spin or sleep of a request",
	 .type = OPTION_DURATION,
	 .offset = OFFSET(max_work_ns),
	 .fallback = "1s",
	 .min = 0,
	 .max = 3600 * NS_PER_S},
	{.name = "pin",
	 .metavar = "CPUS",
	 .help = "run on these CPUs only",
	 .type = OPTION_CPUS,
	 .offset = OFFSET(pin)},
	{.name = "drain-timeout",
	 .metavar = "TIME",
	 .help = "at the end, cut connections that are not served within this",
	 .type = OPTION_DURATION,
	 .offset = OFFSET(drain_timeout_ns),
	 .fallback = "5s",
	 .min = 0,
	 .max = 3600 * NS_PER_S},
	{.name = "burn",
	 .metavar = "TIME",
	 .help = "add this much CPU time to each request",
	 .type = OPTION_DURATION,
	 .offset = OFFSET(burn_ns),
	 .min = 0,
	 .max = NS_PER_S},
	{.name = NULL},
};

static int fail(char *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(char *error, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, OPTION_ERROR_SIZE, format, args);
	va_end(args);
	return code;
}

static int set_workers(struct io_server *server, char *error)
{
	const struct io_model *model = server->model;
	const struct option_spec *spec =
		model->options ? option_find(model->options, "workers") : NULL;
	char text[32];

	if (server->config.workers == 0)
		return 0;
	if (!spec)
		return fail(error, -EINVAL,
			    "--workers %lld: model '%s' has no option `workers`",
			    (long long)server->config.workers, model->name);
	snprintf(text, sizeof(text), "%lld", (long long)server->config.workers);
	return option_set(spec, text, server->options, error, OPTION_ERROR_SIZE);
}

/* The model's own `workers` has the last word, so it must be the same one. */
static int check_workers(const struct io_server *server, char *error)
{
	const struct io_model *model = server->model;
	const struct option_spec *spec = option_find(model->options, "workers");
	int64_t workers;

	if (server->config.workers == 0)
		return 0;
	memcpy(&workers, (const char *)server->options + spec->offset, sizeof(workers));
	if (workers == server->config.workers)
		return 0;
	return fail(error, -EINVAL,
		    "--workers %lld: '%s:workers=%lld' says otherwise; give one of them",
		    (long long)server->config.workers, model->name, (long long)workers);
}

static int parse_options(struct io_server *server, const char *text, char *error)
{
	const struct io_model *model = server->model;
	int r;

	if (!model->options) {
		if (text && *text)
			return fail(error, -EINVAL,
				    "'%s': model '%s' has no options of its own", text,
				    model->name);
		return set_workers(server, error);
	}
	server->options = calloc(1, model->options_size);
	if (!server->options)
		return fail(error, -ENOMEM, "no memory");
	options_defaults(model->options, server->options, model->options_size);
	r = set_workers(server, error);
	if (r < 0)
		return r;
	r = options_parse_pairs(model->options, text, server->options,
				&server->options_scratch, error, OPTION_ERROR_SIZE);
	return r < 0 ? r : check_workers(server, error);
}

static int open_listener(struct io_server *server, char *error)
{
	const struct io_server_config *config = &server->config;
	struct address address;
	int r;

	r = address_parse(config->listen, &address, error, OPTION_ERROR_SIZE);
	if (r < 0)
		return r;
	const bool datagram = address.transport == TRANSPORT_UDP;
	if (!(server->model->flags & (datagram ? IO_MODEL_DATAGRAM : IO_MODEL_STREAM)))
		return fail(error, -EINVAL, "'%s': model '%s' serves %s only",
			    config->listen, server->model->name,
			    datagram ? "tcp: and unix:" : "udp:");
	if ((server->model->flags & IO_MODEL_DEALT) &&
	    address.transport == TRANSPORT_UNIX)
		return fail(
			error, -EINVAL,
			"'%s': model '%s' does not serve unix: (no SO_REUSEPORT there)",
			config->listen, server->model->name);
	r = socket_listen(&address, (int)config->backlog, &server->listener);
	if (r < 0)
		return fail(error, r, "cannot listen on '%s': %s", config->listen,
			    strerror(-r));
	r = socket_bound_address(server->listener, address.transport, &server->address);
	if (r < 0)
		return fail(error, r, "address of '%s': %s", config->listen,
			    strerror(-r));
	return 0;
}

static int open_resources(struct io_server *server, char *error)
{
	const struct io_model *model = server->model;
	int r;

	spin_calibrate(&server->spin);
	server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->stop_fd < 0)
		return fail(error, -errno, "stop descriptor: %s", strerror(errno));
	r = counters_open(model->workers ? model->workers(server) : 0, &server->counters);
	if (r < 0)
		return fail(error, r, "counters: %s", strerror(-r));
	r = model->open ? model->open(server) : 0;
	if (r < 0)
		return fail(error, r, "model '%s': %s", model->name,
			    server->refusal ? server->refusal : strerror(-r));
	return 0;
}

/* Moves the calling thread to `cpus` (empty: leaves it) and stores where it was. */
static int pin_thread(const cpu_set_t *cpus, cpu_set_t *ret_before)
{
	cpu_set_t now;

	CPU_ZERO(ret_before);
	if (CPU_COUNT(cpus) == 0)
		return 0;
	if (sched_getaffinity(0, sizeof(*ret_before), ret_before) < 0 ||
	    sched_setaffinity(0, sizeof(*cpus), cpus) < 0)
		return -errno;
	/* The kernel leaves out, without a word, CPUs that do not exist. */
	if (sched_getaffinity(0, sizeof(now), &now) < 0)
		return -errno;
	return CPU_EQUAL(cpus, &now) ? 0 : -EINVAL;
}

static void unpin_thread(const cpu_set_t *before)
{
	if (CPU_COUNT(before) > 0)
		sched_setaffinity(0, sizeof(*before), before);
}

/* Pinned as it will run, so that defaults that count CPUs count these. */
static int open_pinned(struct io_server *server, char *error)
{
	cpu_set_t before;
	char text[128];
	int r;

	r = pin_thread(&server->config.pin, &before);
	if (r < 0) {
		unpin_thread(&before);
		format_cpus(&server->config.pin, text, sizeof(text));
		return fail(error, -EINVAL, "--pin %s: %s", text,
			    r == -EINVAL ? "not all of these CPUs are there to be used"
					 : strerror(-r));
	}
	r = open_listener(server, error);
	if (r == 0)
		r = open_resources(server, error);
	unpin_thread(&before);
	return r;
}

int io_server_open(struct io_server *server, const struct io_model *model,
		   const struct io_server_config *config, const char *model_options,
		   char *error)
{
	const char *reason = io_model_reason(model);
	int r;

	*server = (struct io_server){
		.model = model,
		.config = *config,
		.limits = {.max_frame = (uint32_t)config->max_frame,
			   .max_work_us = (uint32_t)(config->max_work_ns / NS_PER_US),
			   .idle_timeout_ns = config->idle_timeout_ns},
		.listener = -1,
		.stop_fd = -1,
		.blocked_fd = -1,
	};
	if (reason)
		return fail(error, -ENOTSUP, "model '%s' cannot run here: %s",
			    model->name, reason);
	r = parse_options(server, model_options, error);
	if (r == 0)
		r = open_pinned(server, error);
	if (r < 0)
		io_server_close(server);
	return r;
}

int io_server_run(struct io_server *server)
{
	cpu_set_t before;
	int r;

	r = pin_thread(&server->config.pin, &before);
	if (r == 0)
		r = server->model->run(server);
	unpin_thread(&before);
	return r;
}

void io_server_stop(struct io_server *server)
{
	const int error = errno; /* as a signal handler must leave it */
	const uint64_t one = 1;

	atomic_store(&server->stopped, true);
	/* Cannot block, and is readable already should it be full. */
	(void)!write(server->stop_fd, &one, sizeof(one));
	socket_stop_listening(server->listener, server->address.transport);
	/* After `stopped`: who names a connection later sees that one. */
	const int blocked_fd = atomic_load(&server->blocked_fd);
	if (blocked_fd >= 0)
		shutdown(blocked_fd, SHUT_RD);
	errno = error;
}

void io_server_block_on(struct io_server *server, int fd)
{
	atomic_store(&server->blocked_fd, fd);
	if (fd >= 0 && atomic_load(&server->stopped))
		(void)shutdown(fd, SHUT_RD);
}

bool io_server_stopping(const struct io_server *server)
{
	struct pollfd stop = {.fd = server->stop_fd, .events = POLLIN};

	return poll(&stop, 1, 0) > 0;
}

void io_server_close(struct io_server *server)
{
	/* The counters are the last thing before model.open: with them, it was tried. */
	if (server->counters && server->model->close)
		server->model->close(server);
	counters_close(server->counters);
	if (server->stop_fd >= 0)
		close(server->stop_fd);
	if (server->listener >= 0) {
		close(server->listener);
		socket_unlink(&server->address);
	}
	free(server->options);
	free(server->options_scratch);
	*server = (struct io_server){
		.model = server->model, .listener = -1, .stop_fd = -1, .blocked_fd = -1};
}
