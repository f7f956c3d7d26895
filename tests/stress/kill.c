/* SPDX-License-Identifier: MIT */
/*
 * kill.c - processes with threads use one panel file while they are killed, one after the other.
 *
 * What must hold at every reading, and afterwards, is in watch.h. Destinations fail in turns, so that breakers
 * trip and recover all the time; new destinations come up, so that slots are claimed under fire. The process
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
#include "panel/slot.h"
#include "watch.h"

#define MS UINT64_C(1000000)

enum {
	WORKERS = 4,
	THREADS = 3,
	HOT = 6,       /* destinations that are called all the time */
	COLD = 2000,   /* ones that come up now and then */
	SECONDS = 6,   /* STRESS_SECONDS in the environment overrides it */
	OVERDUE_MS = 40,
	READ_WITHIN_MS = 5000,
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

	if (random >> 8 & 1 && !panel_detach(call, policy))
		return;
	if ((random >> 9) % 16 == 0)
		outcome = OUTCOME_IGNORED;
	panel_report(call, policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, clock_now(), changes);
	atomic_fetch_add(&tally->trips, changes[0].reason != REASON_NONE && changes[0].to == BREAKER_OPEN);
	atomic_fetch_add(&tally->closings, changes[0].reason == REASON_RECOVERED);
}

static void make_call(uint64_t random)
{
	unsigned number = random % 256 == 0 ? HOT + (random >> 8) % COLD : (random >> 8) % HOT;
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

static void read_all(struct seen *seen)
{
	struct panel_view view;
	uint64_t start = clock_now();

	for (size_t i = 0; i < PANEL_SLOTS; i++) {
		uint64_t now = clock_now();

		if (panel_view(&panel, i, now, &view))
			watch(tally, &seen[i], &view, now);
	}
	note(tally, clock_now() - start < READ_WITHIN_MS * MS, READER_DOES_NOT_HANG, "a reading took %llu ms",
	     (unsigned long long)((clock_now() - start) / MS));
}

/* Where the reader of events is. */
struct events_reading {
	uint64_t next;
	unsigned waited;
	struct told told[PANEL_SLOTS];
};

/* One that does not come whole in many readings was its writer's last. The ring may be faster than we are. */
static void read_events(struct events_reading *reading)
{
	uint64_t end = events_next(&panel);
	struct panel_event event;

	while (reading->next != end) {
		switch (events_get(&panel, reading->next, &event)) {
		case EVENT_WHOLE:
			watch_event(tally, &reading->told[event.slot], &event);
			break;
		case EVENT_PENDING:
			if (end - reading->next < PANEL_EVENTS / 2 && reading->waited++ < 200)
				return;
			atomic_fetch_add(&tally->lost, 1);
			break;
		case EVENT_LOST:
			break;
		}
		reading->waited = 0;
		reading->next++;
	}
}

static pid_t start_events_reader(void)
{
	static struct events_reading reading;
	pid_t pid = start_process();

	if (pid != 0)
		return pid;
	open_panel(PANEL_READ);
	for (;;) {
		read_events(&reading);
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
	static struct seen seen[PANEL_SLOTS];
	pid_t pid = start_process();

	if (pid != 0)
		return pid;
	open_panel(PANEL_READ);
	for (;;) {
		read_all(seen);
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

/* By the clock that is handed in: nobody waits. */
static void check_in_flight(const struct panel_slot *slot, uint64_t now)
{
	struct panel_view view;

	panel_view_slot(slot, now + 2 * OVERDUE_MS * MS, &view);
	note(tally, view.in_flight == 0, IN_FLIGHT_RETURNS_TO_ZERO, "%s: %u", view.destination, view.in_flight);
	note(tally, view.state.phase != BREAKER_OPEN, OPEN_ENDS, "%s is still open", view.destination);
}

static void call_with(struct panel_slot *slot, const struct breaker_policy *policy, enum breaker_outcome outcome,
		      uint64_t now)
{
	struct panel_change changes[2];
	struct panel_call call;

	if (panel_admit(slot_seat(slot), policy, now, PANEL_REFUSED, &call, changes) == VERDICT_ADMITTED)
		panel_report(&call, policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, now, changes);
}

/* What the killed left in flight may open it once more; after that it must close, and trip. */
static void check_works(struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now)
{
	struct panel_view view;

	call_with(slot, policy, OUTCOME_IGNORED, now + 1000 * MS);
	for (int i = 0; i < 8; i++)
		call_with(slot, policy, OUTCOME_SUCCESS, now + 2000 * MS);
	panel_view_slot(slot, now + 2000 * MS, &view);
	note(tally, view.state.phase == BREAKER_CLOSED, BREAKERS_STILL_WORK, "%s does not close", view.destination);
	for (int i = 0; i < 40; i++)
		call_with(slot, policy, OUTCOME_FAILURE, now + 3000 * MS);
	panel_view_slot(slot, now + 3000 * MS, &view);
	note(tally, view.state.phase == BREAKER_OPEN, BREAKERS_STILL_WORK, "%s does not trip", view.destination);
}

static void check_slots(unsigned kills)
{
	struct panel_figures figures;
	unsigned claims = 0;

	panel_figures(&panel, &figures);
	for (unsigned i = 0; i < PANEL_CLAIM_WORDS; i++)
		claims += (unsigned)__builtin_popcountll(panel.file->header.claims[i]);
	note(tally, figures.breakers <= HOT + COLD, ONE_SLOT_PER_KEY, "%u slots for %u keys",
	     (unsigned)figures.breakers, HOT + COLD);
	note(tally, claims >= figures.breakers && claims - figures.breakers <= kills * THREADS, DEATH_COSTS_ONE_SLOT,
	     "%u claims, %u breakers, %u kills", claims, (unsigned)figures.breakers, kills);
	printf("# %u kills, %u breakers, %u slots lost\n", kills, (unsigned)figures.breakers,
	       claims - (unsigned)figures.breakers);
}

static void check_afterwards(unsigned kills)
{
	uint64_t now = clock_now();

	for (unsigned i = 0; i < HOT; i++) {
		check_in_flight(find(i), now);
		check_works(find(i), &policies[i % 2], now);
	}
	check_slots(kills);
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
