/* io_uring_models.h - what the tables of the io_uring models name. */
#ifndef MODELS_IO_URING_MODELS_H
#define MODELS_IO_URING_MODELS_H

#include "server/io_model.h"

/* One struct for the three: what a model has no option for is 0. */
struct uring_options {
	int64_t entries;
	int64_t buffers;    /* 0: single-shot */
	int64_t sq_idle_ns; /* 0: no kernel thread submits */
	cpu_set_t sq_cpu;   /* empty: the last one */
};

const char *uring_probe_single(void);
const char *uring_probe_multishot(void);
const char *uring_probe_sqpoll(void);
int uring_open(struct io_server *server);
int uring_run(struct io_server *server);
void uring_close(struct io_server *server);

#endif
