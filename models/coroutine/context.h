/*
 * context.h - what a thread keeps in registers, saved and restored without the kernel.
 *
 * A switch saves the callee-saved registers and the floating-point control words on the
 * stack it leaves and takes them from the one it enters: context_x86_64.S and
 * context_aarch64.S. Elsewhere, or where CONTEXT_UCONTEXT is 1, swapcontext(3) does it,
 * with two system calls per switch for a signal mask that nobody changed.
 */
#ifndef MODELS_COROUTINE_CONTEXT_H
#define MODELS_COROUTINE_CONTEXT_H

#include <stddef.h>

#ifndef CONTEXT_UCONTEXT
#if defined(__x86_64__) || defined(__aarch64__)
#define CONTEXT_UCONTEXT 0
#else
#define CONTEXT_UCONTEXT 1
#endif
#endif

#if CONTEXT_UCONTEXT
#include <ucontext.h>
struct context {
	ucontext_t registers;
};
#else
struct context {
	void *sp; /* known to the assembly: the first member */
};
#endif

typedef void context_function(void *argument);

/* The first switch to `context` calls function(argument) on the stack [bottom, top) with
 * the control words of who makes it. The function must not return. */
void context_make(struct context *context, void *bottom, void *top,
		  context_function *function, void *argument);

/* Goes on where `to` was left; returns when somebody switches to `from`. */
void context_switch(struct context *from, struct context *to);

#endif
