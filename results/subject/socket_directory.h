/*
 * socket_directory.h - a private directory for the Unix socket of a server under test.
 *
 * Its owner holds a lock on it. One that nobody holds was left by an owner that was killed,
 * and is removed when the next directory is made beside it.
 */
#ifndef RESULTS_SUBJECT_SOCKET_DIRECTORY_H
#define RESULTS_SUBJECT_SOCKET_DIRECTORY_H

#define SOCKET_DIRECTORY_SIZE 64

/* Zeroed: none. */
struct socket_directory {
	char path[SOCKET_DIRECTORY_SIZE]; /* "": none */
	int fd;                           /* holds the lock */
};

/* Makes one in $TMPDIR, or in /tmp where that is not set or too long for the address of a
 * socket. 0 or -errno, and then there is none. */
int socket_directory_make(struct socket_directory *directory);

/* Removes it with the file `socket` in it. Accepts a zeroed one. */
void socket_directory_remove(struct socket_directory *directory);

#endif
