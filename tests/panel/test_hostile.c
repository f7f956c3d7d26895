/* SPDX-License-Identifier: MIT */
/*
 * test_hostile.c - whatever bytes the file holds, nothing crashes, and nothing takes for ever.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "kit.h"
#include "panel/bucket.h"

enum { ROUNDS = 24, CALLS = 400, FILLINGS = 6 };

static struct kit kit;
static uint64_t seed;

static void set_up(void)
{
	kit_directory(&kit);
	policy_defaults(&kit.policy);
}

static void tear_down(void)
{
	kit_remove_directory(&kit);
}

TestSuite(hostile, .init = set_up, .fini = tear_down);

static uint64_t draw(void)
{
	return hash_mix(seed += UINT64_C(0x9e3779b97f4a7c15));
}

/* Pure noise seldom gets far: most fillings are near to what might be there. */
static uint64_t draw_word(unsigned filling)
{
	switch (filling) {
	case 0:
		return UINT64_MAX;
	case 1:
		return draw();
	case 2:
		return draw() & (draw() << 32 | 0xfff);
	case 3:
		return draw() % 3 == 0 ? draw() : 0;
	case 4:
		return draw() % 10000;
	default:
		return UINT64_C(1) << draw() % 64;
	}
}

static void scribble(unsigned filling)
{
	struct panel_file *file = kit.panel.file;
	char *bytes = (char *)file;
	size_t start = offsetof(struct panel_header, mode);

	for (size_t at = start; at + 8 <= offsetof(struct panel_file, events); at += 8) {
		uint64_t word = draw_word(filling);

		memcpy(bytes + at, &word, 8);
	}
}

/* All that is known of a slot that is to be found is right; all else is noise. */
static void put_known_key(struct panel_slot *slot)
{
	struct panel_slot saved = *slot;

	scribble(1 + draw() % (FILLINGS - 1));
	slot->key = saved.key;
	for (size_t i = 0; i < PANEL_INDEX; i++)
		kit.panel.file->index[i] = kit.panel.file->index[i] | 1;
}

static void draw_policy(struct breaker_policy *policy)
{
	policy->overdue = draw() % 2 ? 1 + draw() % (20 * SEC) : 0;
	policy->window = draw() % 2 ? 1 + draw() % (20 * SEC) : 0;
	policy->buckets = (uint8_t)(1 + draw() % POLICY_BUCKETS_MAX);
	policy->failure_rate = (uint32_t)(draw() % POLICY_RATE_ONE);
	policy->slow_rate = (uint32_t)(draw() % POLICY_RATE_ONE);
	policy->probes = (uint8_t)(1 + draw() % POLICY_PROBES_MAX);
	policy->successes = (uint8_t)(1 + draw() % POLICY_SUCCESSES_MAX);
}

static void use_slot(struct panel_slot *slot)
{
	struct panel_call call;
	struct panel_view view;
	uint64_t now = draw() >> draw() % 64;

	kit.slot = slot;
	draw_policy(&kit.policy);
	if (panel_admit(slot_seat(slot), &kit.policy, now, draw() % 2, &call, kit.changes) == VERDICT_ADMITTED &&
	    call.slot != NULL) {
		if (draw() % 2)
			panel_detach(&call);
		panel_report(&call, &kit.policy, (enum breaker_outcome)(draw() % 4), (int)draw(), now + draw() % SEC,
			     kit.changes);
	}
	panel_deny(slot_seat(slot), &kit.policy, now, draw() % 2);
	if (panel_view_slot(slot, now, &view)) {
		cr_assert_lt(strlen(view.destination), PANEL_NAME_MAX);
		cr_assert_lt(strlen(view.rule), PANEL_RULE_MAX);
		cr_assert_leq(view.state.phase, BREAKER_HALF_OPEN);
	}
}

static void use_everything(void)
{
	struct panel_figures figures;
	struct panel_view view;

	for (unsigned i = 0; i < CALLS; i++) {
		struct panel_slot *slot = kit_find(&kit, (uint16_t)draw());

		if (slot != NULL)
			use_slot(slot);
		use_slot(&kit.panel.file->slots[draw() % PANEL_SLOTS]);
	}
	for (size_t i = 0; i < PANEL_SLOTS + 10; i++)
		panel_view(&kit.panel, i, draw() >> draw() % 64, &view);
	panel_figures(&kit.panel, &figures);
	cr_assert_leq(figures.breakers, PANEL_SLOTS);
}

Test(hostile, any_content_behind_a_good_header_is_survived, .timeout = 120)
{
	struct panel_slot *known;

	kit_expect_open(&kit);
	for (seed = 1; seed <= ROUNDS; seed++) {
		uint64_t round = seed;

		scribble(round % FILLINGS);
		use_everything();
		memset(kit.panel.file->index, 0, sizeof(kit.panel.file->index));
		memset((void *)kit.panel.file->header.claims, 0, sizeof(kit.panel.file->header.claims));
		known = kit_find(&kit, 80);
		cr_assert_not_null(known);
		put_known_key(known);
		use_everything();
		seed = round;
	}
}

Test(hostile, number_in_a_bucket_that_no_slot_has_is_not_followed)
{
	const uint64_t numbers[] = { 0, PANEL_SLOTS + 1, PANEL_SLOTS + 2, BUCKET_NUMBER_MASK };
	struct panel_key key;
	panel_word *bucket;
	uint64_t good;

	kit_expect_open(&kit);
	kit.slot = kit_find(&kit, 80);
	key = kit.slot->key;
	bucket = &kit.panel.file->index[slot_bucket(kit.slot->status) - 1];
	good = *bucket;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		*bucket = (good & ~BUCKET_NUMBER_MASK) | numbers[i];
		cr_assert_null(panel_peek(&kit.panel, &key).slot);
	}
	*bucket = good;
	cr_assert_eq(panel_peek(&kit.panel, &key).slot, kit.slot);
}

Test(hostile, any_header_is_refused_or_survived)
{
	char page[PANEL_PAGE];
	struct panel_view view;
	int fd;

	kit_make_file(&kit);
	for (seed = 1; seed < 50; seed++) {
		uint64_t round = seed;

		fd = open(kit.path, O_RDWR);
		cr_assert_eq(pread(fd, page, sizeof(page), 0), (ssize_t)sizeof(page));
		for (size_t i = round % 2 ? 0 : 8; i < sizeof(page); i++)
			page[i] = (char)draw();
		cr_assert_eq(pwrite(fd, page, sizeof(page), 0), (ssize_t)sizeof(page));
		close(fd);
		panel_close(&kit.panel);
		cr_assert(panel_open(&kit.panel, kit.path, PANEL_USE, kit.why, sizeof(kit.why)));
		cr_assert(kit.panel.is_private);
		cr_assert_not(panel_view(&kit.panel, 0, T0, &view));
		seed = round;
		unlink(kit.path);
		kit_make_file(&kit);
	}
}
