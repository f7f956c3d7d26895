/* SPDX-License-Identifier: MIT */
/*
 * holders.c - processes with threads take and give back the connections of one destination, and are killed.
 *
 * What must hold: at no time are more than LIMIT of them inside, as they count it themselves between taking and giving
 * back; and when all are dead and somebody has looked, nothing is counted and the whole LIMIT can be had. A killed
 * worker's own count is cleared before it may be found gone, so that the rule has no exception.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "panel/owners.h"
#include "panel/panel.h"

enum { WORKERS = 4, THREADS = 3, LIMIT = 7, SECONDS = 4 }; /* STRESS_SECONDS in the environment overrides the last */

struct cell {
	_Atomic int32_t pid;
	_Atomic int32_t inside;
	_Atomic uint64_t taken;
};

static struct shared {
	struct cell cells[WORKERS];
	_Atomic uint64_t full, too_many, reclaimed, kills;
} *shared;

static struct panel panel;
static struct panel_slot *slot;
static struct panel_holder self;
static struct cell *own;

/* The process that started them has cleared what it knew of it. */
static bool is_gone(uint32_t pid, uint64_t since)
{
	(void)since;
	for (int i = 0; i < WORKERS; i++)
		if (atomic_load(&shared->cells[i].pid) == (int32_t)pid)
			return false;
	return true;
}

static void open_panel(void)
{
	struct breaker_policy policy;
	struct panel_key key = { .port = 1, .family = 4, .protocol = 1 };
	char why[256];

	policy_defaults(&policy);
	if (!panel_open(&panel, "private", PANEL_USE, why, sizeof(why)))
		abort();
	panel.network_unknown = false;
	slot = panel_find(&panel, &key, &(struct panel_identity){ &policy, "db:1", "*" }, clock_now()).slot;
	if (slot == NULL)
		abort();
}

static bool take(unsigned *hold)
{
	enum panel_held held = panel_hold(&panel, slot, &self, LIMIT, hold);

	if (held == PANEL_FULL) {
		atomic_fetch_add(&shared->full, 1);
		if (atomic_load(&shared->full) % 64 != 0)
			return false;
		atomic_fetch_add(&shared->reclaimed, panel_reclaim(&panel, slot, &self, 16, is_gone));
		held = panel_hold(&panel, slot, &self, LIMIT, hold);
	}
	return held == PANEL_HELD;
}

static void count_inside(void)
{
	int inside = 0;

	for (int i = 0; i < WORKERS; i++)
		inside += atomic_load(&shared->cells[i].inside);
	if (inside > LIMIT)
		atomic_fetch_add(&shared->too_many, 1);
}

static void *work(void *seed)
{
	uint64_t random = (uintptr_t)seed;

	for (;;) {
		unsigned hold;

		random = hash_mix(random + clock_now());
		if (!take(&hold)) {
			sched_yield();
			continue;
		}
		atomic_fetch_add(&own->inside, 1);
		atomic_fetch_add(&own->taken, 1);
		count_inside();
		if (random % 8 == 0)
			nanosleep(&(struct timespec){ .tv_nsec = (long)(random % 200000) }, NULL);
		atomic_fetch_sub(&own->inside, 1);
		panel_let_go(&panel, slot, &self, hold);
	}
	return NULL;
}

static void be_a_worker(int number)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	own = &shared->cells[number];
	self = (struct panel_holder){ .pid = (uint32_t)getpid(), .space = 1, .since = clock_now() };
	while (atomic_load(&own->pid) != getpid())
		sched_yield();
	for (uintptr_t i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, work, (void *)(clock_now() + i));
	work((void *)(uintptr_t)clock_now());
}

static void start_worker(int number)
{
	pid_t pid = fork();

	if (pid == 0)
		be_a_worker(number);
	if (pid < 0)
		abort();
	atomic_store(&shared->cells[number].pid, pid);
}

static void kill_worker(int number)
{
	struct cell *cell = &shared->cells[number];
	pid_t pid = atomic_load(&cell->pid);

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	atomic_store(&cell->inside, 0);
	atomic_store(&cell->pid, 0);
	atomic_fetch_add(&shared->kills, 1);
}

static bool whole_limit_can_be_had(void)
{
	unsigned hold;
	bool counted;

	panel_reclaim(&panel, slot, &self, 1000000, is_gone);
	panel_reclaim(&panel, slot, &self, 1000000, is_gone);
	if (owners_count(slot, &counted) != 0)
		return false;
	for (int i = 0; i < LIMIT; i++)
		if (panel_hold(&panel, slot, &self, LIMIT, &hold) != PANEL_HELD)
			return false;
	return panel_hold(&panel, slot, &self, LIMIT, &hold) == PANEL_FULL;
}

static int told(bool holds, int number, const char *what)
{
	printf("%sok %d - %s\n", holds ? "" : "not ", number, what);
	return !holds;
}

int main(void)
{
	const char *seconds = getenv("STRESS_SECONDS");
	uint64_t end, taken = 0;
	int failed;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	clock_init();
	open_panel();
	end = clock_now() + (seconds ? strtoull(seconds, NULL, 10) : SECONDS) * UINT64_C(1000000000);
	for (int i = 0; i < WORKERS; i++)
		start_worker(i);
	for (uint64_t random = 1; clock_now() < end; random = hash_mix(random)) {
		int victim = (int)(random % WORKERS);

		nanosleep(&(struct timespec){ .tv_nsec = (long)(random >> 8) % 8000000 + 1000000 }, NULL);
		kill_worker(victim);
		start_worker(victim);
	}
	for (int i = 0; i < WORKERS; i++) {
		kill_worker(i);
		taken += atomic_load(&shared->cells[i].taken);
	}
	self = (struct panel_holder){ .pid = (uint32_t)getpid(), .space = 1, .since = clock_now() };
	printf("1..3\n# %llu taken, %llu times full, %llu given back for %llu killed\n", (unsigned long long)taken,
	       (unsigned long long)atomic_load(&shared->full), (unsigned long long)atomic_load(&shared->reclaimed),
	       (unsigned long long)atomic_load(&shared->kills));
	failed = told(atomic_load(&shared->too_many) == 0, 1, "never more than the limit are held");
	failed += told(taken > 1000 && atomic_load(&shared->reclaimed) > 0, 2, "they get on, and what the killed held is given back");
	failed += told(whole_limit_can_be_had(), 3, "when all are dead the whole limit can be had");
	return failed;
}
