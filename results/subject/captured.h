/* captured.h - a program, run to its end, and what it said. */
#ifndef RESULTS_SUBJECT_CAPTURED_H
#define RESULTS_SUBJECT_CAPTURED_H

/* Runs `words` (ends with NULL; the first is a path) without input. Its exit status, 128 +
 * the signal that ended it, or -errno; with the last line that it printed, on stdout or
 * stderr, in *ret_line, which the caller frees (NULL: no memory). */
int captured_run(char *const *words, char **ret_line);

/* The same with all that it printed. */
int captured_all(char *const *words, char **ret_text);

#endif
