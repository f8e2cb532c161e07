/* program_files.c - see program_files.h. */
#include "results/subject/program_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/subject/peers.h"
#include "server/row.h"

#define BLANKS     " \t\n;|&<>()\"'"
#define WORDS_MOST 16 /* of a command that are looked at */

static void digest(const char *path, char ret_text[SHA256_TEXT_SIZE])
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || sha256_of_fd(fd, ret_text) < 0)
		ret_text[0] = '\0';
	if (fd >= 0)
		close(fd);
}

static const struct program_file *find(const struct program_files *files,
				       const char *path)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->items[i].path, path) == 0)
			return &files->items[i];
	return NULL;
}

static int add_path(struct program_files *files, const char *path)
{
	if (find(files, path))
		return 0;
	struct program_file *items =
		realloc(files->items, (files->count + 1) * sizeof(*items));
	if (!items)
		return -ENOMEM;
	files->items = items;
	items[files->count].path = strdup(path);
	if (!items[files->count].path)
		return -ENOMEM;
	digest(path, items[files->count].sha256);
	files->count++;
	return 0;
}

static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Programs of the system, which a shell finds by PATH, are not looked for. */
static int add_words(struct program_files *files, const char *command)
{
	char *copy = strdup(command), *rest = NULL;
	int rc = copy ? 0 : -ENOMEM, seen = 0;

	for (char *word = copy ? strtok_r(copy, BLANKS, &rest) : NULL;
	     word && rc == 0 && seen < WORDS_MOST; word = strtok_r(NULL, BLANKS, &rest)) {
		seen++;
		if (is_file(word))
			rc = add_path(files, word);
	}
	free(copy);
	return rc;
}

const char *program_files_path(const struct server_spec *spec)
{
	return spec->program ? spec->program : "/proc/self/exe";
}

int program_files_add(struct program_files *files, const struct server_spec *spec)
{
	if (spec->command)
		return add_words(files, spec->command);
	if (!spec->peers)
		return add_path(files, program_files_path(spec));
	char *script = peers_script(spec->model);
	int rc = script ? add_path(files, script) : -ENOMEM;
	free(script);
	return rc < 0 ? rc : add_path(files, spec->peers->python);
}

const char *program_files_digest(const struct program_files *files, const char *path)
{
	const struct program_file *file = find(files, path);

	return file ? file->sha256 : "";
}

const char *program_files_changed(const struct program_files *files)
{
	char now[SHA256_TEXT_SIZE];

	for (size_t i = 0; i < files->count; i++) {
		digest(files->items[i].path, now);
		if (strcmp(now, files->items[i].sha256) != 0)
			return files->items[i].path;
	}
	return NULL;
}

json_t *program_files_json(const struct program_files *files)
{
	json_t *all = json_object();

	for (size_t i = 0; all && i < files->count; i++) {
		const struct program_file *file = &files->items[i];
		json_t *text = file->sha256[0] ? json_string(file->sha256) : json_null();
		json_object_set_new(all, file->path, text);
	}
	return all;
}

void program_files_release(struct program_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].path);
	free(files->items);
	*files = (struct program_files){.items = NULL};
}
