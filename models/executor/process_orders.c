/* process_orders.c - orders of the process pool: sent, come back, or lost. See process_pool.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/executor/process_pool.h"
#include "server/clock.h"

#define NO_SLOT UINT32_MAX

/* What a message takes of the kernel's bound, with the kernel's own part. */
#define MESSAGE_ROOM 8192

/* How long a worker may take from reading an order to marking it, a few instructions. */
#define MARK_NS (100 * NS_PER_MS)

/* A socket pair whose buffer holds `messages`, or what the kernel allows. */
static int pair_open(int pair[2], unsigned messages)
{
	int room = messages < INT32_MAX / MESSAGE_ROOM ? (int)messages * MESSAGE_ROOM
						       : INT32_MAX;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	if (setsockopt(pair[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	return 0;
}

/* Room for every order that may wait or run, and as many that were due. */
int orders_open(struct process_pool *pool)
{
	const struct executor_config *config = &pool->base.config;
	int result;

	pool->slots = 2 * (config->queue + config->workers);
	pool->shared_size =
		sizeof(*pool->shared) + pool->slots * sizeof(pool->shared->order[0]);
	pool->order = calloc(pool->slots, sizeof(*pool->order));
	void *shared = mmap(NULL, pool->shared_size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared != MAP_FAILED)
		pool->shared = shared;
	if (!pool->order || !pool->shared)
		return -ENOMEM;
	for (uint32_t i = 0; i < pool->slots; i++)
		pool->order[i].next = i + 1 < pool->slots ? i + 1 : NO_SLOT;
	pool->next_sequence = 1;
	result = pair_open(pool->tasks, pool->slots);
	return result < 0 ? result : pair_open(pool->results, pool->slots);
}

void orders_release(struct process_pool *pool)
{
	for (int i = 0; i < 2; i++) {
		if (pool->tasks[i] >= 0)
			close(pool->tasks[i]);
		if (pool->results[i] >= 0)
			close(pool->results[i]);
	}
	if (pool->shared)
		munmap(pool->shared, pool->shared_size);
	free(pool->order);
}

static void order_free(struct process_pool *pool, uint32_t slot)
{
	struct order *order = &pool->order[slot];

	order->sequence = 0;
	order->next = pool->free_slot;
	pool->free_slot = slot;
	pool->sent--;
}

static void order_complete(struct process_pool *pool, uint32_t slot, int status,
			   const void *result, size_t size)
{
	struct future *future = pool->order[slot].future;

	order_free(pool, slot);
	executor_complete(&pool->base, future, status, result, size);
}

/* True: nobody has taken it, and nobody will. */
static bool order_withdraw(struct process_pool *pool, uint32_t slot)
{
	uint64_t sequence = pool->order[slot].sequence;
	uint64_t queued = order_word(sequence, ORDER_QUEUED);

	return atomic_compare_exchange_strong(&pool->shared->order[slot], &queued,
					      order_word(sequence, ORDER_VOID));
}

/* The worker that has it, or -1. */
static int order_worker(const struct process_pool *pool, uint32_t slot)
{
	unsigned who = order_who(atomic_load(&pool->shared->order[slot]));

	if (pool->order[slot].sequence == 0 || who == ORDER_QUEUED || who == ORDER_VOID)
		return -1;
	return (int)who - 1;
}

static int message_send(const struct process_pool *pool, struct task_message *message,
			const struct task_order *order)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	struct iovec parts[2] = {{message, sizeof(*message)},
				 {(void *)order->argument, order->size}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};

	if (message->has_fd) {
		memcpy(CMSG_DATA(&control.header), &order->fd, sizeof(order->fd));
		header.msg_control = &control;
		header.msg_controllen = sizeof(control.room);
	}
	return sendmsg(pool->tasks[1], &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno
										 : 0;
}

bool orders_have_slot(const struct process_pool *pool)
{
	return pool->free_slot != NO_SLOT;
}

/* The order is there before a worker can see its message. */
int orders_send(struct process_pool *pool, const struct task_order *order)
{
	uint32_t slot = pool->free_slot;

	if (!orders_have_slot(pool))
		return -EAGAIN;
	struct task_message message = {.sequence = pool->next_sequence,
				       .function = order->function,
				       .slot = slot,
				       .has_fd = order->fd >= 0};
	atomic_store(&pool->shared->order[slot],
		     order_word(message.sequence, ORDER_QUEUED));
	int result = message_send(pool, &message, order);
	pool->kernel_full = result == -EAGAIN;
	if (result < 0)
		return result;
	pool->free_slot = pool->order[slot].next;
	pool->order[slot].future = order->future;
	pool->order[slot].sequence = pool->next_sequence++;
	pool->sent++;
	if (order->fd >= 0)
		close(order->fd);
	return 0;
}

void orders_collect(struct process_pool *pool)
{
	_Alignas(max_align_t) uint8_t bytes[TASK_SIZE_MAX];
	struct result_message message;
	struct iovec parts[2] = {{&message, sizeof(message)}, {bytes, sizeof(bytes)}};
	struct msghdr header = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;

	while ((n = recvmsg(pool->results[0], &header, MSG_DONTWAIT)) >=
	       (ssize_t)sizeof(message)) {
		if (message.slot == RESULT_READY) {
			pool->ready++;
			continue;
		}
		pool->worker[message.worker].was_of_use = true;
		order_complete(pool, message.slot, message.status, bytes,
			       (size_t)n - sizeof(message));
	}
}

bool orders_fail(struct process_pool *pool, unsigned worker)
{
	int status = pool->base.terminated ? -ECANCELED : -EOWNERDEAD;

	for (uint32_t slot = 0; slot < pool->slots; slot++)
		if (order_worker(pool, slot) == (int)worker) {
			order_complete(pool, slot, status, NULL, 0);
			return true; /* it has one at a time */
		}
	return false;
}

void orders_suspect(struct process_pool *pool)
{
	struct task_message first;
	ssize_t n = recv(pool->tasks[0], &first, sizeof(first), MSG_PEEK | MSG_DONTWAIT);

	pool->lost_below =
		n < (ssize_t)sizeof(first) ? pool->next_sequence : first.sequence;
	pool->lost_at_ns = clock_ns() + MARK_NS;
}

void orders_settle_lost(struct process_pool *pool)
{
	if (pool->lost_at_ns == TIMERS_NEVER || clock_ns() < pool->lost_at_ns)
		return;
	pool->lost_at_ns = TIMERS_NEVER;
	for (uint32_t slot = 0; slot < pool->slots; slot++) {
		uint64_t sequence = pool->order[slot].sequence;
		if (sequence != 0 && sequence < pool->lost_below &&
		    order_withdraw(pool, slot))
			order_complete(pool, slot, -EOWNERDEAD, NULL, 0);
	}
}

void orders_cancel(struct process_pool *pool,
		   void (*runs)(struct process_pool *pool, unsigned worker))
{
	for (uint32_t slot = 0; slot < pool->slots; slot++) {
		if (pool->order[slot].sequence == 0)
			continue;
		if (order_withdraw(pool, slot))
			order_complete(pool, slot, -ECANCELED, NULL, 0);
		else
			runs(pool, (unsigned)order_worker(pool, slot));
	}
}

unsigned orders_running(const struct process_pool *pool)
{
	unsigned count = 0;

	for (uint32_t slot = 0; slot < pool->slots; slot++)
		count += order_worker(pool, slot) >= 0;
	return count;
}
