/* SPDX-License-Identifier: MIT */
/*
 * model_calls.c - one breaker of the model, and calls to it.
 */
#include "model_calls.h"

#include <errno.h>
#include <string.h>

struct panel_slot *model_slot;
struct panel_call model_calls[TASKS_MAX];
struct panel_change model_changes[TASKS_MAX][2];
enum breaker_verdict model_verdicts[TASKS_MAX];

void model_admit(int task, uint64_t now)
{
	model_verdicts[task] = panel_admit(slot_seat(model_slot), &model_policy, now, PANEL_REFUSED, &model_calls[task],
					   model_changes[task]);
}

void model_report(int task, enum breaker_outcome outcome, uint64_t now)
{
	panel_report(&model_calls[task], &model_policy, outcome, outcome == OUTCOME_FAILURE ? ECONNREFUSED : 0, now,
		     model_changes[task]);
}

void model_set_up_breaker(void)
{
	model_empty();
	memset(model_changes, 0, sizeof(model_changes));
	model_policy.failures = 2;
	model_slot = model_find(0, 1, T0).slot;
	for (int i = 0; i < 3; i++)
		model_admit(i, T0);
	for (int i = 0; i < TASKS_MAX; i++)
		model_verdicts[i] = VERDICT_REFUSED;
}

void model_check_changes(void)
{
	uint32_t generation = word_generation(atomic_load_explicit(&model_slot->word, memory_order_relaxed));
	unsigned told[16] = { 0 };
	uint64_t opened = 0;

	for (int i = 0; i < TASKS_MAX; i++) {
		for (int j = 0; j < 2; j++) {
			if (model_changes[i][j].reason == REASON_NONE)
				continue;
			told[model_changes[i][j].generation % 16]++;
			opened += model_changes[i][j].to == BREAKER_OPEN;
			expect(model_changes[i][j].generation <= generation, "nothing is told that did not happen");
		}
	}
	for (uint32_t i = 1; i <= generation; i++)
		expect(told[i] == 1 || (explore_dead() >= 0 && told[i] == 0), "each change is told once");
	expect(explore_dead() >= 0 || model_slot->totals[TOTAL_TRIPS] == opened, "each trip is counted once");
}

void model_check_recovers(void)
{
	struct panel_change told[2];
	struct panel_call call;
	struct panel_view view;

	if (panel_admit(slot_seat(model_slot), &model_policy, LATER - 40 * SEC, PANEL_REFUSED, &call, told) == VERDICT_ADMITTED)
		panel_report(&call, &model_policy, OUTCOME_IGNORED, 0, LATER - 40 * SEC, told);
	for (unsigned i = 0; i < 2; i++) {
		expect(panel_admit(slot_seat(model_slot), &model_policy, LATER + i, PANEL_REFUSED, &call, told) == VERDICT_ADMITTED,
		       "much later it admits");
		panel_report(&call, &model_policy, OUTCOME_SUCCESS, 0, LATER + i, told);
	}
	panel_view_slot(model_slot, LATER + 2, &view);
	expect(view.state.phase == BREAKER_CLOSED, "two successes much later, and it is closed");
	expect(view.in_flight == 0, "nothing stays in flight");
	for (unsigned i = 0; i < model_policy.failures && told[0].to != BREAKER_OPEN; i++) {
		panel_admit(slot_seat(model_slot), &model_policy, LATER + 3, PANEL_REFUSED, &call, told);
		panel_report(&call, &model_policy, OUTCOME_FAILURE, ECONNREFUSED, LATER + 3, told);
	}
	expect(told[0].to == BREAKER_OPEN, "it still trips");
}

void model_check_breaker(void)
{
	model_check_changes();
	model_check_recovers();
}
