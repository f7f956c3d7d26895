/* SPDX-License-Identifier: MIT */
/*
 * events.h - the ring of the last changes of state, in shared words.
 *
 * Whoever's compare-and-swap changed a breaker's state writes one event (change.c). The header's next_event hands out
 * the numbers; an entry is PANEL_EVENT_WORDS words, each with a tag that says whose it is: tagged.h has the protocol,
 * and what a death half way costs.
 *
 * A reader cannot tell a slow writer from a dead one: it comes back later, as often as it likes. What it missed it
 * knows by the generations: each change of a breaker is one generation further, and each says how many came before it
 * since the breaker got its slot. Dying between the swap of the
 * breaker's word and the number costs the event too, and shows in the same way. A tag comes back after 65535
 * rounds (268 million events), by which time every word has been written again.
 *
 * May overlap: all with all. Writers run in any thread, signal handler or child: no lock, no allocation, no
 * errno; each loop is bounded; the one system call is getpid(). Nothing that is read is trusted.
 */
#ifndef CUTOUT_PANEL_EVENTS_H
#define CUTOUT_PANEL_EVENTS_H

#include "panel/panel.h"

enum { EVENT_EARLIER_MAX = 1023 };

/* One change, as tools see it. */
struct panel_event {
	uint64_t wall;       /* ns since the epoch */
	uint64_t now;        /* ns of the monotonic clock, as the one who asked knew it */
	uint32_t generation; /* the new one */
	enum breaker_phase from, to;
	enum breaker_reason reason;
	uint64_t open_time;  /* ns until half-open; 0: it is not open, or for good */
	/* Counts of the generation that ended; the results that ended it are among them. */
	uint64_t requests, successes, failures, ignored;
	uint64_t consecutive_successes, consecutive_failures;
	int last_error;      /* 0: none yet */
	uint32_t pid;
	char program[16];
	unsigned earlier;    /* changes of this breaker before this one, EVENT_EARLIER_MAX at most */
	size_t slot;
	uint32_t breaker;     /* events_breaker() of its key: the slot may be another's by now */
	struct panel_key key; /* address, scope, port, family and protocol alone */
};

/* From here on the process's changes in that panel are written. In a constructor, before threads. */
void events_attach(struct panel_file *file);
void events_detach(const struct panel_file *file);

/* Whose change it is: what the slot says, while it is certain to be that breaker's. */
struct event_subject {
	const struct panel_slot *slot;
	uint32_t first_generation;
	struct panel_key key;
};
void events_note_subject(struct event_subject *subject, const struct panel_slot *slot);

/* Fills in wall, pid, program, and what the subject says; the rest is the caller's. */
void events_write(const struct event_subject *subject, struct panel_event *event);

/* False: a later round was there before. */
bool events_put(struct panel_file *file, uint64_t number, const struct panel_event *event);

uint32_t events_breaker(const struct panel_key *key);

enum event_found {
	EVENT_WHOLE,
	EVENT_PENDING, /* not yet, or only half: ask again; if nothing comes its writer is dead */
	EVENT_LOST,    /* overwritten */
};

/* The number that the next event will have: the ring holds at most the PANEL_EVENTS before it. */
uint64_t events_next(const struct panel *panel);

enum event_found events_get(const struct panel *panel, uint64_t number, struct panel_event *event);

#endif
