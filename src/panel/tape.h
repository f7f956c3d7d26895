/* SPDX-License-Identifier: MIT */
/*
 * tape.h - what `cutout record` hears of: the begin and the end of every call, in a ring that all processes share.
 *
 * A recording is a directory with a panel and a tape in it. The recorder makes both; the object opens both in its
 * constructor, where CUTOUT_RECORD names the directory, and from then on writes an entry when a program starts under
 * it, when a call is admitted, and when its result is reported. The header's `next` hands out the numbers; an
 * entry is TAPE_ENTRY_WORDS tagged words (tagged.h has the protocol). The number of a call's begin is its ID.
 *
 * The recorder is the one reader, and nobody waits for it: what it has not read before the ring comes round is
 * overwritten, and it knows by the numbers how much that was. A writer that is killed between its number and the last
 * word costs one entry, which stays pending; so does one that died before the end of its call, of which then only the
 * begin is known.
 *
 * Writers run in any thread, signal handler or child: no lock, no allocation, no errno; bounded; the one
 * system call is getpid(). Nothing that is read is trusted.
 */
#ifndef CUTOUT_PANEL_TAPE_H
#define CUTOUT_PANEL_TAPE_H

#include "panel/panel.h"

/* Behind the directory's path. */
#define TAPE_NAME "/tape"
#define TAPE_PANEL_NAME "/panel"

enum { TAPE_ENTRIES = 131072, TAPE_ENTRY_WORDS = 4 };

struct tape_file; /* tape_file.h */

enum tape_what {
	TAPE_START, /* a program came under the object; what its process had in flight is over */
	TAPE_BEGIN,
	TAPE_END,
};

struct tape_entry {
	enum tape_what what;
	enum breaker_outcome outcome; /* of an end */
	uint64_t time;                /* ns of the monotonic clock */
	uint32_t id;                  /* of the call: the number of its begin, cut to 32 bits */
	uint32_t pid;                 /* in the recorder's pid namespace; 0: in another, where it says nothing */
	size_t slot;                  /* begin, end: of the recording's panel */
	uint32_t breaker;             /* events_breaker() of its key: the slot may be another's by now */
};

/* --- opening; no descriptor stays open --- */

/* The recorder's: makes the file at `path`. NULL with the reason in `why`. */
struct tape_file *tape_create(const char *path, char *why, size_t size);

/* The object's, in its constructor. NULL: `why` has the reason, or is "" when the recording is over. */
struct tape_file *tape_open(const char *path, char *why, size_t size);

void tape_close(struct tape_file *file);

/* --- writing --- */

/* From here on the process's calls in that panel are written, and that it starts. In a constructor, before threads. */
void tape_attach(struct tape_file *file, const struct panel_file *panel);
void tape_detach(void);

/* Set in a constructor, before threads: there is a recording. */
extern bool tape_is_attached;

/* What the two below do where there is one. */
uint64_t tape_write_begin(const struct panel_slot *slot, uint64_t now);
void tape_write_end(const struct panel_slot *slot, uint64_t mark, enum breaker_outcome outcome, uint64_t now);

/* The call's mark for tape_end(); 0: it is not recorded. */
static inline uint64_t tape_begin(const struct panel_slot *slot, uint64_t now)
{
	return tape_is_attached ? tape_write_begin(slot, now) : 0;
}

static inline void tape_end(const struct panel_slot *slot, uint64_t mark, enum breaker_outcome outcome, uint64_t now)
{
	if (mark != 0)
		tape_write_end(slot, mark, outcome, now);
}

/* False: a later round was there before. */
bool tape_put(struct tape_file *file, uint64_t number, const struct tape_entry *entry);

/* --- reading --- */

/* The number that the next entry will have: the ring holds at most the TAPE_ENTRIES before it. */
uint64_t tape_next(const struct tape_file *file);

enum tape_found {
	TAPE_WHOLE,
	TAPE_PENDING, /* not yet, or only half: ask again; if nothing comes its writer is dead */
	TAPE_LOST,    /* overwritten, or nothing that a writer of ours writes */
};

enum tape_found tape_get(const struct tape_file *file, uint64_t number, struct tape_entry *entry);

#endif
