/*
 * io_uring_ring.c - setting a ring up, the buffers it shares with the kernel, and whether
 * this machine lets us.
 *
 * Completions wait until the thread enters the kernel anyway (DEFER_TASKRUN): without that
 * each one interrupts the thread, which costs a third of the rate on a virtual machine.
 * It needs SINGLE_ISSUER, which binds a ring to the thread that enables it; so it is made
 * disabled, and the thread that runs the loop enables it.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "models/io_uring.h"
#include "server/clock.h"
#include "server/uring_probe.h"

#define ALWAYS (IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED)

/* The best first; a kernel that does not know a flag says -EINVAL. */
static const unsigned thread_flags[] = {IORING_SETUP_SINGLE_ISSUER |
						IORING_SETUP_DEFER_TASKRUN,
					IORING_SETUP_COOP_TASKRUN, 0};
static const unsigned sqpoll_flags[] = {IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF |
						IORING_SETUP_SINGLE_ISSUER,
					IORING_SETUP_SQPOLL | IORING_SETUP_SQ_AFF};

static int ring_set_up(struct ring *ring, const struct ring_config *config)
{
	const unsigned *flags = config->sqpoll ? sqpoll_flags : thread_flags;
	size_t count = config->sqpoll ? sizeof(sqpoll_flags) / sizeof(*flags)
				      : sizeof(thread_flags) / sizeof(*flags);
	int result = -EINVAL;

	for (size_t i = 0; i < count && result == -EINVAL; i++) {
		struct io_uring_params params = {.flags = ALWAYS | flags[i],
						 .cq_entries = 4 * config->entries,
						 .sq_thread_cpu = config->sq_cpu,
						 .sq_thread_idle = config->sq_idle_ms};
		result = io_uring_queue_init_params(config->entries, &ring->uring,
						    &params);
	}
	ring->open = result == 0;
	/* Without it a wait with a time-out is two requests. */
	if (ring->open && !(ring->uring.features & IORING_FEAT_EXT_ARG))
		return -EINVAL;
	return result;
}

/* liburing 2.3 cannot map the ring: one mapping holds the ring and its buffers. */
static int ring_map_buffers(struct ring *ring, unsigned count)
{
	size_t size = count * (sizeof(struct io_uring_buf) + RING_BUFFER_SIZE);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	ring->buffers = p;
	ring->buffers_size = size;
	ring->buffer_count = count;
	struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)p, .ring_entries = count};
	int result = io_uring_register_buf_ring(&ring->uring, &reg, 0);
	if (result < 0)
		return result;
	io_uring_buf_ring_init(ring->buffers);
	for (unsigned i = 0; i < count; i++)
		ring_return(ring, (int)i);
	return 0;
}

int ring_open(struct ring *ring, const struct ring_config *config)
{
	int result = ring_set_up(ring, config);

	if (result == 0 && config->buffers > 0)
		result = ring_map_buffers(ring, config->buffers);
	return result;
}

int ring_enable(struct ring *ring)
{
	/* liburing 2.3 declares io_uring_enable_rings but does not export it. */
	long result = syscall(SYS_io_uring_register, ring->uring.ring_fd,
			      IORING_REGISTER_ENABLE_RINGS, NULL, 0);

	return result < 0 ? -errno : 0;
}

void ring_close(struct ring *ring)
{
	if (ring->open)
		io_uring_queue_exit(&ring->uring);
	if (ring->buffers)
		munmap(ring->buffers, ring->buffers_size);
	*ring = (struct ring){0};
}

struct io_uring_sqe *ring_sqe(struct ring *ring)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&ring->uring))) {
		(void)io_uring_submit(
			&ring->uring); /* what it cannot, the wait reports */
		(void)io_uring_sqring_wait(&ring->uring);
	}
	return sqe;
}

int ring_wait(struct ring *ring, int64_t timeout_ns)
{
	struct __kernel_timespec timeout = {.tv_sec = timeout_ns / NS_PER_S,
					    .tv_nsec = timeout_ns % NS_PER_S};
	struct io_uring_cqe *cqe;
	int result = io_uring_submit_and_wait_timeout(
		&ring->uring, &cqe, 1, timeout_ns < 0 ? NULL : &timeout, NULL);

	if (result == -ETIME || result == -EINTR || result == -EAGAIN || result == -EBUSY)
		return 0;
	return result < 0 ? result : 0;
}

uint8_t *ring_buffer(const struct ring *ring, int number)
{
	uint8_t *memory = (uint8_t *)ring->buffers +
			  ring->buffer_count * sizeof(struct io_uring_buf);

	return memory + (size_t)number * RING_BUFFER_SIZE;
}

void ring_return(struct ring *ring, int number)
{
	io_uring_buf_ring_add(ring->buffers, ring_buffer(ring, number), RING_BUFFER_SIZE,
			      (unsigned short)number,
			      io_uring_buf_ring_mask(ring->buffer_count), 0);
	io_uring_buf_ring_advance(ring->buffers, 1);
}

const char *ring_probe(const struct ring_config *config)
{
	struct ring ring = {.open = false};
	const char *reason = NULL;

	int result = ring_open(&ring, config);
	if (result == 0)
		result = ring_enable(&ring);
	if (result < 0)
		reason = uring_set_up_reason(result);
	else if (config->buffers > 0)
		reason = uring_multishot_reason(&ring.uring);
	ring_close(&ring);
	return reason;
}
