/* descriptors.c - see descriptors.h. */
#include "models/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int descriptors_add(struct descriptors *descriptors, int fd)
{
	struct descriptor *item =
		realloc(descriptors->item, (descriptors->count + 1) * sizeof(*item));
	struct stat status;

	if (!item)
		return -ENOMEM;
	descriptors->item = item;
	if (fstat(fd, &status) == 0)
		item[descriptors->count++] =
			(struct descriptor){fd, status.st_dev, status.st_ino};
	return 0;
}

int descriptors_note(struct descriptors *descriptors)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	int result = 0;

	*descriptors = (struct descriptors){0};
	if (!directory)
		return -errno;
	while (result == 0 && (entry = readdir(directory))) {
		int fd = atoi(entry->d_name);
		if (entry->d_name[0] != '.' && fd != dirfd(directory))
			result = descriptors_add(descriptors, fd);
	}
	closedir(directory);
	if (result < 0)
		descriptors_release(descriptors);
	return result;
}

static bool descriptors_have(const struct descriptors *descriptors,
			     const struct descriptor *one)
{
	for (size_t i = 0; i < descriptors->count; i++) {
		const struct descriptor *item = &descriptors->item[i];
		if (item->fd == one->fd)
			return item->device == one->device && item->inode == one->inode;
	}
	return false;
}

void descriptors_close_others(const struct descriptors *descriptors)
{
	struct descriptors now;

	if (descriptors_note(&now) < 0)
		return; /* no more than a late end of a connection */
	for (size_t i = 0; i < now.count; i++)
		if (!descriptors_have(descriptors, &now.item[i]))
			close(now.item[i].fd);
	descriptors_release(&now);
}

void descriptors_release(struct descriptors *descriptors)
{
	free(descriptors->item);
	*descriptors = (struct descriptors){0};
}
