/*
 * datagram_client.h - the client's end of the echo protocol over datagrams, for tests.
 *
 * A client is a connected, non-blocking socket: it receives from the server alone. Nothing
 * waits longer than WIRE_PATIENCE_MS; on loopback nothing is lost while the buffers hold.
 */
#ifndef TESTS_CONTRACT_DATAGRAM_CLIENT_H
#define TESTS_CONTRACT_DATAGRAM_CLIENT_H

#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define DATAGRAM_SIZE_MAX 65527 /* over IPv6, without jumbograms */

/* The cases, file by file. */
extern const struct test_case datagram_byte_cases[];
extern const struct test_case datagram_work_cases[];
extern const struct test_case datagram_stop_cases[];
extern const struct test_case datagram_kernel_cases[];
extern const struct test_case datagram_option_cases[];

/* As served_setup, on udp:127.0.0.1:0. */
struct setup datagram_setup(void);
void datagram_start_plain(struct served *served);

/* A client's socket; the caller closes it. */
int datagram_client(const struct served *served);

/* Sends `length` bytes as they are. */
void datagram_send_bytes(int fd, const void *bytes, size_t length);

/* Sends a frame with a payload made from the header (script_add). */
void datagram_send_frame(int fd, const struct echo_header *header);
void datagram_send_echo(int fd, uint32_t length, uint32_t tag);
void datagram_send_work(int fd, enum echo_op op, int64_t amount_ns, uint32_t tag);

/* Awaits a reply and checks every byte of it. 0, or -ETIMEDOUT; its header in *ret_header,
 * which may be NULL. */
int datagram_await_reply(int fd, struct echo_header *ret_header);

/* Sends the frame, and expects the next reply to be its own. */
void check_echo(int fd, uint32_t length, uint32_t tag);

/* Once, before any server is started: what datagram_largest_batch needs. */
void datagram_share_batch(void);

/* The most replies that any server so far has given to one sendmmsg. */
int datagram_largest_batch(void);

/* Nothing waits to be received. */
bool datagram_is_silent(int fd);

#endif
