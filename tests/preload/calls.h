/* SPDX-License-Identifier: MIT */
/*
 * calls.h - what the parts of calls.c share: the descriptors, the transcript, the tables of operations.
 */
#ifndef CUTOUT_TESTS_CALLS_H
#define CUTOUT_TESTS_CALLS_H

#include <stddef.h>

#ifndef __GLIBC__
/* musl has no second public names and 1.2.3 not all functions. What stands in for them keeps the transcripts whole. */
#define __close close
#define __connect connect
#define __poll poll
#define __read read
#define __select select
#define __write write
#define preadv2(fd, parts, count, offset, flags) readv(fd, parts, count)
#define pwritev2(fd, parts, count, offset, flags) writev(fd, parts, count)
#endif
#if !defined(__GLIBC__) || defined(__aarch64__)
#define __send send /* glibc's newer ports are without it */
#endif

/* errno before every call, to see whether a call that succeeded changed it. */
enum { ERRNO_BEFORE = 4000 };

/* How often everything is sent and how much is received at once: known at run time only. */
extern volatile size_t chunk;

struct operation {
	const char *name;
	void (*run)(const char *argument);
};

extern const struct operation socket_operations[];
extern const struct operation wait_operations[];
extern const struct operation data_operations[];
extern const struct operation descriptor_operations[];
extern const struct operation crowd_operations[];
extern const struct operation lookup_operations[];

/* The descriptor that operations are about (`use=N`, 0 to 9). */
int *current(void);
int *numbered(const char *number);

/* One line of the transcript, written at once. The first also says what a call returned, and its errno. */
void said(const char *name, long returned, const char *format, ...) __attribute__((format(printf, 3, 4)));
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void transcript_to(int descriptor);

#endif
