/* SPDX-License-Identifier: MIT */
/*
 * model.h - the panel that is explored: one file in memory, a policy, keys of two words.
 *
 * Between two stops a task runs alone, so what has no stop is taken to happen at once. Every atomic operation of the
 * panel is a stop but these, of which a slot has hundreds and one stands for all:
 *
 *   of slots that no task uses, and of their claims: all operations
 *   of who a slot is (identity.h): all words but two of the key, by which the keys of the model differ
 *   of what is cleaned for the next destination: all stores but those of the first cell of the ring, the first total
 *   and the first mark; the operations of calls on the same words are stops
 *
 * That orders other than sequential consistency do no harm is for the comments beside the operations, and for
 * ThreadSanitizer. An order has at most the preemptions that its scenario says.
 */
#ifndef CUTOUT_TESTS_STRESS_MODEL_H
#define CUTOUT_TESTS_STRESS_MODEL_H

#include "panel/counts.h"
#include "panel/file.h"
#include "panel/panel.h"
#include "panel/slot.h"

#define SEC UINT64_C(1000000000)
#define T0  (1000 * SEC)

enum { MODEL_SLOTS = 8 }; /* that a scenario may touch */

extern struct panel_file model_file;
extern struct panel model_panel;
extern struct breaker_policy model_policy;

/* Only what a few breakers touch is cleaned: the whole is megabytes. */
void model_empty(void);

/* All slots but the first `slots` are taken, by nobody. */
void model_shrink(unsigned slots);

struct panel_key model_key(uint64_t subject, uint16_t port);
struct panel_seat model_find(uint64_t subject, uint16_t port, uint64_t now);
struct panel_slot *model_peek(uint64_t subject, uint16_t port);

/* How many of the first slots are claimed. */
unsigned model_claims(void);

bool model_is_quiet(const volatile void *word, bool is_store);

#endif
