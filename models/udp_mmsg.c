/*
 * udp_mmsg.c - recvmmsg(2) and sendmmsg(2): a batch of datagrams per system call.
 *
 * MSG_WAITFORONE blocks for the first and takes what else is there. Replies are sent
 * together at the end of the batch, or before work, so that none waits for the work of
 * another. The kernel writes into the headers, so each call gets them anew. No time-out is
 * given: the kernel looks at it only when a datagram has come (recvmmsg(2), BUGS).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/datagram.h"

struct udp_mmsg_options {
	int64_t batch;
};

static const struct option_spec udp_mmsg_options[] = {
	{.name = "batch",
	 .metavar = "N",
	 .help = "most datagrams per system call",
	 .type = OPTION_COUNT,
	 .offset = offsetof(struct udp_mmsg_options, batch),
	 .fallback = "32",
	 .min = 1,
	 .max = 1024},
	{.name = NULL},
};

struct udp_mmsg {
	struct io_server *server;
	struct counters_line *counters;
	struct datagram_drain drain;
	unsigned batch;
	struct datagram **datagrams; /* `batch`, each with room for any */
	struct mmsghdr *messages;    /* of the call: received, then to be sent */
	struct iovec *spans;
	unsigned replies; /* at the start of messages */
};

static void set_message(struct udp_mmsg *m, unsigned place, struct datagram *datagram,
			socklen_t peer_length, size_t length)
{
	m->spans[place] = (struct iovec){datagram->bytes, length};
	m->messages[place] = (struct mmsghdr){.msg_hdr = {.msg_name = &datagram->peer,
							  .msg_namelen = peer_length,
							  .msg_iov = &m->spans[place],
							  .msg_iovlen = 1}};
}

/* How many came, or -errno. */
static int receive_batch(struct udp_mmsg *m)
{
	for (unsigned i = 0; i < m->batch; i++)
		set_message(m, i, m->datagrams[i], sizeof(m->datagrams[i]->peer),
			    DATAGRAM_ROOM);
	const int count = recvmmsg(m->server->listener, m->messages, m->batch,
				   MSG_WAITFORONE | MSG_TRUNC, NULL);
	for (int i = 0; i < count; i++) {
		m->datagrams[i]->length = m->messages[i].msg_len;
		m->datagrams[i]->peer_length = m->messages[i].msg_hdr.msg_namelen;
	}
	return count < 0 ? -errno : count;
}

static void count_sent(struct udp_mmsg *m, unsigned first, int count)
{
	uint64_t bytes = 0;

	for (int i = 0; i < count; i++)
		bytes += m->messages[first + (unsigned)i].msg_len;
	counters_bump(&m->counters->requests, (uint64_t)count);
	counters_bump(&m->counters->bytes_out, bytes);
}

/* sendmmsg stops at the first that the kernel will not have, and says why when that one
 * comes first: it is counted and left out. */
static void send_replies(struct udp_mmsg *m)
{
	unsigned sent = 0;

	while (sent < m->replies) {
		const int count = sendmmsg(m->server->listener, m->messages + sent,
					   m->replies - sent, MSG_NOSIGNAL);
		if (count > 0) {
			count_sent(m, sent, count);
			sent += (unsigned)count;
		} else if (errno != EINTR) {
			counters_bump(&m->counters->errors, 1);
			sent++;
		}
	}
	m->replies = 0;
}

/* False at the end of the input. */
static bool serve_batch(struct udp_mmsg *m, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct datagram *datagram = m->datagrams[i];
		if (datagram->peer_length == 0)
			return false; /* nothing comes behind it */
		if (!datagram_check(m->server, datagram, m->counters))
			continue;
		if (datagram->header.op != ECHO_OP_ECHO)
			send_replies(m);
		/* Places before i are free again: what came there was copied out. */
		if (datagram_work(&m->drain, &datagram->header, m->counters))
			set_message(m, m->replies++, datagram, datagram->peer_length,
				    datagram->length);
	}
	send_replies(m);
	return true;
}

static int udp_mmsg_run(struct io_server *server)
{
	struct udp_mmsg *m = server->state;
	const long slack_ns = timer_slack_tighten();
	int count;

	do
		count = receive_batch(m);
	while (count == -EINTR || (count > 0 && serve_batch(m, (unsigned)count)));
	timer_slack_restore(slack_ns);
	datagram_count_dropped(server, server->listener);
	return count < 0 ? count : 0;
}

static int udp_mmsg_open(struct io_server *server)
{
	const struct udp_mmsg_options *options = server->options;
	struct udp_mmsg *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	server->state = m;
	m->server = server;
	m->drain.server = server;
	m->counters = &server->counters->line[0];
	m->batch = (unsigned)options->batch;
	m->datagrams = calloc(m->batch, sizeof(struct datagram *));
	m->messages = calloc(m->batch, sizeof(*m->messages));
	m->spans = calloc(m->batch, sizeof(*m->spans));
	if (!m->datagrams || !m->messages || !m->spans)
		return -ENOMEM;
	for (unsigned i = 0; i < m->batch; i++) {
		m->datagrams[i] = datagram_new();
		if (!m->datagrams[i])
			return -ENOMEM;
	}
	return 0;
}

static void udp_mmsg_close(struct io_server *server)
{
	struct udp_mmsg *m = server->state;

	if (!m)
		return;
	for (unsigned i = 0; m->datagrams && i < m->batch; i++)
		free(m->datagrams[i]);
	free(m->datagrams);
	free(m->messages);
	free(m->spans);
	free(m);
	server->state = NULL;
}

const struct io_model io_model_udp_mmsg = {
	.name = "udp-mmsg",
	.summary = "blocking batches: recvmmsg(2) and sendmmsg(2)",
	.family = "datagram",
	.flags = IO_MODEL_DATAGRAM | IO_MODEL_ONE,
	.options = udp_mmsg_options,
	.options_size = sizeof(struct udp_mmsg_options),
	.open = udp_mmsg_open,
	.run = udp_mmsg_run,
	.close = udp_mmsg_close,
};
