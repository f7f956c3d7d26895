/* SPDX-License-Identifier: MIT */
/*
 * panel.h - the breakers of a user: open the panel, find a breaker, ask it, tell it.
 *
 * panel_open() runs once, in a constructor, before threads. Everything else is lock-free and
 * bounded, makes no system call (but getpid() at a change of state), allocates nothing, leaves errno
 * alone, and may run in any thread, in a signal handler and in a forked child, at the same time in any
 * number of processes, each of which may be killed between any two instructions.
 */
#ifndef CUTOUT_PANEL_PANEL_H
#define CUTOUT_PANEL_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "breaker/outcome.h"
#include "breaker/policy.h"
#include "breaker/state.h"
#include "panel/layout.h"

/* The switch. Values are part of the panel's layout. */
enum panel_mode {
	PANEL_MODE_DEFAULT = 0, /* as rules and programs say */
	PANEL_MODE_ENFORCE = 1,
	PANEL_MODE_OBSERVE = 2,
	PANEL_MODE_OFF = 3,
};

struct panel_file; /* the mapping as layout.h and file.h lay it out */

struct panel {
	struct panel_file *file; /* NULL: not open */
	panel_word netns;        /* number of this process's network namespace; 0: not known, or of no matter */
	uint64_t netns_by_name;  /* the same for tools, as programs know it that may not ask a socket; 0: not known */
	atomic_bool network_unknown; /* the netns is yet to be learnt: panel_learn_network() */
	bool is_private;
	bool is_absent;          /* not open, since there is none, or one of an earlier start of the system: for tools */
	char path[256];          /* "private", or the file's */
};

enum panel_access {
	PANEL_USE,  /* create it if need be; map it for reading and writing */
	PANEL_READ, /* a tool: map an existing one for reading; nothing is created */
	PANEL_STEER, /* a tool: map an existing one for reading and writing */
};

/*
 * Opens the panel at `path`: an absolute path, "private", or NULL for the user's default
 * (/dev/shm/cutout-UID/panel.vN). With PANEL_USE it always ends with a usable panel unless memory is
 * denied: where the file cannot be used the panel is private, and `why` says so in one line
 * ("/dev/shm/cutout-1000: owned by user 0, not by 1000; using a private panel"). `why` is "" when all is
 * well. Returns false when there is no panel (`why` says why). No descriptor stays open.
 */
bool panel_open(struct panel *panel, const char *path, enum panel_access access, char *why, size_t size);

/* The same for a caller who knows who the real user is, and asks nobody. */
bool panel_open_as(uid_t user, struct panel *panel, const char *path, enum panel_access access, char *why, size_t size);

/*
 * After PANEL_USE, before the first panel_find() or panel_peek(): the breakers are those of the network namespace that
 * the socket is in. One getsockopt() the first time, a load later. False when the kernel does not tell: without it no
 * breaker may be looked for. Any thread, signal handler or child.
 */
bool panel_learn_network(struct panel *panel, int socket);

/*
 * The same without a socket of the program's, in the constructor, for programs that need it before they have one: makes
 * a socket and closes it. What cannot be had is left to panel_learn_network().
 */
void panel_learn_network_by_itself(struct panel *panel);

/* Where a sandbox may kill for asking a socket: by the namespace's inode, with what the dynamic linker does, too. */
void panel_learn_network_by_name(struct panel *panel);
bool panel_network_is_known(const struct panel *panel);

/* For tools and tests; the interposer never closes. */
void panel_close(struct panel *panel);

/* The path that NULL stands for. Returns the length. */
size_t panel_default_path(char *path, size_t size);

/* What a new breaker is told about itself, for display. */
struct panel_identity {
	const struct breaker_policy *policy;
	const char *destination; /* "db.internal:5432" */
	const char *rule;        /* the rule's pattern */
};

/*
 * A slot as it was found. It may make room for another breaker at any time (slot.h), and then has another status:
 * whoever asks it says which one he means.
 */
struct panel_seat {
	struct panel_slot *slot; /* NULL: none */
	uint64_t status;
};

/*
 * The slot of that key, made if there is none; in a full panel the least recently used of those that are closed and idle
 * makes room. None when there is no such: the call then passes unprotected, and is counted in the header.
 * panel_peek() makes none. key->netns is filled in by both.
 */
struct panel_seat panel_find(struct panel *panel, struct panel_key *key, const struct panel_identity *identity,
			     uint64_t now);
struct panel_seat panel_peek(const struct panel *panel, struct panel_key *key);

/* What panel_admit() and panel_report() did to the state, for the log. */
struct panel_change {
	enum breaker_reason reason; /* REASON_NONE: nothing changed, the rest is not set */
	enum breaker_phase from;
	enum breaker_phase to;
	uint32_t generation;  /* the new one */
	uint64_t open_time;   /* to == BREAKER_OPEN: ns until half-open */
	uint64_t requests, successes, failures; /* counts of the generation that ended */
	int last_error;
};

/* Where a call is counted as in flight: one number, so that who keeps calls keeps it as it is. */
enum {
	PANEL_CALL_SLICE = 0xfffff,    /* ring.h: in which it began */
	PANEL_CALL_IN_RING = 1 << 20,  /* as waiting or pending */
	PANEL_CALL_COUNTED = 1 << 21,  /* it was overdue in there, and is counted as that */
	PANEL_CALL_PENDING = 1 << 22,
	PANEL_CALL_PROBE = 1 << 23,    /* admitted in half-open */
	PANEL_CALL_EXCHANGE = 1 << 24, /* it waits for an answer: its ring is that of exchanges */
	PANEL_CALL_PLACE = (1 << 25) - 1,
};

/* An admitted call. A plain value; copy it freely, but report it once. */
struct panel_call {
	struct panel_slot *slot;
	uint64_t status;     /* of its slot, as in the seat */
	uint64_t began;      /* ns */
	uint32_t generation;
	uint32_t place;      /* PANEL_CALL_…: where it is counted as in flight */
	uint64_t tape;       /* its mark (tape.h); 0: it is not recorded */
};

static inline struct panel_seat panel_call_seat(const struct panel_call *call)
{
	return (struct panel_seat){ call->slot, call->status };
}

/* What a refusal is counted as. */
enum panel_refusal {
	PANEL_REFUSED,
	PANEL_WOULD_REFUSE, /* in observe mode */
	PANEL_DIVERTED,     /* to the fallback */
	PANEL_UNCOUNTED,    /* the caller does it, with panel_refuse() */
};

/*
 * Asks for admission of a call that begins now, and counts it as waiting: on VERDICT_ADMITTED *call is
 * filled and must be reported once. Overdue calls of others are counted first. At most two changes of
 * state happen in one call (overdue calls open it, or the open time was over); changes[1] is the later.
 * On VERDICT_REFUSED the refusal is counted as `refusal` says. Where the breaker has made room since it was found, the
 * call is admitted with call->slot NULL: it passes unprotected, and is not reported.
 */
enum breaker_verdict panel_admit(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now,
				 enum panel_refusal refusal, struct panel_call *call, struct panel_change changes[2]);

/*
 * Most refusals, at the price of what they look at: true where panel_admit() is certain to refuse at any time from `now`
 * to `until`, which then is counted as it would count it. False: nothing is counted, and panel_admit() is to be asked.
 */
bool panel_refuse_at_once(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now, uint64_t until,
			  enum panel_refusal refusal);

/* Counts one that panel_admit() was told to leave uncounted. */
void panel_refuse(struct panel_slot *slot, enum panel_refusal refusal);

/*
 * With on=response a call is a connect together with its first exchange, and then each exchange by itself; in between
 * a connection has none, and this is how they pass from one into the other.
 *
 * panel_park(): the handshake is over, and nothing has been sent: the call holds no probe place and is in no ring.
 * False: it was overdue meanwhile and is counted.
 *
 * panel_admit_exchange(): something is about to be sent, from now on an answer is waited for. `parked`: it goes on
 * with the connect's call, which is in *call and was counted when it was admitted. No refusal is counted
 * (panel_refuse() does that, if the caller does refuse); a parked call is then late. Where the breaker has made room
 * meanwhile, call->slot is NULL as with panel_admit().
 *
 * panel_await(): a thread is about to wait for the answer, so that other processes may count it. panel_detach()
 * takes that back. False: the exchange stays its own process's to judge.
 */
bool panel_park(struct panel_call *call, const struct breaker_policy *policy, uint64_t now);
enum breaker_verdict panel_admit_exchange(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now,
					  bool parked, struct panel_call *call, struct panel_change changes[2]);
bool panel_await(const struct panel_call *call);

/* It is open, or was, and who asks for admission will find that its time is over: one load. */
bool panel_seems_open(const struct panel_slot *slot);

/* It is closed, and the last call that counted has failed: one load. */
bool panel_has_run_of_failures(const struct panel_slot *slot);

/* Nothing is admitted at `now`. */
bool panel_is_open(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now);

/* connect() said EINPROGRESS: from now on the call only pends. False: it was overdue meanwhile and is counted. */
bool panel_detach(struct panel_call *call);

/*
 * The call ended (or, pending, was found overdue: then with OUTCOME_FAILURE and ETIMEDOUT). `error` is 0,
 * an errno, or OUTCOME_ERROR_UNKNOWN; it is kept as last error when the outcome is a failure.
 */
void panel_report(struct panel_call *call, const struct breaker_policy *policy, enum breaker_outcome outcome,
		  int error, uint64_t now, struct panel_change changes[2]);

/*
 * Refused by configuration (deny), and counted as `refusal` says. The circuit shows as held open, in a slot of its
 * own: its key must not be that of a breaker.
 */
void panel_deny(struct panel_seat seat, const struct breaker_policy *policy, uint64_t now, enum panel_refusal refusal);

/* Who holds connections: the same for all of a process. */
struct panel_holder {
	uint32_t pid;
	uint32_t space; /* which namespaces its pid and its times are of, HOLDER_SPACE_BITS of it; 0: not known */
	uint64_t since; /* ns since the start of the system, at or after the start of the process */
};

enum { HOLDER_SPACE_BITS = 20 };

enum panel_held {
	PANEL_HELD,
	PANEL_FULL,     /* the destination has as many connections as it may */
	PANEL_NO_PLACE, /* the table of owners is full: nothing is counted */
};

/*
 * One connection more to the slot's destination, unless `limit`, at least 1, are held. On PANEL_HELD
 * *hold is its number, which panel_let_go() gives back, once, with the same slot and holder.
 */
enum panel_held panel_hold(struct panel *panel, struct panel_slot *slot, const struct panel_holder *holder,
			   unsigned limit, unsigned *hold);
uint32_t panel_connections(const struct panel_slot *slot); /* that are held */
void panel_let_go(struct panel *panel, struct panel_slot *slot, const struct panel_holder *holder, unsigned hold);

/*
 * Gives back what gone processes of the caller's namespaces hold to the slot's destination; how many. is_gone() is asked
 * for each process once, up to `asks` of them: has no process that pid that began by `since`?
 */
unsigned panel_reclaim(struct panel *panel, struct panel_slot *slot, const struct panel_holder *holder, unsigned asks,
		       bool (*is_gone)(uint32_t pid, uint64_t since));

/* Gives back what an earlier process of the same pid holds, or this one before an exec(). */
void panel_disown(struct panel *panel, const struct panel_holder *holder);

struct panel_error {
	int error; /* 0: all that have no place of their own, and failures without an errno */
	uint64_t count;
};

/* Upper bounds of the histogram, ns, inclusive; the last bucket has none. */
extern const uint64_t panel_histogram_bounds[PANEL_HISTOGRAM - 1];

/*
 * By hand, for tools, in a panel that was opened with PANEL_STEER or PANEL_USE: the next connect of every process finds
 * it so. panel_trip() opens it for `duration` ns, as state_trip() says; panel_reset() closes it. Held, it stays
 * so until one of them is called without. At most two changes happen: an open time that is over is noticed first.
 * False when others were faster PANEL_TRIES times: nothing was done.
 */
bool panel_trip(struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now, uint64_t duration,
		bool hold, struct panel_change changes[2]);
bool panel_reset(struct panel_slot *slot, const struct breaker_policy *policy, uint64_t now, bool hold,
		 struct panel_change changes[2]);

/* A snapshot of one breaker for display, torn at most between fields. */
struct panel_view {
	size_t number; /* of the slot, by panel_view() */
	uint64_t status; /* which of those that had the slot it is */
	struct panel_key key;
	struct breaker_policy policy; /* sane values whatever the file held */
	char destination[PANEL_NAME_MAX];
	char rule[PANEL_RULE_MAX];
	struct breaker_state state; /* as it is at `now`, advanced */
	uint64_t since;             /* ns; when the state was entered; `now` where it is not known */
	uint64_t requests, successes, failures, ignored;          /* of the generation */
	uint64_t consecutive_successes, consecutive_failures;
	uint64_t totals[PANEL_TOTALS];
	uint64_t open_time; /* ns spent open, the present opening included */
	uint32_t in_flight;
	bool counts_connections; /* somebody limits them, or has */
	uint32_t connections;
	int last_error;
	unsigned error_count;
	struct panel_error errors[PANEL_ERRORS];            /* failures, each errno once */
	uint64_t histogram[PANEL_HISTOGRAM];                /* calls of each bucket; ignored and late ones are in none */
	uint64_t duration_sum;                              /* ns, of the same calls */
	uint64_t transitions[PANEL_PHASES][PANEL_PHASES];   /* changes of state: from, to */

	enum panel_mode mode; /* of this breaker alone */
};

/* Slots by number, 0 to PANEL_SLOTS - 1; false for one that is not in use, or makes room at this very time. */
bool panel_view(const struct panel *panel, size_t number, uint64_t now, struct panel_view *view);
bool panel_view_slot(const struct panel_slot *slot, uint64_t now, struct panel_view *view);

/* The slot that panel_view() saw; NULL where it is another breaker's meanwhile. */
struct panel_slot *panel_slot_of(struct panel *panel, const struct panel_view *view);

struct panel_figures {
	uint64_t breakers;  /* in use */
	uint64_t capacity;
	uint64_t unprotected; /* calls that passed because it was full */
	uint64_t evictions;
};
void panel_figures(const struct panel *panel, struct panel_figures *figures);

#endif
