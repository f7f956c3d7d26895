/* SPDX-License-Identifier: MIT */
/*
 * panel.c - a panel into which somebody writes what they like, between the calls of a program and the looks of tools.
 *
 * The input is a list of steps, a byte that says which and what it needs; numbers are little-endian. What is poked
 * lies behind the header's part that is checked when a panel is opened: all that is taken from the file afterwards.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "panel/events.h"
#include "panel/file.h"

enum { SLOTS_USED = 24, STEPS_MAX = 512 };

enum step { STEP_FIND, STEP_CALL, STEP_POKE, STEP_FLIP, STEP_LOOK, STEP_STEER, STEP_EVENTS, STEP_TIME, STEPS };

static const struct {
	size_t offset, size;
} places[] = {
	{ offsetof(struct panel_header, mode), sizeof(struct panel_header) - offsetof(struct panel_header, mode) },
	{ offsetof(struct panel_file, index), sizeof(((struct panel_file *)NULL)->index) },
	{ offsetof(struct panel_file, slots), SLOTS_USED * sizeof(struct panel_slot) },
	{ offsetof(struct panel_file, events), 64 * PANEL_EVENT_SIZE },
};

enum { PLACES = sizeof(places) / sizeof(places[0]) };

struct input {
	const uint8_t *at;
	size_t left;
};

static struct panel panel;
static struct breaker_policy policy;
static struct panel_seat seat;
static uint64_t now;

static uint64_t number(struct input *input, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && input->left > 0; i++, input->left--)
		value |= (uint64_t)*input->at++ << 8 * i;
	return value;
}

static void find(struct input *input)
{
	struct panel_key key = { .policy = policy_hash(&policy), .address = { 10, 0, 0, 5 }, .family = 4, .protocol = 1 };
	struct panel_identity identity = { &policy, "db.internal:5432", "*:5432" };
	struct panel_seat found;

	key.port = (uint16_t)number(input, 1);
	found = panel_find(&panel, &key, &identity, now);
	seat = found.slot != NULL ? found : seat;
}

static void make_call(struct input *input)
{
	struct panel_change changes[2];
	struct panel_call call;
	uint64_t how = number(input, 1);

	if (seat.slot == NULL)
		return;
	if (panel_admit(seat, &policy, now, how & 1 ? PANEL_WOULD_REFUSE : PANEL_REFUSED, &call, changes) !=
		    VERDICT_ADMITTED ||
	    call.slot == NULL)
		return;
	if (how & 2)
		panel_detach(&call);
	if (how & 4)
		panel_report(&call, &policy, (enum breaker_outcome)(how >> 3 & 3), (int)(how >> 5) * 50, now + (how << 20),
			     changes);
}

/* Eight bytes, wherever they are aligned to. */
static unsigned char *place(struct input *input)
{
	size_t which = number(input, 1) % PLACES;

	return (unsigned char *)panel.file + places[which].offset + 8 * (number(input, 2) % (places[which].size / 8));
}

static void poke(struct input *input)
{
	unsigned char *at = place(input);
	uint64_t value = number(input, 8);

	memcpy(at, &value, sizeof(value));
}

static void flip(struct input *input)
{
	unsigned char *at = place(input);
	uint64_t bit = number(input, 1) % 64;

	at[bit / 8] = (unsigned char)(at[bit / 8] ^ 1U << bit % 8);
}

static void look(void)
{
	struct panel_figures figures;
	struct panel_view view;

	for (size_t i = 0; i < SLOTS_USED; i++) {
		if (!panel_view(&panel, i, now, &view))
			continue;
		FUZZ_MUST(memchr(view.destination, '\0', sizeof(view.destination)) != NULL);
		FUZZ_MUST(memchr(view.rule, '\0', sizeof(view.rule)) != NULL);
		FUZZ_MUST(view.state.phase <= BREAKER_HALF_OPEN && view.error_count <= PANEL_ERRORS);
		FUZZ_MUST(view.since <= now);
	}
	panel_figures(&panel, &figures);
	FUZZ_MUST(figures.breakers <= figures.capacity);
}

static void steer(struct input *input)
{
	struct panel_change changes[2];
	uint64_t how = number(input, 1);

	if (seat.slot == NULL)
		return;
	if (how & 1)
		panel_trip(seat.slot, &policy, now, (how >> 2) << 30, how & 2, changes);
	else
		panel_reset(seat.slot, &policy, now, how & 2, changes);
}

static void read_events(void)
{
	struct panel_event event;
	uint64_t next = events_next(&panel);

	for (uint64_t back = 1; back <= 64 && back <= next; back++) {
		if (events_get(&panel, next - back, &event) != EVENT_WHOLE)
			continue;
		FUZZ_MUST(event.from <= BREAKER_HALF_OPEN && event.to <= BREAKER_HALF_OPEN);
		FUZZ_MUST(memchr(event.program, '\0', sizeof(event.program)) != NULL && event.slot < PANEL_SLOTS);
	}
}

static void take_step(enum step step, struct input *input)
{
	switch (step) {
	case STEP_FIND:
		find(input);
		break;
	case STEP_CALL:
		make_call(input);
		break;
	case STEP_POKE:
		poke(input);
		break;
	case STEP_FLIP:
		flip(input);
		break;
	case STEP_LOOK:
		look();
		break;
	case STEP_STEER:
		steer(input);
		break;
	case STEP_EVENTS:
		read_events();
		break;
	case STEP_TIME:
		now += number(input, 5);
		break;
	case STEPS:
		break;
	}
}

static void begin_anew(void)
{
	char why[256];

	if (panel.file == NULL)
		FUZZ_MUST(panel_open(&panel, "private", PANEL_USE, why, sizeof(why)));
	for (size_t i = 0; i < PLACES; i++)
		memset((unsigned char *)panel.file + places[i].offset, 0, places[i].size);
	policy_defaults(&policy);
	seat = (struct panel_seat){ 0 };
	now = UINT64_C(3600) * 1000000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };

	begin_anew();
	policy.failure_rate = number(&input, 1) % 2 ? POLICY_RATE_ONE / 2 : 0;
	policy.window = policy.failure_rate > 0 ? UINT64_C(10000000000) : 0;
	policy.buckets = (uint8_t)(1 + number(&input, 1) % POLICY_BUCKETS_MAX);
	for (unsigned i = 0; i < STEPS_MAX && input.left > 0; i++)
		take_step((enum step)(number(&input, 1) % STEPS), &input);
	look();
	read_events();
	return 0;
}
