/* SPDX-License-Identifier: MIT */
/*
 * logline.c - what a line of the log says (logline.h).
 */
#include "hook/logline.h"

#include <string.h>

#include "base/addr.h"
#include "base/duration.h"
#include "base/errname.h"
#include "base/text.h"
#include "panel/identity.h"

/* RFC 3164: facility user (1) times eight, and a severity. */
enum { PRIORITY_WARNING = 8 + 4, PRIORITY_NOTICE = 8 + 5 };

/* One line stays one line, and a terminal is sent no orders. */
static void put_printable(struct text *text, const char *string, size_t size)
{
	for (size_t i = 0; i < size && string[i]; i++) {
		unsigned char c = (unsigned char)string[i];

		text_put_char(text, c < 0x20 || c == 0x7f ? '?' : (char)c);
	}
}

/* A plain line's last byte is kept for the newline. */
static void begin(struct text *text, char *line, size_t size, const struct logline_origin *origin, unsigned priority)
{
	bool syslog = origin->form == LOGLINE_SYSLOG;

	text_init(text, line, syslog ? size : size - 1);
	if (syslog) {
		/*
		 * Without a time, which the receiver then supplies (4.3.2 of the RFC): it would have to be
		 * local time, and that cannot be had in a signal handler.
		 */
		text_put_char(text, '<');
		text_put_number(text, priority);
		text_put_char(text, '>');
	}
	text_put(text, "cutout");
	if (origin->pid != 0) {
		text_put_char(text, '[');
		text_put_number(text, (uint64_t)origin->pid);
		text_put(text, syslog ? "]: " : "] "); /* the tag of a syslog line ends in a colon */
		put_printable(text, origin->program, strlen(origin->program));
	}
	text_put(text, ": ");
}

static size_t end(struct text *text, const struct logline_origin *origin)
{
	size_t length = text_length(text);

	if (origin->form == LOGLINE_PLAIN) {
		text->start[length++] = '\n';
		text->start[length] = '\0';
	}
	return length;
}

/* "db.internal:5432 (10.0.0.5:5432)", or only one where they are the same or there is no address. */
static void put_destination(struct text *text, const struct panel_slot *slot)
{
	char address[ADDR_TEXT_MAX];
	struct identity identity;
	struct addr addr;

	identity_read(slot, &identity);
	addr = (struct addr){ .scope = identity.key.scope, .port = identity.key.port, .family = identity.key.family };
	put_printable(text, identity.destination, sizeof(identity.destination));
	if (addr.family != ADDR_IPV4 && addr.family != ADDR_IPV6)
		return;
	memcpy(addr.bytes, identity.key.address, sizeof(addr.bytes));
	addr_format(&addr, address, sizeof(address));
	if (strncmp(address, identity.destination, sizeof(identity.destination)) == 0)
		return;
	text_put(text, " (");
	text_put(text, address);
	text_put_char(text, ')');
}

static void put_error(struct text *text, int error)
{
	const char *name = errname_of(error);

	if (name)
		text_put(text, name);
	else if (error == OUTCOME_ERROR_UNKNOWN || error < 0)
		text_put(text, "unknown");
	else
		text_put_number(text, (uint64_t)error);
}

/* What led to an opening: " (3 of 9 calls failed, last ECONNREFUSED)". */
static void put_counts(struct text *text, const struct panel_change *change)
{
	if (change->requests == 0)
		return;
	text_put(text, " (");
	text_put_number(text, change->failures);
	text_put(text, " of ");
	text_put_number(text, change->requests);
	text_put(text, change->requests == 1 ? " call failed" : " calls failed");
	if (change->failures > 0 && change->last_error != 0) {
		text_put(text, ", last ");
		put_error(text, change->last_error);
	}
	text_put_char(text, ')');
}

static void put_retry(struct text *text, uint64_t open_time)
{
	char duration[32];

	if (open_time == 0)
		return;
	duration_format_short(open_time, duration, sizeof(duration));
	text_put(text, ", retry in ");
	text_put(text, duration);
}

static void put_left_out(struct text *text, unsigned left_out)
{
	if (left_out == 0)
		return;
	text_put(text, " (");
	text_put_number(text, left_out);
	text_put(text, left_out == 1 ? " line left out)" : " lines left out)");
}

size_t logline_change(char *line, size_t size, const struct logline_origin *origin, const struct panel_slot *slot,
		      const struct panel_change *change, unsigned left_out)
{
	struct text text;

	begin(&text, line, size, origin, change->to == BREAKER_OPEN ? PRIORITY_WARNING : PRIORITY_NOTICE);
	put_destination(&text, slot);
	text_put(&text, ": ");
	text_put(&text, phase_name(change->from));
	text_put(&text, " -> ");
	text_put(&text, phase_name(change->to));
	text_put(&text, ": ");
	text_put(&text, reason_name(change->reason));
	if (change->to == BREAKER_OPEN) {
		put_counts(&text, change);
		put_retry(&text, change->open_time);
	}
	put_left_out(&text, left_out);
	return end(&text, origin);
}

size_t logline_problem(char *line, size_t size, const struct logline_origin *origin, const char *problem)
{
	struct text text;

	begin(&text, line, size, origin, PRIORITY_WARNING);
	put_printable(&text, problem, strlen(problem));
	return end(&text, origin);
}
