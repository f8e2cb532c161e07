/*
 * fiber.h - tells the sanitizers which stack is in use; nothing without them.
 *
 * A switch is announced right before it by who leaves and confirmed right after it by who
 * arrives. Untold, AddressSanitizer takes frames of another stack for wild memory, and
 * ThreadSanitizer mixes the histories of all coroutines of a thread.
 */
#ifndef MODELS_COROUTINE_FIBER_H
#define MODELS_COROUTINE_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#elif __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#endif

#if FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>

/* What the thread allocates from now on is no leak (true), or may be one. */
static inline void fiber_leaks(bool are_none)
{
	if (are_none)
		__lsan_disable();
	else
		__lsan_enable();
}

struct fiber {
	void *frames; /* ASan's own, while it does not run */
	const void *bottom;
	size_t size;
	void *resumer_frames;
	const void *resumer_bottom;
	size_t resumer_size;
};

static inline void fiber_init(struct fiber *fiber, const void *bottom, const void *top)
{
	*fiber = (struct fiber){
		.bottom = bottom,
		.size = (size_t)((const char *)top - (const char *)bottom)};
}

static inline void fiber_release(struct fiber *fiber)
{
	(void)fiber;
}

/* resume: leave ->  switch  -> enter .. suspend: exit -> switch -> return */
static inline void fiber_leave(struct fiber *fiber)
{
	__sanitizer_start_switch_fiber(&fiber->resumer_frames, fiber->bottom,
				       fiber->size);
}

static inline void fiber_enter(struct fiber *fiber)
{
	__sanitizer_finish_switch_fiber(fiber->frames, &fiber->resumer_bottom,
					&fiber->resumer_size);
}

static inline void fiber_exit(struct fiber *fiber, bool for_ever)
{
	__sanitizer_start_switch_fiber(for_ever ? NULL : &fiber->frames,
				       fiber->resumer_bottom, fiber->resumer_size);
}

static inline void fiber_return(struct fiber *fiber)
{
	__sanitizer_finish_switch_fiber(fiber->resumer_frames, NULL, NULL);
}

static inline void fiber_forget_frames(void *bottom, void *top)
{
	__asan_unpoison_memory_region(bottom, (size_t)((char *)top - (char *)bottom));
}

#elif FIBER_TSAN
#include <sanitizer/tsan_interface.h>

struct fiber {
	void *self;
	void *resumer;
};

static inline void fiber_init(struct fiber *fiber, const void *bottom, const void *top)
{
	(void)bottom, (void)top;
	fiber->self = __tsan_create_fiber(0);
}

static inline void fiber_release(struct fiber *fiber)
{
	__tsan_destroy_fiber(fiber->self);
}

static inline void fiber_leave(struct fiber *fiber)
{
	fiber->resumer = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(fiber->self, 0);
}

static inline void fiber_enter(struct fiber *fiber)
{
	(void)fiber;
}

static inline void fiber_exit(struct fiber *fiber, bool for_ever)
{
	(void)for_ever;
	__tsan_switch_to_fiber(fiber->resumer, 0);
}

static inline void fiber_return(struct fiber *fiber)
{
	(void)fiber;
}

static inline void fiber_forget_frames(void *bottom, void *top)
{
	(void)bottom, (void)top;
}

#else

struct fiber {
	char unused[0];
};

static inline void fiber_init(struct fiber *fiber, const void *bottom, const void *top)
{
	(void)fiber, (void)bottom, (void)top;
}
static inline void fiber_release(struct fiber *fiber)
{
	(void)fiber;
}
static inline void fiber_leave(struct fiber *fiber)
{
	(void)fiber;
}
static inline void fiber_enter(struct fiber *fiber)
{
	(void)fiber;
}
static inline void fiber_exit(struct fiber *fiber, bool for_ever)
{
	(void)fiber, (void)for_ever;
}
static inline void fiber_return(struct fiber *fiber)
{
	(void)fiber;
}
static inline void fiber_forget_frames(void *bottom, void *top)
{
	(void)bottom, (void)top;
}

#endif

#if !FIBER_ASAN
static inline void fiber_leaks(bool are_none)
{
	(void)are_none;
}
#endif
#endif
