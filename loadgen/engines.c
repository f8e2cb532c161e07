/* engines.c - the engines there are. */
#include "loadgen/engines.h"

#include <stddef.h>

#include "build_info.h"
#include "loadgen/load.h"

#if !HAVE_LIBURING
const struct engine_ops engine_io_uring = {
	.name = "io-uring",
	.summary = ENGINE_IO_URING_SUMMARY,
	.unavailable = "built without liburing",
};
#endif

#define ENGINE(name, text) &engine_##name,
const struct engine_ops *const engines[] = {
#include "loadgen/engines.def"
	NULL,
};
#undef ENGINE

#define ENGINE(name, text) text,
const char *const load_engines[] = {
#include "loadgen/engines.def"
	NULL,
};
#undef ENGINE

const char *engine_reason(const struct engine_ops *ops)
{
	if (ops->unavailable)
		return ops->unavailable;
	return ops->probe ? ops->probe() : NULL;
}
