/* SPDX-License-Identifier: MIT */
/*
 * holding.c - connections that count (holding.h).
 */
#include "hook/holding.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/duration.h"
#include "hook/fdtable.h"
#include "hook/holder.h"
#include "hook/owner.h"
#include "hook/roomy.h"
#include "hook/sandbox.h"

#define HOLDING_LOOK_NS (50 * NSEC_PER_MSEC)

enum { HOLD_BITS = 13, HOLD_MASK = (1 << HOLD_BITS) - 1, ASKS = 32 };

static_assert((int)PANEL_HOLDS < (int)HOLD_MASK, "the number of a hold fits into a descriptor's word");

struct reference {
	_Atomic uintptr_t slot;
	_Atomic uint32_t descriptors;
};

extern _Atomic uint32_t holding_words[FD_TABLE_SIZE];
ROOMY _Atomic uint32_t holding_words[FD_TABLE_SIZE];
extern struct reference holding_references[PANEL_HOLDS];
ROOMY struct reference holding_references[PANEL_HOLDS];

static struct panel *panel;
static _Atomic uint64_t next_look; /* ns */

#define GET(field)        atomic_load_explicit(&(field), memory_order_relaxed)
#define PUT(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)

/* Of nobody's mark none. */
static uint32_t tag(void)
{
	uint64_t mark = owner_mark();

	return mark != 0 ? (uint32_t)(mark >> 32) << HOLD_BITS : 0;
}

/* In a sandbox that was there before the program nobody says who we are. */
static bool may_hold(void)
{
	return owner_claim() == OWNER_SELF && !sandbox_is_inherited();
}

/* Who we are; what an earlier process of our pid, or this one before an exec(), has left is given back. */
static void identify(struct panel_holder *holder)
{
	if (holder_identify(holder))
		panel_disown(panel, holder);
}

void holding_init(struct panel *given, bool limited)
{
	struct panel_holder holder;

	panel = given;
	if (limited && may_hold())
		identify(&holder);
}

/* Relaxed: a second look does no harm. */
static bool may_look(uint64_t now)
{
	if (now < GET(next_look))
		return false;
	PUT(next_look, now + HOLDING_LOOK_NS);
	return true;
}

bool holding_is_full(struct panel_slot *slot, unsigned limit, uint64_t now)
{
	struct panel_holder holder;

	if (panel_connections(slot) < limit)
		return false;
	if (!may_look(now) || !may_hold())
		return true;
	identify(&holder);
	panel_reclaim(panel, slot, &holder, ASKS, holder_is_gone);
	return panel_connections(slot) >= limit;
}

bool holding_begin(struct panel_slot *slot, unsigned limit, uint32_t *hold)
{
	struct panel_holder holder;
	unsigned number;

	*hold = 0;
	if (!may_hold())
		return true;
	identify(&holder);
	switch (panel_hold(panel, slot, &holder, limit, &number)) {
	case PANEL_HELD:
		*hold = number + 1;
		return true;
	case PANEL_NO_PLACE:
		return true;
	case PANEL_FULL:
		break;
	}
	return false;
}

void holding_drop(struct panel_slot *slot, uint32_t hold)
{
	struct panel_holder holder;

	if (hold == 0)
		return;
	identify(&holder);
	panel_let_go(panel, slot, &holder, hold - 1);
}

/* One descriptor less. */
static void release(uint32_t word)
{
	uint32_t hold = word & HOLD_MASK;
	struct reference *reference;

	if (hold == 0 || hold > PANEL_HOLDS || (word & ~(uint32_t)HOLD_MASK) != tag())
		return;
	reference = &holding_references[hold - 1];
	if (atomic_fetch_sub_explicit(&reference->descriptors, 1, memory_order_relaxed) == 1)
		holding_drop((struct panel_slot *)GET(reference->slot), hold);
}

/* A descriptor beyond the table cannot be watched: its connection is not counted. */
void holding_tie(int fd, struct panel_slot *slot, uint32_t hold)
{
	struct reference *reference;

	if (hold == 0)
		return;
	if (!fd_in_table(fd)) {
		holding_drop(slot, hold);
		return;
	}
	reference = &holding_references[hold - 1];
	PUT(reference->slot, (uintptr_t)slot);
	PUT(reference->descriptors, 1);
	if (fd_word(fd) == 0)
		fd_set_word(fd, FD_OTHER);
	fd_change_flags(fd, 0, FD_MAY_HOLD);
	release(atomic_exchange_explicit(&holding_words[fd], tag() | hold, memory_order_relaxed));
}

void holding_share(int from, int to)
{
	uint32_t word = fd_in_table(from) ? GET(holding_words[from]) : 0;
	struct reference *reference;
	uint32_t count;

	if (word == 0 || !fd_in_table(to) || (word & ~(uint32_t)HOLD_MASK) != tag() || owner_check() != OWNER_SELF)
		return;
	reference = &holding_references[(word & HOLD_MASK) - 1];
	count = GET(reference->descriptors);
	while (count > 0 && !atomic_compare_exchange_weak_explicit(&reference->descriptors, &count, count + 1,
								   memory_order_relaxed, memory_order_relaxed))
		;
	if (count > 0)
		release(atomic_exchange_explicit(&holding_words[to], word, memory_order_relaxed));
}

void holding_leave(int fd)
{
	int saved = errno;

	if (fd_in_table(fd) && GET(holding_words[fd]) != 0 && owner_check() != OWNER_OTHER)
		release(atomic_exchange_explicit(&holding_words[fd], 0, memory_order_relaxed));
	errno = saved;
}
