/* SPDX-License-Identifier: MIT */
/*
 * coroutine.h - functions that stop in the middle and go on later, in one thread.
 *
 * swapcontext() begins one. Millions of switches follow, and it makes a system call in each: those are the compiler's
 * jumps, which leave one stack for another without asking. They have a file of their own, across whose border
 * compilers take nothing for granted about registers.
 */
#ifndef CUTOUT_TESTS_STRESS_COROUTINE_H
#define CUTOUT_TESTS_STRESS_COROUTINE_H

#include <stdbool.h>
#include <ucontext.h>

enum { COROUTINE_STACK = 65536 };

struct coroutine {
	ucontext_t beginning;
	void *at[5];
	bool begun;
	char stack[COROUTINE_STACK];
};

/* May be given up half way and prepared anew. `run` ends by coroutine_stop(), and is not gone on with then. */
void coroutine_prepare(struct coroutine *coroutine, void (*run)(int), int number);

/* Returns when it stops. */
void coroutine_go_on(struct coroutine *coroutine);

/* By the one that runs: returns when somebody goes on with it. */
void coroutine_stop(struct coroutine *coroutine);

#endif
