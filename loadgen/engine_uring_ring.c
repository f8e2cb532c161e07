/*
 * engine_uring_ring.c - the engine `io-uring`: sets the ring up, lends its buffers.
 *
 * DEFER_TASKRUN makes the kernel do a completion's work when this thread waits, in one go;
 * without it each arrival interrupts the thread. TASKRUN_FLAG says in shared memory that
 * there is such work, so that looking costs no system call.
 */
#include <errno.h>
#include <sys/mman.h>

#include "loadgen/engine_uring.h"
#include "server/uring_probe.h"

#define REQUESTS        256 /* submitted in one call */
#define COMPLETIONS_MIN 1024
#define COMPLETIONS_MAX 16384

/* Neighbours do not share cache sets: each begins some lines further in its page. */
#define BUFFER_STRIDE (URING_BUFFER_SIZE + 5 * 64)

/* The best first; a kernel that does not know a flag says -EINVAL. */
static const unsigned set_ups[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	IORING_SETUP_COOP_TASKRUN,
};

static int set_up(struct engine *engine, uint32_t connections)
{
	uint32_t completions = 2 * connections;
	int rc = -EINVAL;

	if (completions < COMPLETIONS_MIN)
		completions = COMPLETIONS_MIN;
	if (completions > COMPLETIONS_MAX)
		completions = COMPLETIONS_MAX;
	for (size_t i = 0; i < sizeof(set_ups) / sizeof(set_ups[0]) && rc == -EINVAL;
	     i++) {
		struct io_uring_params params = {
			.flags = IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE |
				 IORING_SETUP_SUBMIT_ALL | IORING_SETUP_TASKRUN_FLAG |
				 set_ups[i],
			.cq_entries = completions,
		};
		rc = io_uring_queue_init_params(REQUESTS, &engine->ring, &params);
	}
	engine->ring_open = rc == 0;
	return rc;
}

static size_t mapping_size(void)
{
	return URING_BUFFERS_MOST * (sizeof(struct io_uring_buf) + BUFFER_STRIDE);
}

/* Memory is there when it is touched: of small messages a page of each buffer. */
static int map_buffers(struct engine *engine)
{
	void *p = mmap(NULL, mapping_size(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	engine->buffers = p;
	struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)p,
				       .ring_entries = URING_BUFFERS_MOST};
	int rc = io_uring_register_buf_ring(&engine->ring, &reg, 0);
	if (rc < 0)
		return rc;
	io_uring_buf_ring_init(engine->buffers);
	while (engine->circulating < URING_BUFFERS_FIRST)
		uring_return_buffer(engine, (int)engine->circulating++);
	return 0;
}

int uring_ring_open(struct engine *engine, uint32_t connections)
{
	int rc = set_up(engine, connections);

	if (rc == 0)
		rc = map_buffers(engine);
	if (rc == 0)
		(void)io_uring_register_ring_fd(&engine->ring); /* only saves time */
	return rc;
}

void uring_ring_close(struct engine *engine)
{
	if (engine->ring_open)
		io_uring_queue_exit(&engine->ring);
	if (engine->buffers)
		munmap(engine->buffers, mapping_size());
}

struct io_uring_sqe *uring_request(struct engine *engine)
{
	struct io_uring_sqe *sqe;

	while (!(sqe = io_uring_get_sqe(&engine->ring)))
		(void)io_uring_submit(&engine->ring); /* what is wrong, the wait says */
	return sqe;
}

uint8_t *uring_buffer(const struct engine *engine, int number)
{
	uint8_t *memory = (uint8_t *)(engine->buffers->bufs + URING_BUFFERS_MOST);

	return memory + (size_t)number * BUFFER_STRIDE;
}

void uring_return_buffer(struct engine *engine, int number)
{
	io_uring_buf_ring_add(engine->buffers, uring_buffer(engine, number),
			      URING_BUFFER_SIZE, (unsigned short)number,
			      io_uring_buf_ring_mask(URING_BUFFERS_MOST), 0);
	io_uring_buf_ring_advance(engine->buffers, 1);
}

void uring_add_buffers(struct engine *engine)
{
	unsigned count = 2 * engine->circulating;

	while (engine->circulating < count && engine->circulating < URING_BUFFERS_MOST)
		uring_return_buffer(engine, (int)engine->circulating++);
}

const char *engine_uring_probe(void)
{
	struct engine engine = {.lent = URING_NO_BUFFER};
	int rc = uring_ring_open(&engine, 1);
	const char *reason =
		rc < 0 ? uring_set_up_reason(rc) : uring_multishot_reason(&engine.ring);

	uring_ring_close(&engine);
	return reason;
}
