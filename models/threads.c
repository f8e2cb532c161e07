/* threads.c - see threads.h. */
#include "models/threads.h"

#include <signal.h>
#include <stdio.h>

#define NAME_SIZE 16 /* as the kernel keeps it */

void thread_set_name(pthread_t thread, const char *name, unsigned number)
{
	char digits[12], text[NAME_SIZE];
	int length = snprintf(digits, sizeof(digits), "/%u", number);

	snprintf(text, sizeof(text), "%.*s%s", NAME_SIZE - 1 - length, name, digits);
	(void)pthread_setname_np(thread, text); /* a help to who looks, no more */
}

int thread_start(pthread_t *ret_thread, const char *name, unsigned number,
		 void *(*function)(void *), void *argument)
{
	pthread_attr_t attributes;
	sigset_t of_main, former;

	sigemptyset(&of_main);
	sigaddset(&of_main, SIGTERM);
	sigaddset(&of_main, SIGINT);
	sigaddset(&of_main, SIGCHLD);
	pthread_attr_init(&attributes);
	(void)pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE);
	pthread_sigmask(SIG_BLOCK, &of_main, &former);
	int result = -pthread_create(ret_thread, &attributes, function, argument);
	pthread_sigmask(SIG_SETMASK, &former, NULL);
	pthread_attr_destroy(&attributes);
	if (result == 0)
		thread_set_name(*ret_thread, name, number);
	return result;
}
