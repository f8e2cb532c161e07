/*
 * udp_thread_pool.c - the main thread receives, a bounded set of threads works and answers.
 *
 * A datagram may be larger than a task of the executor, so its copy is handed over by
 * pointer: from then on it is the task's. When all threads are busy and the queue is full
 * the main thread waits, and the kernel keeps what comes, or drops it. Replies leave in
 * the order in which they are done.
 */
#include <errno.h>
#include <stdlib.h>

#include "models/datagram.h"
#include "models/executor/executor.h"
#include "models/workers.h"

struct udp_thread_pool_options {
	struct workers_options base;
	int64_t queue;
};

static const struct option_spec udp_thread_pool_options[] = {
	WORKERS_OPTION("threads", WORKERS_TWO_PER_CPU),
	{.name = "queue",
	 .metavar = "N",
	 .help = "most datagrams that wait for a thread",
	 .type = OPTION_COUNT,
	 .offset = offsetof(struct udp_thread_pool_options, queue),
	 .fallback = "1024",
	 .min = 1,
	 .max = 65536},
	{.name = NULL},
};

struct udp_thread_pool {
	struct io_server *server;
	struct datagram_drain drain;
	struct executor *executor;
	struct datagram *received; /* room for any */
};

/* What a task is given. */
struct udp_task {
	struct udp_thread_pool *pool;
	struct datagram *datagram; /* the task's to free */
};

static int udp_task_run(struct task *task)
{
	const struct udp_task *argument = task->argument;
	struct udp_thread_pool *p = argument->pool;
	struct datagram *datagram = argument->datagram;
	struct counters_line *counters = &p->server->counters->line[1 + task->worker];

	if (datagram_work(&p->drain, &datagram->header, counters))
		(void)datagram_send(p->server->listener, datagram, counters);
	free(datagram);
	return 0;
}

static void hand_over(struct udp_thread_pool *p)
{
	const struct udp_task task = {p, datagram_copy(p->received)};

	if (task.datagram && executor_submit(p->executor, udp_task_run, &task,
					     sizeof(task), -1, NULL) == 0)
		return;
	free(task.datagram);
	counters_bump(&p->server->counters->line[0].errors, 1);
}

static int udp_thread_pool_run(struct io_server *server)
{
	struct udp_thread_pool *p = server->state;
	int result;

	do {
		result = datagram_receive(server, server->listener, 0, p->received,
					  &server->counters->line[0]);
		if (result > 0)
			hand_over(p);
	} while (result >= 0);
	/* Tasks look for the end of the drain themselves. */
	executor_close(p->executor);
	(void)executor_join(p->executor, EXECUTOR_NO_LIMIT);
	datagram_count_dropped(server, server->listener);
	return result == -ECANCELED ? 0 : result;
}

static int udp_thread_pool_open(struct io_server *server)
{
	const struct udp_thread_pool_options *options = server->options;
	const struct executor_config config = {.name = server->model->name,
					       .workers = server->counters->workers,
					       .queue = (unsigned)options->queue};
	struct udp_thread_pool *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	server->state = p;
	p->server = server;
	p->drain.server = server;
	p->received = datagram_new();
	if (!p->received)
		return -ENOMEM;
	return executor_open(executor_find("thread"), &config, &p->executor);
}

static void udp_thread_pool_close(struct io_server *server)
{
	struct udp_thread_pool *p = server->state;

	if (!p)
		return;
	executor_free(p->executor);
	free(p->received);
	free(p);
	server->state = NULL;
}

const struct io_model io_model_udp_thread_pool = {
	.name = "udp-thread-pool",
	.summary = "main receives, a bounded pool of threads works and answers",
	.family = "datagram",
	.flags = IO_MODEL_DATAGRAM | IO_MODEL_PER_WORKER,
	.options = udp_thread_pool_options,
	.options_size = sizeof(struct udp_thread_pool_options),
	.workers = workers_two_per_cpu,
	.open = udp_thread_pool_open,
	.run = udp_thread_pool_run,
	.close = udp_thread_pool_close,
};
