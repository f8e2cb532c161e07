/* interrupt.h - what a signal asks of a command that starts servers: to end soon. */
#ifndef RESULTS_CAMPAIGN_INTERRUPT_H
#define RESULTS_CAMPAIGN_INTERRUPT_H

/* From now on SIGINT, SIGTERM and SIGHUP make the word non-zero; SIGPIPE and SIGXFSZ
 * become errors of the writes that cause them. For the main thread of a command, once. */
const volatile int *interrupt_catch(void);

#endif
