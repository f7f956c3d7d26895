/* SPDX-License-Identifier: MIT */
/*
 * target.c - which rule, which breaker.
 *
 * The name of an address: what this thread itself looked up last, or the one name that is known; where
 * several are known and would select different rules, none, and the address alone decides.
 *
 * The mode is the one that was set by hand (panel/mode.h): for the breaker, else for all; else the rule's, else
 * the program's.
 */
#include "hook/target.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/hot.h"
#include "base/self.h"
#include "base/text.h"
#include "hook/names.h"
#include "hook/owner.h"
#include "hook/sandbox.h"
#include "panel/mode.h"
#include "panel/tape.h"

/* Breakers of "deny" rules are apart from those of the same policy. */
#define DENY_POLICY UINT64_C(0x64656e7900000000)

static_assert((int)PANEL_MODE_ENFORCE == MODE_ENFORCE && (int)PANEL_MODE_OBSERVE == MODE_OBSERVE &&
		      (int)PANEL_MODE_OFF == MODE_OFF,
	      "the panel's modes are those of rules");

static struct settings settings;
static struct panel panel;

/* DIRECTORY/NAME; false when it does not fit. */
static bool path_in(char *path, size_t size, const char *directory, const char *name)
{
	struct text text;

	text_init(&text, path, size);
	text_put(&text, directory);
	text_put(&text, name);
	return text_length(&text) == strlen(directory) + strlen(name);
}

/* Breakers live in the recording's own panel. When it cannot be had, or is over, nothing is watched. */
static bool join_recording(const char *directory, char *why, size_t size)
{
	char panel_path[256], tape_path[256];
	struct tape_file *tape;

	if (!path_in(panel_path, sizeof(panel_path), directory, TAPE_PANEL_NAME) ||
	    !path_in(tape_path, sizeof(tape_path), directory, TAPE_NAME))
		return false;
	tape = tape_open(tape_path, why, size);
	if (!tape)
		return false;
	if (!panel_open_as(self_first_user(), &panel, panel_path, PANEL_STEER, why, size)) {
		tape_close(tape);
		return false;
	}
	tape_attach(tape, panel.file);
	return true;
}

bool target_init(const struct settings *given, char *why, size_t size)
{
	settings = *given;
	if (settings.record)
		return join_recording(settings.record, why, size);
	if (!panel_open_as(self_first_user(), &panel, settings.panel, PANEL_USE, why, size))
		return false;
	if (target_looks_up())
		panel_learn_network_by_itself(&panel);
	return true;
}

struct panel *target_panel(void)
{
	return &panel;
}

bool target_limits_connections(void)
{
	for (size_t i = 0; i < rules_count(settings.rules); i++)
		if (rules_at(settings.rules, i)->max_connections != 0)
			return true;
	return false;
}

/* What a breaker is looked for by. */
struct sought {
	enum addr_protocol protocol;
	const struct addr *addr;  /* of a lookup, its port alone; of a Unix-domain socket nothing */
	const struct name *name;  /* or path; NULL: there is none */
	const char *service;      /* of a lookup: a service that is no number, else NULL */
};

static const struct rule *rule_for(const struct sought *sought, const struct name *name)
{
	return rules_match(settings.rules, sought->protocol, sought->addr, name ? name->text : NULL, name ? name->length : 0);
}

/* sought->name becomes the one to be shown, NULL if there is none. */
static const struct rule *rule_by_names(struct sought *sought, const struct names_found *found)
{
	const struct rule *rule;

	sought->name = found->count ? &found->names[0] : NULL;
	rule = rule_for(sought, sought->name);
	for (unsigned i = 1; i < found->count && !found->own; i++) {
		if (rule_for(sought, &found->names[i]) != rule) {
			sought->name = NULL;
			return rule_for(sought, NULL);
		}
	}
	return rule;
}

/* A name and service; with per=host one for connects, too; a path. */
static uint64_t hash_of_name(const struct sought *sought)
{
	uint64_t hash = sought->protocol == PROTOCOL_UNIX ? hash_bytes(sought->name->text, sought->name->length)
							  : hash_name(sought->name->text, sought->name->length);

	return sought->service ? hash ^ hash_bytes(sought->service, strlen(sought->service)) : hash;
}

static struct panel_key key_for(const struct rule *rule, const struct sought *sought)
{
	struct panel_key key = { .policy = rule->policy_id, .protocol = (uint8_t)sought->protocol };

	if (rule->action == RULE_DENY)
		key.policy ^= DENY_POLICY;
	if (rule->per == PER_RULE) {
		key.subject = hash_bytes(rule->pattern, strlen(rule->pattern));
		return key;
	}
	key.port = sought->addr->port;
	if (sought->protocol >= PROTOCOL_UNIX || (rule->per == PER_HOST && sought->name)) {
		key.subject = hash_of_name(sought);
		return key;
	}
	memcpy(key.address, sought->addr->bytes, sizeof(key.address));
	key.scope = sought->addr->scope;
	key.family = sought->addr->family;
	return key;
}

/* ":5432", ":postgresql"; nothing for a lookup that says none, and for a path. */
static void put_service(struct text *text, const struct sought *sought)
{
	if (!sought->service && sought->addr->port == 0 && sought->protocol >= PROTOCOL_UNIX)
		return;
	text_put_char(text, ':');
	if (sought->service)
		text_put(text, sought->service);
	else
		text_put_number(text, sought->addr->port);
}

/* "db.internal:5432", "lookup:db.internal:5432", "unix:/run/db.sock", "udp://dns:53"; without a name, or for per=rule, what stands for it. */
static void describe(char *destination, size_t size, const struct rule *rule, const struct sought *sought)
{
	char address[ADDR_TEXT_MAX];
	struct text text;

	text_init(&text, destination, size);
	if (rule->per == PER_RULE) {
		text_put(&text, sought->protocol == PROTOCOL_LOOKUP ? "lookup:" : "");
		text_put(&text, rule->pattern);
		return;
	}
	text_put(&text, protocol_prefix(sought->protocol, sought->name ? sought->name->text : NULL));
	if (sought->name) {
		text_put(&text, sought->name->text);
		put_service(&text, sought);
	} else {
		addr_format(sought->addr, address, sizeof(address));
		text_put(&text, address);
	}
}

/* With `make` it is made if there is none. */
static struct panel_seat seat_for(const struct rule *rule, const struct sought *sought, bool make)
{
	struct panel_key key = key_for(rule, sought);
	struct panel_seat seat = panel_peek(&panel, &key);
	char destination[PANEL_NAME_MAX];
	struct panel_identity identity = { &rule->policy, destination, rule->pattern };

	if (seat.slot || !make)
		return seat;
	describe(destination, sizeof(destination), rule, sought);
	return panel_find(&panel, &key, &identity, clock_now());
}

static enum rule_mode mode_for(const struct rule *rule)
{
	enum panel_mode switched = panel_mode(&panel);

	if (switched != PANEL_MODE_DEFAULT)
		return (enum rule_mode)switched;
	return rule->mode == MODE_DEFAULT ? settings.mode : rule->mode;
}

/* A breaker may have a mode of its own, whatever that of others is. */
static enum rule_mode mode_of_slot(const struct panel_slot *slot, enum rule_mode others)
{
	enum panel_mode own = panel_slot_mode(slot);

	return own != PANEL_MODE_DEFAULT ? (enum rule_mode)own : others;
}

HOT enum rule_mode target_mode(const struct rule *rule, const struct panel_slot *slot)
{
	return mode_of_slot(slot, mode_for(rule));
}

/* A destination that is off gets no breaker, but may have one already. */
static bool find_slot(struct target *target, const struct sought *sought)
{
	enum rule_mode mode = mode_for(target->rule);

	target->seat = seat_for(target->rule, sought, mode != MODE_OFF);
	if (!target->seat.slot)
		return false;
	mode = mode_of_slot(target->seat.slot, mode);
	target->observe = mode == MODE_OBSERVE;
	return mode != MODE_OFF;
}

bool target_learn_network(int socket)
{
	if (panel_network_is_known(&panel))
		return true;
	owner_meet(); /* who looks for a sandbox first, which may have learnt it */
	return sandbox_is_up() ? panel_network_is_known(&panel) : panel_learn_network(&panel, socket);
}

HOT bool target_find(struct target *target, enum addr_protocol protocol, const struct addr *addr)
{
	struct sought sought = { .protocol = protocol, .addr = addr };
	struct names_found found;

	found.count = 0;
	if (names_any())
		names_find(addr, &found);
	target->rule = rule_by_names(&sought, &found);
	return target->rule && target->rule->action != RULE_PASS && find_slot(target, &sought);
}

bool target_covers(enum addr_protocol protocol)
{
	return settings.rules && rules_use_protocol(settings.rules, protocol);
}

bool target_find_path(struct target *target, const struct name *path)
{
	struct addr addr = { .port = 0 };
	struct sought sought = { .protocol = PROTOCOL_UNIX, .addr = &addr, .name = path };

	target->rule = rules_match(settings.rules, PROTOCOL_UNIX, NULL, path->text, path->length);
	return target->rule && target->rule->action != RULE_PASS && find_slot(target, &sought);
}

static bool read_port(uint16_t *port, const char *text)
{
	unsigned value = 0;

	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9' || value > UINT16_MAX)
			return false;
		value = 10 * value + (unsigned)(*at - '0');
	}
	*port = (uint16_t)value;
	return *text && value <= UINT16_MAX;
}

const struct rule *target_rule_of_lookup(const struct lookup *lookup)
{
	const struct name *name = lookup->name;
	const struct rule *rule = NULL;
	uint16_t port;
	int known = lookup->service && read_port(&port, lookup->service) ? port : RULES_ANY_PORT;

	if (lookup->is_udp)
		rule = rules_match_name(settings.rules, PROTOCOL_UDP, name->text, name->length, known);
	if (!rule)
		rule = rules_match_name(settings.rules, PROTOCOL_TCP, name->text, name->length, known);
	return rule->action == RULE_BREAK ? rule : NULL;
}

bool target_find_lookup(struct target *target, const struct lookup *lookup)
{
	struct addr addr = { .port = 0 };
	struct sought sought = { .protocol = PROTOCOL_LOOKUP, .addr = &addr, .name = lookup->name };

	if (lookup->service && !read_port(&addr.port, lookup->service))
		sought.service = lookup->service;
	return panel_network_is_known(&panel) && find_slot(target, &sought);
}

bool target_looks_up(void)
{
	return settings.rules && rules_use_lookups(settings.rules);
}
