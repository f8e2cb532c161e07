/* bar.h - a bar of a chart in a terminal. */
#ifndef RESULTS_SHOW_BAR_H
#define RESULTS_SHOW_BAR_H

#include <stdbool.h>

#define BAR_WIDTH_MAX 400
#define BAR_TEXT_SIZE (4 * BAR_WIDTH_MAX + 1)

/*
 * A bar of `value` parts of `width` characters (all of 0 .. 1), padded with blanks to
 * `width`, and behind it a whisker to `high` where that is further: in Unicode with eighths
 * of a block, else in ASCII. `text` has BAR_TEXT_SIZE bytes.
 */
void bar_format(double value, double high, int width, bool unicode, char *text);

#endif
