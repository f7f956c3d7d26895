/* SPDX-License-Identifier: MIT */
/*
 * explanation.h - what cutout explain found out, as text and as JSON.
 */
#ifndef CUTOUT_CLI_EXPLANATION_H
#define CUTOUT_CLI_EXPLANATION_H

#include <stdbool.h>

#include "cli/cases.h"
#include "cli/sources.h"

struct explanation {
	const struct sources *sources;
	const struct rules *rules;
	const struct destination *destination;
	const struct views *views;
	const struct cases *cases;
	enum rule_mode mode; /* CUTOUT_MODE */
	bool is_private;     /* of the panel nothing can be known */
	bool is_unusable;    /* nor of one that cannot be read */
};

/* True when every case has a breaker, or is denied. */
bool explanation_is_protected(const struct explanation *explanation);

void explanation_print(const struct explanation *explanation);

/* False after a message. */
bool explanation_print_json(const struct explanation *explanation);

#endif
