/* sim_peer.h - what the simulated peer does with what it gets; private to the sim engine. */
#ifndef TESTS_SIM_PEER_H
#define TESTS_SIM_PEER_H

#include "tests/unit/sim_engine.h"
#include "tests/unit/sim_events.h"

#define STREAM_MAX (1 << 20) /* bytes of a request that the peer has not answered */

struct peer {
	uint32_t generation;
	uint32_t requests; /* answered */
	bool connected, serving, silent, half_closed;
	bool datagrams;
	int64_t last_ns;  /* of its last reply: order is kept */
	uint8_t last[96]; /* the reply itself, kept over connections */
	uint8_t *in;      /* received and not answered */
	size_t in_length;
	struct iovec rest[ENGINE_IOV_MAX]; /* of a send under way */
	int rest_count;
};

struct engine {
	struct sim_script script;
	int64_t now_ns;
	uint32_t connections;
	uint32_t serving;
	uint32_t struck; /* times that the fault has come */
	bool died;
	struct peer *peers;
	struct sim_event *events;
	struct sim_event *given; /* whose bytes the caller still looks at */
	size_t given_bytes;
	struct sim_event *held; /* a reply that waits to be swapped with another */
};

struct sim_event *sim_peer_event(const struct engine *engine, int64_t at_ns,
				 enum engine_event_kind kind, uint32_t connection,
				 int result, size_t length);
void sim_peer_schedule(struct engine *engine, struct sim_event *event);

/* An event without bytes. */
void sim_peer_say(struct engine *engine, int64_t at_ns, enum engine_event_kind kind,
		  uint32_t connection, int result);

/* Whether the script's fault comes now; counts it. */
bool sim_peer_strikes(struct engine *engine, enum sim_fault fault, uint32_t connection);
bool sim_peer_strikes_request(struct engine *engine, enum sim_fault fault,
			      uint32_t connection);

/* Answers what the peer has received, as far as it is its turn. */
void sim_peer_serve(struct engine *engine, uint32_t connection);

/* The connection is established; has ended. */
void sim_peer_enter(struct engine *engine, uint32_t connection);
void sim_peer_leave(struct engine *engine, uint32_t connection);

/* A whole datagram reaches the peer. */
int sim_datagram_send(struct engine *engine, uint32_t connection, const struct iovec *iov,
		      int count);

bool sim_peer_is_dead(const struct engine *engine);

/* Resets every connection, and what was on its way is lost. */
void sim_peer_die(struct engine *engine);

#endif
