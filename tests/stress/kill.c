/* SPDX-License-Identifier: MIT */
/*
 * kill.c - processes with threads use one panel file while they are killed, one after the other.
 *
 * What must hold at every reading, and afterwards, is in watch.h. Destinations fail in turns, so that breakers
 * trip and recover all the time; new destinations come up, more than there are slots, so that these are claimed,
 * evicted and used again under fire. The process
 * that starts the others has one thread, so that they may start theirs under ThreadSanitizer too. A reader follows the
 * events; one more process, which is killed too, trips and resets breakers by hand.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "afterwards.h"
#include "panel/slot.h"
#include "reading.h"

#define MS UINT64_C(1000000)

enum {
	WORKERS = 4,
	THREADS = 3,
	HOT = 6,       /* destinations that are called all the time */
	COLD = 9000,   /* ones that come up now and then, more than the panel has room for */
	SECONDS = 6,   /* STRESS_SECONDS in the environment overrides it */
	OVERDUE_MS = 40,
	PATIENCE = 60, /* seconds; then something hangs */
};

static char path[128];
static struct panel panel;
static struct tally *tally;
static struct breaker_policy policies[2];

static void make_policies(void)
{
	policy_defaults(&policies[0]);
	policies[0].timeout = 2 * MS;
	policies[0].max_timeout = 8 * MS;
	policies[0].overdue = OVERDUE_MS * MS;
	policies[0].failures = 3;
	policies[1] = policies[0];
	policies[1].failures = 0;
	policies[1].failure_rate = POLICY_RATE_ONE / 2;
	policies[1].window = 50 * MS;
	policies[1].probes = 3;
	policies[1].successes = 4;
}

static struct panel_slot *find(unsigned number)
{
	const struct breaker_policy *policy = &policies[number % 2];
	struct panel_key key = {
		.policy = policy_hash(policy),
		.port = (uint16_t)(number + 1),
		.family = 4,
		.protocol = 1,
	};
	char name[32];

	snprintf(name, sizeof(name), "host-%u", number);
	return panel_find(&panel, &key, &(struct panel_identity){ policy, name, "*" }, clock_now()).slot;
}

static void sleep_ns(uint64_t ns)
{
	nanosleep(&(struct timespec){ .tv_nsec = (long)ns }, NULL);
}

static void end_call(struct panel_call *call, const struct breaker_policy *policy, uint64_t random)
{
	bool bad_times = (call->began / (50 * MS)) % 2 == 0;
	enum breaker_outcome outcome = random % 10 < (bad_times ? 7 : 1) ? OUTCOME_FAILURE : OUTCOME_SUCCESS;
	struct panel_change changes[2];

	if (random >> 8 & 1 && !panel_detach(call))
		return;
	if ((random >> 9) % 16 == 0)
		outcome = OUTCOME_IGNORED;
	panel_report(call, policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, clock_now(), changes);
	atomic_fetch_add(&tally->trips, changes[0].reason != REASON_NONE && changes[0].to == BREAKER_OPEN);
	atomic_fetch_add(&tally->closings, changes[0].reason == REASON_RECOVERED);
}

static void make_call(uint64_t random)
{
	unsigned number = random % 32 == 0 ? HOT + (random >> 8) % COLD : (random >> 8) % HOT;
	const struct breaker_policy *policy = &policies[number % 2];
	struct panel_slot *slot = find(number);
	struct panel_change changes[2];
	struct panel_view view;
	struct panel_call call;

	if (slot == NULL)
		return;
	if ((random >> 12) % 256 == 0)
		panel_view_slot(slot, clock_now(), &view);
	if (panel_admit(slot_seat(slot), policy, clock_now(), random >> 20 & 1, &call, changes) == VERDICT_REFUSED) {
		atomic_fetch_add(&tally->refusals, 1);
		return;
	}
	atomic_fetch_add(&tally->calls, 1);
	/* It has just made room. */
	if (call.slot == NULL)
		return;
	/* Now and then a call takes long, or is never heard of again. */
	if ((random >> 24) % 512 == 0)
		sleep_ns((random >> 40) % (2 * OVERDUE_MS * MS));
	if ((random >> 34) % 1024 != 0)
		end_call(&call, policy, random >> 48);
}

static void *work(void *seed)
{
	uint64_t random = (uintptr_t)seed ^ clock_now();

	for (;;) {
		random = hash_mix(random + UINT64_C(0x9e3779b97f4a7c15));
		make_call(random);
		if (random >> 58 == 0)
			sleep_ns(200000);
	}
	return NULL;
}

static void open_panel(enum panel_access access)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char why[256];

	if (!panel_open(&panel, path, access, why, sizeof(why)) || panel.is_private) {
		printf("Bail out! %s\n", why);
		_exit(99);
	}
	if (!panel_learn_network(&panel, fd)) {
		printf("Bail out! unknown network namespace\n");
		_exit(99);
	}
	close(fd);
}

/* A child does not outlive the test, whatever ends it. */
static pid_t start_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static pid_t start_worker(void)
{
	pid_t pid = start_process();
	pthread_t thread;

	if (pid != 0)
		return pid;
	open_panel(PANEL_USE);
	for (uintptr_t i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, work, (void *)(i + (uintptr_t)getpid() * THREADS));
	work((void *)((uintptr_t)getpid() * THREADS));
	_exit(0);
}

static pid_t start_events_reader(void)
{
	static struct reading reading;
	pid_t pid = start_process();

	if (pid != 0)
		return pid;
	open_panel(PANEL_READ);
	for (;;) {
		reading_events(&reading, &panel, tally);
		sleep_ns(100000);
	}
}

/* Trips and resets by hand, in between. */
static pid_t start_steerer(void)
{
	uint64_t random = clock_now();
	pid_t pid = start_process();

	if (pid != 0)
		return pid;
	open_panel(PANEL_STEER);
	for (;;) {
		unsigned number = (unsigned)((random = hash_mix(random + 1)) % HOT);
		struct panel_slot *slot = find(number);
		struct panel_change changes[2];

		if (slot != NULL && random >> 32 & 1)
			panel_trip(slot, &policies[number % 2], clock_now(), 0, false, changes);
		else if (slot != NULL)
			panel_reset(slot, &policies[number % 2], clock_now(), false, changes);
		atomic_fetch_add(&tally->orders, 1);
		sleep_ns(random >> 33 & 0x3fffff);
	}
}

static pid_t start_reader(void)
{
	static struct reading reading;
	pid_t pid = start_process();

	if (pid != 0)
		return pid;
	open_panel(PANEL_READ);
	for (;;) {
		reading_views(&reading, &panel, tally);
		sleep_ns(100000);
	}
}

/* Only SIGKILL, and only ours. */
static void end_process(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	note(tally, WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, PROCESSES_DIE_ONLY_WHEN_KILLED, "status %x",
	     status);
}

static unsigned kill_for(unsigned seconds)
{
	uint64_t end = clock_now() + seconds * 1000 * MS;
	pid_t workers[WORKERS], reader = start_reader(), events_reader = start_events_reader();
	pid_t steerer = start_steerer();
	uint64_t random = clock_now();
	unsigned kills = 0;

	for (int i = 0; i < WORKERS; i++)
		workers[i] = start_worker();
	while (clock_now() < end) {
		random = hash_mix(random);
		sleep_ns(5 * MS + random % (20 * MS));
		end_process(workers[random % WORKERS]);
		workers[random % WORKERS] = start_worker();
		kills++;
		if (random >> 60 == 0) {
			end_process(steerer);
			steerer = start_steerer();
			kills++;
		}
	}
	for (int i = 0; i < WORKERS; i++)
		end_process(workers[i]);
	end_process(steerer);
	end_process(reader);
	sleep_ns(200 * MS);
	end_process(events_reader);
	return kills + WORKERS + 1;
}

static void check_afterwards(unsigned kills)
{
	uint64_t now = clock_now();

	for (unsigned i = 0; i < HOT; i++)
		afterwards_breaker(find(i), now, OVERDUE_MS * MS, tally);
	afterwards_slots(&panel, kills * THREADS, tally);
}

int main(void)
{
	const char *seconds = getenv("STRESS_SECONDS"), *parent = getenv("TMPDIR");
	char directory[100];
	unsigned kills, run;
	int broken;

	setvbuf(stdout, NULL, _IOLBF, 0);
	clock_init();
	make_policies();
	snprintf(directory, sizeof(directory), "%.60s/cutout-stress-XXXXXX", parent != NULL ? parent : "/tmp");
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED || mkdtemp(directory) == NULL) {
		printf("Bail out! %s\n", strerror(errno));
		return 99;
	}
	snprintf(path, sizeof(path), "%s/panel", directory);
	open_panel(PANEL_USE);
	run = seconds != NULL ? (unsigned)atoi(seconds) : SECONDS;
	alarm(run + PATIENCE);
	kills = kill_for(run);
	check_afterwards(kills);
	note(tally, tally->lost <= (uint64_t)kills * THREADS, DEATH_COSTS_FEW_EVENTS,
	     "%llu entries were left half written, %u kills", (unsigned long long)tally->lost, kills);
	printf("# %llu events were read, %llu are half written, %llu orders by hand\n", (unsigned long long)tally->events,
	       (unsigned long long)tally->lost, (unsigned long long)tally->orders);
	printf("# %llu calls, %llu refusals, %llu trips, %llu closings, %llu views\n",
	       (unsigned long long)tally->calls, (unsigned long long)tally->refusals,
	       (unsigned long long)tally->trips, (unsigned long long)tally->closings,
	       (unsigned long long)tally->views);
	unlink(path);
	rmdir(directory);
	broken = tell(tally);
	return broken != 0;
}
