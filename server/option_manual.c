/* option_manual.c - a command's table of options as roff, and as words for completion. */
#include "server/option_manual.h"

#include <stdio.h>
#include <string.h>

/* One character of a text: what roff would take for its own, or set as a typographic sign. */
static void print_escaped(char c)
{
	static const char special[] = "\\-'`^~";
	static const char *const escapes[] = {"\\e",   "\\-",   "\\(aq",
					      "\\(ga", "\\(ha", "\\(ti"};
	const char *found = strchr(special, c);

	if (c && found)
		fputs(escapes[found - special], stdout);
	else
		putchar(c);
}

/* Text within a line that begins with something else. */
static void print_text(const char *text)
{
	for (; *text; text++)
		print_escaped(*text);
}

/* Lines of text; an empty one begins a paragraph. */
static void print_lines(const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && *text == '\n') {
			fputs(".PP", stdout);
		} else if (at_start && *text == '.') {
			fputs("\\&", stdout);
		}
		at_start = *text == '\n';
		print_escaped(*text);
	}
	putchar('\n');
}

/* What is accepted and not yet in the words of the help; of CPUs it would be this machine's. */
static void describe_limits(const struct option_spec *spec, char *text, size_t size)
{
	switch (spec->type) {
	case OPTION_COUNT:
	case OPTION_SIZE:
	case OPTION_RATE:
	case OPTION_DURATION:
		option_range(spec, text, size);
		break;
	case OPTION_CHOICE:
		option_accepts(spec, text, size);
		break;
	default:
		text[0] = '\0';
	}
}

static void print_limits(const struct option_spec *spec)
{
	char limits[OPTION_ERROR_SIZE];

	describe_limits(spec, limits, sizeof(limits));
	if (!limits[0] && !spec->fallback)
		return;
	fputs(" (", stdout);
	print_text(limits);
	if (spec->fallback) {
		fputs(limits[0] ? "; default " : "default ", stdout);
		print_text(spec->fallback);
	}
	putchar(')');
}

static void print_option(const struct option_spec *spec)
{
	fputs(".TP\n\\fB\\-\\-", stdout);
	print_text(spec->name);
	fputs("\\fR", stdout);
	if (spec->type != OPTION_FLAG && spec->metavar) {
		fputs(" \\fI", stdout);
		print_text(spec->metavar);
		fputs("\\fR", stdout);
	}
	fputs("\n\\&", stdout);
	print_text(spec->help);
	print_limits(spec);
	putchar('\n');
}

void options_print_man(const struct option_command *command)
{
	printf(".SS %s\n\\fBiomodels %s\\fR ", command->name, command->name);
	if (command->operands) {
		fputs("\\fI", stdout);
		print_text(command->operands);
		fputs("\\fR ", stdout);
	}
	puts("[\\fIoptions\\fR]\n.PP");
	print_lines(command->summary);
	for (const struct option_spec *spec = command->options; spec->name; spec++)
		print_option(spec);
	if (!command->epilogue)
		return;
	puts(".PP");
	print_lines(command->epilogue);
}

void options_print_words(const struct option_command *command)
{
	if (command->operands)
		printf("operand\t%s\n", command->operands);
	for (const struct option_spec *spec = command->options; spec->name; spec++) {
		const bool choices = spec->type == OPTION_CHOICE;
		printf("option\t--%s\t%s\t%s\t", spec->name, option_type_name(spec->type),
		       spec->metavar && spec->type != OPTION_FLAG ? spec->metavar : "-");
		for (const char *const *c = spec->choices; choices && *c; c++)
			printf("%s%s", c == spec->choices ? "" : " ", *c);
		putchar('\n');
	}
}
