/*
 * deny.c - runs a program that is denied something, as a container's profile would:
 *
 *	deny io_uring|bpf|capabilities PROGRAM [argument..]
 *
 * A seccomp filter answers the system call with EPERM; or the program has no capability
 * although it may run as root. Exits with 125 when it cannot.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int deny_call(unsigned number)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]),
				     .filter = filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Root gets no capability at exec; who is not root has none to lose. */
static int deny_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (geteuid() == 0 && prctl(PR_SET_SECUREBITS, SECBIT_NOROOT) < 0)
		return -1;
	return (int)syscall(SYS_capset, &header, none);
}

static int deny(const char *what)
{
	if (strcmp(what, "io_uring") == 0)
		return deny_call(SYS_io_uring_setup);
	if (strcmp(what, "bpf") == 0)
		return deny_call(SYS_bpf);
	if (strcmp(what, "capabilities") == 0)
		return deny_capabilities();
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && deny(argv[1]) == 0)
		execv(argv[2], argv + 2);
	fprintf(stderr, "deny %s: %s\n", argc >= 3 ? argv[1] : "", strerror(errno));
	return 125;
}
