/* run.c - see run.h. */
#include "results/check/run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/random.h"
#include "results/check/guard.h"
#include "results/check/system_calls.h"
#include "server/clock.h"

#define BURN_SHARE    4 /* of what base uses for a request: a quarter */
#define BURN_UNKNOWN  (2 * NS_PER_US)
#define BURN_LEAST_NS 50

/* One launch with all that it is made of. */
struct turn {
	const struct check_order *order;
	struct check_case *one;
	struct placement_cpus cpus[DUET_SIDES];
	struct measure_config side[DUET_SIDES];
	struct launch_config config;
	struct launch launch;
	struct check_outcome outcome;
	char asymmetry[CHECK_REASON_SIZE], error[OPTION_ERROR_SIZE];
};

/* The n-th number of a launch beside those that it draws itself. */
static uint64_t draw(const struct check_order *order, unsigned n)
{
	return random_mix(order->seed ^ random_mix(n + 1));
}

/* Half of the servers' CPUs for each side, dealt anew for each launch. */
static void split_cpus(struct turn *turn)
{
	const cpu_set_t all = turn->cpus[0].server;
	const int count = CPU_COUNT(&all);
	const int first = (int)(draw(turn->order, 0) & 1);
	int seen = 0;

	if (turn->one->cell[0].placement != PLACEMENT_SPLIT || count < 2 ||
	    turn->order->mode != LAUNCH_DUET)
		return;
	for (int i = 0; i < DUET_SIDES; i++)
		CPU_ZERO(&turn->cpus[i].server);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		const int half = seen++ < count / 2 ? first : 1 - first;
		if (seen <= count - count % 2) /* an odd one is nobody's */
			CPU_SET(cpu, &turn->cpus[half].server);
	}
}

static int64_t burn_ns(const struct check_case *one)
{
	const double ns = one->base_cpu_us * NS_PER_US / BURN_SHARE;

	return ns > BURN_LEAST_NS ? (int64_t)ns : BURN_UNKNOWN;
}

static void configure(const struct check_run *run, struct turn *turn)
{
	const bool against_itself = turn->order->stage == CHECK_STAGE_NULL ||
				    turn->order->stage == CHECK_STAGE_BURN;

	for (int i = 0; i < DUET_SIDES; i++) {
		const int which = against_itself ? 0 : i;
		turn->cpus[i] = turn->one->subject[which].cpus;
		turn->side[i] = (struct measure_config){
			.cell = &turn->one->cell[which],
			.spec = &turn->one->subject[which].spec,
			.cpus = &turn->cpus[i],
			.engine = run->engine,
			.warmup_ns = run->options->warmup_ns,
			.duration_ns = NS_PER_S, /* the slices' sum stands for it */
			.seed = run->plan->seed,
			.padding =
				1 + (int)random_below(draw(turn->order, 1 + (unsigned)i),
						      SERVER_PADDING_MAX),
			.cancel = run->cancel,
		};
		turn->config.sides[i] = &turn->side[i];
	}
	if (turn->order->stage == CHECK_STAGE_BURN)
		turn->side[1].burn_ns = burn_ns(turn->one);
	else if (!against_itself)
		turn->side[1].burn_ns = turn->one->inject_ns;
	split_cpus(turn);
	turn->config.mode = turn->order->mode;
	turn->config.pairs = (int)run->options->slices[turn->order->mode];
	turn->config.slice_ns = run->options->slice_ns[turn->order->mode];
	turn->config.seed = turn->order->seed;
}

/* CPUs that the servers of a launch may run on, together. */
static int server_cpus(const struct turn *turn)
{
	cpu_set_t both;

	CPU_OR(&both, &turn->cpus[0].server, &turn->cpus[1].server);
	return CPU_COUNT(&both);
}

/* What only a look at the launch and its servers can tell. */
static void look(struct turn *turn)
{
	const struct launch *launch = &turn->launch;
	struct check_case *one = turn->one;
	const bool shared = one->cell[0].placement != PLACEMENT_SPLIT;
	const double cpu_us = launch->whole[LAUNCH_CPU][0];

	turn->outcome.expected = NAN;
	if (turn->order->stage == CHECK_STAGE_BURN && cpu_us > 0)
		turn->outcome.expected = check_slices_round_expected(
			log1p((double)turn->side[1].burn_ns / NS_PER_US / cpu_us));
	if (cpu_us > 0)
		one->base_cpu_us = cpu_us;
	if (turn->order->stage != CHECK_STAGE_SCREEN || launch->pairs == 0)
		return;
	const bool chance = shared && one->cell[0].offered_rps == 0;
	if (turn->order->mode == LAUNCH_DUET &&
	    (check_guard_asymmetry(launch, turn->asymmetry) ||
	     (chance && check_guard_unsteady(launch, turn->asymmetry))))
		turn->outcome.asymmetry = turn->asymmetry;
	turn->outcome.client_limited = check_guard_generator(launch, turn->order->mode,
							     server_cpus(turn), shared);
}

static int keep(struct check_run *run, const struct turn *turn, char *error)
{
	const struct check_outcome *outcome = &turn->outcome;
	const struct check_slice_launch one = {
		.cell = turn->one->cell[0].id,
		.row = (int64_t)turn->order->row + 1,
		.stage = check_stage_name(turn->order->stage),
		.number = ++run->launches,
		.open_loop = turn->one->cell[0].offered_rps > 0,
		.expected = outcome->expected,
		.asymmetry = outcome->asymmetry,
		.client_limited = outcome->client_limited,
		.seconds = outcome->seconds,
		.problem = outcome->problem ? outcome->problem : "",
		.config = &turn->config,
		.launch = &turn->launch,
	};

	return run->files ? check_files_add(run->files, &one, error) : 0;
}

static double elapsed_s(const struct check_run *run)
{
	return (double)(clock_ns() - run->started_ns) / NS_PER_S;
}

static void show_progress(const struct check_run *run, const struct check_order *order)
{
	const int seconds = (int)elapsed_s(run);
	const int most = (int)(run->options->run.max_time_ns / NS_PER_S);

	progress_line("[launch %lld] %d:%02d of at most %d:%02d, %s %zu %s, %.60s",
		      (long long)run->launches + 1, seconds / 60, seconds % 60, most / 60,
		      most % 60, check_stage_name(order->stage), order->launch,
		      launch_mode_name(order->mode),
		      run->cases->items[order->row].cell[0].id);
}

/* Makes one launch of an order. A generator that cannot run is the row's problem. */
static int take_turn(struct check_run *run, const struct check_order *order, char *error)
{
	const int64_t start_ns = clock_ns();
	struct turn turn = {.order = order, .one = &run->cases->items[order->row]};

	show_progress(run, order);
	configure(run, &turn);
	int rc = launch_run(&turn.config, &turn.launch, turn.error);
	if (rc == -EINTR)
		return rc;
	check_slices_round(&turn.launch);
	check_outcome_of(&turn.launch, &turn.outcome);
	if (rc < 0)
		turn.outcome.problem = turn.error;
	look(&turn);
	turn.outcome.seconds = (double)(clock_ns() - start_ns) / NS_PER_S;
	rc = keep(run, &turn, error);
	if (rc == 0 && check_session_put(run->session, order, &turn.outcome) < 0) {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
		rc = -ENOMEM;
	}
	return rc;
}

/* Who was replaced meanwhile was not compared. */
static void look_for_changes(struct check_run *run)
{
	const char *path = program_files_changed(&run->cases->files);

	if (!path)
		return;
	run->report->valid = false;
	for (size_t i = 0; i < run->report->count; i++)
		run->report->rows[i].exact_verdict = CHECK_REPORTED;
	snprintf(run->report->reason, sizeof(run->report->reason),
		 "%.200s changed during the check", path);
}

static int finish(struct check_run *run, int rc, char *error)
{
	run->report->seconds = elapsed_s(run);
	if (check_session_finish(run->session) < 0) {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
		return -ENOMEM;
	}
	look_for_changes(run);
	return rc;
}

static void describe_row(const struct check_case *one, struct check_session_row *row)
{
	const struct server_spec *base = &one->subject[0].spec;

	row->open_loop = one->cell[0].offered_rps > 0;
	row->split = one->cell[0].placement == PLACEMENT_SPLIT;
	row->can_burn = base->model && !base->peers &&
			(base->model->flags & IO_MODEL_ECHO_ONLY) == 0;
}

/* `rows` live as long as the session. */
static int open_session(struct check_run *run, struct check_session_row *rows,
			char *error)
{
	struct check_session_config config = {
		.rows = rows,
		.max_launches = (size_t)run->options->launches,
		.max_seconds = (double)run->options->run.max_time_ns / NS_PER_S,
	};

	memcpy(config.margin, check_default_margins, sizeof(config.margin));
	int rc = check_options_margins(run->options, config.margin, error);
	for (size_t i = 0; i < run->cases->count; i++)
		describe_row(&run->cases->items[i], &rows[i]);
	return rc < 0 ? rc
		      : check_session_new(&config, run->report, &run->session, error);
}

static int make_launches(struct check_run *run, char *error)
{
	struct check_order order;
	int rc = 0;

	run->started_ns = clock_ns();
	if (run->counts_calls)
		rc = check_system_calls(run, error);
	while (rc == 0 && !*run->cancel &&
	       check_session_next(run->session, elapsed_s(run), &order))
		rc = take_turn(run, &order, error);
	progress_clear();
	return rc == 0 && *run->cancel ? -EINTR : rc;
}

int check_run(struct check_run *run, char *error)
{
	struct check_session_row *rows = calloc(run->cases->count + 1, sizeof(*rows));

	snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	int rc = rows ? open_session(run, rows, error) : -ENOMEM;
	if (rc == 0)
		rc = finish(run, make_launches(run, error), error);
	check_session_free(run->session);
	run->session = NULL;
	free(rows);
	return rc;
}

int check_run_probe(struct check_run *run, char *error)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < run->cases->count; i++) {
		const struct check_order order = {.row = i,
						  .stage = CHECK_STAGE_NULL,
						  .mode = run->cases->items[i].mode,
						  .seed = run->report->seed};
		struct turn turn = {.order = &order, .one = &run->cases->items[i]};
		configure(run, &turn);
		rc = launch_run(&turn.config, &turn.launch, error);
		look(&turn);
		if (rc == 0 && turn.launch.problem[0]) {
			snprintf(error, OPTION_ERROR_SIZE, "%.500s", turn.launch.problem);
			rc = -ECHILD;
		}
	}
	return rc;
}
