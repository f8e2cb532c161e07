/* forecast.c - what a campaign will do, and how long it takes. */
#include "results/campaign/forecast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/work.h"
#include "results/campaign/order.h"
#include "results/subject/peers.h"
#include "server/clock.h"

/* Starting and stopping a server: of this program; of another, an interpreter say. */
#define LAUNCH_NS         (100 * NS_PER_MS)
#define FOREIGN_LAUNCH_NS (400 * NS_PER_MS)

/* A connection: made at the generator's connect rate, behind its first burst; its end. */
#define CONNECT_NS    (200 * NS_PER_US)
#define CONNECT_BURST 64
#define CLOSE_NS      (100 * NS_PER_US)

/* Once, to try the generator's engines on the first server. */
#define ENGINES_NS NS_PER_S

static int64_t launch_ns(const struct campaign_cell *one)
{
	const int64_t connections = one->cell->connections + one->cell->idle_connections;
	const bool own =
		one->subject.spec.model &&
		strncmp(one->subject.spec.name, PEER_PREFIX, strlen(PEER_PREFIX)) != 0;
	int64_t ns = own ? LAUNCH_NS : FOREIGN_LAUNCH_NS;

	if (connections > CONNECT_BURST)
		ns += (connections - CONNECT_BURST) * CONNECT_NS;
	return ns + connections * CLOSE_NS;
}

/* What is in flight when the window ends takes at least as long as its work. */
static int64_t work_ns(const struct campaign_cell *one)
{
	char error[OPTION_ERROR_SIZE]; /* the plan was checked when it was read */
	struct work work;

	if (work_parse(one->cell->work, WORK_LIMIT_NS, &work, error) < 0)
		return 0;
	return (int64_t)(work_longest_us(&work) * (double)NS_PER_US);
}

static int64_t row_ns(const struct campaign *campaign, const struct campaign_cell *one)
{
	if (one->took_ns > 0)
		return one->took_ns;
	return campaign->plan->warmup_ns + campaign->plan->duration_ns + work_ns(one) +
	       launch_ns(one);
}

static int64_t counting_ns(const struct campaign *campaign,
			   const struct campaign_cell *one)
{
	int64_t warmup_ns, duration_ns;

	if (!campaign->counts_syscalls || one->counted)
		return 0;
	campaign_count_times(campaign, one, &warmup_ns, &duration_ns);
	return warmup_ns + duration_ns + work_ns(one) + launch_ns(one);
}

/* What the drains of `rows` repetitions may take, and of the one that counts. */
static int64_t drains_ns(const struct campaign *campaign, const struct campaign_cell *one,
			 int64_t rows)
{
	if (one->cell->offered_rps <= 0)
		return 0;
	if (one->took_ns > 0)
		rows = 0; /* known */
	if (campaign->counts_syscalls && !one->counted)
		rows++;
	return rows * campaign_timeout_ns(campaign, one);
}

int64_t forecast_next_ns(const struct campaign *campaign, const struct campaign_cell *one)
{
	return (campaign->engine < 0 ? ENGINES_NS : 0) + counting_ns(campaign, one) +
	       row_ns(campaign, one) + drains_ns(campaign, one, 1);
}

int64_t forecast_first_ns(const struct campaign *campaign)
{
	for (size_t i = 0; i < campaign->step_count; i++) {
		const struct campaign_cell *one =
			&campaign->prepared[campaign->steps[i].cell];
		if (!campaign->steps[i].done && !one->subject.reason)
			return forecast_next_ns(campaign, one);
	}
	return 0;
}

int64_t forecast_ns(const struct campaign *campaign)
{
	int64_t ns = campaign->engine < 0 ? ENGINES_NS : 0;

	for (size_t i = 0; i < campaign->count; i++) {
		const struct campaign_cell *one = &campaign->prepared[i];
		if (!one->subject.reason && one->left > 0)
			ns += one->left * row_ns(campaign, one) +
			      counting_ns(campaign, one);
	}
	return ns;
}

int64_t forecast_most_ns(const struct campaign *campaign)
{
	int64_t ns = forecast_ns(campaign);

	for (size_t i = 0; i < campaign->count; i++) {
		const struct campaign_cell *one = &campaign->prepared[i];
		if (!one->subject.reason && one->left > 0)
			ns += drains_ns(campaign, one, one->left);
	}
	return ns;
}

void forecast_format(int64_t ns, char *text)
{
	const long long seconds = (ns + NS_PER_S / 2) / NS_PER_S;
	const long long minutes = (seconds + 30) / 60;

	if (seconds < 100)
		snprintf(text, FORECAST_TEXT_SIZE, "%lld s", seconds);
	else if (minutes < 100)
		snprintf(text, FORECAST_TEXT_SIZE, "%lld min", minutes);
	else
		snprintf(text, FORECAST_TEXT_SIZE, "%lld h %lld min", minutes / 60,
			 minutes % 60);
}

static size_t print_cells(const struct campaign *campaign, const size_t *order,
			  bool measurable, FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < campaign->count; i++) {
		const struct campaign_cell *one = &campaign->prepared[order[i]];
		const char *reason = one->subject.reason;
		if (measurable != !reason)
			continue;
		count++;
		fprintf(out, "%s%s%s\n", one->cell->id, reason ? "  unavailable: " : "",
			reason ? reason : "");
	}
	return count;
}

/* ", up to 18 min if no server keeps up", where that is more. */
static void print_most(const struct campaign *campaign, const char *expected, FILE *out)
{
	char most[FORECAST_TEXT_SIZE];

	forecast_format(forecast_most_ns(campaign), most);
	if (strcmp(most, expected) != 0)
		fprintf(out, ", up to %s if no server keeps up", most);
}

int forecast_print(const struct campaign *campaign, FILE *out)
{
	const struct plan *plan = campaign->plan;
	size_t *order = calloc(campaign->count + 1, sizeof(*order));
	char time[FORECAST_TEXT_SIZE];

	if (!order)
		return -ENOMEM;
	order_round((uint64_t)plan->seed, 0, order, campaign->count);
	const size_t measured = print_cells(campaign, order, true, out);
	const size_t unavailable = print_cells(campaign, order, false, out);
	free(order);
	forecast_format(forecast_ns(campaign), time);
	fprintf(out, "%zu cell%s, %lld repetition%s%s, about %s", measured,
		measured == 1 ? "" : "s", (long long)plan->repetitions,
		plan->repetitions == 1 ? "" : "s in rounds, each in an order of its own",
		campaign->counts_syscalls ? ", one more that counts system calls" : "",
		time);
	print_most(campaign, time, out);
	if (unavailable > 0)
		fprintf(out, "; %zu unavailable", unavailable);
	if (campaign->kept > 0)
		fprintf(out, "; %zu of %zu rows are there", campaign->kept,
			campaign->step_count);
	fputc('\n', out);
	return 0;
}
