/* admission.c - see admission.h. */
#include "models/admission.h"

void admission_init(struct admission *admission, struct io_server *server)
{
	*admission = (struct admission){.server = server};
	pthread_mutex_init(&admission->lock, NULL);
}

void admission_release(struct admission *admission)
{
	pthread_mutex_destroy(&admission->lock);
}

bool admission_enter(struct admission *admission)
{
	const struct io_server *server = admission->server;
	uint64_t max = (uint64_t)server->config.max_connections;

	if (max == 0)
		return true;
	pthread_mutex_lock(&admission->lock);
	bool room = admission->admitted - counters_sum(server->counters).closed < max;
	admission->admitted += room;
	pthread_mutex_unlock(&admission->lock);
	return room;
}

void admission_undo(struct admission *admission)
{
	pthread_mutex_lock(&admission->lock);
	admission->admitted--;
	pthread_mutex_unlock(&admission->lock);
}
