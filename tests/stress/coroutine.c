/* SPDX-License-Identifier: MIT */
/*
 * coroutine.c - functions that stop in the middle and go on later. Not for several threads.
 */
#include "coroutine.h"

static ucontext_t caller_begins;
static void *caller[5];

void coroutine_prepare(struct coroutine *coroutine, void (*run)(int), int number)
{
	coroutine->begun = false;
	getcontext(&coroutine->beginning);
	coroutine->beginning.uc_stack.ss_sp = coroutine->stack;
	coroutine->beginning.uc_stack.ss_size = sizeof(coroutine->stack);
	makecontext(&coroutine->beginning, (void (*)(void))run, 1, number);
}

/* What jumps must not be part of the function that it jumps to. */
__attribute__((noinline)) static void jump_to(void **place)
{
	__builtin_longjmp(place, 1);
}

void coroutine_go_on(struct coroutine *coroutine)
{
	if (__builtin_setjmp(caller) != 0)
		return;
	if (coroutine->begun)
		jump_to(coroutine->at);
	coroutine->begun = true;
	swapcontext(&caller_begins, &coroutine->beginning);
}

void coroutine_stop(struct coroutine *coroutine)
{
	if (__builtin_setjmp(coroutine->at) == 0)
		jump_to(caller);
}
