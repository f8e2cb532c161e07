/* test_coroutine.c - a coroutine goes on as it was left; stacks are guarded and re-used. */
#include "models/coroutine/coroutine.h"

#include <CUnit/CUnit.h>
#include <fenv.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/suite.h"

#if FIBER_TSAN
#define MANY 500 /* TSan has room for 8,000 fibers, and each is dear */
#else
#define MANY 5000
#endif

/* What a coroutine under test knows. */
struct state {
	struct coroutine *self;
	int steps;
	int rounding;
	uint64_t sum;
	size_t depth;
};

static void open_stacks(struct stacks *stacks)
{
	stacks_init(stacks, COROUTINE_STACK, sizeof(struct coroutine));
}

/* state->self is never NULL behind it. */
static void start(struct stacks *stacks, coroutine_function *function,
		  struct state *state)
{
	state->self = coroutine_new(stacks, function, state);
	if (!state->self)
		abort();
}

static void count_to_three(void *argument)
{
	struct state *state = argument;

	for (int i = 0; i < 3; i++) {
		state->steps++;
		coroutine_suspend(state->self);
	}
}

static void it_goes_on_where_it_stopped(void)
{
	struct stacks stacks;
	struct state state = {0};

	open_stacks(&stacks);
	start(&stacks, count_to_three, &state);
	for (int i = 1; i <= 3; i++) {
		coroutine_resume(state.self);
		CU_ASSERT_EQUAL(state.steps, i);
		CU_ASSERT_FALSE(state.self->ended);
	}
	coroutine_resume(state.self);
	CU_ASSERT_TRUE(state.self->ended);
	CU_ASSERT_EQUAL(state.steps, 3);
	coroutine_free(&stacks, state.self);
	stacks_release(&stacks);
}

/* Eight values that live across `pass_on`: more than there are callee-saved registers. */
static uint64_t mix(uint64_t seed, void (*pass_on)(struct coroutine *),
		    struct coroutine *coroutine)
{
	uint64_t a = seed, b = ~seed, c = seed * 3, d = seed ^ 0x5555, e = seed + 7,
		 f = seed << 9, g = seed >> 3, h = seed * seed;
	double x = (double)seed, y = x / 3;

	for (int i = 0; i < 100; i++) {
		pass_on(coroutine);
		a += b ^ h, b = b * 5 + c, c ^= d + 1, d += e, e = e * 9 + f, f ^= g,
			    g += h, h = h * 13 + a;
		x = x / 3 + y, y = y / 7 + 1;
	}
	return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ (uint64_t)(x * 1e6) ^ (uint64_t)(y * 1e6);
}

static void stay(struct coroutine *coroutine)
{
	(void)coroutine;
}

static void mix_and_suspend(void *argument)
{
	struct state *state = argument;

	state->sum = mix(4711, coroutine_suspend, state->self);
}

static void registers_are_kept(void)
{
	struct stacks stacks;
	struct state state = {0};

	open_stacks(&stacks);
	start(&stacks, mix_and_suspend, &state);
	CU_ASSERT_EQUAL(mix(42, coroutine_resume, state.self), mix(42, stay, NULL));
	coroutine_resume(state.self);
	CU_ASSERT_TRUE(state.self->ended);
	CU_ASSERT_EQUAL(state.sum, mix(4711, stay, NULL));
	coroutine_free(&stacks, state.self);
	stacks_release(&stacks);
}

static void round_upwards(void *argument)
{
	struct state *state = argument;

	state->steps = fegetround();
	fesetround(FE_UPWARD);
	coroutine_suspend(state->self);
	state->rounding = fegetround();
}

/* The x87's word and the SSE's: fesetround sets both, fegetround reads the former. */
static double third(void)
{
	volatile double one = 1, three = 3;

	return one / three;
}

static void rounding_is_a_coroutine_s_own(void)
{
	struct stacks stacks;
	struct state state = {0};
	double nearest = third();

	open_stacks(&stacks);
	start(&stacks, round_upwards, &state);
	fesetround(FE_DOWNWARD);
	double down = third();
	coroutine_resume(state.self);
	CU_ASSERT_EQUAL(fegetround(), FE_DOWNWARD);
	CU_ASSERT_TRUE(third() == down);
	fesetround(FE_TONEAREST);
	coroutine_resume(state.self);
	CU_ASSERT_EQUAL(fegetround(), FE_TONEAREST);
	CU_ASSERT_TRUE(third() == nearest);
	CU_ASSERT_EQUAL(state.rounding, FE_UPWARD);
#if !CONTEXT_UCONTEXT
	CU_ASSERT_EQUAL(state.steps, FE_TONEAREST); /* as when it was made */
#endif
	coroutine_free(&stacks, state.self);
	stacks_release(&stacks);
}

static size_t descend(const char *top, size_t depth)
{
	volatile char frame[256];

	frame[0] = frame[255] = (char)depth;
	if ((size_t)(top - (const char *)frame) >= depth)
		return (size_t)frame[0];
	return descend(top, depth) + (size_t)frame[255];
}

static void go_deep(void *argument)
{
	struct state *state = argument;

	state->sum = descend((const char *)state->self, state->depth);
	state->steps++;
}

static void a_stack_is_deep(void)
{
	struct stacks stacks;
	struct state state = {.depth = COROUTINE_STACK * 3 / 4};

	open_stacks(&stacks);
	for (int i = 0; i < 2; i++) {
		start(&stacks, go_deep, &state);
		coroutine_resume(state.self);
		CU_ASSERT_TRUE(state.self->ended);
		coroutine_free(&stacks, state.self);
	}
	CU_ASSERT_EQUAL(state.steps, 2);
	CU_ASSERT_EQUAL(stacks.made, 1);
	stacks_release(&stacks);
}

/* How a child ended that wrote one byte below the stack, or at its bottom. */
static int status_of_write(enum stacks_guard guard, int offset)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct stacks stacks;
		prctl(PR_SET_DUMPABLE, 0);
		signal(SIGSEGV, SIG_DFL); /* a sanitizer's report is not wanted */
		stacks_init(&stacks, COROUTINE_STACK, sizeof(struct stack));
		stacks.guard = guard;
		(void)stacks_take(&stacks); /* a second one has memory below it */
		struct stack *stack = stacks_take(&stacks);
		*(volatile char *)(stack->bottom + offset) = 1;
		_exit(stacks.unguarded == 0 ? 7 : 8);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	return status;
}

static void an_overflow_faults(void)
{
	int status;

	for (int guard = STACKS_GUARD_MARKER; guard <= STACKS_GUARD_MAPPING; guard++) {
		status = status_of_write(guard, -1);
		CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
		status = status_of_write(guard, 0);
		CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	}
	status = status_of_write(STACKS_GUARD_NONE, -1);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 8);
}

static void the_last_stack_given_is_the_next_taken(void)
{
	struct stacks stacks;
	struct stack *a, *b;

	open_stacks(&stacks);
	a = stacks_take(&stacks);
	b = stacks_take(&stacks);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	CU_ASSERT_PTR_NOT_EQUAL(a, b);
	stacks_give(&stacks, a);
	stacks_give(&stacks, b);
	CU_ASSERT_PTR_EQUAL(stacks_take(&stacks), b);
	CU_ASSERT_PTR_EQUAL(stacks_take(&stacks), a);
	CU_ASSERT_EQUAL(stacks.made, 2);
	stacks_release(&stacks);
}

static void tops_have_colours(void)
{
	struct stacks stacks;
	bool seen[64] = {false};
	int colours = 0;

	open_stacks(&stacks);
	for (int i = 0; i < 29; i++) {
		uintptr_t top = (uintptr_t)stacks_take(&stacks) % 4096 / 64;
		colours += !seen[top];
		seen[top] = true;
	}
	CU_ASSERT_EQUAL(colours, 29);
	stacks_release(&stacks);
}

/* Two mappings for each: Linux allows 65,530. */
static void stacks_outlast_the_mappings(void)
{
	struct stacks stacks;
	size_t count = 40000, usable = 0;

	stacks_init(&stacks, 8192, sizeof(struct stack));
	stacks.guard = STACKS_GUARD_MAPPING;
	for (size_t i = 0; i < count; i++) {
		struct stack *stack = stacks_take(&stacks);
		if (!stack)
			break;
		*stack->bottom = 1;
		usable++;
	}
	CU_ASSERT_EQUAL(usable, count);
	CU_ASSERT_EQUAL(stacks.unguarded, count - 16384);
	stacks_release(&stacks);
}

static void thousands_take_turns(void)
{
	struct stacks stacks;
	struct state *states = calloc(MANY, sizeof(*states));
	size_t ended = 0;

	open_stacks(&stacks);
	for (int i = 0; i < MANY; i++) {
		start(&stacks, count_to_three, &states[i]);
	}
	for (int round = 1; round <= 4; round++)
		for (int i = 0; i < MANY; i++)
			coroutine_resume(states[i].self);
	for (int i = 0; i < MANY; i++) {
		ended += states[i].self->ended && states[i].steps == 3;
		coroutine_free(&stacks, states[i].self);
	}
	CU_ASSERT_EQUAL(ended, MANY);
	stacks_release(&stacks);
	free(states);
}

static const struct test_case cases[] = {
	{"it goes on where it stopped", it_goes_on_where_it_stopped},
	{"registers are kept", registers_are_kept},
	{"rounding is a coroutine's own", rounding_is_a_coroutine_s_own},
	{"a stack is deep", a_stack_is_deep},
	{"an overflow faults", an_overflow_faults},
	{"the last stack given is the next taken",
	 the_last_stack_given_is_the_next_taken},
	{"tops have colours", tops_have_colours},
	{"stacks outlast the mappings", stacks_outlast_the_mappings},
	{"thousands take turns", thousands_take_turns},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("coroutine", cases) != 0;
}
