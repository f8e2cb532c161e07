/* wire.c - see wire.h. */
#include "tests/contract/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"

#define STUFF_QUIET_MS 250

void script_add(struct script *script, const struct echo_header *header)
{
	size_t length = ECHO_HEADER_SIZE + (size_t)header->length;
	uint8_t *bytes = realloc(script->bytes, script->length + length);

	if (!bytes)
		abort();
	script->bytes = bytes;
	bytes += script->length;
	script->length += length;
	echo_header_encode(header, bytes);
	for (size_t i = ECHO_HEADER_SIZE; i < length; i++)
		bytes[i] = (uint8_t)((i + header->tag) % 251);
}

void script_add_echo(struct script *script, uint32_t length, uint32_t tag)
{
	script_add(script, &(struct echo_header){.length = length, .tag = tag});
}

void script_add_work(struct script *script, enum echo_op op, uint32_t amount_us)
{
	script_add(script, &(struct echo_header){.length = 8,
						 .op = (uint8_t)op,
						 .amount_us = amount_us,
						 .tag = amount_us});
}

void script_release(struct script *script)
{
	free(script->bytes);
	*script = (struct script){0};
}

static int await(int fd, short events)
{
	struct pollfd wait = {.fd = fd, .events = events};

	return poll(&wait, 1, WIRE_PATIENCE_MS) == 1 ? 0 : -ETIMEDOUT;
}

int wire_connect(const struct address *address)
{
	int fd, result;

	while ((result = socket_connect(address, &fd)) == -EAGAIN)
		poll(NULL, 0, 1);
	if (result == -EINPROGRESS) {
		result = await(fd, POLLOUT);
		if (result == 0)
			result = socket_error(fd);
		if (result < 0)
			close(fd);
	}
	return result < 0 ? result : fd;
}

int wire_open(struct wire *wire, const struct address *address,
	      const struct script *script)
{
	int fd = wire_connect(address);

	*wire = (struct wire){.fd = fd, .script = script, .seed = 1};
	return fd < 0 ? fd : 0;
}

void wire_close(struct wire *wire)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
}

void wire_abort(struct wire *wire)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	wire_close(wire);
}

static void wire_lose(struct wire *wire)
{
	wire->ended = true;
	wire->reset = true;
}

static void wire_send(struct wire *wire)
{
	size_t length = wire->script->length - wire->sent;

	if (wire->piece_max && length > wire->piece_max)
		length = 1 + (size_t)rand_r(&wire->seed) % wire->piece_max;
	ssize_t n =
		send(wire->fd, wire->script->bytes + wire->sent, length, MSG_NOSIGNAL);
	if (n > 0)
		wire->sent += (size_t)n;
	else if (n < 0 && errno != EAGAIN)
		wire_lose(wire);
	if (wire->sent == wire->script->length && wire->half_close)
		shutdown(wire->fd, SHUT_WR);
}

static void wire_check(struct wire *wire, const uint8_t *p, size_t n)
{
	if (n > wire->script->length - wire->received ||
	    memcmp(p, wire->script->bytes + wire->received, n) != 0)
		wire->wrong = true;
	else
		wire->received += n;
}

static void wire_receive(struct wire *wire)
{
	uint8_t buffer[16384];
	ssize_t n = recv(wire->fd, buffer, sizeof(buffer), 0);

	if (n > 0)
		wire_check(wire, buffer, (size_t)n);
	else if (n == 0)
		wire->ended = true;
	else if (errno != EAGAIN)
		wire_lose(wire);
}

static bool wire_done(const struct wire *wire)
{
	if (wire->ended || wire->wrong)
		return true;
	return !wire->half_close && wire->received == wire->script->length;
}

static void wire_step(struct wire *wire, short ready)
{
	if (ready & POLLOUT)
		wire_send(wire);
	if ((ready & (POLLIN | POLLHUP | POLLERR)) && !wire->ended)
		wire_receive(wire);
}

/* What a wire waits for; nothing when it is done. */
static struct pollfd wire_poll_entry(const struct wire *wire)
{
	struct pollfd entry = {.fd = wire_done(wire) ? -1 : wire->fd, .events = POLLIN};

	if (wire->sent < wire->script->length)
		entry.events = POLLIN | POLLOUT;
	return entry;
}

int wire_play(struct wire *wires, int count)
{
	struct pollfd *entries = calloc((size_t)count, sizeof(*entries));
	int64_t end_ns = clock_ns() + WIRE_PATIENCE_MS * NS_PER_MS;
	int left = count;

	if (!entries)
		abort();
	while (left > 0 && clock_ns() < end_ns) {
		for (int i = 0; i < count; i++)
			entries[i] = wire_poll_entry(&wires[i]);
		poll(entries, (nfds_t)count, 100);
		left = 0;
		for (int i = 0; i < count; i++) {
			if (entries[i].fd >= 0)
				wire_step(&wires[i], entries[i].revents);
			left += !wire_done(&wires[i]);
		}
	}
	free(entries);
	return left == 0 ? 0 : -ETIMEDOUT;
}

int wire_await_end(struct wire *wire)
{
	int64_t end_ns = clock_ns() + WIRE_PATIENCE_MS * NS_PER_MS;

	while (!wire->ended && clock_ns() < end_ns) {
		struct pollfd entry = {.fd = wire->fd, .events = POLLIN};
		poll(&entry, 1, 100);
		wire_step(wire, entry.revents);
	}
	return wire->ended ? 0 : -ETIMEDOUT;
}

int wire_await_input(const struct wire *wire)
{
	return await(wire->fd, POLLIN);
}

bool wire_is_whole(const struct wire *wire)
{
	return !wire->wrong && wire->received == wire->script->length;
}

void wire_stuff(struct wire *wire)
{
	struct pollfd entry = {.fd = wire->fd, .events = POLLOUT};

	while (wire->sent < wire->script->length &&
	       poll(&entry, 1, STUFF_QUIET_MS) == 1 && !wire->ended)
		wire_send(wire);
}
