/* SPDX-License-Identifier: MIT */
/*
 * owners.h - who holds how many connections to a destination that limits them.
 *
 * Each such connection of any process has a hold, one of PANEL_HOLDS in the panel:
 *
 *   word  63..37 sequence   36..15 pid   14..3 number of the slot   2..0 state
 *   who   63..44 namespaces of the pid   43..0 since when, in units of 2^17 ns, rounded up
 *
 * and each slot the count of its holds, with the last step that changed it:
 *
 *   connections  63 somebody has counted   58..32 sequence   31..16 number of the hold   15..0 count
 *
 * The count is what admits, by compare-and-swap, so that it is exact for all processes; the holds say whose they are,
 * so that those of the dead can be given back. Each change of both is in three steps, of which the second decides:
 *
 *   1. the hold announces it: FREE -> CLAIMED (who is written) -> TAKING, or HELD -> GIVING, under a new sequence
 *   2. connections: count + 1 or - 1, and the hold and its sequence as the last step
 *   3. the hold is settled: TAKING -> HELD, GIVING -> FREE
 *
 * Whoever is about to do a step 2 of his own first settles the last one (owners_settle() of what it read), so
 * that a step which is overwritten in connections is settled, and who finds an announced one can tell whether its
 * step 2 was done: if it is the last one it was, else it was not, or the hold has been settled.
 *
 * | dies        | leaves                  | who comes along                                                         |
 * | ----------- | ----------------------- | ----------------------------------------------------------------------- |
 * | before 1    | CLAIMED                 | nobody: one hold is lost until the file is removed                      |
 * | before 2    | TAKING, not counted     | once the process is gone: makes it FREE                                 |
 * | before 2    | GIVING, still counted   | does step 2 and 3, whether the process is gone or not                   |
 * | before 3    | TAKING or GIVING, done  | settles it                                                              |
 * | later       | HELD                    | once the process is gone: announces GIVING, and does 2 and 3            |
 *
 * Only the process itself does step 2 of a TAKING, since the limit is its own; any number may do that of a GIVING, of
 * which one compare-and-swap succeeds: it was read before the announcement was seen to stand, and a value of connections
 * does not come back (for that a thread would have to sleep through 2^27 steps of one hold). That a process is gone is
 * never guessed: panel_reclaim() asks for it. All orders are acquire and release: who sees a step sees what came before.
 *
 * May overlap: all with all. Any thread, signal handler or child; each loop is bounded. A slot that is given to another
 * destination keeps its count, and the holds their slot: what is given back later is taken off what it was added to.
 */
#ifndef CUTOUT_PANEL_OWNERS_H
#define CUTOUT_PANEL_OWNERS_H

#include "panel/file.h"
#include "panel/panel.h"

enum hold_state {
	HOLD_FREE = 0,
	HOLD_CLAIMED = 1,
	HOLD_TAKING = 2,
	HOLD_HELD = 3,
	HOLD_GIVING = 4,
};

/* Asks which processes are gone, each once in a row. */
struct owners_inquiry {
	const struct panel_holder *by;
	bool (*is_gone)(uint32_t pid, uint64_t since); /* NULL: by their pids alone */
	unsigned asks; /* left */

	uint32_t pid;  /* the last one that was asked for, and */
	uint64_t who;
	bool answer;
};

/* What is to be done with that hold; true when there is one connection less. */
bool owners_look_at(struct panel_file *file, size_t number, struct owners_inquiry *inquiry);

/* Connections that are held; *counted: somebody has ever asked. */
uint32_t owners_count(const struct panel_slot *slot, bool *counted);

#endif
