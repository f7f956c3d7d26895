/* SPDX-License-Identifier: MIT */
/*
 * model_connections.c - a program, its kernel, and the object between them.
 */
#include "model_connections.h"

#include <errno.h>
#include <string.h>

#include "atomics.h"
#include "base/clock.h"
#include "breaker/ring.h"
#include "hook/evidence.h"
#include "hook/exchange.h"
#include "hook/handshake.h"
#include "hook/holding.h"
#include "hook/log.h"
#include "hook/real.h"
#include "hook/sandbox.h"
#include "hook/stuck.h"
#include "hook/target.h"

enum { RECORDS = 4, SERIAL = 7 }; /* records that a scenario may touch, and any serial */

struct socket {
	uint64_t cookie; /* 0: the descriptor is closed */
	enum handshake_state state;
	struct panel_slot *slot;
	struct panel_call connect;
};

uint64_t program_now;
struct rule program_rule;
unsigned program_shut;

static struct socket sockets[DESCRIPTORS]; /* by descriptor: what is behind duplicates is the same twice */
static uint64_t last_cookie;

/* --- what the object finds around it --- */

static struct owner_page page;
struct owner_page *_Atomic owner_published = &page;
_Atomic unsigned sandbox_now;

enum owner owner_check(void)
{
	return OWNER_SELF;
}

enum owner owner_claim(void)
{
	return OWNER_SELF;
}

uint64_t clock_now(void)
{
	return program_now;
}

uint64_t clock_wall(void)
{
	return program_now;
}

enum rule_mode target_mode(const struct rule *rule, const struct panel_slot *slot)
{
	(void)slot;
	return rule->mode;
}

void log_changes_made(const struct panel_slot *slot, const struct panel_change changes[2], uint64_t now)
{
	(void)slot, (void)changes, (void)now;
}

void holding_share(int from, int to)
{
	(void)from, (void)to;
}

void holding_leave(int fd)
{
	(void)fd;
}

uint64_t handshake_cookie(int fd)
{
	return sockets[fd].cookie;
}

bool handshake_is_of(int fd, uint64_t cookie)
{
	return sockets[fd].cookie == cookie;
}

struct handshake handshake_look(int fd, uint64_t cookie)
{
	return (struct handshake){
		.state = handshake_is_of(fd, cookie) ? sockets[fd].state : HANDSHAKE_GONE,
		.done_before = 1,
	};
}

/* It does not know how long the program is to wait. */
static int ask_socket(int fd, int level, int name, void *value, socklen_t *length)
{
	(void)fd, (void)level, (void)name, (void)value, (void)length;
	return -1;
}

static int shut_socket(int fd, int how)
{
	(void)how;
	program_shut++;
	expect(sockets[fd].cookie == 1, "no other socket is shut");
	return 0;
}

struct real real = { .getsockopt = ask_socket, .shutdown = shut_socket };

/* --- the program --- */

/* call.c's hint is to be where it was: at the first record, after as many as ever are used. */
static void free_records(void)
{
	for (unsigned i = RECORDS; i-- > 0;) {
		struct call call = { .number = i, .fd = -1, .word = record_word(SERIAL, 0, 0, CALL_PENDING) };

		memset((void *)&call_records[i], 0, sizeof(call_records[i]));
		call_records[i].word = call.word;
		call_take(&call, 0);
	}
}

static void use_records(void)
{
	const struct call call = { .rule = &program_rule };

	free_records();
	for (unsigned i = 0; i < RECORDS; i++)
		call_follow(DESCRIPTORS, &call);
	free_records();
}

void program_starts(void)
{
	model_empty();
	model_policy.on = POLICY_ON_RESPONSE;
	model_policy.slow_call = 10 * SEC;
	program_rule = (struct rule){ .mode = MODE_ENFORCE, .policy = model_policy };
	program_now = T0;
	program_shut = 0;
	last_cookie = 0;
	memset(sockets, 0, sizeof(sockets));
	page.mark = UINT64_C(1) << 32 | 1;
	use_records();
	page.pending = 0;
	memset((void *)fd_table, 0, (DESCRIPTORS + 1) * sizeof(fd_table[0]));
	stuck_walk_at = UINT64_MAX;
}

void program_is_admitted(int fd)
{
	struct panel_change changes[2];
	struct socket *socket = &sockets[fd];

	*socket = (struct socket){ .cookie = ++last_cookie, .state = HANDSHAKE_PENDING };
	socket->slot = model_find(0, (uint16_t)last_cookie, program_now).slot;
	panel_admit(slot_seat(socket->slot), &program_rule.policy, program_now, PANEL_REFUSED, &socket->connect, changes);
	panel_detach(&socket->connect);
}

void program_follows(int fd)
{
	const struct call call = { .admitted = sockets[fd].connect, .rule = &program_rule, .cookie = sockets[fd].cookie };

	call_follow(fd, &call);
}

void program_begins_connect(int fd)
{
	program_is_admitted(fd);
	program_follows(fd);
}

void program_may_connect(int fd)
{
	sockets[fd].state = HANDSHAKE_DONE;
}

void program_connects(int fd)
{
	program_is_admitted(fd);
	program_may_connect(fd);
	exchange_follows(fd, &sockets[fd].connect, &program_rule, 0, program_now);
}

void program_sends(int fd)
{
	ssize_t result = 1;

	if (!exchange_may_send(fd))
		return;
	explore_stop();
	if (sockets[fd].cookie == 0) {
		errno = EBADF;
		result = -1;
	}
	exchange_sent(fd, result);
}

void program_receives(int fd, ssize_t result, int error)
{
	exchange_may_receive(fd, true);
	explore_stop();
	errno = error;
	if (sockets[fd].cookie == 0) {
		errno = EBADF;
		result = -1;
	}
	exchange_received(fd, result, true);
}

void program_polls(int fd)
{
	evidence_of_event(fd);
}

void program_duplicates(int from, int to)
{
	explore_stop();
	if (sockets[from].cookie == 0)
		return;
	sockets[to] = sockets[from];
	call_share(from, to);
}

void program_shuts_down(int fd)
{
	evidence_of_giving_up(fd);
	exchange_left(fd, CALL_SPENT);
	explore_stop();
}

void program_dissolves(int fd)
{
	evidence_of_giving_up(fd);
	exchange_left(fd, CALL_FREE);
	fd_change_flags(fd, FD_CONNECTED | FD_OWED, 0);
}

void program_closes(int fd)
{
	if (fd_word(fd))
		evidence_of_leaving(fd);
	explore_stop();
	sockets[fd].cookie = 0;
}

/* --- what must hold --- */

const struct panel_slot *program_slot(int fd)
{
	return sockets[fd].slot;
}

enum call_state program_state(int fd)
{
	return record_state_of(fd);
}

static bool refers_to(int fd, unsigned number, uint64_t word)
{
	uint64_t reference = fd_word(fd);

	return fd_word_has_call(reference) && record_number(reference) == number && reference >> 32 == record_serial(word);
}

static void check_record(unsigned number)
{
	const struct record *record = &call_records[number];
	uint32_t descriptors = 0;
	struct call call;

	for (int fd = 0; fd < DESCRIPTORS; fd++) {
		if (!refers_to(fd, number, record->word))
			continue;
		descriptors++;
		record_copy(record, record->word, &call);
		expect(call.cookie == sockets[fd].cookie && call.admitted.slot == sockets[fd].slot,
		       "a record is its own connection's");
		expect(record_state(record->word) != CALL_PENDING ||
			       (call.admitted.began == sockets[fd].connect.began &&
				call.admitted.place == sockets[fd].connect.place),
		       "a record holds its own call");
		expect(fd != OTHER || record_received(record, record->word) == 0, "what was received on another is not counted");
	}
	expect(explore_dead() >= 0 || descriptors == record_descriptors(record->word),
	       "a record knows how many descriptors refer to it");
}

static void check_breaker(const struct panel_slot *slot)
{
	const panel_word *totals = slot->totals;
	uint64_t left = 0;

	for (unsigned i = 0; i < RING_CELLS; i++)
		left |= (slot->ring[i] | slot->answers[i]) & UINT32_MAX;
	expect(left == 0, "nothing stays in flight");
	expect(totals[TOTAL_CALLS] == counts_successes(slot) + totals[TOTAL_FAILURES] + totals[TOTAL_IGNORED] +
					      totals[TOTAL_LATE],
	       "each call is reported once");
}

void program_check(void)
{
	unsigned left = 0;

	for (unsigned i = 0; i < RECORDS; i++)
		check_record(i);
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (sockets[fd].cookie != 0)
			program_closes(fd);
	for (unsigned i = 0; i < RECORDS; i++)
		left += record_state(call_records[i].word) != CALL_FREE;
	expect(left <= (explore_dead() >= 0), "no record is left");
	expect(explore_dead() >= 0 || page.pending == 0, "no handshake is left");
	for (uint16_t port = 1; explore_dead() < 0 && port <= last_cookie; port++)
		check_breaker(model_peek(0, port));
}

static bool is_in(const volatile void *word, const volatile void *first, size_t size)
{
	return (size_t)((const volatile char *)word - (const volatile char *)first) < size;
}

bool program_is_quiet(const volatile void *word, bool is_store)
{
	(void)is_store;
	return !is_in(word, call_records, RECORDS * sizeof(call_records[0])) &&
	       !is_in(word, fd_table, DESCRIPTORS * sizeof(fd_table[0]));
}
