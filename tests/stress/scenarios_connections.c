/* SPDX-License-Identifier: MIT */
/*
 * scenarios_connections.c - what is explored: the records of followed connections, under several threads.
 *
 * Sends at once; an exchange that begins, waits or is looked at while the connection is closed, duplicated, shut down or
 * dissolved, and while another one takes the record that becomes free; a handshake whose end several threads see. Each
 * check lets the program end what is left.
 */
#include <errno.h>

#include "hook/stuck.h"
#include "model_connections.h"
#include "panel/counts.h"
#include "panel/slot.h"

static void send_fd(void) { program_sends(FD); }
static void send_copy(void) { program_sends(COPY); }
static void close_fd(void) { program_closes(FD); }
static void close_copy(void) { program_closes(COPY); }
static void duplicate_fd(void) { program_duplicates(FD, COPY); }
static void shut_down_fd(void) { program_shuts_down(FD); }
static void dissolve_fd(void) { program_dissolves(FD); }
static void poll_fd(void) { program_polls(FD); }
static void answer_fd(void) { program_receives(FD, 1, 0); }
static void receive_nothing(void) { program_receives(FD, -1, EAGAIN); }
static void handshake_ends(void) { program_may_connect(FD); }
static void follow_other(void) { program_follows(OTHER); }
static void walk(void) { stuck_walk(program_now); }

/* A program that waits again when a signal has ended its wait. */
static void receive_twice(void)
{
	program_receives(FD, -1, EINTR);
	program_receives(FD, 1, 0);
}

/* Another process asks for the same destination, and counts what it finds stuck. */
static void ask_elsewhere(void)
{
	struct panel_slot *slot = model_peek(0, 1);
	struct panel_change changes[2];
	struct panel_call call;

	if (panel_admit(slot_seat(slot), &program_rule.policy, program_now, PANEL_REFUSED, &call, changes) == VERDICT_ADMITTED)
		panel_report(&call, &program_rule.policy, OUTCOME_SUCCESS, 0, program_now, changes);
}

/* The number is another socket's at once. */
static void close_and_connect(void)
{
	program_closes(FD);
	program_begins_connect(FD);
}

static void dissolve_and_connect(void)
{
	program_dissolves(FD);
	program_polls(FD); /* as a connect does first */
	expect(!fd_watched(FD), "what was dissolved is as new");
	program_begins_connect(FD);
}

/* --- beginnings --- */

static void set_up_parked(void)
{
	program_starts();
	program_connects(FD);
}

static void set_up_idle(void)
{
	set_up_parked();
	send_fd();
	answer_fd();
}

static void set_up_waiting(void)
{
	set_up_parked();
	send_fd();
}

static void set_up_pending(void)
{
	program_starts();
	program_begins_connect(FD);
}

static void set_up_unseen(void)
{
	set_up_pending();
	handshake_ends();
}

/* The handshake takes too long. */
static void set_up_overdue(void)
{
	set_up_pending();
	program_now = T0 + 11 * SEC;
}

/* Another connect is about to be followed. */
static void set_up_idle_and_other(void)
{
	set_up_idle();
	program_is_admitted(OTHER);
}

static void set_up_waiting_and_other(void)
{
	set_up_waiting();
	program_is_admitted(OTHER);
}

static void set_up_idle_twice(void)
{
	set_up_idle();
	duplicate_fd();
}

static void set_up_waiting_twice(void)
{
	set_up_waiting();
	duplicate_fd();
}

static void set_up_stuck(void)
{
	set_up_waiting();
	program_now = T0 + 11 * SEC;
}

/* Also to others, who know the time at which it began by the eighth. */
static void set_up_stuck_for_all(void)
{
	set_up_waiting();
	program_now = T0 + 13 * SEC;
}

static void set_up_refusing(void)
{
	struct panel_change changes[2];

	set_up_idle();
	program_rule.shed = SHED_ALL;
	panel_trip(model_peek(0, 1), &program_rule.policy, T0, 60 * SEC, false, changes);
	program_is_admitted(OTHER);
}

/* --- what must hold --- */

static void check_one_exchange(void)
{
	expect(program_state(FD) == CALL_WAITING, "the exchange has begun");
	expect(program_slot(FD)->totals[TOTAL_CALLS] == 2, "it is one");
	program_check();
}

static void check_stuck(void)
{
	expect(program_slot(FD)->totals[TOTAL_FAILURES] == 1, "it was slow, once");
	program_check();
}

/* What others count is late for its own process, in addition. */
static void check_counted_once(void)
{
	const panel_word *totals = program_slot(FD)->totals;

	expect(totals[TOTAL_CALLS] == counts_successes(program_slot(FD)) + totals[TOTAL_FAILURES] + totals[TOTAL_IGNORED],
	       "each call is counted once");
}

static void check_parked(void)
{
	expect(program_slot(FD)->totals[TOTAL_CALLS] <= 2, "no exchange is counted twice");
	program_check();
}

static void check_success(void)
{
	program_check();
	expect(counts_successes(program_slot(FD)) == 1, "it was a success, once");
}

static void check_refused(void)
{
	expect(program_shut <= 1, "it is shut once");
	program_check();
}

static const struct scenario scenarios[] = {
	{
		.name = "connections: two send at once",
		.set_up = set_up_idle,
		.tasks = { send_fd, send_fd },
		.is_quiet = program_is_quiet,
		.check = check_one_exchange,
		.switches = 2,
	},
	{
		.name = "connections: closed while one sends, and another takes the record",
		.set_up = set_up_idle_and_other,
		.tasks = { send_fd, close_fd, follow_other },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 2,
		.deaths = true,
	},
	{
		.name = "connections: closed while one sends, and its number is another's",
		.set_up = set_up_idle,
		.tasks = { send_fd, close_and_connect },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 3,
	},
	{
		.name = "connections: closed while the first bytes are sent",
		.set_up = set_up_parked,
		.tasks = { send_fd, close_fd },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 3,
	},
	{
		.name = "connections: closed while one is refused, and another takes the record",
		.set_up = set_up_refusing,
		.tasks = { send_fd, close_fd, follow_other },
		.is_quiet = program_is_quiet,
		.check = check_refused,
		.switches = 2,
	},
	{
		.name = "connections: closed while an answer is received, and another takes the record",
		.set_up = set_up_waiting_and_other,
		.tasks = { answer_fd, close_fd, follow_other },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 2,
	},
	{
		.name = "connections: closed while one receives nothing",
		.set_up = set_up_waiting,
		.tasks = { receive_nothing, close_fd },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 3,
	},
	{
		.name = "connections: one receives the answer, another nothing, a third sends",
		.set_up = set_up_waiting,
		.tasks = { answer_fd, receive_nothing, send_fd },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 2,
	},
	{
		.name = "connections: duplicated while one sends, and closed",
		.set_up = set_up_idle,
		.tasks = { send_fd, duplicate_fd, close_fd },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 2,
	},
	{
		.name = "connections: both descriptors are closed while one sends",
		.set_up = set_up_idle_twice,
		.tasks = { send_copy, close_fd, close_copy },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 2,
	},
	{
		.name = "connections: both descriptors are closed while an answer comes",
		.set_up = set_up_waiting_twice,
		.tasks = { answer_fd, close_fd, close_copy },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 2,
	},
	{
		.name = "connections: found stuck while the answer comes",
		.set_up = set_up_stuck,
		.tasks = { answer_fd, walk },
		.is_quiet = program_is_quiet,
		.check = check_stuck,
		.switches = 3,
	},
	{
		.name = "connections: found stuck while it is closed",
		.set_up = set_up_stuck,
		.tasks = { walk, close_fd },
		.is_quiet = program_is_quiet,
		.check = check_stuck,
		.switches = 3,
	},
	{
		.name = "connections: shut down while one sends",
		.set_up = set_up_idle,
		.tasks = { send_fd, shut_down_fd },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 3,
	},
	{
		.name = "connections: shut down and closed while one sends on the duplicate",
		.set_up = set_up_idle_twice,
		.tasks = { send_copy, shut_down_fd, close_copy },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 2,
	},
	{
		.name = "connections: dissolved while one sends, and closed",
		.set_up = set_up_idle,
		.tasks = { send_fd, dissolve_fd, close_fd },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 2,
	},
	{
		.name = "connections: dissolved while one sends, and connected anew",
		.set_up = set_up_idle,
		.tasks = { send_fd, dissolve_and_connect },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 3,
	},
	{
		.name = "connections: the server speaks while the first bytes are sent, and it is closed",
		.set_up = set_up_parked,
		.tasks = { answer_fd, send_fd, close_fd },
		.is_quiet = program_is_quiet,
		.check = check_parked,
		.switches = 2,
	},
	{
		.name = "connections: two see the end of the handshake, one of them sends",
		.set_up = set_up_unseen,
		.tasks = { poll_fd, send_fd },
		.is_quiet = program_is_quiet,
		.check = check_parked,
		.switches = 3,
	},
	{
		.name = "connections: the handshake ends while one closes and one sends",
		.set_up = set_up_pending,
		.tasks = { close_fd, send_fd, handshake_ends },
		.is_quiet = program_is_quiet,
		.check = check_parked,
		.switches = 2,
	},
	{
		.name = "connections: closed while two see the end of the handshake",
		.set_up = set_up_unseen,
		.tasks = { poll_fd, poll_fd, close_fd },
		.is_quiet = program_is_quiet,
		.check = check_success,
		.switches = 2,
	},
	{
		.name = "connections: found overdue while the handshake ends, and closed",
		.set_up = set_up_overdue,
		.tasks = { poll_fd, handshake_ends, close_fd },
		.is_quiet = program_is_quiet,
		.check = program_check,
		.switches = 3,
	},
	{
		.name = "connections: counted by others while a signal ends the wait, and answered",
		.set_up = set_up_stuck_for_all,
		.tasks = { receive_twice, ask_elsewhere },
		.is_quiet = program_is_quiet,
		.check = check_counted_once,
		.switches = 3,
	},
};

const struct scenario_list connection_scenarios = { scenarios, sizeof(scenarios) / sizeof(scenarios[0]) };
