/* base64.h - bytes as text and back: RFC 4648 section 4, padded, without line breaks. */
#ifndef LOADGEN_BASE64_H
#define LOADGEN_BASE64_H

#include <stddef.h>
#include <stdint.h>

#define BASE64_SIZE(bytes) (((bytes) + 2) / 3 * 4 + 1) /* of the text, its 0 included */

void base64_encode(const uint8_t *bytes, size_t length, char *text);

/* `bytes` has room for length / 4 * 3. Their number, or -1 where the text is not base64. */
ptrdiff_t base64_decode(const char *text, size_t length, uint8_t *bytes);

#endif
