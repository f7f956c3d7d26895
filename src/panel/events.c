/* SPDX-License-Identifier: MIT */
/*
 * events.c - the ring of the last changes of state. The protocol is in events.h.
 */
#include "panel/events.h"

#include <string.h>

#include "base/clock.h"
#include "base/self.h"
#include "panel/identity.h"
#include "panel/slot.h"
#include "panel/tagged.h"

enum {
	OPEN_UNIT_BITS = 10,
	PROGRAM_BYTES = 15,
	PID_BITS = 22, /* the kernel's own bound */
	PID_MASK = (1 << PID_BITS) - 1,
};

/* What the words hold. */
struct record {
	uint64_t wall;
	uint64_t now;
	uint32_t breaker;
	uint32_t change; /* 31..8 generation   7..6 from   5..4 to   3..0 reason */
	uint32_t earlier_pid; /* 31..22 earlier   21..0 pid */
	uint32_t scope;
	uint32_t requests, successes, failures, ignored;
	uint32_t open_time_low; /* 48 bits, in units of 1024 ns, rounded up */
	uint16_t open_time_high;
	uint16_t slot;
	uint16_t last_error;
	uint16_t port;
	uint16_t consecutive_successes, consecutive_failures;
	uint8_t address[16];
	uint8_t family_protocol; /* 7..4 and 3..0 */
	char program[PROGRAM_BYTES];
};

union bytes {
	struct record record;
	unsigned char bytes[PANEL_EVENT_WORDS * TAGGED_BYTES];
};

static_assert(sizeof(struct record) == PANEL_EVENT_WORDS * TAGGED_BYTES, "an event fills its entry");
static_assert(EVENT_EARLIER_MAX == UINT32_MAX >> PID_BITS, "how many came before fits");
static_assert(PANEL_SLOTS <= UINT16_MAX, "a slot's number fits");

/* Written in the constructor, and read from then on. */
static struct {
	struct panel_file *file;
	char program[SELF_NAME_SIZE];
} own;

void events_attach(struct panel_file *file)
{
	own.file = file;
	self_first_name(own.program);
}

void events_detach(const struct panel_file *file)
{
	if (own.file == file)
		own.file = NULL;
}

uint32_t events_breaker(const struct panel_key *key)
{
	return slot_hash(key) >> 32;
}

/* --- to words and back --- */

static uint32_t at_most_32(uint64_t value)
{
	return (uint32_t)at_most(value, UINT32_MAX);
}

static uint16_t at_most_16(uint64_t value)
{
	return (uint16_t)at_most(value, UINT16_MAX);
}

static uint32_t pack_change(const struct panel_event *event)
{
	return event->generation << 8 | (uint32_t)event->from << 6 | (uint32_t)event->to << 4 | (uint32_t)event->reason;
}

static struct record pack(const struct panel_event *event)
{
	uint64_t open_time = at_most(divide_up(event->open_time, UINT64_C(1) << OPEN_UNIT_BITS), (UINT64_C(1) << 48) - 1);
	struct record record = {
		.wall = event->wall,
		.now = event->now,
		.breaker = event->breaker,
		.change = pack_change(event),
		.earlier_pid = (uint32_t)at_most(event->earlier, EVENT_EARLIER_MAX) << PID_BITS | (event->pid & PID_MASK),
		.scope = event->key.scope,
		.requests = at_most_32(event->requests),
		.successes = at_most_32(event->successes),
		.failures = at_most_32(event->failures),
		.ignored = at_most_32(event->ignored),
		.open_time_low = (uint32_t)open_time,
		.open_time_high = (uint16_t)(open_time >> 32),
		.slot = (uint16_t)event->slot,
		.last_error = at_most_16((uint64_t)event->last_error),
		.port = event->key.port,
		.consecutive_successes = at_most_16(event->consecutive_successes),
		.consecutive_failures = at_most_16(event->consecutive_failures),
		.family_protocol = (uint8_t)(event->key.family << 4 | (event->key.protocol & 0xf)),
	};

	memcpy(record.address, event->key.address, sizeof(record.address));
	memcpy(record.program, event->program, sizeof(record.program));
	return record;
}

/* False for what no writer of ours wrote. */
static bool unpack(const struct record *record, struct panel_event *event)
{
	unsigned from = record->change >> 6 & 3, to = record->change >> 4 & 3, reason = record->change & 0xf;

	if (from > BREAKER_HALF_OPEN || to > BREAKER_HALF_OPEN || reason == REASON_NONE || reason > REASON_MANUAL ||
	    record->slot >= PANEL_SLOTS)
		return false;
	*event = (struct panel_event){
		.wall = record->wall,
		.now = record->now,
		.generation = record->change >> 8,
		.from = (enum breaker_phase)from,
		.to = (enum breaker_phase)to,
		.reason = (enum breaker_reason)reason,
		.open_time = ((uint64_t)record->open_time_high << 32 | record->open_time_low) << OPEN_UNIT_BITS,
		.requests = record->requests,
		.successes = record->successes,
		.failures = record->failures,
		.ignored = record->ignored,
		.consecutive_successes = record->consecutive_successes,
		.consecutive_failures = record->consecutive_failures,
		.last_error = record->last_error,
		.pid = record->earlier_pid & PID_MASK,
		.earlier = record->earlier_pid >> PID_BITS,
		.slot = record->slot,
		.breaker = record->breaker,
		.key = {
			.scope = record->scope,
			.port = record->port,
			.family = record->family_protocol >> 4,
			.protocol = record->family_protocol & 0xf,
		},
	};
	memcpy(event->key.address, record->address, sizeof(record->address));
	slot_copy_text(event->program, sizeof(event->program), record->program, sizeof(record->program));
	return true;
}

/* --- the ring --- */

bool events_put(struct panel_file *file, uint64_t number, const struct panel_event *event)
{
	union bytes bytes = { .record = pack(event) };

	return tagged_put(file->events[number % PANEL_EVENTS], PANEL_EVENT_WORDS, number / PANEL_EVENTS, bytes.bytes);
}

void events_note_subject(struct event_subject *subject, const struct panel_slot *slot)
{
	uint64_t status = atomic_load_explicit(&slot->status, memory_order_relaxed);

	subject->slot = slot;
	subject->first_generation = slot_first_generation(status);
	identity_read_key(slot, &subject->key);
}

static unsigned earlier(const struct event_subject *subject, const struct panel_event *event)
{
	uint32_t changes = (event->generation - subject->first_generation) & GENERATION_MASK;

	return changes > 0 ? (unsigned)at_most(changes - 1, EVENT_EARLIER_MAX) : 0;
}

void events_write(const struct event_subject *subject, struct panel_event *event)
{
	struct panel_file *file = own.file;
	uintptr_t offset;

	if (file == NULL)
		return;
	/* A slot of another panel than the process's own, which only tests have. */
	offset = (uintptr_t)subject->slot - (uintptr_t)file->slots;
	if (offset >= sizeof(file->slots))
		return;
	event->slot = offset / sizeof(*subject->slot);
	event->breaker = events_breaker(&subject->key);
	event->key = subject->key;
	event->earlier = earlier(subject, event);
	event->wall = clock_wall();
	event->pid = self_pid();
	memcpy(event->program, own.program, sizeof(event->program));
	events_put(file, atomic_fetch_add_explicit(&file->header.next_event, 1, memory_order_relaxed), event);
}

uint64_t events_next(const struct panel *panel)
{
	return panel->file != NULL ? atomic_load_explicit(&panel->file->header.next_event, memory_order_relaxed) : 0;
}

enum event_found events_get(const struct panel *panel, uint64_t number, struct panel_event *event)
{
	union bytes bytes;

	switch (tagged_get(panel->file->events[number % PANEL_EVENTS], PANEL_EVENT_WORDS, number / PANEL_EVENTS,
			   bytes.bytes)) {
	case TAGGED_WHOLE:
		return unpack(&bytes.record, event) ? EVENT_WHOLE : EVENT_LOST;
	case TAGGED_PENDING:
		return EVENT_PENDING;
	case TAGGED_LOST:
		break;
	}
	return EVENT_LOST;
}
