/* SPDX-License-Identifier: MIT */
/*
 * screen.c - the terminal of cutout top.
 *
 *   title
 *   order, filter, and the mode that was set by hand for all
 *   columns' names
 *   rows, or the help
 *   more about the chosen one
 *   keys, or a message
 *
 * Everything is drawn anew each time, and clipped where the window is small; ncurses sends what differs.
 */
#include "cli/screen.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NCURSES_NOMACROS 1
#include <curses.h>

#include "base/duration.h"
#include "cli/say.h"
#include "cli/table.h"

enum { TOP_LINES = 3, BOTTOM_LINES = 2 };

enum { COLOUR_OPEN = 1, COLOUR_HALF_OPEN, COLOUR_CLOSED };

static SCREEN *terminal;

/* A width of 0: what the others leave. The least that all of them need is 80, with 25 for the destination. */
static const struct {
	const char *title;
	int width;
	bool is_right;
} columns[ROWS_COLUMNS] = {
	[ROWS_STATE] = { "STATE", 10, false },    [ROWS_DESTINATION] = { "DESTINATION", 0, false },
	[ROWS_RATE] = { "FAILS", 5, true },       [ROWS_CALLS] = { "CALLS/S", 7, true },
	[ROWS_REFUSED] = { "REFUSED", 8, true },  [ROWS_ERROR] = { "LAST ERROR", 12, false },
	[ROWS_RETRY] = { "RETRY IN", 8, true },
};

static void begin_colours(void)
{
	if (!table_wants_colour(stdout) || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	init_pair(COLOUR_OPEN, COLOR_RED, -1);
	init_pair(COLOUR_HALF_OPEN, COLOR_YELLOW, -1);
	init_pair(COLOUR_CLOSED, COLOR_GREEN, -1);
}

bool screen_begin(void)
{
	const char *name = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		say_error("needs a terminal; \"cutout status\" does not");
		return false;
	}
	terminal = newterm(NULL, stdout, stdin);
	if (terminal == NULL) {
		say_error("terminal \"%s\" is not known here", name != NULL ? name : "");
		return false;
	}
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	begin_colours();
	return true;
}

void screen_end(void)
{
	if (terminal == NULL)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
}

void screen_leave(void)
{
	endwin();
}

static int of_curses(int key)
{
	static const struct {
		int key, meaning;
	} keys[] = {
		{ KEY_UP, KEY_IS_UP },         { KEY_DOWN, KEY_IS_DOWN },      { KEY_PPAGE, KEY_IS_PAGE_UP },
		{ KEY_NPAGE, KEY_IS_PAGE_DOWN }, { KEY_HOME, KEY_IS_FIRST },   { KEY_END, KEY_IS_LAST },
		{ KEY_BACKSPACE, KEY_IS_BACKSPACE }, { 0x7f, KEY_IS_BACKSPACE }, { '\b', KEY_IS_BACKSPACE },
		{ KEY_ENTER, KEY_IS_ENTER },   { '\r', KEY_IS_ENTER },         { '\n', KEY_IS_ENTER },
		{ 0x1b, KEY_IS_ESCAPE },       { KEY_RESIZE, KEY_IS_NONE },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (key == keys[i].key)
			return keys[i].meaning;
	return key >= ' ' && key <= '~' ? key : KEY_IS_OTHER;
}

static bool is_gone(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

int screen_key(int wait)
{
	int key;

	wtimeout(stdscr, wait);
	key = wgetch(stdscr);
	if (key == ERR)
		return is_gone() ? KEY_IS_GONE : KEY_IS_NONE;
	return of_curses(key);
}

size_t screen_height(void)
{
	int height = getmaxy(stdscr) - TOP_LINES - BOTTOM_LINES;

	return height > 0 ? (size_t)height : 0;
}

static void show_line(int y, attr_t look, const char *text)
{
	int width = getmaxx(stdscr);

	attrset((int)look);
	mvaddnstr(y, 0, text, width);
	if (look != A_NORMAL)
		for (int x = (int)strlen(text); x < width; x++)
			mvaddnstr(y, x, " ", 1);
	attrset(A_NORMAL);
}

__attribute__((format(printf, 3, 4))) static void print_line(int y, attr_t look, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	show_line(y, look, text);
}

static int column_width(unsigned column)
{
	int width = getmaxx(stdscr);

	if (columns[column].width != 0)
		return columns[column].width;
	for (unsigned i = 0; i < ROWS_COLUMNS; i++)
		width -= columns[i].width + (i > 0);
	return width > 11 ? width : 11;
}

/* At x; returns where the next one stands. */
static int show_cell(int y, int x, unsigned column, const char *text)
{
	char cell[VIEW_TEXT_MAX];
	int width = column_width(column), room = getmaxx(stdscr) - x;

	snprintf(cell, sizeof(cell), "%s", text);
	rows_shorten(cell, (size_t)width);
	if (room > 0)
		mvaddnstr(y, columns[column].is_right ? x + width - (int)strlen(cell) : x, cell,
			  columns[column].is_right ? room - (width - (int)strlen(cell)) : room);
	return x + width + 1;
}

static void show_titles(int y)
{
	int x = 0;

	show_line(y, A_REVERSE, "");
	attrset((int)A_REVERSE);
	for (unsigned i = 0; i < ROWS_COLUMNS; i++)
		x = show_cell(y, x, i, columns[i].title);
	attrset(A_NORMAL);
}

static attr_t look_of(enum breaker_phase phase)
{
	switch (phase) {
	case BREAKER_OPEN:
		return A_BOLD | (attr_t)COLOR_PAIR(COLOUR_OPEN);
	case BREAKER_HALF_OPEN:
		return (attr_t)COLOR_PAIR(COLOUR_HALF_OPEN);
	default:
		return (attr_t)COLOR_PAIR(COLOUR_CLOSED);
	}
}

static void show_row(int y, const struct row *row, uint64_t now, bool is_chosen)
{
	attr_t mark = is_chosen ? A_REVERSE : A_NORMAL;
	char text[VIEW_TEXT_MAX];
	int x = 0;

	show_line(y, mark, "");
	for (unsigned i = 0; i < ROWS_COLUMNS; i++) {
		attrset((int)(mark | (i == ROWS_STATE ? look_of(row->view->state.phase) : A_NORMAL)));
		x = show_cell(y, x, i, row_cell(row, (enum rows_column)i, now, text));
	}
	attrset(A_NORMAL);
}

static void show_rows(const struct screen *screen)
{
	size_t height = screen_height();

	for (size_t i = 0; i < height && screen->first + i < screen->rows->count; i++)
		show_row(TOP_LINES + (int)i, &screen->rows->list[screen->first + i], screen->views->now,
			 screen->first + i == screen->chosen);
	if (screen->rows->count == 0 && height > 0)
		show_line(TOP_LINES, A_NORMAL, screen->note);
}

static void show_help(void)
{
	static const char *const lines[] = {
		"",
		"  up, down, j, k, page up, page down, home, end   choose a breaker",
		"  s, S      next order, previous order: by state (open first), destination,",
		"            failure rate, calls per second, refused",
		"  /         filter: a part of a destination or address; * stands for any text,",
		"            ? for one character; Enter keeps it, Esc drops it",
		"  t         trip the chosen one: open it for the time that its policy says",
		"  r         reset the chosen one: close it, or release it from being held",
		"  h, ?      this help, and back",
		"  q         quit",
		"",
		"  STATE     ends in * while it is held by hand, or has a mode of its own",
		"  FAILS     failed calls among those that ended, in the last ten updates",
		"  CALLS/S   calls admitted per second, in the last ten updates",
		"  REFUSED   calls refused in the breaker's whole life",
		"  RETRY IN  time until an open circuit admits a call again",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && i < screen_height(); i++)
		show_line(TOP_LINES + (int)i, A_NORMAL, lines[i]);
}

static void show_title(const struct views *views, const struct rows *rows)
{
	size_t phases[PANEL_PHASES] = { 0 };

	for (size_t i = 0; i < rows->count; i++)
		phases[rows->list[i].view->state.phase]++;
	print_line(0, A_BOLD, "cutout top  open %zu  half-open %zu  closed %zu  %s", phases[BREAKER_OPEN],
		   phases[BREAKER_HALF_OPEN], phases[BREAKER_CLOSED], views->path);
}

/* A switch in somebody's hand changes what all the states below mean. */
static void show_settings(int y, const struct screen *screen)
{
	enum rule_mode mode = screen->views->mode;

	print_line(y, A_NORMAL, "order: %s  filter: %s%s%s%s", rows_order_name(screen->order),
		   *screen->filter != '\0' || screen->is_typing ? screen->filter : "none", screen->is_typing ? "_" : "",
		   mode != MODE_DEFAULT ? "  mode: " : "", mode != MODE_DEFAULT ? mode_name(mode) : "");
}

static void show_more(int y, const struct screen *screen)
{
	char destination[VIEW_TEXT_MAX], address[VIEW_TEXT_MAX], rule[VIEW_TEXT_MAX], age[VIEW_TEXT_MAX];
	char state[VIEW_TEXT_MAX], observed[48] = "";
	const struct panel_view *view;
	uint64_t calls;

	if (screen->chosen >= screen->rows->count)
		return;
	view = screen->rows->list[screen->chosen].view;
	calls = view->totals[TOTAL_CALLS];
	duration_format_short(view_age(view, screen->views->now), age, sizeof(age));
	if (view->totals[TOTAL_WOULD_REFUSE] > 0)
		snprintf(observed, sizeof(observed), ", would refuse %" PRIu64, view->totals[TOTAL_WOULD_REFUSE]);
	print_line(y, A_NORMAL, "%s (%s) by rule %s: %s for %s, %" PRIu64 " call%s, %" PRIu64 " failed%s",
		   view_destination(view, destination), view_address(view, address), view_rule(view, rule),
		   view_state(view, state), age, calls, calls == 1 ? "" : "s", view->totals[TOTAL_FAILURES],
		   observed);
}

void screen_show(const struct screen *screen)
{
	int last = getmaxy(stdscr) - 1;

	erase();
	show_title(screen->views, screen->rows);
	show_settings(1, screen);
	show_titles(2);
	if (screen->shows_help)
		show_help();
	else
		show_rows(screen);
	if (last >= TOP_LINES + 1)
		show_more(last - 1, screen);
	if (last >= TOP_LINES)
		show_line(last, A_NORMAL,
			  screen->is_typing ? "type a filter  Enter keep  Esc drop"
			  : *screen->message != '\0' ? screen->message
						      : "q quit  s sort  / filter  t trip  r reset  h help");
	refresh();
}
