/* SPDX-License-Identifier: MIT */
/*
 * board.c - what cutout top shows at the moment, and what keys do to it.
 *
 * A circuit is opened or closed in two steps, of which the second says yes: a program's traffic must not hang on one
 * key. What was asked about is kept, so that a list which moves in between does not put another one in its place.
 */
#include "cli/board.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/screen.h"

static bool fail(struct board *board)
{
	if (board->why[0] == '\0')
		snprintf(board->why, sizeof(board->why), "out of memory");
	return false;
}

static void find_chosen(struct board *board)
{
	if (!board->has_chosen)
		board->chosen_row = 0;
	for (size_t i = 0; i < board->rows.count && board->has_chosen; i++)
		if (memcmp(&board->rows.list[i].view->key, &board->chosen, sizeof(board->chosen)) == 0)
			board->chosen_row = i;
}

static void choose(struct board *board, size_t row)
{
	size_t last = board->rows.count > 0 ? board->rows.count - 1 : 0;

	board->chosen_row = row < last ? row : last;
	if (board->rows.count > 0)
		board->chosen = board->rows.list[board->chosen_row].view->key;
}

/* What is chosen stays on the screen, and no line empty while there are rows for it. */
static void scroll_to_chosen(struct board *board)
{
	size_t height = screen_height();

	if (board->first_row + height > board->rows.count)
		board->first_row = board->rows.count > height ? board->rows.count - height : 0;
	if (board->chosen_row < board->first_row)
		board->first_row = board->chosen_row;
	if (height > 0 && board->chosen_row >= board->first_row + height)
		board->first_row = board->chosen_row - height + 1;
}

static bool arrange(struct board *board)
{
	rows_release(&board->rows);
	if (!rows_make(&board->rows, &board->views, &board->rates, board->order))
		return fail(board);
	find_chosen(board);
	choose(board, board->chosen_row);
	return true;
}

static bool select_rows(struct board *board)
{
	char pattern[BOARD_FILTER_MAX + 2];

	if (board->filter[0] == '\0')
		return true;
	snprintf(pattern, sizeof(pattern), "*%s*", board->filter);
	return views_select(&board->views, pattern);
}

bool board_read(struct board *board, bool is_update)
{
	enum views_result result;

	rows_release(&board->rows);
	views_release(&board->views);
	result = views_try(&board->views, board->panel, board->why, sizeof(board->why));
	if (result == VIEWS_FAILED)
		return fail(board);
	board->has_panel = result == VIEWS_READ;
	if (is_update && !rates_read(&board->rates, &board->views))
		return fail(board);
	return select_rows(board) ? arrange(board) : fail(board);
}

static bool change_order(struct board *board, unsigned step)
{
	board->order = (enum rows_order)(((unsigned)board->order + step) % ROWS_ORDERS);
	return arrange(board);
}

static bool change_filter(struct board *board, int key)
{
	size_t length = strlen(board->filter);

	if (key == KEY_IS_ENTER || key == KEY_IS_ESCAPE)
		board->is_typing = false;
	if (key == KEY_IS_ESCAPE)
		board->filter[0] = '\0';
	if (key == KEY_IS_BACKSPACE && length > 0)
		board->filter[length - 1] = '\0';
	if (key > 0 && length + 1 < sizeof(board->filter)) {
		board->filter[length] = (char)key;
		board->filter[length + 1] = '\0';
	}
	return board_read(board, false);
}

static void move(struct board *board, int key)
{
	size_t page = screen_height() > 1 ? screen_height() - 1 : 1;
	size_t row = board->chosen_row;

	board->has_chosen = key != KEY_IS_FIRST;
	if (key == KEY_IS_UP || key == 'k')
		choose(board, row > 0 ? row - 1 : 0);
	else if (key == KEY_IS_DOWN || key == 'j')
		choose(board, row + 1);
	else if (key == KEY_IS_PAGE_UP)
		choose(board, row > page ? row - page : 0);
	else if (key == KEY_IS_PAGE_DOWN)
		choose(board, row + page);
	else if (key == KEY_IS_FIRST)
		choose(board, 0);
	else if (key == KEY_IS_LAST)
		choose(board, board->rows.count);
}

/* One that has gone is told when it is opened. */
static bool may_only_be_read(const struct board *board)
{
	return access(board->views.path, W_OK) != 0 && errno != ENOENT;
}

static void ask(struct board *board, enum board_order order)
{
	char title[2 * VIEW_TEXT_MAX];

	if (board->chosen_row >= board->rows.count)
		return;
	if (may_only_be_read(board)) {
		snprintf(board->message, sizeof(board->message), "this panel can only be read");
		return;
	}
	board->asked = order;
	board->subject = *board->rows.list[board->chosen_row].view;
	snprintf(board->message, sizeof(board->message), "y %s  any other key leave it: %s",
		 order == ORDER_TRIP ? "trip" : "reset", view_title(&board->subject, title));
}

/* What comes of it stays until the next key. */
static bool answer(struct board *board, int key)
{
	bool trips = board->asked == ORDER_TRIP;

	board->asked = ORDER_NONE;
	if (key != 'y' && key != 'Y')
		return true;
	steering_change(board->panel, &board->subject, trips, board->message);
	return board_read(board, false);
}

static bool obey(struct board *board, int key)
{
	if (key == 'q')
		board->is_over = true;
	else if (key == 's')
		return change_order(board, 1);
	else if (key == 'S')
		return change_order(board, ROWS_ORDERS - 1);
	else if (key == '/')
		board->is_typing = true;
	else if (key == 't')
		ask(board, ORDER_TRIP);
	else if (key == 'r')
		ask(board, ORDER_RESET);
	else if (key == 'h' || key == '?')
		board->shows_help = !board->shows_help;
	else if (key == KEY_IS_ESCAPE && board->shows_help)
		board->shows_help = false;
	else if (key == KEY_IS_ESCAPE)
		return change_filter(board, key);
	else
		move(board, key);
	return true;
}

bool board_obey(struct board *board, int key)
{
	if (key == KEY_IS_GONE)
		board->is_over = true;
	if (key == KEY_IS_GONE || key == KEY_IS_NONE)
		return true;
	board->message[0] = '\0';
	if (board->asked != ORDER_NONE)
		return answer(board, key);
	return board->is_typing ? change_filter(board, key) : obey(board, key);
}

void board_show(struct board *board)
{
	struct screen screen = {
		.views = &board->views,
		.rows = &board->rows,
		.chosen = board->chosen_row,
		.order = board->order,
		.filter = board->filter,
		.note = !board->has_panel ? "no panel yet: nothing has run under cutout"
			: board->filter[0] != '\0' ? "no breaker matches the filter" : "no breaker yet",
		.message = board->message,
		.is_typing = board->is_typing,
		.shows_help = board->shows_help,
	};

	scroll_to_chosen(board);
	screen.first = board->first_row;
	screen_show(&screen);
}

void board_release(struct board *board)
{
	rows_release(&board->rows);
	rates_release(&board->rates);
	views_release(&board->views);
}
