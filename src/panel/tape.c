/* SPDX-License-Identifier: MIT */
/*
 * tape.c - begins and ends of calls, written and read. The protocol is in tape.h.
 */
#include "panel/tape.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/self.h"
#include "panel/events.h"
#include "panel/file.h"
#include "panel/identity.h"
#include "panel/tagged.h"
#include "panel/tape_file.h"

bool tape_is_attached;

/* What the words hold. */
struct record {
	uint64_t time;
	uint32_t id;
	uint32_t pid;
	uint32_t breaker;
	uint16_t slot;
	uint8_t what;
	uint8_t outcome;
};

union bytes {
	struct record record;
	unsigned char bytes[TAPE_ENTRY_WORDS * TAGGED_BYTES];
};

static_assert(sizeof(struct record) == TAPE_ENTRY_WORDS * TAGGED_BYTES, "an entry holds a record");
static_assert(PANEL_SLOTS <= UINT16_MAX, "a slot's number fits");

/* Written in the constructor, and read from then on. */
static struct {
	struct tape_file *file;
	const struct panel_file *panel;
	bool has_its_pids;
} own;

static struct record pack(const struct tape_entry *entry)
{
	return (struct record){
		.time = entry->time,
		.id = entry->id,
		.pid = entry->pid,
		.breaker = entry->breaker,
		.slot = (uint16_t)entry->slot,
		.what = (uint8_t)entry->what,
		.outcome = (uint8_t)entry->outcome,
	};
}

/* False for what no writer of ours wrote. */
static bool unpack(const struct record *record, struct tape_entry *entry)
{
	if (record->what > TAPE_END || record->outcome > OUTCOME_IGNORED || record->slot >= PANEL_SLOTS)
		return false;
	*entry = (struct tape_entry){
		.what = (enum tape_what)record->what,
		.outcome = (enum breaker_outcome)record->outcome,
		.time = record->time,
		.id = record->id,
		.pid = record->pid,
		.slot = record->slot,
		.breaker = record->breaker,
	};
	return true;
}

bool tape_put(struct tape_file *file, uint64_t number, const struct tape_entry *entry)
{
	union bytes bytes = { .record = pack(entry) };

	return tagged_put(file->entries[number % TAPE_ENTRIES], TAPE_ENTRY_WORDS, number / TAPE_ENTRIES, bytes.bytes);
}

enum tape_found tape_get(const struct tape_file *file, uint64_t number, struct tape_entry *entry)
{
	union bytes bytes;

	switch (tagged_get(file->entries[number % TAPE_ENTRIES], TAPE_ENTRY_WORDS, number / TAPE_ENTRIES, bytes.bytes)) {
	case TAGGED_WHOLE:
		return unpack(&bytes.record, entry) ? TAPE_WHOLE : TAPE_LOST;
	case TAGGED_PENDING:
		return TAPE_PENDING;
	case TAGGED_LOST:
		break;
	}
	return TAPE_LOST;
}

uint64_t tape_next(const struct tape_file *file)
{
	return atomic_load_explicit(&file->header.next, memory_order_relaxed);
}

/* --- the process's own calls --- */

static uint32_t own_pid(void)
{
	return own.has_its_pids ? self_pid() : 0;
}

static uint64_t take_number(void)
{
	return atomic_fetch_add_explicit(&own.file->header.next, 1, memory_order_relaxed);
}

/* Of another panel than the recording's is a slot that only tests have. */
static bool find_slot(const struct panel_slot *slot, size_t *number)
{
	uintptr_t offset;

	if (own.file == NULL)
		return false;
	offset = (uintptr_t)slot - (uintptr_t)own.panel->slots;
	*number = offset / sizeof(*slot);
	return offset < sizeof(own.panel->slots);
}

void tape_attach(struct tape_file *file, const struct panel_file *panel)
{
	struct tape_entry start = { .what = TAPE_START, .time = clock_now() };
	int saved = errno;
	struct stat found;

	own.file = file;
	tape_is_attached = true;
	own.panel = panel;
	own.has_its_pids = stat("/proc/self/ns/pid", &found) == 0 && found.st_ino == file->header.pid_namespace;
	start.pid = own_pid();
	tape_put(file, take_number(), &start);
	errno = saved;
}

void tape_detach(void)
{
	own.file = NULL;
	tape_is_attached = false;
}

static uint32_t breaker_of(const struct panel_slot *slot)
{
	struct panel_key key;

	identity_read_key(slot, &key);
	return events_breaker(&key);
}

uint64_t tape_write_begin(const struct panel_slot *slot, uint64_t now)
{
	struct tape_entry entry = { .what = TAPE_BEGIN, .time = now };
	uint64_t number;

	if (!find_slot(slot, &entry.slot))
		return 0;
	number = take_number();
	entry.id = (uint32_t)number;
	entry.pid = own_pid();
	entry.breaker = breaker_of(slot);
	tape_put(own.file, number, &entry);
	return number + 1;
}

void tape_write_end(const struct panel_slot *slot, uint64_t mark, enum breaker_outcome outcome, uint64_t now)
{
	struct tape_entry entry = { .what = TAPE_END, .outcome = outcome, .time = now, .id = (uint32_t)(mark - 1) };

	if (!find_slot(slot, &entry.slot))
		return;
	entry.pid = own_pid();
	entry.breaker = breaker_of(slot);
	tape_put(own.file, take_number(), &entry);
}
