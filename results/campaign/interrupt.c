/* interrupt.c - what a signal asks of a command that starts servers: to end soon. */
#include "results/campaign/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* What a signal handler can reach. */
static volatile int cancelled;

static void cancel(int signal)
{
	(void)signal;
	cancelled = 1;
}

const volatile int *interrupt_catch(void)
{
	struct sigaction action = {.sa_handler = cancel};

	cancelled = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	/* Who reads our table may go, a file may reach its limit: errors, not deaths. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return &cancelled;
}
