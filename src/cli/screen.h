/* SPDX-License-Identifier: MIT */
/*
 * screen.h - the terminal of cutout top. The file behind it alone knows ncurses.
 *
 * Between screen_begin() and screen_end() nothing else is to be printed. Whatever ends the program in
 * between has to call screen_end(), or the terminal stays as it is.
 */
#ifndef CUTOUT_CLI_SCREEN_H
#define CUTOUT_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/rows.h"
#include "cli/views.h"

/* False, after a message, where it is no terminal, or one that is not known. */
bool screen_begin(void);
void screen_end(void);

/* The terminal is as it was before, until the next screen_show(). */
void screen_leave(void);

/* Keys that are no character. */
enum {
	KEY_IS_NONE = -1, /* none came in time, a signal did, or the window has another size */
	KEY_IS_GONE = -2, /* and none will come: the terminal is closed */
	KEY_IS_UP = -20,
	KEY_IS_DOWN,
	KEY_IS_PAGE_UP,
	KEY_IS_PAGE_DOWN,
	KEY_IS_FIRST,
	KEY_IS_LAST,
	KEY_IS_BACKSPACE,
	KEY_IS_ENTER,
	KEY_IS_ESCAPE,
	KEY_IS_OTHER,
};

/* Waits that many milliseconds at most. */
int screen_key(int wait);

/* How many rows there is room for. */
size_t screen_height(void);

struct screen {
	const struct views *views;
	const struct rows *rows;
	size_t first;       /* row at the top */
	size_t chosen;      /* row that is marked */
	enum rows_order order;
	const char *filter; /* "": none */
	const char *note;   /* in place of rows, where there are none */
	const char *message; /* in place of the keys; "": none */
	bool is_typing;     /* the filter is being typed */
	bool shows_help;
};

void screen_show(const struct screen *screen);

#endif
