/* child.c - see child.h. */
#include "models/child.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

/* For the handler. One child is one process: there is no second set of these. */
static volatile sig_atomic_t held_fd, listener_fd, other_fd;
static volatile sig_atomic_t stop_signal; /* 0: none came */

static void end_input(void)
{
	if (held_fd >= 0 && stop_signal != 0)
		(void)shutdown(held_fd,
			       stop_signal == CHILDREN_CUT ? SHUT_RDWR : SHUT_RD);
}

static void on_stop(int number)
{
	int error = errno;

	if (stop_signal != CHILDREN_CUT)
		stop_signal = number;
	if (listener_fd >= 0)
		(void)dup2(other_fd, listener_fd);
	end_input();
	errno = error;
}

void child_begin(const struct children *children, int listener, int other)
{
	struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};

	held_fd = -1;
	listener_fd = listener;
	other_fd = other;
	stop_signal = 0;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaddset(&action.sa_mask, CHILDREN_CUT);
	sigaction(SIGTERM, &action, NULL);
	sigaction(CHILDREN_CUT, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, NULL);
	children_unmask(children);
}

void child_hold(int fd)
{
	held_fd = fd;
	end_input(); /* the signal may have come before the name */
}

bool child_is_stopping(void)
{
	return stop_signal != 0;
}
