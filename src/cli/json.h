/* SPDX-License-Identifier: MIT */
/*
 * json.h - machine-readable output. Its keys, their order and types are fixed: others parse it.
 */
#ifndef CUTOUT_CLI_JSON_H
#define CUTOUT_CLI_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/views.h"

/* One breaker; NULL without memory. */
json_t *json_of_view(const struct panel_view *view, uint64_t now);

/* Its counts, as they stand in the object of a breaker; and a time in seconds. */
json_t *json_of_counts(const struct panel_view *view);
json_t *json_of_seconds(uint64_t ns);

/* {"panel", "version"}, to be filled further. */
json_t *json_head(const char *panel);

/* Prints and releases it; false, after a message, for NULL. */
bool json_show(json_t *json);

#endif
