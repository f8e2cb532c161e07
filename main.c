/* main.c - the table of sub-commands; hands those that need it the gallery. */
#include <stdio.h>
#include <string.h>

#include "loadgen/load.h"
#include "models/registry.h"
#include "results/calibration/calibrate.h"
#include "results/campaign/run.h"
#include "results/check/command.h"
#include "results/compare/compare.h"
#include "results/list.h"
#include "results/plan/names.h"
#include "results/report/report.h"
#include "results/search/search.h"
#include "results/show/show.h"
#include "results/subject/peers.h"
#include "results/tasks/command.h"
#include "results/tasks/row.h"
#include "server/options.h"
#include "server/serve.h"

struct command {
	const char *name;
	const char *summary;
	int (*run)(const struct io_catalogue *catalogue, int argc, char **argv);
};

static int load(const struct io_catalogue *catalogue, int argc, char **argv)
{
	(void)catalogue; /* the ruler knows nothing of its subjects */
	return load_command(argc, argv);
}

static int show(const struct io_catalogue *catalogue, int argc, char **argv)
{
	return show_command(catalogue, tasks_columns, argc, argv);
}

static int compare(const struct io_catalogue *catalogue, int argc, char **argv)
{
	return compare_command(catalogue, tasks_columns, argc, argv);
}

static int report(const struct io_catalogue *catalogue, int argc, char **argv)
{
	return report_command(catalogue, tasks_columns, argc, argv);
}

static const struct command commands[] = {
	{"list", "the models, selectors and plans there are, or why not", list_command},
	{"serve", "run one model on one address", serve_command},
	{"load", "drive any echo server, verify every byte, print the numbers", load},
	{"run", "measure a plan: every server of it, row by row, into a directory",
	 run_command},
	{"show", "what was measured, again: a table, a chart, or another format", show},
	{"compare", "what changed between two results, and how sure that is", compare},
	{"report", "what was measured as one page, for a browser", report},
	{"check", "whether the new of two servers is slower, with few false alarms",
	 check_command},
	{"search", "the highest rate at which response times keep an objective",
	 search_command},
	{"calibrate", "what the load generator costs on this machine, engine by engine",
	 calibrate_command},
	{"tasks", "the pool experiment: CPU-bound or waiting tasks, no sockets",
	 tasks_command},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
	puts("usage: iomodels COMMAND [options]\n\n"
	     "Which I/O model serves this workload best on this machine?\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].summary);
	puts("\n`iomodels COMMAND --help` lists a command's options; `iomodels --version` the\n"
	     "libraries it was built with.");
}

/* The name of a format behind "--help", "" where there is none; NULL: it is another word. */
static const char *help_format(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return "";
	return strncmp(word, "--help=", strlen("--help=")) == 0 ? word + strlen("--help=")
								: NULL;
}

static int unknown_command(const char *name)
{
	const char *names[COMMAND_COUNT + 1] = {NULL};

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	const char *near = nearest_word(name, names);
	return error_usage("unknown command '%s'%s%s; `iomodels --help` lists them", name,
			   near ? ", did you mean " : "", near ? near : "");
}

/* With the interpreter that Python peers have unless the command is given another. */
static int run_command_with_peers(const struct command *command, int argc, char **argv)
{
	struct io_catalogue catalogue = io_catalogue;
	struct peers peers;

	peers_init(&peers);
	catalogue.peers = &peers;
	const int status = command->run(&catalogue, argc, argv);
	peers_release(&peers);
	return status;
}

/* What every command says to `word`, --help=man or --help=words. */
static int help_of_all(char *word)
{
	const bool words = strcmp(word, "--help=words") == 0;
	int status = EXIT_VALID;

	if (words)
		names_print(&io_catalogue);
	for (size_t i = 0; i < COMMAND_COUNT && status == EXIT_VALID; i++) {
		char *arguments[] = {(char *)commands[i].name, word, NULL};
		if (words)
			printf("command\t%s\n", commands[i].name);
		status = run_command_with_peers(&commands[i], 2, arguments);
	}
	return status;
}

static int help(char *word, const char *format)
{
	if (strcmp(format, "man") == 0 || strcmp(format, "words") == 0)
		return help_of_all(word);
	if (format[0] && strcmp(format, "text") != 0)
		return error_usage("--help '%s': accepted is text|man|words", format);
	print_help();
	return EXIT_VALID;
}

int main(int argc, char **argv)
{
	char error[OPTION_ERROR_SIZE];

	if (argc < 2)
		return error_usage("no command; `iomodels --help` lists them");
	if (help_format(argv[1]))
		return help(argv[1], help_format(argv[1]));
	if (strcmp(argv[1], "--version") == 0) {
		version_print();
		return EXIT_VALID;
	}
	if (io_models_check(io_catalogue.models, error) < 0)
		return error_failed("%s", error);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run_command_with_peers(&commands[i], argc - 1, argv + 1);
	return unknown_command(argv[1]);
}
