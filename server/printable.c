/* printable.c - texts of others on a terminal. */
#include "server/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The length of the UTF-8 sequence at `s` and its character; 1 and 0: it is none. */
static size_t decode(const unsigned char *s, uint32_t *ret_character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const size_t length = s[0] < 0x80             ? 1
			      : (s[0] & 0xe0) == 0xc0 ? 2
			      : (s[0] & 0xf0) == 0xe0 ? 3
			      : (s[0] & 0xf8) == 0xf0 ? 4
						      : 0;
	uint32_t character = length == 1 ? s[0] : s[0] & (0x7fu >> length);

	*ret_character = 0;
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 1;
		character = character << 6 | (s[i] & 0x3f);
	}
	if (length == 0 || character < least[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 1;
	*ret_character = character;
	return length;
}

static bool is_text(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0x200e && c != 0x200f &&
	       !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

void make_printable(char *text)
{
	uint32_t character;

	for (size_t length; *text; text += length) {
		length = decode((unsigned char *)text, &character);
		if (!is_text(character))
			memset(text, '?', length);
	}
}

size_t printable_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}
