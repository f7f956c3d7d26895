/* SPDX-License-Identifier: MIT */
/*
 * make_panel.c - puts a breaker into a panel and makes calls to it, as the object would.
 *
 * usage: make_panel PANEL RULES NAME|- ADDRESS PORT OPERATION...
 *
 * ok[=DURATION]  an admitted call that succeeds, at once or after what is said to be that long
 * fail[=ERRNO]   one that fails, with ECONNREFUSED
 * begin          one that never ends
 * refused        a call that must be refused
 * connected      a connection that is held, with max-connections
 * observed       one that is made all the same, in observe mode
 * diverted       one that must be refused, and goes to the fallback
 * wait=DURATION  nothing, for that long
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/errname.h"
#include "base/hash.h"
#include "panel/panel.h"
#include "panel/slot.h"
#include "rules/rules.h"

struct subject {
	struct panel panel;
	struct panel_slot *slot;
	const struct rule *rule;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "make_panel: %s: %s\n", what, why);
	exit(1);
}

static void complain(void *context, const struct rules_error *error)
{
	(void)context;
	fprintf(stderr, "make_panel: %s\n", error->message);
}

static struct panel_key key_of(const struct rule *rule, const struct addr *addr, const char *name)
{
	struct panel_key key = { .policy = rule->policy_id, .protocol = PROTOCOL_TCP };

	if (rule->per == PER_RULE) {
		key.subject = hash_bytes(rule->pattern, strlen(rule->pattern));
		return key;
	}
	key.port = addr->port;
	if (rule->per == PER_HOST && name != NULL) {
		key.subject = hash_name(name, strlen(name));
		return key;
	}
	memcpy(key.address, addr->bytes, sizeof(key.address));
	key.scope = addr->scope;
	key.family = addr->family;
	return key;
}

static void find(struct subject *subject, const struct addr *addr, const char *name)
{
	struct panel_key key = key_of(subject->rule, addr, name);
	char destination[PANEL_NAME_MAX];
	struct panel_identity identity = { &subject->rule->policy, destination, subject->rule->pattern };

	if (subject->rule->per == PER_RULE)
		snprintf(destination, sizeof(destination), "%s", subject->rule->pattern);
	else if (name != NULL)
		snprintf(destination, sizeof(destination), "%s:%u", name, addr->port);
	else
		addr_format(addr, destination, sizeof(destination));
	subject->slot = panel_find(&subject->panel, &key, &identity, clock_now()).slot;
	if (subject->slot == NULL)
		fail(destination, "no slot");
}

static uint64_t duration(const char *text)
{
	uint64_t ns;

	if (!duration_parse(&ns, text, strlen(text)))
		fail(text, "no duration");
	return ns;
}

static void make_call(struct subject *subject, const char *operation, bool ends, int error, uint64_t took)
{
	const struct breaker_policy *policy = &subject->rule->policy;
	struct panel_change changes[2];
	struct panel_call call;
	uint64_t now = clock_now();

	if (panel_admit(slot_seat(subject->slot), policy, now, PANEL_REFUSED, &call, changes) != VERDICT_ADMITTED)
		fail(operation, "refused");
	now = clock_now() + took;
	if (ends)
		panel_report(&call, policy, outcome_of(policy, error, now - call.began), error, now, changes);
}

static void be_refused(struct subject *subject, enum panel_refusal refusal)
{
	struct panel_change changes[2];
	struct panel_call call;

	if (panel_admit(slot_seat(subject->slot), &subject->rule->policy, clock_now(), refusal, &call, changes) != VERDICT_REFUSED)
		fail("refused", "admitted");
}

static void hold(struct subject *subject)
{
	struct panel_holder holder = { .pid = (uint32_t)getpid(), .since = clock_boot() };
	unsigned number;

	if (panel_hold(&subject->panel, subject->slot, &holder, 100, &number) != PANEL_HELD)
		fail("connected", "no");
}

static void wait_for(const char *text)
{
	uint64_t ns = duration(text);

	nanosleep(&(struct timespec){ (time_t)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC) }, NULL);
}

static void operate(struct subject *subject, const char *operation)
{
	if (strcmp(operation, "ok") == 0)
		make_call(subject, operation, true, 0, 0);
	else if (strncmp(operation, "ok=", 3) == 0)
		make_call(subject, operation, true, 0, duration(operation + 3));
	else if (strcmp(operation, "fail") == 0)
		make_call(subject, operation, true, ECONNREFUSED, 0);
	else if (strncmp(operation, "fail=", 5) == 0)
		make_call(subject, operation, true, errname_parse(operation + 5, strlen(operation + 5)), 0);
	else if (strcmp(operation, "begin") == 0)
		make_call(subject, operation, false, 0, 0);
	else if (strcmp(operation, "refused") == 0)
		be_refused(subject, PANEL_REFUSED);
	else if (strcmp(operation, "observed") == 0)
		be_refused(subject, PANEL_WOULD_REFUSE);
	else if (strcmp(operation, "diverted") == 0)
		be_refused(subject, PANEL_DIVERTED);
	else if (strcmp(operation, "connected") == 0)
		hold(subject);
	else if (strncmp(operation, "wait=", 5) == 0)
		wait_for(operation + 5);
	else
		fail(operation, "no such operation");
}

/* As a program does with its first socket. */
static void learn_network(struct panel *panel)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (!panel_learn_network(panel, fd))
		fail("the network namespace", "unknown");
	close(fd);
}

int main(int argc, char **argv)
{
	struct arena arena = ARENA_EMPTY;
	struct subject subject;
	struct rules_text text;
	const struct rules *rules;
	struct addr addr;
	char why[512];
	const char *name;

	if (argc < 6)
		fail("usage", "make_panel PANEL RULES NAME|- ADDRESS PORT OPERATION...");
	clock_init();
	name = strcmp(argv[3], "-") != 0 ? argv[3] : NULL;
	text = (struct rules_text){ "rules", argv[2], strlen(argv[2]) };
	rules = rules_parse(&arena, &text, 1, NULL, complain, NULL);
	if (rules == NULL || !addr_parse_host(&addr, argv[4], strlen(argv[4])))
		fail(argv[4], "rules or address do not parse");
	addr.port = (uint16_t)atoi(argv[5]);
	subject.rule = rules_match(rules, PROTOCOL_TCP, &addr, name, name != NULL ? strlen(name) : 0);
	if (!panel_open(&subject.panel, argv[1], PANEL_USE, why, sizeof(why)) || why[0] != '\0')
		fail(argv[1], why);
	learn_network(&subject.panel);
	find(&subject, &addr, name);
	for (int i = 6; i < argc; i++)
		operate(&subject, argv[i]);
	panel_close(&subject.panel);
	arena_release(&arena);
	return 0;
}
