/* sockmap_model.c - the table, also for a build without libbpf. */
#include "build_info.h"
#include "models/sockmap.h"

const struct io_model io_model_sockmap = {
	.name = "sockmap",
	.summary = "an eBPF program echoes inside the kernel, unparsed; tcp: only",
	.family = "kernel",
	.flags = IO_MODEL_STREAM | IO_MODEL_ECHO_ONLY,
#if HAVE_LIBBPF
	.probe = sockmap_probe,
	.open = sockmap_model_open,
	.run = sockmap_model_run,
	.close = sockmap_model_close,
#else
	.unavailable = "built without libbpf",
#endif
};
