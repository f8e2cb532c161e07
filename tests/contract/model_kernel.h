/* model_kernel.h - cases of model_kernel.c's list that live in model_kernel_options.c. */
#ifndef TESTS_CONTRACT_MODEL_KERNEL_H
#define TESTS_CONTRACT_MODEL_KERNEL_H

void entries_are_those_of_the_queue(void);
void buffers_take_their_memory(void);
void sq_cpu_is_where_the_thread_runs(void);
void sq_idle_is_how_long_the_thread_polls(void);

#endif
