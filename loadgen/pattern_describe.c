/* pattern_describe.c - a wrong byte in words. */
#include <stdio.h>

#include "loadgen/pattern.h"

#define PLACE_SIZE 80

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void to_hex(const uint8_t *bytes, size_t n, char *text)
{
	for (size_t i = 0; i < n; i++)
		sprintf(text + 3 * i, "%02x ", bytes[i]);
	text[n ? 3 * n - 1 : 0] = '\0';
}

/* "connection 3, offset 404 of its stream"; where sizes are drawn that would be a sum over
 * all frames before. */
static void name_place(const struct pattern_shape *shape, uint32_t connection,
		       const struct pattern_cursor *cursor, char *text, size_t size)
{
	unsigned long long before = (unsigned long long)cursor->sequence *
				    (ECHO_HEADER_SIZE + shape->payload);

	if (shape->sizes)
		snprintf(text, size, "connection %u", connection);
	else
		snprintf(text, size, "connection %u, offset %llu of its stream",
			 connection, before + cursor->offset);
}

void pattern_describe(const struct pattern_shape *shape, uint32_t connection,
		      const struct pattern_cursor *cursor, const uint8_t *data, size_t n,
		      char *text, size_t size)
{
	uint8_t expected[PATTERN_MISMATCH];
	char expected_hex[3 * PATTERN_MISMATCH + 1], actual_hex[3 * PATTERN_MISMATCH + 1];
	char place[PLACE_SIZE];

	n = least(n, PATTERN_MISMATCH);
	name_place(shape, connection, cursor, place, sizeof(place));
	to_hex(expected, pattern_expect(shape, connection, *cursor, expected, n),
	       expected_hex);
	to_hex(data, n, actual_hex);
	snprintf(text, size, "%s (reply %u, byte %u): expected %s, received %s", place,
		 cursor->sequence, cursor->offset, expected_hex, actual_hex);
}

void pattern_describe_surplus(const struct pattern_shape *shape, uint32_t connection,
			      const struct pattern_cursor *cursor, const uint8_t *data,
			      size_t n, char *text, size_t size)
{
	char hex[3 * PATTERN_MISMATCH + 1], place[PLACE_SIZE];

	name_place(shape, connection, cursor, place, sizeof(place));
	to_hex(data, least(n, PATTERN_MISMATCH), hex);
	snprintf(text, size,
		 "%s (after reply %u): expected nothing, received %zu bytes: %s", place,
		 cursor->sequence - 1, n, hex);
}

void pattern_describe_unasked(const uint8_t *data, size_t n, char *text, size_t size)
{
	char hex[3 * PATTERN_MISMATCH + 1];

	to_hex(data, least(n, PATTERN_MISMATCH), hex);
	snprintf(text, size,
		 "an idle connection: expected nothing, received %zu bytes: %s", n, hex);
}
