/*
 * sockmap_bpf.c - the program that echoes inside the kernel, and its map.
 *
 * The kernel runs it on what a socket of the map has received, before anybody could read
 * it. It looks its own socket up, by the cookie that the map is keyed with, and redirects
 * the bytes to its output.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/sockmap.h"

#define COOKIE (-8) /* on the program's stack */

#define MOVE(to, from)                                                        \
	{                                                                     \
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_##to, \
		.src_reg = BPF_REG_##from                                     \
	}
#define CALL(function)                                                 \
	{                                                              \
		.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_##function \
	}

static int load_program(int map_fd)
{
	const struct bpf_insn program[] = {
		MOVE(6, 1), /* what arrived */
		CALL(get_socket_cookie),
		{.code = BPF_STX | BPF_MEM | BPF_DW,
		 .dst_reg = BPF_REG_10,
		 .src_reg = BPF_REG_0,
		 .off = COOKIE},
		MOVE(1, 6),
		{.code = BPF_LD | BPF_DW | BPF_IMM, /* r2: the map; two words long */
		 .dst_reg = BPF_REG_2,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map_fd},
		{.code = 0},
		MOVE(3, 10),
		{.code = BPF_ALU64 | BPF_ADD | BPF_K,
		 .dst_reg = BPF_REG_3,
		 .imm = COOKIE},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, /* flags: to the output */
		 .dst_reg = BPF_REG_4,
		 .imm = 0},
		CALL(sk_redirect_hash),
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SK_SKB, "iomodels_echo", "Dual MIT/GPL",
			       program, sizeof(program) / sizeof(program[0]), NULL);

	return fd < 0 ? -errno : fd;
}

int sockmap_open(struct sockmap *sockmap, unsigned capacity)
{
	*sockmap = (struct sockmap){-1, -1};
	sockmap->map_fd =
		bpf_map_create(BPF_MAP_TYPE_SOCKHASH, "iomodels_echo", sizeof(uint64_t),
			       sizeof(uint32_t), capacity, NULL);
	if (sockmap->map_fd < 0)
		return -errno;
	int fd = load_program(sockmap->map_fd);
	if (fd < 0)
		return fd;
	sockmap->program_fd = fd;
	if (bpf_prog_attach(fd, sockmap->map_fd, BPF_SK_SKB_STREAM_VERDICT, 0) < 0)
		return -errno;
	return 0;
}

void sockmap_close(struct sockmap *sockmap)
{
	if (sockmap->program_fd >= 0)
		close(sockmap->program_fd);
	if (sockmap->map_fd >= 0)
		close(sockmap->map_fd);
	*sockmap = (struct sockmap){-1, -1};
}

int sockmap_add(const struct sockmap *sockmap, int fd)
{
	uint32_t value = (uint32_t)fd;
	const int one = 1;
	uint64_t cookie;
	socklen_t length = sizeof(cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length) < 0 ||
	    bpf_map_update_elem(sockmap->map_fd, &cookie, &value, BPF_ANY) < 0)
		return -errno;
	/*
	 * What arrived before waits for something to follow. Setting the low-water mark
	 * makes the kernel look at the socket as if something had: the program answers
	 * all of it in order. Reading it here could be overtaken by the program.
	 */
	return setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one)) < 0 ? -errno
									      : 0;
}

const char *sockmap_probe(void)
{
	struct sockmap sockmap;
	int result = sockmap_open(&sockmap, 1);

	sockmap_close(&sockmap);
	switch (result) {
	case 0:
		return NULL;
	case -EPERM:
	case -EACCES:
		return "bpf(2) is denied: CAP_BPF and CAP_NET_ADMIN are needed, and no "
		       "filter against it (EPERM)";
	case -ENOSYS:
		return "this kernel has no bpf(2), or a filter hides it (ENOSYS)";
	case -EINVAL:
		return "this kernel has no map of sockets with a verdict alone: 5.13 is "
		       "needed (EINVAL)";
	case -ENOMEM:
		return "no memory for a map (ENOMEM)";
	default:
		return "the map or its program was refused";
	}
}
