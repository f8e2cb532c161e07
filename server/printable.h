/* printable.h - texts of others on a terminal: nothing that it would obey. */
#ifndef SERVER_PRINTABLE_H
#define SERVER_PRINTABLE_H

#include <stddef.h>

/* Replaces what is no text by '?', byte by byte: control characters (C0, DEL, C1), bytes that
 * are no UTF-8, and the marks that turn the direction of writing. */
void make_printable(char *text);

/* The number of characters of a text that is printable. */
size_t printable_width(const char *text);

#endif
