/*
 * served.h - `iomodels serve` as a test meets it: started, talked to, stopped, counted.
 *
 * What is not as it must be is a failed assertion; without a server or a connection the
 * case ends.
 */
#ifndef TESTS_E2E_SERVED_H
#define TESTS_E2E_SERVED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/echo.h"
#include "server/socket.h"
#include "tests/e2e/process.h"

#define PAYLOAD 1000 /* bytes of a frame that client_exchange sends */

struct served {
	struct process *process;
	struct address address;
	char ready[ADDRESS_TEXT_SIZE + 8]; /* the line */
	json_t *counters;                  /* from served_ended on */
};

/* `iomodels serve MODEL words..`, ready. `words` ends with NULL, or is NULL. */
void served_start(struct served *s, const char *model, const char *const *words);

/* Waits for an orderly end and reads the counters, the last it says; nothing of its
 * process group is left. */
void served_ended(struct served *s);

/* Sends the signal, then served_ended. */
void served_stop(struct served *s, int number);
void served_free(struct served *s);

void check_counter(const struct served *s, const char *name, int64_t expected);

/* A blocking connection on which nothing waits for ever. */
int client_open(const struct served *s);

/* One echo of PAYLOAD bytes, there and back. */
void client_exchange(int fd, uint32_t tag);

/* Asks for a sleep; `frame` is what is to come back. */
void client_sleeps(int fd, uint32_t amount_us, uint8_t frame[ECHO_HEADER_SIZE]);

/* The next `size` bytes are these. */
void client_expect(int fd, const uint8_t *frame, size_t size);

/* Waits until the server ends the connection: orderly, or by a reset. */
bool client_is_cut(int fd);

/* Sends its end, waits for the server's, closes. */
void client_half_closes(int fd);

#endif
