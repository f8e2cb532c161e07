/* engine_fixture.h - the engine under test over real sockets, the other end held here. */
#ifndef TESTS_CONTRACT_ENGINE_FIXTURE_H
#define TESTS_CONTRACT_ENGINE_FIXTURE_H

#include "loadgen/engines.h"
#include "server/clock.h"
#include "tests/suite.h"

#define CONNECTIONS 8
#define LONG_NS     (20 * NS_PER_S)  /* for what is certain to come */
#define SHORT_NS    (20 * NS_PER_MS) /* for what is not to come */

extern const struct engine_ops *ops; /* named on the command line */
extern struct engine *engine;
extern struct address address; /* of `listener`, a socket of datagrams likewise */
extern int listener;

extern const struct test_case engine_connect_cases[];
extern const struct test_case engine_datagram_cases[];

/* An engine with room for `connections`, and the listener they are to connect to. */
void engine_open_at(const char *text, int backlog, uint32_t connections);
void engine_open_tcp(void);
void engine_open_unix(int backlog);
void engine_close_all(void);

/* The next event, of any kind; -1 when none comes. */
int next(struct engine_event *event, int64_t patience_ns);

void expect(enum engine_event_kind kind, uint32_t connection, int result);
void expect_text(uint32_t connection, const char *text);
void expect_nothing(void);

/* What was sent has gone out. Nothing has come. */
void flush(void);

/* Connects and returns the peer's end. */
int connect_one(uint32_t connection);

/* What the engine's send returns. */
int send_text(uint32_t connection, const char *text);

#endif
