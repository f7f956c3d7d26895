/* SPDX-License-Identifier: MIT */
/*
 * paired.h - libc's own functions beside those that a program reaches, in turns within one process.
 *
 * A difference of nanoseconds drowns in what distinguishes two processes, or two minutes of one. So short blocks of
 * both take turns, each going first every other time, and the median of the differences within a pair counts.
 */
#ifndef CUTOUT_BENCH_PAIRED_H
#define CUTOUT_BENCH_PAIRED_H

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "calm.h"

/* Where libc's own are, whatever is preloaded; the others are at RTLD_DEFAULT. */
static inline void *paired_libc(void)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY);

	return libc ? libc : RTLD_NEXT;
}

/* `function` points to a pointer to a function of that type. */
static inline void paired_find(void *handle, const char *name, void *function)
{
	void *found = dlsym(handle, name);

	if (!found) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	memcpy(function, &found, sizeof(found));
}

/* Nanoseconds for one operation of a block, by libc's own functions or by those that are called. */
typedef double paired_block(bool called, void *context);

struct paired {
	paired_block *block;
	void *context;
	double *bare, *over;
};

static inline void paired_measure(size_t number, void *context)
{
	const struct paired *pair = context;
	bool called_first = number % 2 == 0;
	double one = pair->block(called_first, pair->context);
	double other = pair->block(!called_first, pair->context);

	pair->bare[number] = called_first ? other : one;
	pair->over[number] = (called_first ? one : other) - pair->bare[number];
}

/* Prints "LIBC CALLED". */
static inline void paired_run(size_t blocks, paired_block *block, void *context)
{
	struct paired pair = { block, context, timing_room(blocks), timing_room(blocks) };
	double typical;

	blocks = calm_run(blocks, paired_measure, &pair);
	typical = timing_median(pair.bare, blocks);
	printf("%.2f %.2f\n", typical, typical + timing_median(pair.over, blocks));
	free(pair.bare);
	free(pair.over);
}

#endif
