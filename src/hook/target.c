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

#include "base/hash.h"
#include "base/text.h"
#include "hook/names.h"
#include "panel/mode.h"

/* Breakers of "deny" rules are apart from those of the same policy. */
#define DENY_POLICY UINT64_C(0x64656e7900000000)

static_assert((int)PANEL_MODE_ENFORCE == MODE_ENFORCE && (int)PANEL_MODE_OBSERVE == MODE_OBSERVE &&
		      (int)PANEL_MODE_OFF == MODE_OFF,
	      "the panel's modes are those of rules");

static struct settings settings;
static struct panel panel;

bool target_init(const struct settings *given, char *why, size_t size)
{
	settings = *given;
	return panel_open(&panel, settings.panel, PANEL_USE, why, size);
}

static const struct rule *rule_for(const struct addr *addr, const struct name *name)
{
	return rules_match(settings.rules, PROTOCOL_TCP, addr, name ? name->text : NULL, name ? name->length : 0);
}

/* *name is the one to be shown, NULL if there is none. */
static const struct rule *rule_by_names(const struct addr *addr, const struct names_found *found,
					const struct name **name)
{
	const struct rule *rule;

	*name = found->count ? &found->names[0] : NULL;
	rule = rule_for(addr, *name);
	for (unsigned i = 1; i < found->count && !found->own; i++) {
		if (rule_for(addr, &found->names[i]) != rule) {
			*name = NULL;
			return rule_for(addr, NULL);
		}
	}
	return rule;
}

static struct panel_key key_for(const struct rule *rule, const struct addr *addr, const struct name *name)
{
	struct panel_key key = { .policy = rule->policy_id, .protocol = PROTOCOL_TCP };

	if (rule->action == RULE_DENY)
		key.policy ^= DENY_POLICY;
	if (rule->per == PER_RULE) {
		key.subject = hash_bytes(rule->pattern, strlen(rule->pattern));
		return key;
	}
	key.port = addr->port;
	if (rule->per == PER_HOST && name) {
		key.subject = hash_name(name->text, name->length);
		return key;
	}
	memcpy(key.address, addr->bytes, sizeof(key.address));
	key.scope = addr->scope;
	key.family = addr->family;
	return key;
}

/* "db.internal:5432"; without a name, or for per=rule, what stands for it. */
static void describe(char *destination, size_t size, const struct rule *rule, const struct addr *addr,
		     const struct name *name)
{
	struct text text;

	if (rule->per != PER_RULE && !name) {
		addr_format(addr, destination, size);
		return;
	}
	text_init(&text, destination, size);
	text_put(&text, rule->per == PER_RULE ? rule->pattern : name->text);
	if (rule->per != PER_RULE) {
		text_put_char(&text, ':');
		text_put_number(&text, addr->port);
	}
}

/* With `make` it is made if there is none. */
static struct panel_slot *slot_for(const struct rule *rule, const struct addr *addr, const struct name *name, bool make)
{
	struct panel_key key = key_for(rule, addr, name);
	struct panel_slot *slot = panel_peek(&panel, &key);
	char destination[PANEL_NAME_MAX];
	struct panel_identity identity = { &rule->policy, destination, rule->pattern };

	if (slot || !make)
		return slot;
	describe(destination, sizeof(destination), rule, addr, name);
	return panel_find(&panel, &key, &identity);
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

bool target_enforces(const struct rule *rule, const struct panel_slot *slot)
{
	return mode_of_slot(slot, mode_for(rule)) == MODE_ENFORCE;
}

/* A destination that is off gets no breaker, but may have one already. */
static bool find_slot(struct target *target, const struct addr *addr, const struct name *name)
{
	enum rule_mode mode = mode_for(target->rule);

	target->slot = slot_for(target->rule, addr, name, mode != MODE_OFF);
	if (!target->slot)
		return false;
	mode = mode_of_slot(target->slot, mode);
	target->observe = mode == MODE_OBSERVE;
	return mode != MODE_OFF;
}

bool target_learn_network(int socket)
{
	return panel_learn_network(&panel, socket);
}

bool target_find(struct target *target, const struct addr *addr)
{
	const struct name *name = NULL;
	struct names_found found;

	found.count = 0;
	if (names_any())
		names_find(addr, &found);
	target->rule = rule_by_names(addr, &found, &name);
	return target->rule && target->rule->action != RULE_PASS && find_slot(target, addr, name);
}
