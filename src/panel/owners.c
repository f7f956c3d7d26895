/* SPDX-License-Identifier: MIT */
/*
 * owners.c - holds are announced, counted and settled; those of the dead are given back. The protocol is in owners.h.
 */
#include "panel/owners.h"

#include "base/hash.h"
#include "panel/report.h"

enum { PID_SHIFT = 15, SEQUENCE_SHIFT = 37, SLOT_SHIFT = 3, STATE_MASK = 7, SLOT_MASK = 0xfff, PID_MASK = 0x3fffff };

#define SEQUENCE_MASK ((UINT64_C(1) << (64 - SEQUENCE_SHIFT)) - 1)
#define COUNTED       (UINT64_C(1) << 63)
#define SINCE_BITS    44
#define SINCE_UNIT    17

static_assert((int)PANEL_SLOTS <= (int)SLOT_MASK, "a slot's number fits into a hold");
static_assert(PANEL_HOLDS <= 0x10000, "a hold's number, and the count of all, fit into connections");
static_assert(SINCE_BITS + HOLDER_SPACE_BITS == 64, "both fit into one word");

/* --- words ------------------------------------------------------------------------------------- */

static enum hold_state state_of(uint64_t word)
{
	return (enum hold_state)(word & STATE_MASK);
}

static uint32_t pid_of(uint64_t word)
{
	return (uint32_t)(word >> PID_SHIFT) & PID_MASK;
}

static bool is_of_slot(uint64_t word, size_t slot)
{
	return (word >> SLOT_SHIFT & SLOT_MASK) == slot;
}

static uint64_t moved(uint64_t word, enum hold_state state)
{
	return (word & ~(uint64_t)STATE_MASK) | state;
}

static uint64_t announced(uint64_t word, enum hold_state state)
{
	return moved(word + (UINT64_C(1) << SEQUENCE_SHIFT), state);
}

static uint64_t claimed(uint64_t word, const struct panel_holder *holder, size_t slot)
{
	uint64_t sequence = announced(word, HOLD_FREE) >> SEQUENCE_SHIFT;

	return sequence << SEQUENCE_SHIFT | (uint64_t)(holder->pid & PID_MASK) << PID_SHIFT | slot << SLOT_SHIFT |
	       HOLD_CLAIMED;
}

static uint64_t who_of(const struct panel_holder *holder)
{
	uint64_t units = (holder->since + (UINT64_C(1) << SINCE_UNIT) - 1) >> SINCE_UNIT;

	return (uint64_t)holder->space << SINCE_BITS | (units & ((UINT64_C(1) << SINCE_BITS) - 1));
}

static uint32_t space_of(uint64_t who)
{
	return (uint32_t)(who >> SINCE_BITS);
}

static uint64_t since_of(uint64_t who)
{
	return (who & ((UINT64_C(1) << SINCE_BITS) - 1)) << SINCE_UNIT;
}

static uint32_t count_of(uint64_t connections)
{
	return (uint32_t)connections & 0xffff;
}

/* What connections becomes by a step of that hold. */
static uint64_t stepped(size_t number, uint64_t word, uint32_t count)
{
	return COUNTED | (word >> SEQUENCE_SHIFT) << 32 | (uint64_t)number << 16 | count;
}

static bool is_last_step(uint64_t connections, size_t number, uint64_t word)
{
	return connections == stepped(number, word, count_of(connections));
}

static uint64_t load(const panel_word *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

static bool swap(panel_word *word, uint64_t *seen, uint64_t next)
{
	return atomic_compare_exchange_strong_explicit(word, seen, next, memory_order_acq_rel, memory_order_acquire);
}

static size_t number_of(const struct panel_file *file, const struct panel_slot *slot)
{
	return (size_t)(slot - file->slots);
}

/* --- the three steps --------------------------------------------------------------------------- */

/* Step 3 of what connections says was the last. Whoever fails here was overtaken by somebody who did it. */
static void settle(struct panel_file *file, uint64_t connections)
{
	size_t number = connections >> 16 & 0xffff;
	panel_word *at;
	uint64_t word;

	if (!(connections & COUNTED) || number >= PANEL_HOLDS)
		return;
	at = &file->owners[number].word;
	word = load(at);
	if (!is_last_step(connections, number, word))
		return;
	if (state_of(word) == HOLD_TAKING)
		swap(at, &word, moved(word, HOLD_HELD));
	else if (state_of(word) == HOLD_GIVING)
		swap(at, &word, moved(word, HOLD_FREE));
}

/* Step 2 and 3 of `word`, a TAKING of this process's own. False when it is full: nothing was done. */
static bool count_in(struct panel_file *file, struct panel_slot *slot, size_t number, uint64_t word, unsigned limit)
{
	uint64_t seen = load(&slot->connections);

	for (unsigned i = 0; i < PANEL_TRIES && count_of(seen) < limit; i++) {
		uint64_t next = stepped(number, word, count_of(seen) + 1);

		settle(file, seen);
		if (swap(&slot->connections, &seen, next)) {
			settle(file, next);
			return true;
		}
	}
	swap(&file->owners[number].word, &word, moved(word, HOLD_FREE));
	return false;
}

/* The same of a GIVING, anybody's. */
static void count_out(struct panel_file *file, struct panel_slot *slot, size_t number, uint64_t word)
{
	uint64_t seen = load(&slot->connections);

	/* `seen` was read before the hold is: what is counted since makes the swap fail. */
	for (unsigned i = 0; i < PANEL_TRIES && load(&file->owners[number].word) == word; i++) {
		uint32_t count = count_of(seen);
		uint64_t next = stepped(number, word, count > 0 ? count - 1 : 0);

		settle(file, seen);
		if (is_last_step(seen, number, word))
			return;
		if (swap(&slot->connections, &seen, next)) {
			settle(file, next);
			return;
		}
	}
}

/* Step 1 of a new hold; where to look first differs by process and count, so that many do not meet. */
static bool announce(struct panel_file *file, size_t slot, const struct panel_holder *holder, uint32_t count,
		     size_t *number, uint64_t *word)
{
	size_t first = (size_t)hash_mix((uint64_t)holder->pid << 32 | (uint64_t)count << 16 | slot);

	for (size_t i = 0; i < PANEL_HOLDS; i++) {
		struct panel_hold *hold = &file->owners[(first + i) % PANEL_HOLDS];
		uint64_t seen = load(&hold->word);

		if (state_of(seen) != HOLD_FREE)
			continue;
		*word = claimed(seen, holder, slot);
		if (!swap(&hold->word, &seen, *word))
			continue;
		*number = (first + i) % PANEL_HOLDS;
		atomic_store_explicit(&hold->who, who_of(holder), memory_order_release);
		*word = moved(*word, HOLD_TAKING);
		atomic_store_explicit(&hold->word, *word, memory_order_release);
		return true;
	}
	return false;
}

enum panel_held panel_hold(struct panel *panel, struct panel_slot *slot, const struct panel_holder *holder,
			   unsigned limit, unsigned *hold)
{
	struct panel_file *file = panel->file;
	uint32_t count = count_of(load(&slot->connections));
	size_t number;
	uint64_t word;

	if (count >= limit)
		return PANEL_FULL;
	if (!announce(file, number_of(file, slot), holder, count, &number, &word))
		return PANEL_NO_PLACE;
	if (!count_in(file, slot, number, word, limit))
		return PANEL_FULL;
	*hold = (unsigned)number;
	return PANEL_HELD;
}

/* From HELD, as it was read, to FREE. */
static void give(struct panel_file *file, struct panel_slot *slot, size_t number, uint64_t word)
{
	uint64_t giving = announced(word, HOLD_GIVING);

	if (swap(&file->owners[number].word, &word, giving))
		count_out(file, slot, number, giving);
}

void panel_let_go(struct panel *panel, struct panel_slot *slot, const struct panel_holder *holder, unsigned hold)
{
	uint64_t word;

	if (hold >= PANEL_HOLDS)
		return;
	word = load(&panel->file->owners[hold].word);
	if (state_of(word) == HOLD_HELD && pid_of(word) == holder->pid && is_of_slot(word, number_of(panel->file, slot)))
		give(panel->file, slot, hold, word);
}

/* --- what the dead left ------------------------------------------------------------------------ */

/* Of a process that is gone; true when there is one connection less. A TAKING was counted if it is the last step; else it never will be. */
static bool take_over(struct panel_file *file, struct panel_slot *slot, size_t number, uint64_t word)
{
	panel_word *at = &file->owners[number].word;

	if (state_of(word) == HOLD_TAKING) {
		uint64_t seen = load(&slot->connections);

		if (!is_last_step(seen, number, word)) {
			swap(at, &word, moved(word, HOLD_FREE));
			return false;
		}
		settle(file, seen);
		word = moved(word, HOLD_HELD);
	}
	give(file, slot, number, word);
	return true;
}

/* One of the same pid that began earlier is gone for sure: a pid has one process at a time. */
static bool is_gone(struct owners_inquiry *inquiry, uint32_t pid, uint64_t who)
{
	uint64_t mine = who_of(inquiry->by);

	if (space_of(who) == 0 || space_of(who) != space_of(mine))
		return false;
	if (pid == inquiry->by->pid)
		return who != mine;
	if (inquiry->pid == pid && inquiry->who == who)
		return inquiry->answer;
	if (inquiry->asks == 0 || inquiry->is_gone == NULL)
		return false;
	inquiry->asks--;
	inquiry->pid = pid;
	inquiry->who = who;
	inquiry->answer = inquiry->is_gone(pid, since_of(who));
	return inquiry->answer;
}

bool owners_look_at(struct panel_file *file, size_t number, struct owners_inquiry *inquiry)
{
	struct panel_hold *hold = &file->owners[number];
	uint64_t word = load(&hold->word);
	size_t slot = word >> SLOT_SHIFT & SLOT_MASK;
	uint64_t who;

	if (state_of(word) < HOLD_TAKING || state_of(word) > HOLD_GIVING || slot >= PANEL_SLOTS)
		return false;
	if (state_of(word) == HOLD_GIVING) {
		count_out(file, &file->slots[slot], number, word);
		return true;
	}
	who = load(&hold->who);
	if (load(&hold->word) != word || !is_gone(inquiry, pid_of(word), who))
		return false;
	return take_over(file, &file->slots[slot], number, word);
}

unsigned panel_reclaim(struct panel *panel, struct panel_slot *slot, const struct panel_holder *holder, unsigned asks,
		       bool (*gone)(uint32_t pid, uint64_t since))
{
	struct owners_inquiry inquiry = { .by = holder, .is_gone = gone, .asks = asks };
	size_t wanted = number_of(panel->file, slot);
	unsigned given = 0;

	for (size_t i = 0; i < PANEL_HOLDS; i++)
		if (is_of_slot(load(&panel->file->owners[i].word), wanted))
			given += owners_look_at(panel->file, i, &inquiry);
	return given;
}

void panel_disown(struct panel *panel, const struct panel_holder *holder)
{
	struct owners_inquiry inquiry = { .by = holder };

	for (size_t i = 0; i < PANEL_HOLDS; i++) {
		uint64_t word = load(&panel->file->owners[i].word);

		if (state_of(word) != HOLD_FREE && pid_of(word) == holder->pid)
			owners_look_at(panel->file, i, &inquiry);
	}
}

uint32_t panel_connections(const struct panel_slot *slot)
{
	return count_of(load(&slot->connections));
}

uint32_t owners_count(const struct panel_slot *slot, bool *counted)
{
	uint64_t connections = load(&slot->connections);

	*counted = (connections & COUNTED) != 0;
	return count_of(connections);
}
