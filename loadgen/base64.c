/* base64.c - bytes as text and back. */
#include "loadgen/base64.h"

#include <stdbool.h>
#include <string.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char digit(uint32_t bits)
{
	return digits[bits & 63];
}

void base64_encode(const uint8_t *bytes, size_t length, char *text)
{
	for (size_t i = 0; i < length; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16;
		if (i + 1 < length)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < length)
			group |= bytes[i + 2];
		*text++ = digit(group >> 18);
		*text++ = digit(group >> 12);
		*text++ = '=';
		*text++ = '=';
		if (i + 1 < length)
			text[-2] = digit(group >> 6);
		if (i + 2 < length)
			text[-1] = digit(group);
	}
	*text = '\0';
}

/* -1 where it is none. */
static int value_of(char letter)
{
	const char *found = letter ? strchr(digits, letter) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Four characters, `padding` of them being '='. */
static bool decode_group(const char *text, size_t padding, uint8_t *bytes)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = i < 4 - padding ? value_of(text[i]) : 0;
		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
	}
	for (size_t i = 0; i < 3 - padding; i++)
		bytes[i] = (uint8_t)(group >> (16 - 8 * i));
	return true;
}

ptrdiff_t base64_decode(const char *text, size_t length, uint8_t *bytes)
{
	size_t padding = 0;

	if (length % 4 != 0)
		return -1;
	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < length / 4; i++)
		if (!decode_group(text + 4 * i, i == length / 4 - 1 ? padding : 0,
				  bytes + 3 * i))
			return -1;
	return (ptrdiff_t)(length / 4 * 3 - padding);
}
