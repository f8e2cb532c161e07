/*
 * messages.c - what a command says on stderr: errors, warnings, the progress line.
 *
 * A message is one line whatever the user typed: what is not printable in quoted values
 * becomes '?', and what does not fit is cut.
 */
#include "server/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "server/printable.h"

#define MESSAGE_SIZE 2048

/* The terminal is one per process, and so is this; the commands' main thread uses it. */
static struct {
	bool enabled;
	bool terminal;
	bool shown;
} progress;

static void format_line(char *line, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

static void format_line(char *line, const char *format, va_list arguments)
{
	line[0] = '\0';
	if (vsnprintf(line, MESSAGE_SIZE, format, arguments) >= MESSAGE_SIZE)
		memcpy(line + MESSAGE_SIZE - 4, "...", 4);
	make_printable(line);
}

static void print_message(const char *format, va_list arguments)
	__attribute__((format(printf, 1, 0)));

static void print_message(const char *format, va_list arguments)
{
	char line[MESSAGE_SIZE];

	format_line(line, format, arguments);
	progress_clear();
	fprintf(stderr, "iomodels: %s\n", line);
}

int error_usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
	return EXIT_USAGE;
}

int error_failed(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

void warn_user(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
}

bool progress_enable(bool force)
{
	progress.terminal = isatty(STDERR_FILENO) == 1;
	progress.enabled = progress.terminal || force;
	return progress.enabled;
}

/* A line longer than the terminal would wrap, and \r could not take it back. */
static int terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
		return 79;
	return size.ws_col - 1;
}

void progress_line(const char *format, ...)
{
	char line[MESSAGE_SIZE];
	va_list arguments;

	if (!progress.enabled)
		return;
	va_start(arguments, format);
	format_line(line, format, arguments);
	va_end(arguments);
	if (!progress.terminal) {
		fprintf(stderr, "%s\n", line);
		return;
	}
	fprintf(stderr, "\r\033[K%.*s", terminal_width(), line);
	progress.shown = true;
}

void progress_clear(void)
{
	if (!progress.shown)
		return;
	fputs("\r\033[K", stderr);
	progress.shown = false;
}
