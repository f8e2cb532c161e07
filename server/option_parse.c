/* option_parse.c - a command's line: getopt_long driven by the table, and --help. */
#include "server/option_manual.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define OPTION_FIRST 256 /* getopt's value for the table's first line: beyond any char */
#define HELP_COLUMN  28

/* The table in getopt's words; `--help` is in every one. */
static void getopt_table(const struct option_spec *table, struct option *longs)
{
	int count = 0;

	for (; table->name; table++, count++) {
		assert(count < OPTIONS_MAX);
		longs[count] = (struct option){
			table->name,
			table->type == OPTION_FLAG ? no_argument : required_argument,
			NULL, OPTION_FIRST + count};
	}
	longs[count] = (struct option){"help", optional_argument, NULL, 'h'};
	longs[count + 1] = (struct option){NULL, 0, NULL, 0};
}

static void print_usage(const struct option_command *command, FILE *out)
{
	fprintf(out, "usage: iomodels %s%s%s [options]\n", command->name,
		command->operands ? " " : "", command->operands ? command->operands : "");
}

static void print_option(const struct option_spec *spec)
{
	char left[128], choices[OPTION_ERROR_SIZE] = "";
	const char *metavar = spec->type == OPTION_FLAG ? NULL : spec->metavar;

	snprintf(left, sizeof(left), "--%s%s%s", spec->name, metavar ? " " : "",
		 metavar ? metavar : "");
	printf("  %-*s %s", HELP_COLUMN, left, spec->help);
	if (spec->type == OPTION_CHOICE)
		option_accepts(spec, choices, sizeof(choices));
	if (choices[0] && spec->fallback)
		printf(" (%s; default %s)", choices, spec->fallback);
	else if (choices[0])
		printf(" (%s)", choices);
	else if (spec->fallback)
		printf(" (default %s)", spec->fallback);
	putchar('\n');
}

static void print_help(const struct option_command *command)
{
	print_usage(command, stdout);
	printf("\n%s\n\n", command->summary);
	for (const struct option_spec *spec = command->options; spec->name; spec++)
		print_option(spec);
	printf("  %-*s %s\n", HELP_COLUMN, "-h, --help", "this text");
	if (command->epilogue)
		printf("\n%s\n", command->epilogue);
}

/* --help=FORMAT; -ECANCELED, or -EINVAL after one line. */
static int help(const struct option_command *command, const char *format)
{
	if (!format || strcmp(format, "text") == 0) {
		print_help(command);
	} else if (strcmp(format, "man") == 0) {
		options_print_man(command);
	} else if (strcmp(format, "words") == 0) {
		options_print_words(command);
	} else {
		error_usage("%s: --help '%s': accepted is text|man|words", command->name,
			    format);
		return -EINVAL;
	}
	return -ECANCELED;
}

/* getopt refused argv[optind - 1], or the short option `optopt`. */
static int refuse(const struct option_command *command, char **argv)
{
	char name[64];
	const char *text = argv[optind - 1];

	if (optopt >= OPTION_FIRST) {
		error_usage("%s: '%s': this option takes no value", command->name, text);
		return -EINVAL;
	}
	if (optopt != 0) {
		error_usage(
			"%s: unknown option '-%c'; options are written out, `iomodels %s "
			"--help` lists them",
			command->name, optopt, command->name);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text + 2, "="), text + 2);
	const char *near = option_nearest(command->options, name);
	error_usage("%s: unknown option '--%s'%s%s; `iomodels %s --help` lists them",
		    command->name, name, near ? ", did you mean --" : "",
		    near ? near : "", command->name);
	return -EINVAL;
}

static int missing_value(const struct option_command *command, int option)
{
	const struct option_spec *spec = &command->options[option - OPTION_FIRST];
	char accepted[OPTION_ERROR_SIZE];

	option_accepts(spec, accepted, sizeof(accepted));
	error_usage("%s: --%s needs a value: accepted is %s", command->name, spec->name,
		    accepted);
	return -EINVAL;
}

static int apply(const struct option_command *command, int option, void *values)
{
	const struct option_spec *spec = &command->options[option - OPTION_FIRST];
	const char *text = spec->type == OPTION_FLAG ? "yes" : optarg;
	char error[OPTION_ERROR_SIZE];

	if (option_set(spec, text, values, error, sizeof(error)) == 0)
		return 0;
	error_usage("%s: --%s", command->name, error);
	return -EINVAL;
}

static int parse_options(const struct option_command *command, int argc, char **argv,
			 void *values)
{
	struct option longs[OPTIONS_MAX + 2];
	int result = 0, option;

	getopt_table(command->options, longs);
	optind = 0; /* glibc: forget an earlier parse, whose argv may be gone */
	opterr = 0;
	while (result == 0 &&
	       (option = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (option == 'h') {
			result = help(command, optarg);
		} else if (option == ':') {
			result = missing_value(command, optopt);
		} else if (option == '?') {
			result = refuse(command, argv);
		} else {
			result = apply(command, option, values);
		}
	}
	return result;
}

static int check_operands(const struct option_command *command, int count,
			  char **operands)
{
	if (count > command->max_operands) {
		const char *accepted =
			command->operands ? command->operands : "no operand";
		error_usage("%s: unexpected operand '%s': accepted is %s", command->name,
			    operands[command->max_operands], accepted);
		return -EINVAL;
	}
	if (count < command->min_operands) {
		error_usage("%s: no %s given; usage: iomodels %s %s [options]",
			    command->name, command->operands, command->name,
			    command->operands);
		return -EINVAL;
	}
	return count;
}

/* A command that ends here never sees its values: nobody else could free the lists. */
static void release_lists(const struct option_spec *table, void *values)
{
	for (; table->name; table++)
		if (table->type == OPTION_REPEAT)
			option_list_release((void *)((char *)values + table->offset));
}

int options_parse(const struct option_command *command, int argc, char **argv,
		  void *values, size_t size, char ***ret_operands)
{
	options_defaults(command->options, values, size);
	int result = parse_options(command, argc, argv, values);
	if (result == 0)
		result = check_operands(command, argc - optind, argv + optind);
	if (result < 0) {
		release_lists(command->options, values);
		return result;
	}
	*ret_operands = argv + optind;
	return result;
}

int options_exit_status(int result)
{
	if (result >= 0 || result == -ECANCELED)
		return EXIT_VALID;
	return result == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}
