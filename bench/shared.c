/* SPDX-License-Identifier: MIT */
/*
 * shared.c - one breaker from several sides at once: "ALONE THREADS PROCESSES", millions of calls a second.
 *
 * A call is admitted and succeeds, without a clock. ALONE by one thread; then by two threads, and by two processes,
 * of the same breaker at the same time: what both together make.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "breaker/policy.h"
#include "panel/panel.h"
#include "panel/slot.h"
#include "timing.h"

enum { BLOCK = 500000 };

static struct breaker_policy policy;
static struct panel_slot *slot;

static void *make_calls(void *nothing)
{
	uint64_t now = UINT64_C(3600) * 1000000000;

	for (int i = 0; i < BLOCK; i++) {
		struct panel_change changes[2];
		struct panel_call call;

		now += 200;
		if (panel_admit(slot_seat(slot), &policy, now, PANEL_REFUSED, &call, changes) != VERDICT_ADMITTED) {
			fprintf(stderr, "shared: refused\n");
			exit(1);
		}
		panel_report(&call, &policy, OUTCOME_SUCCESS, 0, now + 100, changes);
	}
	return nothing;
}

static double rate(uint64_t began, unsigned by)
{
	return (double)BLOCK * by * 1000 / (double)(timing_now() - began);
}

static double alone(void)
{
	uint64_t began = timing_now();

	make_calls(NULL);
	return rate(began, 1);
}

static double by_threads(void)
{
	pthread_t threads[2];
	uint64_t began = timing_now();

	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, make_calls, NULL) != 0)
			timing_give_up("pthread_create");
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return rate(began, 2);
}

static double by_processes(void)
{
	uint64_t began = timing_now();

	for (int i = 0; i < 2; i++) {
		if (fork() == 0) {
			make_calls(NULL);
			_exit(0);
		}
	}
	for (int i = 0; i < 2; i++)
		wait(NULL);
	return rate(began, 2);
}

/* The median of some. */
static double typical(double of(void), size_t times)
{
	double *rates = timing_room(times), result;

	for (size_t i = 0; i < times; i++)
		rates[i] = of();
	result = timing_median(rates, times);
	free(rates);
	return result;
}

int main(int argc, char **argv)
{
	struct panel_key key = { .address = { 127, 0, 0, 1 }, .port = 1, .family = 4, .protocol = 1 };
	struct panel_identity identity = { .policy = &policy, .destination = "127.0.0.1:1", .rule = "*" };
	static struct panel panel;
	char why[256];
	size_t times = timing_rounds(argc, argv, 2000000) / BLOCK + 1;

	policy_defaults(&policy);
	if (!panel_open(&panel, "private", PANEL_USE, why, sizeof(why)))
		timing_give_up(why);
	slot = panel_find(&panel, &key, &identity, 0).slot;
	if (!slot)
		timing_give_up("panel_find");
	printf("%.2f ", typical(alone, times));
	printf("%.2f ", typical(by_threads, times));
	printf("%.2f\n", typical(by_processes, times));
	return 0;
}
