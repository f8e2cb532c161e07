/* test_messages.c - stderr: one line per message, and a progress line that gives way. */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/suite.h"

static char said[8192];

/* What `talk` wrote to a stderr that is `target`, read back from `source`. */
static void capture(void (*talk)(void), int target, int source)
{
	int saved = dup(STDERR_FILENO);

	fflush(stderr);
	dup2(target, STDERR_FILENO);
	talk();
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	size_t length = 0;
	ssize_t n; /* a terminal may hand its bytes over in several parts */
	while ((n = read(source, said + length, sizeof(said) - 1 - length)) > 0)
		length += (size_t)n;
	said[length] = '\0';
}

static void through_a_pipe(void (*talk)(void))
{
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_NONBLOCK), 0);
	capture(talk, ends[1], ends[0]);
	close(ends[0]);
	close(ends[1]);
}

/* A terminal of 20 columns that passes bytes on as they are; false: there is none here. */
static bool on_a_terminal(void (*talk)(void))
{
	struct winsize size = {.ws_row = 5, .ws_col = 20};
	struct termios raw;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return false;
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	tcgetattr(slave, &raw);
	cfmakeraw(&raw);
	tcsetattr(slave, TCSANOW, &raw);
	ioctl(slave, TIOCSWINSZ, &size);
	capture(talk, slave, master);
	close(slave);
	close(master);
	return true;
}

static void talk_of_errors(void)
{
	char longer[4000];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	CU_ASSERT_EQUAL(error_usage("bad '%s'", "a\nb\t\x7f\033[2J"), EXIT_USAGE);
	CU_ASSERT_EQUAL(error_failed("%d", 5), EXIT_FAILED);
	warn_user("%s", longer);
}

static void messages_are_one_line_each(void)
{
	through_a_pipe(talk_of_errors);
	const char *rest = said + strlen("iomodels: bad 'a?b???[2J'\niomodels: 5\n");
	CU_ASSERT_EQUAL(strncmp(said, "iomodels: bad 'a?b???[2J'\niomodels: 5\n",
				(size_t)(rest - said)),
			0);
	CU_ASSERT_EQUAL(strncmp(rest, "iomodels: xxxx", 14), 0);
	CU_ASSERT(strlen(rest) < 3000);
	CU_ASSERT_STRING_EQUAL(said + strlen(said) - 5, "x...\n");
}

static void talk_unasked(void)
{
	(void)progress_enable(false);
	progress_line("half");
	progress_clear();
}

static void talk_when_forced(void)
{
	(void)progress_enable(true);
	progress_line("%d %%", 50);
	progress_line("75 %%");
	error_failed("stopped");
}

static void progress_off_a_terminal_is_asked_for(void)
{
	through_a_pipe(talk_unasked);
	CU_ASSERT_STRING_EQUAL(said, "");
	through_a_pipe(talk_when_forced);
	CU_ASSERT_STRING_EQUAL(said, "50 %\n75 %\niomodels: stopped\n");
}

static void talk_on_a_terminal(void)
{
	(void)progress_enable(false);
	progress_line("1 of 2");
	progress_line("a line longer than the terminal");
	error_failed("stopped");
	progress_clear();
}

static void progress_on_a_terminal_is_rewritten(void)
{
	if (!on_a_terminal(talk_on_a_terminal)) {
		printf("no pseudo-terminal here ");
		return;
	}
	CU_ASSERT_STRING_EQUAL(said, "\r\033[K1 of 2\r\033[Ka line longer than "
				     "\r\033[Kiomodels: stopped\n");
}

int main(void)
{
	static const struct test_case cases[] = {
		{"messages are one line each", messages_are_one_line_each},
		{"progress off a terminal is asked for",
		 progress_off_a_terminal_is_asked_for},
		{"progress on a terminal is rewritten",
		 progress_on_a_terminal_is_rewritten},
		{NULL, NULL},
	};

	return test_suite_run("messages", cases) != 0;
}
