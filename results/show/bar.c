/* bar.c - a bar of a chart in a terminal. */
#include "results/show/bar.h"

#include <math.h>
#include <string.h>

/* The eighths, from the least. */
static const char *const eighths[] = {"",
				      "\xe2\x96\x8f",
				      "\xe2\x96\x8e",
				      "\xe2\x96\x8d",
				      "\xe2\x96\x8c",
				      "\xe2\x96\x8b",
				      "\xe2\x96\x8a",
				      "\xe2\x96\x89",
				      "\xe2\x96\x88"};

static char *put(char *at, const char *text)
{
	return stpcpy(at, text);
}

static int limit(double part, int most)
{
	if (!(part > 0))
		return 0;
	return part >= 1 ? most : (int)lrint(part * most);
}

void bar_format(double value, double high, int width, bool unicode, char *text)
{
	if (width > BAR_WIDTH_MAX)
		width = BAR_WIDTH_MAX;
	const int parts = limit(value, 8 * width);
	const int whole = unicode ? parts / 8 : (parts + 4) / 8;
	const int end = limit(high, width);
	int used = 0;

	for (; used < whole; used++)
		text = put(text, unicode ? eighths[8] : "#");
	if (unicode && parts % 8) {
		text = put(text, eighths[parts % 8]);
		used++;
	}
	for (; used < end - 1; used++)
		text = put(text, unicode ? "\xe2\x94\x80" : "-");
	if (used < end) {
		text = put(text, unicode ? "\xe2\x94\xa4" : "|");
		used++;
	}
	for (; used < width; used++)
		text = put(text, " ");
	*text = '\0';
}
