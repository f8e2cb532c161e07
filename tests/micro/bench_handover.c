/*
 * bench_handover.c - what it costs to hand one item to another thread or process, and to
 * get one back: a round trip, so two hand-overs and, but for the ring, two wake-ups.
 *
 * On one CPU a wake-up is a switch; on two, the other one may have gone to sleep, and that
 * is most of the time whatever the primitive. Everything lies in shared memory, so that
 * threads and processes run the same code.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/micro/bench.h"

#define RING 64 /* items */

/* One direction. */
struct channel {
	_Alignas(64) uint64_t ring[RING];
	_Alignas(64) atomic_uint head; /* of the ring: its writer's */
	pthread_mutex_t lock;
	_Alignas(64) atomic_uint tail; /* its reader's */
	int read_fd, write_fd;
	int passed_fd; /* what SCM_RIGHTS sends along */
	sem_t count;
	pthread_cond_t filled;
	uint64_t
		item; /* of the lock, the semaphore, the eventfd: one at a time is under way */
	bool full;
};

/* A way to hand over; open is optional. An operation that fails ends the program: there is
 * nothing to measure then. */
struct primitive {
	int (*open)(struct channel *c);
	void (*give)(struct channel *c, uint64_t item);
	uint64_t (*take)(struct channel *c);
};

static void check(bool done)
{
	if (!done)
		abort();
}

static int cond_open(struct channel *c)
{
	pthread_mutexattr_t lock;
	pthread_condattr_t filled;

	pthread_mutexattr_init(&lock);
	pthread_mutexattr_setpshared(&lock, PTHREAD_PROCESS_SHARED);
	pthread_condattr_init(&filled);
	pthread_condattr_setpshared(&filled, PTHREAD_PROCESS_SHARED);
	const int r = pthread_mutex_init(&c->lock, &lock);
	return -(r ? r : pthread_cond_init(&c->filled, &filled));
}

static void cond_give(struct channel *c, uint64_t item)
{
	pthread_mutex_lock(&c->lock);
	c->item = item;
	c->full = true;
	pthread_mutex_unlock(&c->lock);
	pthread_cond_signal(&c->filled);
}

static uint64_t cond_take(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	while (!c->full)
		pthread_cond_wait(&c->filled, &c->lock);
	c->full = false;
	const uint64_t item = c->item;
	pthread_mutex_unlock(&c->lock);
	return item;
}

static int semaphore_open(struct channel *c)
{
	return sem_init(&c->count, 1, 0) < 0 ? -errno : 0;
}

static void semaphore_give(struct channel *c, uint64_t item)
{
	c->item = item;
	sem_post(&c->count);
}

static uint64_t semaphore_take(struct channel *c)
{
	while (sem_wait(&c->count) < 0)
		check(errno == EINTR);
	return c->item;
}

static int eventfd_channel_open(struct channel *c)
{
	c->read_fd = eventfd(0, EFD_CLOEXEC);
	return c->read_fd < 0 ? -errno : 0;
}

static void eventfd_give(struct channel *c, uint64_t item)
{
	c->item = item;
	check(eventfd_write(c->read_fd, 1) == 0);
}

static uint64_t eventfd_take(struct channel *c)
{
	eventfd_t count;

	check(eventfd_read(c->read_fd, &count) == 0);
	return c->item;
}

static int pipe_open(struct channel *c)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	c->read_fd = fds[0];
	c->write_fd = fds[1];
	return 0;
}

static int socket_open(struct channel *c)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	c->read_fd = fds[0];
	c->write_fd = fds[1];
	return 0;
}

static void fd_give(struct channel *c, uint64_t item)
{
	check(write(c->write_fd, &item, sizeof(item)) == (ssize_t)sizeof(item));
}

static uint64_t fd_take(struct channel *c)
{
	uint64_t item;

	check(read(c->read_fd, &item, sizeof(item)) == (ssize_t)sizeof(item));
	return item;
}

static int rights_open(struct channel *c)
{
	c->passed_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return c->passed_fd < 0 ? -errno : socket_open(c);
}

/* Room for one descriptor, aligned as a control message must be. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void rights_give(struct channel *c, uint64_t item)
{
	union control control = {.bytes = {0}};
	struct iovec span = {&item, sizeof(item)};
	struct msghdr message = {.msg_iov = &span,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &c->passed_fd, sizeof(int));
	check(sendmsg(c->write_fd, &message, 0) == (ssize_t)sizeof(item));
}

/* The receiver's copy is closed, as a worker does in the end. */
static uint64_t rights_take(struct channel *c)
{
	union control control;
	uint64_t item;
	struct iovec span = {&item, sizeof(item)};
	struct msghdr message = {.msg_iov = &span,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	int fd;

	check(recvmsg(c->read_fd, &message, MSG_CMSG_CLOEXEC) == (ssize_t)sizeof(item));
	check(CMSG_FIRSTHDR(&message) != NULL);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	close(fd);
	return item;
}

static void ring_give(struct channel *c, uint64_t item)
{
	const unsigned head = atomic_load_explicit(&c->head, memory_order_relaxed);

	c->ring[head % RING] = item;
	atomic_store_explicit(&c->head, head + 1, memory_order_release);
}

/* Nobody wakes it: it looks until something is there, and lets others run in between. */
static uint64_t ring_take(struct channel *c)
{
	const unsigned tail = atomic_load_explicit(&c->tail, memory_order_relaxed);

	while (atomic_load_explicit(&c->head, memory_order_acquire) == tail)
		sched_yield();
	const uint64_t item = c->ring[tail % RING];
	atomic_store_explicit(&c->tail, tail + 1, memory_order_release);
	return item;
}

enum { COND, SEMAPHORE, EVENTFD, PIPE, SOCKETPAIR, RIGHTS, SHARED_RING };

static const struct primitive primitives[] = {
	[COND] = {cond_open, cond_give, cond_take},
	[SEMAPHORE] = {semaphore_open, semaphore_give, semaphore_take},
	[EVENTFD] = {eventfd_channel_open, eventfd_give, eventfd_take},
	[PIPE] = {pipe_open, fd_give, fd_take},
	[SOCKETPAIR] = {socket_open, fd_give, fd_take},
	[RIGHTS] = {rights_open, rights_give, rights_take},
	[SHARED_RING] = {NULL, ring_give, ring_take},
};

/* The argument of a case. */
#define PROCESS 0x100 /* else a thread */
#define OTHER   0x200 /* on the next CPU, where there is one */

struct game {
	struct channel there, back;
	const struct primitive *primitive;
	cpu_set_t before, partners;
	pthread_t thread;
	pid_t child; /* 0: a thread */
};

/* Item 0 is the last. */
static void *play(void *argument)
{
	struct game *game = argument;
	uint64_t item;

	sched_setaffinity(0, sizeof(game->partners), &game->partners);
	do {
		item = game->primitive->take(&game->there);
		game->primitive->give(&game->back, item);
	} while (item != 0);
	return NULL;
}

/* The player goes to the first CPU, its partner to the same or the next. */
static void place(struct game *game, bool other)
{
	cpu_set_t mine;
	int first = 0, next;

	sched_getaffinity(0, sizeof(game->before), &game->before);
	while (!CPU_ISSET(first, &game->before))
		first++;
	for (next = first + 1; next < CPU_SETSIZE && !CPU_ISSET(next, &game->before);)
		next++;
	CPU_ZERO(&mine);
	CPU_SET(first, &mine);
	CPU_ZERO(&game->partners);
	CPU_SET(other && next < CPU_SETSIZE ? next : first, &game->partners);
	sched_setaffinity(0, sizeof(mine), &mine);
}

static int start_partner(struct game *game, bool process)
{
	if (!process)
		return -pthread_create(&game->thread, NULL, play, game);
	game->child = fork();
	if (game->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		play(game);
		_exit(0);
	}
	return game->child < 0 ? -errno : 0;
}

static void channel_close(struct channel *c)
{
	const int fds[] = {c->read_fd, c->write_fd, c->passed_fd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void game_free(struct game *game)
{
	channel_close(&game->there);
	channel_close(&game->back);
	sched_setaffinity(0, sizeof(game->before), &game->before);
	munmap(game, sizeof(*game));
}

static int game_setup(void **ret_ctx, int64_t arg)
{
	struct game *game = mmap(NULL, sizeof(*game), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r = 0;

	if (game == MAP_FAILED)
		return -errno;
	game->primitive = &primitives[arg & 0xff];
	game->there.read_fd = game->there.write_fd = game->there.passed_fd = -1;
	game->back.read_fd = game->back.write_fd = game->back.passed_fd = -1;
	place(game, arg & OTHER);
	if (game->primitive->open)
		r = game->primitive->open(&game->there);
	if (r == 0 && game->primitive->open)
		r = game->primitive->open(&game->back);
	if (r == 0)
		r = start_partner(game, arg & PROCESS);
	if (r < 0)
		game_free(game);
	else
		*ret_ctx = game;
	return r;
}

static void game_run(void *ctx, uint64_t iters)
{
	struct game *game = ctx;

	while (iters > 0) {
		game->primitive->give(&game->there, iters);
		check(game->primitive->take(&game->back) == iters);
		iters--;
	}
}

static void game_teardown(void *ctx)
{
	struct game *game = ctx;

	game->primitive->give(&game->there, 0);
	check(game->primitive->take(&game->back) == 0);
	if (game->child > 0)
		waitpid(game->child, NULL, 0);
	else
		pthread_join(game->thread, NULL);
	game_free(game);
}

#define GAME(text, number)                                        \
	{                                                         \
		text, number, game_setup, game_run, game_teardown \
	}
#define GAMES(text, number)                                                     \
	GAME("handover/" text "/thread/same-cpu", number),                      \
		GAME("handover/" text "/thread/other-cpu", (number) | OTHER),   \
		GAME("handover/" text "/process/same-cpu", (number) | PROCESS), \
		GAME("handover/" text "/process/other-cpu", (number) | PROCESS | OTHER)

const struct bench_case bench_cases[] = {
	GAMES("mutex-condition", COND),    GAMES("semaphore", SEMAPHORE),
	GAMES("eventfd", EVENTFD),         GAMES("pipe", PIPE),
	GAMES("socketpair", SOCKETPAIR),   GAMES("scm-rights", RIGHTS),
	GAMES("shared-ring", SHARED_RING), {.name = NULL},
};
