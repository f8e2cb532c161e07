/* context.c - see context.h. */
#include "models/coroutine/context.h"

#include <stdint.h>

#if CONTEXT_UCONTEXT

/* makecontext(3) passes ints. */
static void context_start(unsigned function_high, unsigned function_low,
			  unsigned argument_high, unsigned argument_low)
{
	uint64_t function = (uint64_t)function_high << 32 | function_low;
	uint64_t argument = (uint64_t)argument_high << 32 | argument_low;

	((context_function *)(uintptr_t)function)((void *)(uintptr_t)argument);
}

void context_make(struct context *context, void *bottom, void *top,
		  context_function *function, void *argument)
{
	uint64_t f = (uintptr_t)function, a = (uintptr_t)argument;
	ucontext_t *registers = &context->registers;

	(void)getcontext(registers);
	registers->uc_stack.ss_sp = bottom;
	registers->uc_stack.ss_size = (size_t)((char *)top - (char *)bottom);
	registers->uc_link = NULL;
	makecontext(registers, (void (*)(void))context_start, 4, (unsigned)(f >> 32),
		    (unsigned)f, (unsigned)(a >> 32), (unsigned)a);
}

void context_switch(struct context *from, struct context *to)
{
	(void)swapcontext(&from->registers, &to->registers);
}

#else

/* The assembly: calls the function with the argument, both left in registers. */
void context_start(void);

#if defined(__x86_64__)

/* As context_switch pushes it. */
struct frame {
	uint32_t mxcsr;
	uint16_t x87_control;
	uint16_t unused;
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uint64_t resume;
};

static void frame_fill(struct frame *frame, uint64_t function, uint64_t argument)
{
	*frame = (struct frame){
		.r12 = function, .rbx = argument, .resume = (uintptr_t)context_start};
	__asm__("stmxcsr %0" : "=m"(frame->mxcsr));
	__asm__("fnstcw %0" : "=m"(frame->x87_control));
}

#else

struct frame {
	uint64_t x19, x20, x21_x29[9];
	uint64_t resume; /* x30 */
	uint64_t d8_d15[8];
	uint64_t fpcr;
	uint64_t unused;
};

static void frame_fill(struct frame *frame, uint64_t function, uint64_t argument)
{
	*frame = (struct frame){
		.x19 = argument, .x20 = function, .resume = (uintptr_t)context_start};
	__asm__("mrs %0, fpcr" : "=r"(frame->fpcr));
}

#endif

void context_make(struct context *context, void *bottom, void *top,
		  context_function *function, void *argument)
{
	uintptr_t aligned = (uintptr_t)top & ~(uintptr_t)15;
	struct frame *frame = (struct frame *)aligned - 1;

	(void)bottom;
	frame_fill(frame, (uintptr_t)function, (uintptr_t)argument);
	context->sp = frame;
}

#endif
