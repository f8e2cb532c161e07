/* engine_part.c - see engine_part.h. */
#include "loadgen/engine_part.h"

#include <errno.h>
#include <stdlib.h>

struct engine {
	const struct engine_ops *ops;
	struct engine *whole;
	uint32_t base;
};

int engine_part_new(const struct engine_ops *ops, struct engine *whole, uint32_t base,
		    struct engine **ret_part)
{
	struct engine *part = malloc(sizeof(*part));

	if (!part)
		return -ENOMEM;
	*part = (struct engine){ops, whole, base};
	*ret_part = part;
	return 0;
}

static void part_free(struct engine *part)
{
	free(part);
}

static int part_connect(struct engine *part, uint32_t connection,
			const struct address *address, const struct address *source)
{
	return part->ops->connect(part->whole, part->base + connection, address, source);
}

static int part_send(struct engine *part, uint32_t connection, const struct iovec *iov,
		     int iov_count)
{
	return part->ops->send(part->whole, part->base + connection, iov, iov_count);
}

static void part_shut_wr(struct engine *part, uint32_t connection)
{
	part->ops->shut_wr(part->whole, part->base + connection);
}

static void part_close(struct engine *part, uint32_t connection)
{
	part->ops->close(part->whole, part->base + connection);
}

static uint64_t part_dropped(const struct engine *part, uint32_t connection)
{
	return part->ops->dropped(part->whole, part->base + connection);
}

static int64_t part_now(const struct engine *part)
{
	return part->ops->now(part->whole);
}

const struct engine_ops engine_part = {
	.name = "part",
	.summary = "some connections of another engine",
	.free = part_free,
	.connect = part_connect,
	.send = part_send,
	.shut_wr = part_shut_wr,
	.close = part_close,
	.dropped = part_dropped,
	.now = part_now,
};
