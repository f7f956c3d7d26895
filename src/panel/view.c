/* SPDX-License-Identifier: MIT */
/*
 * view.c - snapshots of slots, for display. Only reads: works on a mapping for reading alone.
 *
 * Whatever the file holds, a view has sane values: the policy within its bounds, texts that end. A view
 * taken while the state changes is taken again, TRIES times at most; if the change was left unfinished
 * (its writer died), with what there is. One of a slot that becomes another's meanwhile is taken again, TENANTS
 * times at most; then there is none. Any thread or process.
 */
#include <string.h>

#include "breaker/word.h"
#include "panel/change.h"
#include "panel/counts.h"
#include "panel/identity.h"
#include "panel/inflight.h"
#include "panel/mode.h"
#include "panel/owners.h"
#include "panel/slot.h"

enum { TRIES = 16, TENANTS = 4 };

#define DAY (UINT64_C(24) * 3600 * 1000000000)

static uint64_t within(uint64_t value, uint64_t least, uint64_t most)
{
	return value < least ? least : at_most(value, most);
}

static void clamp_policy(struct breaker_policy *policy)
{
	policy->timeout = within(policy->timeout, 1, DAY);
	policy->max_timeout = within(policy->max_timeout, policy->timeout, DAY);
	policy->window = at_most(policy->window, 365 * DAY);
	policy->overdue = at_most(policy->overdue, 365 * DAY);
	policy->slow_call = at_most(policy->slow_call, 365 * DAY);
	policy->failures = (uint32_t)at_most(policy->failures, POLICY_FAILURES_MAX);
	policy->failure_rate = (uint32_t)at_most(policy->failure_rate, POLICY_RATE_ONE);
	policy->slow_rate = (uint32_t)at_most(policy->slow_rate, POLICY_RATE_ONE);
	policy->min_calls = (uint32_t)within(policy->min_calls, 1, POLICY_MIN_CALLS_MAX);
	policy->backoff = (uint32_t)within(policy->backoff, POLICY_FACTOR_ONE, POLICY_BACKOFF_MAX);
	policy->jitter = (uint32_t)at_most(policy->jitter, POLICY_RATE_ONE);
	policy->buckets = (uint8_t)within(policy->buckets, 1, POLICY_BUCKETS_MAX);
	policy->probes = (uint8_t)within(policy->probes, 1, POLICY_PROBES_MAX);
	policy->successes = (uint8_t)within(policy->successes, 1, POLICY_SUCCESSES_MAX);
	policy->on = (uint8_t)within(policy->on, POLICY_ON_CONNECT, POLICY_ON_RESPONSE);
	memset(policy->reserved, 0, sizeof(policy->reserved));
}

static void view_identity(const struct panel_slot *slot, struct panel_view *view)
{
	struct identity identity;

	identity_read(slot, &identity);
	view->key = identity.key;
	view->policy = identity.policy;
	clamp_policy(&view->policy);
	slot_copy_text(view->destination, sizeof(view->destination), identity.destination, sizeof(identity.destination));
	slot_copy_text(view->rule, sizeof(view->rule), identity.rule, sizeof(identity.rule));
}

static void view_counts(const struct panel_slot *slot, struct panel_view *view)
{
	struct generation_counts counts;
	uint32_t generation = view->state.generation;

	counts_of_generation(slot, generation, &counts);
	view->requests = counts.requests;
	view->successes = counts.successes + counts.slow;
	view->failures = counts.failures;
	view->ignored = counts.ignored;
	view->consecutive_failures = view->state.failures;
	view->consecutive_successes = view->state.successes;
	if (view->state.phase == BREAKER_CLOSED && view->state.failures == 0)
		view->consecutive_successes = counts_run_of_successes(slot, generation);
}

/* `stored`: the state in the word, before time is taken into account. */
static void view_times(const struct panel_slot *slot, const struct breaker_state *stored, uint64_t now,
		       struct panel_view *view)
{
	uint64_t since;
	bool known = counts_since(slot, stored->generation, &since);
	uint64_t until = state_is_open_for_good(stored) ? now : at_most(now, stored->deadline);

	view->open_time = view->totals[TOTAL_OPEN_TIME];
	if (stored->phase == BREAKER_OPEN && known && until > since)
		view->open_time += until - since;
	if (view->state.generation != stored->generation)
		view->since = until;
	else
		view->since = known ? at_most(since, now) : now;
}

/* True when the view is of one generation and its marks were written. */
static bool view_state(const struct panel_slot *slot, uint64_t now, struct panel_view *view)
{
	/* Pairs with the release of whoever moved it. */
	uint64_t word = atomic_load_explicit(&slot->word, memory_order_acquire);
	struct breaker_state stored = word_unpack(word, &view->policy, now);
	uint64_t since;

	view->state = stored;
	state_advance(&view->state, &view->policy, now);
	view_counts(slot, view);
	for (unsigned i = 0; i < PANEL_STORED_TOTALS; i++)
		view->totals[i] = atomic_load_explicit(&slot->totals[i], memory_order_acquire);
	view->totals[TOTAL_SUCCESSES] = counts_successes(slot);
	view_times(slot, &stored, now, view);
	/* Every load above is an acquire, and so comes before this second look at the word. */
	return counts_since(slot, stored.generation, &since) &&
	       word_generation(atomic_load_explicit(&slot->word, memory_order_relaxed)) == stored.generation;
}

/* Acquire: the last look at the status comes behind it. */
static uint64_t load(const panel_word *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

/* Each word stands for itself. */
static void view_measures(const struct panel_slot *slot, struct panel_view *view)
{
	view->error_count = counts_errors(slot, view->errors);
	for (unsigned i = 0; i < PANEL_HISTOGRAM; i++)
		view->histogram[i] = load(&slot->successes[i]) + load(&slot->others[i]);
	view->duration_sum = load(&slot->duration_sum);
	for (unsigned from = 0; from < PANEL_PHASES; from++)
		for (unsigned to = 0; to < PANEL_PHASES; to++)
			view->transitions[from][to] = load(&slot->transitions[from][to]);
}

/* False: it became another's, or made room, meanwhile. */
static bool view_tenant(const struct panel_slot *slot, uint64_t now, struct panel_view *view)
{
	/* Pairs with the release of its publication. */
	uint64_t status = atomic_load_explicit(&slot->status, memory_order_acquire);
	const struct panel_seat seat = { (struct panel_slot *)slot, status };

	*view = (struct panel_view){ .status = status };
	if (slot_bucket(status) == 0)
		return false;
	view_identity(slot, view);
	for (unsigned i = 0; i < TRIES && !view_state(slot, now, view); i++)
		;
	view->in_flight = inflight_count(slot, &view->policy, now);
	view->connections = owners_count(slot, &view->counts_connections);
	view->mode = panel_slot_mode(slot);
	view->last_error = change_last_error(slot);
	view_measures(slot, view);
	return !slot_is_gone(&seat, atomic_load_explicit(&slot->word, memory_order_acquire));
}

bool panel_view_slot(const struct panel_slot *slot, uint64_t now, struct panel_view *view)
{
	for (unsigned i = 0; i < TENANTS; i++)
		if (view_tenant(slot, now, view))
			return true;
	return false;
}

bool panel_view(const struct panel *panel, size_t number, uint64_t now, struct panel_view *view)
{
	if (panel->file == NULL || number >= PANEL_SLOTS || !slot_in_use(panel->file, &panel->file->slots[number]))
		return false;
	if (!panel_view_slot(&panel->file->slots[number], now, view))
		return false;
	view->number = number;
	return true;
}

void panel_figures(const struct panel *panel, struct panel_figures *figures)
{
	*figures = (struct panel_figures){ .capacity = PANEL_SLOTS };
	if (panel->file == NULL)
		return;
	for (size_t i = 0; i < PANEL_SLOTS; i++)
		figures->breakers += slot_in_use(panel->file, &panel->file->slots[i]);
	figures->unprotected = atomic_load_explicit(&panel->file->header.unprotected, memory_order_relaxed);
	figures->evictions = atomic_load_explicit(&panel->file->header.evictions, memory_order_relaxed);
}
