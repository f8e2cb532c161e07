/*
 * options.h - option tables: what every command and every model accepts.
 *
 * One table serves parsing (getopt_long), --help with defaults (--help=man: as a section of
 * the manual; --help=words: for completion), and the `options` of `iomodels list --json`. Values land in a struct of the caller's by offset. Also the one
 * place beside main.c that writes to stderr.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTION_ERROR_SIZE 512
#define OPTIONS_MAX       64 /* lines of one table */

enum exit_status {
	EXIT_VALID = 0,
	EXIT_FAILED = 1, /* iomodels itself failed */
	EXIT_USAGE = 2,
	EXIT_CLIENT_LIMITED = 3,
	EXIT_UNSTABLE = 4,
	EXIT_CORRUPT = 5,
	EXIT_SERVER_ERRORS = 6,
	EXIT_REQUIREMENT = 7, /* a --require not met */
	EXIT_INTERRUPTED = 130
};

enum option_type {                  /* stored as */
		   OPTION_FLAG,     /* bool; takes no value on the command line */
		   OPTION_COUNT,    /* int64_t: a whole number */
		   OPTION_SIZE,     /* int64_t bytes: k M mean 1024 */
		   OPTION_RATE,     /* double per second: k M mean 1000 */
		   OPTION_DURATION, /* int64_t nanoseconds: ns us ms s m, unit required */
		   OPTION_TEXT,     /* const char *, borrowed from the argument */
		   OPTION_CHOICE,   /* int: index into `choices` */
		   OPTION_CPUS,     /* cpu_set_t: "0-3,6" */
		   OPTION_REPEAT    /* struct option_list: every occurrence */
};

struct option_list {
	const char **items; /* freed with option_list_release; the texts are borrowed */
	int count;
};

struct option_spec {
	const char *name; /* long option, or key of a model's option list */
	const char *metavar;
	const char *help;
	enum option_type type;
	size_t offset; /* of the value in the caller's struct */
	const char
		*fallback; /* the default as a user types it; NULL: zeroed = not given */
	int64_t min, max;  /* numbers, in the stored unit; max 0: no upper bound */
	const char *const *choices; /* OPTION_CHOICE: ends with NULL */
};

struct option_command {
	const char *name;     /* "load" */
	const char *summary;  /* one line */
	const char *operands; /* "ADDR" in the usage line; NULL: none */
	int min_operands, max_operands;
	const struct option_spec *options; /* ends with .name NULL */
	const char *epilogue;              /* --help's last paragraph; optional */
};

/*
 * Zeroes `values` (of `size` bytes), applies the defaults, then argv[1..]. Returns the
 * number of operands, whose start is stored in *ret_operands; or, when the command is to
 * end now, -EINVAL (one line was printed: exit EXIT_USAGE) or -ECANCELED (--help was
 * printed: exit 0): then lists in `values` are released already. Operands may stand before,
 * between and behind the options; argv is reordered.
 */
int options_parse(const struct option_command *command, int argc, char **argv,
		  void *values, size_t size, char ***ret_operands);

/* The exit status for a negative result of options_parse. */
int options_exit_status(int result);

/* Zeroes `values` and applies the defaults of a table. The defaults must parse. */
void options_defaults(const struct option_spec *table, void *values, size_t size);

/* Sets one value from text; 0, or -EINVAL (-ENOMEM) with one line in `error` that begins
 * with the option's name and names the value and what is accepted. A flag's values are yes
 * and no. CPUs outside the process's affinity are refused. */
int option_set(const struct option_spec *spec, const char *text, void *values,
	       char *error, size_t error_size);

/* "key=value,key=value" (NULL and "" are fine) over values that hold the defaults
 * already. `scratch` receives a copy of the text that borrowed values point into; the
 * caller frees it when the values are no longer used; on failure there is none. A flag's
 * key may stand alone. An unknown key names the nearest known one. `table` may be NULL. */
int options_parse_pairs(const struct option_spec *table, const char *text, void *values,
			char **ret_scratch, char *error, size_t error_size);

/* Joins two tables into `ret_table` (OPTIONS_MAX lines): `own`, and behind it those of `base`
 * but for the options of `changed` (NULL: none), which stand in their places; one without a
 * help is left out. */
void options_join(struct option_spec *ret_table, const struct option_spec *own,
		  const struct option_spec *base, const struct option_spec *changed);

const struct option_spec *option_find(const struct option_spec *table, const char *name);

/* The name of the table closest to `name`, or NULL when none is near. */
const char *option_nearest(const struct option_spec *table, const char *name);

/* The option's accepted values in words: "bytes (k and M mean 1024), 1 to 64M",
 * "select|poll|epoll". */
void option_accepts(const struct option_spec *spec, char *text, size_t size);

/* The bounds of a number, without how it is written: "0 to 64M", "1 or more". */
void option_range(const struct option_spec *spec, char *text, size_t size);

/* The name of the type as `list --json` shows it. */
const char *option_type_name(enum option_type type);

void option_list_release(struct option_list *list);

/* The word of `words` (ends with NULL) closest to `word`, or NULL when none is near. */
const char *nearest_word(const char *word, const char *const *words);

/* Values as text and back, for plans and tables. 0, or -EINVAL for anything but the whole
 * text: signs, blanks, exponents, overflow, fractions of a byte or a nanosecond. */
int parse_count(const char *text, int64_t *ret_value);
int parse_size(const char *text, int64_t *ret_bytes);
int parse_rate(const char *text, double *ret_per_second);
int parse_duration(const char *text, int64_t *ret_ns);
int parse_cpus(const char *text, cpu_set_t *ret_cpus);
void format_duration(int64_t ns, char *text,
		     size_t size); /* "1.5ms": the shortest exact */
void format_size(int64_t bytes, char *text, size_t size); /* "16k": the shortest exact */
void format_cpus(const cpu_set_t *cpus, char *text, size_t size); /* "0-3,6" */

/* "iomodels: ..." and a newline on stderr. error_usage returns EXIT_USAGE, error_failed
 * EXIT_FAILED, to end a command with. */
int error_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
int error_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warn_user(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The progress line on stderr, rewritten in place; nothing unless progress_enable was
 * called (by a command, when stderr is a terminal or --progress is given), which returns
 * whether lines will be shown. progress_clear
 * removes it before other output. On no terminal each line stands by itself. */
bool progress_enable(bool force);
void progress_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void progress_clear(void);

#endif
