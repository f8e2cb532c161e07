/*
 * process_worker.c - the life of a worker process. See process_pool.h.
 *
 * The one signal that it answers says that the input or the output of its task's descriptor
 * is to end; for which tasks that holds stands in shared memory, so that a task that is read
 * later ends by itself. Its stop is the end of the queue.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/executor/process_pool.h"
#include "models/threads.h"

struct worker {
	struct process_pool *pool;
	unsigned number;
	void *state;
	int init_error;
	struct task_message message;
	int fd;
	size_t size;
	_Alignas(max_align_t) uint8_t argument[TASK_SIZE_MAX];
	_Alignas(max_align_t) uint8_t result[TASK_SIZE_MAX];
};

/* For the handler: what is in hand, and where it is said what to do with it. */
static volatile sig_atomic_t held_fd = -1;
static _Atomic uint64_t held_sequence;
static const struct process_shared *shared_words;

static void shut_if_due(void)
{
	static const int how[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};
	int fd = held_fd;

	for (size_t i = 0; fd >= 0 && i < sizeof(how) / sizeof(how[0]); i++)
		if (atomic_load(&held_sequence) <
		    atomic_load(&shared_words->shut_below[how[i]]))
			(void)shutdown(fd, how[i]);
}

static void on_terminate(int number)
{
	int error = errno;

	(void)number;
	shut_if_due();
	errno = error;
}

/* The terminal's SIGINT, and all that is told to the process group, is the owner's. */
static void worker_set_signals(struct worker *w)
{
	struct sigaction action = {.sa_handler = on_terminate, .sa_flags = SA_RESTART};

	shared_words = w->pool->shared;
	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGINT, &action, NULL);
	sigaction(CHILDREN_CUT, &action, NULL);
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, NULL);
	children_unmask(&w->pool->children);
}

/* Before a signal could come in between: the name is there when the words are looked at. */
static void worker_hold(struct worker *w)
{
	atomic_store(&held_sequence, w->message.sequence);
	held_fd = w->fd;
	shut_if_due();
}

static void worker_let_go(struct worker *w)
{
	held_fd = -1;
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* The descriptor that came along, or -1. */
static int control_fd(struct msghdr *header)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);
	int fd = -1;

	if (control && control->cmsg_level == SOL_SOCKET &&
	    control->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

/* False at the end of the queue. */
static bool worker_read(struct worker *w)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int))];
	struct iovec parts[2] = {{&w->message, sizeof(w->message)},
				 {w->argument, sizeof(w->argument)}};
	struct msghdr header;
	ssize_t n;

	do {
		header = (struct msghdr){.msg_iov = parts,
					 .msg_iovlen = 2,
					 .msg_control = room,
					 .msg_controllen = sizeof(room)};
		n = recvmsg(w->pool->tasks[0], &header, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < (ssize_t)sizeof(w->message))
		return false;
	w->fd = control_fd(&header);
	w->size = (size_t)n - sizeof(w->message);
	return true;
}

/* False: it was cancelled, or given up, while it was in the queue. */
static bool worker_mark(const struct worker *w)
{
	uint64_t sequence = w->message.sequence;
	uint64_t queued = order_word(sequence, ORDER_QUEUED);

	return atomic_compare_exchange_strong(&w->pool->shared->order[w->message.slot],
					      &queued,
					      order_word(sequence, w->number + 1));
}

static int worker_run(struct worker *w, struct task *task)
{
	*task = (struct task){.executor = (struct executor *)w->pool,
			      .worker = w->number,
			      .worker_state = w->state,
			      .fd = w->fd,
			      .argument = w->argument,
			      .size = w->size,
			      .result = w->result};
	if (w->init_error < 0)
		return w->init_error;
	if (w->message.has_fd && w->fd < 0)
		return -EMFILE; /* MSG_CTRUNC: there was no room for it here */
	return w->message.function(task);
}

static bool worker_tell(const struct worker *w, uint32_t slot, int status, size_t size)
{
	struct result_message message = {
		.slot = slot, .worker = w->number, .status = status};
	struct iovec parts[2] = {{&message, sizeof(message)}, {(void *)w->result, size}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;

	do
		n = sendmsg(w->pool->results[1], &header, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n >= 0;
}

/* Returns whether it is to go on. */
static bool worker_do(struct worker *w, unsigned *tasks)
{
	struct task task;

	if (!worker_mark(w)) {
		worker_let_go(w);
		return true;
	}
	worker_hold(w);
	int status = worker_run(w, &task);
	worker_let_go(w);
	++*tasks;
	return worker_tell(w, w->message.slot, status, task.result_size) &&
	       w->init_error == 0 && *tasks != w->pool->base.config.max_tasks;
}

static void worker_begin(struct worker *w)
{
	struct process_pool *pool = w->pool;
	const struct executor_config *config = &pool->base.config;

	worker_set_signals(w);
	(void)timer_slack_tighten();
	thread_set_name(pthread_self(), config->name, w->number);
	descriptors_close_others(&pool->descriptors);
	close(pool->tasks[1]);
	close(pool->results[0]);
	if (config->init)
		w->init_error = config->init(config->context, w->number, &w->state);
}

_Noreturn void process_worker_main(struct process_pool *pool, unsigned number)
{
	const struct executor_config *config = &pool->base.config;
	struct worker w = {.pool = pool, .number = number, .fd = -1};
	unsigned tasks = 0;

	worker_begin(&w);
	(void)worker_tell(&w, RESULT_READY, 0, 0);
	while (worker_read(&w) && worker_do(&w, &tasks))
		;
	if (config->release && w.init_error == 0)
		config->release(config->context, number, w.state);
	_exit(0);
}
