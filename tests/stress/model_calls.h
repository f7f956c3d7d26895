/* SPDX-License-Identifier: MIT */
/*
 * model_calls.h - one breaker of the model, calls that the tasks make to it, and what must hold whatever came of them.
 */
#ifndef CUTOUT_TESTS_STRESS_MODEL_CALLS_H
#define CUTOUT_TESTS_STRESS_MODEL_CALLS_H

#include "explore.h"
#include "model.h"

#define AFTER_TIMEOUT (T0 + 2 * SEC)
#define LATER (T0 + 100 * SEC)

/* The breaker, and what each task did. */
extern struct panel_slot *model_slot;
extern struct panel_call model_calls[TASKS_MAX];
extern struct panel_change model_changes[TASKS_MAX][2];
extern enum breaker_verdict model_verdicts[TASKS_MAX];

/* A breaker with three calls in flight, of the tasks 0 to 2, that trips at the second failure. */
void model_set_up_breaker(void);

void model_admit(int task, uint64_t now);
void model_report(int task, enum breaker_outcome outcome, uint64_t now);

/* Changes told, of all tasks: each generation at most once, and all of them when nobody died. */
void model_check_changes(void);

/*
 * Whatever happened: who asks much later finds the calls that are left stuck, which may open it; some time after
 * that two probes get through and close it, and it trips again.
 */
void model_check_recovers(void);

/* Both. */
void model_check_breaker(void);

#endif
