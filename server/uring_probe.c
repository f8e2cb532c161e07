/* uring_probe.c - why io_uring cannot be used on this machine, in words. */
#include "server/uring_probe.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* What kernel.io_uring_disabled says; 0 where there is no such switch. */
static int io_uring_disabled(void)
{
	FILE *file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
	int digit = file ? fgetc(file) : '0';

	if (file)
		fclose(file);
	return digit - '0';
}

const char *uring_set_up_reason(int error)
{
	switch (error) {
	case -EPERM:
		if (io_uring_disabled() == 2)
			return "switched off: kernel.io_uring_disabled=2 (EPERM)";
		if (io_uring_disabled() == 1)
			return "kernel.io_uring_disabled=1 and no CAP_SYS_ADMIN (EPERM)";
		return "io_uring_setup is denied, as a seccomp filter does (EPERM)";
	case -ENOSYS:
		return "this kernel has no io_uring, or a filter hides it (ENOSYS)";
	case -EINVAL:
		return "this kernel's io_uring is too old: 5.19 is needed (EINVAL)";
	case -ENOMEM:
		return "no memory for a ring: see ulimit -l (ENOMEM)";
	case -EMFILE:
	case -ENFILE:
		return "no descriptor for a ring (EMFILE)";
	default:
		return "io_uring_setup failed";
	}
}

/* One byte through a multishot receive from the shared buffers. */
static bool receives_multishot(struct io_uring *ring, const int ends[2])
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe;

	io_uring_prep_recv_multishot(sqe, ends[0], NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	if (send(ends[1], "x", 1, 0) != 1 || io_uring_submit_and_wait(ring, 1) < 0 ||
	    io_uring_wait_cqe(ring, &cqe) < 0)
		return false;
	return cqe->res == 1 && (cqe->flags & IORING_CQE_F_MORE) &&
	       (cqe->flags & IORING_CQE_F_BUFFER);
}

const char *uring_multishot_reason(struct io_uring *ring)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return "no descriptors to try it with (EMFILE)";
	bool works = receives_multishot(ring, ends);
	close(ends[0]);
	close(ends[1]);
	return works ? NULL : "this kernel has no multishot receive: 6.0 is needed";
}
