/* scheduler.c - see scheduler.h. */
#include "models/coroutine/scheduler.h"

#include <errno.h>

#include "server/clock.h"

#define BATCH 128

static void scheduler_push(struct scheduler *scheduler, struct coroutine *coroutine)
{
	coroutine->stack.next = NULL;
	*scheduler->last = &coroutine->stack;
	scheduler->last = &coroutine->stack.next;
	scheduler->runnable++;
}

static struct coroutine *scheduler_pop(struct scheduler *scheduler)
{
	struct stack *stack = scheduler->first;

	scheduler->first = stack->next;
	if (!scheduler->first)
		scheduler->last = &scheduler->first;
	scheduler->runnable--;
	return (struct coroutine *)stack;
}

void scheduler_wake(struct scheduler *scheduler, struct coroutine *coroutine)
{
	if (!coroutine->waiting)
		return;
	coroutine->waiting = false;
	if (coroutine != &scheduler->owner)
		scheduler_push(scheduler, coroutine);
}

static void scheduler_run(struct scheduler *scheduler, struct coroutine *coroutine)
{
	scheduler->current = coroutine;
	coroutine_resume(coroutine);
	scheduler->current = &scheduler->owner;
	if (!coroutine->ended)
		return;
	timers_cancel(&scheduler->timers, &coroutine->timer);
	coroutine_free(&scheduler->stacks, coroutine);
	scheduler->live--;
}

/* What a state is reported for and nobody waits for would be reported for ever: it loses
 * its interest, then, since a hang-up is reported all the same, its place in the set. */
static void watch_pause(struct watch *watch)
{
	const struct selector *selector = watch->scheduler->selector;

	if (watch->interest != 0 &&
	    selector->mod(watch->scheduler->set, watch->fd, 0, (uintptr_t)watch) == 0) {
		watch->interest = 0;
		return;
	}
	selector->del(watch->scheduler->set, watch->fd);
	watch->watched = false;
}

static void watch_report(struct watch *watch, unsigned ready)
{
	/* Perhaps it is one both ways, which ends a write too: the writer finds out. */
	if (ready & SELECTOR_HANGUP)
		ready |= SELECTOR_WRITE;
	watch->ready |= ready;
	if (!watch->waiter && !watch->edge)
		watch_pause(watch);
	else if (watch->waiter && (watch->ready & watch->wanted))
		scheduler_wake(watch->scheduler, watch->waiter);
}

static void scheduler_expire(struct scheduler *scheduler)
{
	struct timer *timer;

	if (timers_next(&scheduler->timers) == TIMERS_NEVER)
		return;
	int64_t now_ns = clock_ns();
	while ((timer = timers_expire(&scheduler->timers, now_ns))) {
		char *p = (char *)timer - offsetof(struct coroutine, timer);
		struct coroutine *coroutine = (struct coroutine *)p;
		if (!coroutine->waiting || coroutine->deadline_ns == SCHEDULER_NEVER)
			continue;
		if (coroutine->deadline_ns > now_ns) {
			timers_arm(&scheduler->timers, timer, coroutine->deadline_ns);
			continue;
		}
		coroutine->expired = true;
		scheduler_wake(scheduler, coroutine);
	}
}

static int64_t scheduler_timeout(const struct scheduler *scheduler)
{
	int64_t next_ns = timers_next(&scheduler->timers);

	if (scheduler->first)
		return 0;
	if (next_ns == TIMERS_NEVER)
		return -1;
	int64_t left_ns = next_ns - clock_ns();
	return left_ns > 0 ? left_ns : 0;
}

/* All reports of a batch are taken before anybody runs, so that none is for a watch that
 * was closed meanwhile. 0 or -errno. */
static int scheduler_turn(struct scheduler *scheduler, int64_t timeout_ns)
{
	struct selector_event events[BATCH];
	int count = scheduler->selector->wait(scheduler->set, events, BATCH, timeout_ns);

	if (count < 0 && count != -EINTR)
		return count;
	for (int i = 0; i < count; i++)
		watch_report((struct watch *)(uintptr_t)events[i].data, events[i].ready);
	scheduler_expire(scheduler);
	for (size_t left = scheduler->runnable; left > 0; left--)
		scheduler_run(scheduler, scheduler_pop(scheduler));
	return 0;
}

/* An armed timer is never put off: it finds out when it is early. So a time-out per read
 * costs no heap operation per read. */
static void scheduler_arm(struct scheduler *scheduler, struct coroutine *coroutine)
{
	struct timer *timer = &coroutine->timer;

	if (coroutine->deadline_ns == SCHEDULER_NEVER)
		return;
	if (!timer_armed(timer) || timer->deadline_ns > coroutine->deadline_ns)
		timers_arm(&scheduler->timers, timer, coroutine->deadline_ns);
}

int scheduler_suspend(struct scheduler *scheduler, int64_t deadline_ns)
{
	struct coroutine *self = scheduler->current;

	self->waiting = true;
	self->expired = false;
	self->deadline_ns = deadline_ns;
	scheduler_arm(scheduler, self);
	if (self != &scheduler->owner)
		coroutine_suspend(self);
	while (self->waiting) {
		int result = scheduler_turn(scheduler, scheduler_timeout(scheduler));
		if (result < 0) {
			self->waiting = false;
			return result;
		}
	}
	return self->expired ? -ETIMEDOUT : 0;
}

void scheduler_yield(struct scheduler *scheduler)
{
	struct coroutine *self = scheduler->current;

	if (self == &scheduler->owner) {
		(void)scheduler_turn(scheduler, 0);
		return;
	}
	scheduler_push(scheduler, self);
	coroutine_suspend(self);
}

void scheduler_sleep(struct scheduler *scheduler, int64_t deadline_ns)
{
	scheduler->current->sleeping = true;
	(void)scheduler_suspend(scheduler, deadline_ns);
	scheduler->current->sleeping = false;
}

void scheduler_end_sleep(struct scheduler *scheduler, struct coroutine *coroutine)
{
	if (coroutine->sleeping)
		scheduler_wake(scheduler, coroutine);
}

int scheduler_spawn(struct scheduler *scheduler, coroutine_function *function,
		    void *argument, struct coroutine **ret_coroutine)
{
	/* The owner's timer too; so that arming cannot fail. */
	int result = timers_reserve(&scheduler->timers, scheduler->live + 2);

	if (result < 0)
		return result;
	struct coroutine *coroutine =
		coroutine_new(&scheduler->stacks, function, argument);
	if (!coroutine)
		return -ENOMEM;
	scheduler->live++;
	scheduler_push(scheduler, coroutine);
	if (ret_coroutine)
		*ret_coroutine = coroutine;
	return 0;
}

int scheduler_open(struct scheduler *scheduler, const struct selector *selector)
{
	*scheduler = (struct scheduler){.selector = selector, .edge = SELECTOR_EDGE};
	scheduler->last = &scheduler->first;
	scheduler->current = &scheduler->owner;
	stacks_init(&scheduler->stacks, COROUTINE_STACK, sizeof(struct coroutine));
	timers_init(&scheduler->timers);
	int result = timers_reserve(&scheduler->timers, 1);
	if (result == 0)
		result = selector->open(&scheduler->set);
	return result;
}

void scheduler_close(struct scheduler *scheduler)
{
	if (!scheduler->selector)
		return;
	scheduler->selector->close(scheduler->set);
	stacks_release(&scheduler->stacks);
	timers_release(&scheduler->timers);
	scheduler->selector = NULL;
}

/* Adds or changes, as the set has it. */
static int watch_set_interest(struct watch *watch, unsigned interest)
{
	struct scheduler *s = watch->scheduler;
	int (*change)(struct selector_set *, int, unsigned, uint64_t) =
		watch->watched ? s->selector->mod : s->selector->add;

	if (watch->watched && watch->interest == interest)
		return 0;
	int result = change(s->set, watch->fd, interest | watch->edge, (uintptr_t)watch);
	if (result == -ENOTSUP && watch->edge) {
		s->edge = watch->edge = 0;
		result = change(s->set, watch->fd, interest, (uintptr_t)watch);
	}
	if (result < 0)
		return result;
	watch->watched = true;
	watch->interest = interest;
	return 0;
}

int watch_open(struct watch *watch, struct scheduler *scheduler, int fd, unsigned edge)
{
	*watch = (struct watch){.scheduler = scheduler, .fd = fd, .edge = edge};
	return watch_set_interest(watch, SELECTOR_READ);
}

void watch_close(struct watch *watch)
{
	if (watch->watched)
		watch->scheduler->selector->del(watch->scheduler->set, watch->fd);
	watch->watched = false;
}

int watch_wait(struct watch *watch, unsigned wanted, int64_t deadline_ns)
{
	int result = 0;

	if (watch->ready & wanted)
		return 0;
	/* Who waits for edges keeps the interest it once had: changes alone are reported.
	 */
	result = watch_set_interest(watch,
				    watch->edge ? watch->interest | wanted : wanted);
	if (result < 0)
		return result;
	watch->waiter = watch->scheduler->current;
	watch->wanted = wanted;
	result = scheduler_suspend(watch->scheduler, deadline_ns);
	watch->waiter = NULL;
	if (watch->ready & wanted)
		return 0;
	return result < 0 ? result : -ECANCELED;
}
