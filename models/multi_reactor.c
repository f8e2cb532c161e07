/*
 * multi_reactor.c - an epoll loop per thread, each as in reactor.c with its connections to
 * itself; what is to be chosen is how a connection comes to its loop:
 *
 *	reuseport   a listener per loop; the kernel deals by a hash of the addresses,
 *	            busy or not (nginx `reuseport`)
 *	handoff     loop 0 accepts and gives to the loops in turn, through a mailbox each
 *	            (muduo)
 *	exclusive   every loop waits for the one listener, one of them is woken: who is
 *	            idle, though not always the same number each (EPOLLEXCLUSIVE)
 *
 * The calling thread runs loop 0.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/admission.h"
#include "models/mailbox.h"
#include "models/reactor.h"
#include "models/threads.h"
#include "models/workers.h"

#define NO_MORE UINT64_MAX /* in a mailbox: loop 0 has accepted its last */

enum accept_how { ACCEPT_AUTO, ACCEPT_REUSEPORT, ACCEPT_HANDOFF, ACCEPT_EXCLUSIVE };

static const char *const accept_names[] = {"auto", "reuseport", "handoff", "exclusive",
					   NULL};

struct multi_options {
	struct workers_options base;
	int accept; /* enum accept_how */
};

static const struct option_spec multi_options[] = {
	WORKERS_OPTION("loops", WORKERS_PER_CPU),
	{.name = "accept",
	 .metavar = "HOW",
	 .help = "how a connection comes to a loop; auto: reuseport, and exclusive on unix:, "
		 "which has no SO_REUSEPORT",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct multi_options, accept),
	 .fallback = "auto",
	 .choices = accept_names},
	{.name = NULL},
};

struct loop {
	struct reactor reactor; /* first: a hook finds its loop by it */
	struct multi *multi;
	struct mailbox mailbox; /* handoff */
	pthread_t thread;
	int listener; /* its own, to be closed; or -1 */
	int result;
};

struct multi {
	struct io_server *server;
	struct admission admission;
	pthread_rwlock_t accepting; /* of all acceptors */
	enum accept_how accept;
	unsigned count;
	unsigned next; /* handoff: whose turn it is */
	struct loop *loops;
};

static int loop_adopt(struct loop *loop, int fd)
{
	int result = reactor_adopt(&loop->reactor, fd);

	if (result < 0)
		admission_undo(&loop->multi->admission);
	return result;
}

static int loop_place(struct reactor *reactor, int fd)
{
	struct loop *loop = (struct loop *)reactor;
	struct multi *multi = loop->multi;

	if (!admission_enter(&multi->admission))
		return -EMFILE;
	if (multi->accept != ACCEPT_HANDOFF)
		return loop_adopt(loop, fd);
	struct loop *to = &multi->loops[multi->next++ % multi->count];
	if (to == loop)
		return loop_adopt(loop, fd);
	int result = mailbox_post(&to->mailbox, (uint64_t)fd);
	if (result < 0)
		admission_undo(&multi->admission);
	return result;
}

/* Loop 0 drains: what it has handed over stands before this in each mailbox. */
static void loop_drain(struct reactor *reactor)
{
	struct loop *loop = (struct loop *)reactor;
	struct multi *multi = loop->multi;

	for (unsigned i = 1; i < multi->count && loop == multi->loops; i++)
		(void)mailbox_post(&multi->loops[i].mailbox, NO_MORE);
}

static void loop_mail(struct reactor *reactor)
{
	struct loop *loop = (struct loop *)reactor;
	const uint64_t *words;
	size_t count = mailbox_take(&loop->mailbox, &words);

	for (size_t i = 0; i < count; i++)
		if (words[i] == NO_MORE)
			reactor_drain(reactor);
		else if (loop_adopt(loop, (int)words[i]) < 0)
			acceptor_refuse(&reactor->acceptor, (int)words[i]);
}

static const struct reactor_hooks loop_hooks = {.place = loop_place};
static const struct reactor_hooks handoff_hooks = {
	.place = loop_place, .drain = loop_drain, .mail = loop_mail};

static int open_reuseport(struct loop *loop, struct io_server *server)
{
	bool is_first = loop == loop->multi->loops;
	int result = 0;

	if (!is_first)
		result = socket_listen_beside(server->listener, &server->address,
					      (int)server->config.backlog,
					      &loop->listener);
	if (result == 0)
		result = reactor_listen(&loop->reactor,
					is_first ? server->listener : loop->listener, 0);
	return result == 0 ? reactor_watch_stop(&loop->reactor) : result;
}

static int open_exclusive(struct loop *loop, struct io_server *server)
{
	int result = reactor_listen(&loop->reactor, server->listener, SELECTOR_EXCLUSIVE);

	return result == 0 ? reactor_watch_stop(&loop->reactor) : result;
}

/* Loop 0 alone sees the stop: it is the last to know which connections there are. */
static int open_handoff(struct loop *loop, struct io_server *server)
{
	loop->reactor.hooks = &handoff_hooks;
	if (loop == loop->multi->loops) {
		int result = reactor_listen(&loop->reactor, server->listener, 0);
		return result == 0 ? reactor_watch_stop(&loop->reactor) : result;
	}
	int result = mailbox_open(&loop->mailbox, 64);
	return result == 0 ? reactor_watch(&loop->reactor, loop->mailbox.fd) : result;
}

static int loop_open(struct multi *multi, unsigned number)
{
	struct io_server *server = multi->server;
	struct loop *loop = &multi->loops[number];
	int result;

	loop->multi = multi;
	loop->listener = -1;
	result = reactor_open_bare(&loop->reactor, server, selector_find("epoll"),
				   &server->counters->line[1 + number]);
	if (result < 0)
		return result;
	loop->reactor.hooks = &loop_hooks;
	loop->reactor.acceptor.others = &multi->accepting;
	if (multi->accept == ACCEPT_HANDOFF)
		return open_handoff(loop, server);
	if (multi->accept == ACCEPT_EXCLUSIVE)
		return open_exclusive(loop, server);
	return open_reuseport(loop, server);
}

static int multi_reactor_open(struct io_server *server)
{
	const struct multi_options *options = server->options;
	bool is_unix = server->address.transport == TRANSPORT_UNIX;
	struct multi *multi = calloc(1, sizeof(*multi));
	int result = 0;

	if (!multi)
		return -ENOMEM;
	server->state = multi;
	multi->server = server;
	admission_init(&multi->admission, server);
	pthread_rwlock_init(&multi->accepting, NULL);
	multi->accept = (enum accept_how)options->accept;
	if (multi->accept == ACCEPT_REUSEPORT && is_unix) {
		server->refusal =
			"accept=reuseport: unix: has no SO_REUSEPORT; take exclusive or "
			"handoff";
		return -EINVAL;
	}
	if (multi->accept == ACCEPT_AUTO)
		multi->accept = is_unix ? ACCEPT_EXCLUSIVE : ACCEPT_REUSEPORT;
	multi->loops = calloc(server->counters->workers, sizeof(*multi->loops));
	if (!multi->loops)
		return -ENOMEM;
	while (multi->count < server->counters->workers && result == 0)
		result = loop_open(multi, multi->count++);
	return result;
}

/* A loop that fails ends the server. */
static void *loop_main(void *argument)
{
	struct loop *loop = argument;

	loop->result = reactor_run(&loop->reactor);
	if (loop->result < 0)
		io_server_stop(loop->multi->server);
	return NULL;
}

static int multi_reactor_run(struct io_server *server)
{
	struct multi *multi = server->state;
	unsigned started = 1;
	int result = 0;

	while (started < multi->count && result == 0) {
		struct loop *loop = &multi->loops[started];
		result = thread_start(&loop->thread, server->model->name, started,
				      loop_main, loop);
		started += result == 0;
	}
	if (result < 0)
		io_server_stop(server);
	loop_main(&multi->loops[0]);
	if (multi->accept == ACCEPT_HANDOFF && multi->loops[0].result < 0)
		loop_drain(&multi->loops[0].reactor);
	if (result == 0)
		result = multi->loops[0].result;
	while (started > 1) {
		pthread_join(multi->loops[--started].thread, NULL);
		if (result == 0)
			result = multi->loops[started].result;
	}
	return result;
}

static void loop_close(struct loop *loop)
{
	if (loop->mailbox.words)
		loop_mail(&loop->reactor); /* none but after an error */
	reactor_close(&loop->reactor);
	mailbox_close(&loop->mailbox);
	if (loop->multi && loop->listener >= 0)
		close(loop->listener);
}

static void multi_reactor_close(struct io_server *server)
{
	struct multi *multi = server->state;

	if (!multi)
		return;
	while (multi->count > 0)
		loop_close(&multi->loops[--multi->count]);
	free(multi->loops);
	admission_release(&multi->admission);
	pthread_rwlock_destroy(&multi->accepting);
	free(multi);
	server->state = NULL;
}

const struct io_model io_model_multi_reactor = {
	.name = "multi-reactor",
	.summary = "an epoll loop per thread; how they share connections is an option",
	.family = "reactor",
	.flags = IO_MODEL_STREAM,
	.options = multi_options,
	.options_size = sizeof(struct multi_options),
	.workers = workers_per_cpu,
	.open = multi_reactor_open,
	.run = multi_reactor_run,
	.close = multi_reactor_close,
};
