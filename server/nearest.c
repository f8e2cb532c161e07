/* nearest.c - the word that somebody probably meant. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "server/options.h"

#define WORD_MAX 48 /* longer words are near nothing */

static int min3(int a, int b, int c)
{
	int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Names are lower case; who shouts means them all the same. */
static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Edits (insert, delete, replace, swap two neighbours) from one word to the other. */
static int edit_distance(const char *a, const char *b)
{
	int rows[3][WORD_MAX + 1], *last2 = rows[0], *last = rows[1], *now = rows[2];
	size_t a_len = strlen(a), b_len = strlen(b);

	for (size_t j = 0; j <= b_len; j++)
		last2[j] = last[j] = (int)j;
	for (size_t i = 1; i <= a_len; i++) {
		now[0] = (int)i;
		for (size_t j = 1; j <= b_len; j++) {
			int replaced = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
			now[j] = min3(last[j] + 1, now[j - 1] + 1, replaced);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = min3(now[j], last2[j - 2] + 1, now[j]);
		}
		int *spare = last2;
		last2 = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

/* The edits that still look like a slip: a third of the word; a beginning of at least
 * three letters counts as one edit. */
static int word_cost(const char *word, const char *candidate)
{
	size_t length = strlen(word);

	if (length >= 3 && strncasecmp(word, candidate, length) == 0)
		return 1;
	return edit_distance(word, candidate);
}

const char *nearest_word(const char *word, const char *const *words)
{
	size_t length = strlen(word);
	int best_cost = (int)(length < 3 ? 1 : length / 3) + 1;
	const char *best = NULL;

	if (length == 0 || length > WORD_MAX)
		return NULL;
	for (; *words; words++) {
		if (strlen(*words) > WORD_MAX)
			continue;
		int cost = word_cost(word, *words);
		if (cost < best_cost) {
			best_cost = cost;
			best = *words;
		}
	}
	return best;
}
