/* SPDX-License-Identifier: MIT */
/*
 * board.h - what cutout top shows at the moment, and what keys do to it.
 */
#ifndef CUTOUT_CLI_BOARD_H
#define CUTOUT_CLI_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/rates.h"
#include "cli/rows.h"
#include "cli/steer.h"
#include "cli/views.h"

enum { BOARD_FILTER_MAX = 64, BOARD_MESSAGE_MAX = STEERING_TEXT_MAX + 64 };

/* What a key has asked for, and another one has to confirm. */
enum board_order {
	ORDER_NONE,
	ORDER_TRIP,
	ORDER_RESET,
};

struct board {
	const char *panel;  /* its path; NULL: the default */
	struct views views; /* those that the filter selects */
	struct rates rates; /* of all */
	struct rows rows;
	enum rows_order order;
	char filter[BOARD_FILTER_MAX];
	struct panel_key chosen; /* with has_chosen: stays chosen wherever it goes; else the uppermost is */
	size_t chosen_row;
	size_t first_row; /* on the screen */
	bool has_chosen, has_panel, is_typing, shows_help;
	enum board_order asked;
	struct panel_view subject; /* what it would act on, wherever the mark goes in the meantime */
	char message[BOARD_MESSAGE_MAX]; /* the question, or what came of it; "": the keys are shown */
	bool is_over;     /* quit */
	char why[512];    /* after false: the message */
};

/* Reads the panel. `is_update`: its turn has come, and the rates go on. */
bool board_read(struct board *board, bool is_update);

/* A key of screen.h. */
bool board_obey(struct board *board, int key);

void board_show(struct board *board);

void board_release(struct board *board);

#endif
