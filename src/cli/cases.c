/* SPDX-License-Identifier: MIT */
/*
 * cases.c - what a destination comes to.
 *
 * Breakers are found by what the panel shows of them, in this process's network namespace.
 */
#include "cli/cases.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/say.h"

bool cases_add(struct cases *cases, const struct addr *addr)
{
	struct destination_case *list;

	for (size_t i = 0; i < cases->count; i++)
		if (addr_equal(&cases->list[i].addr, addr))
			return true;
	list = realloc(cases->list, (cases->count + 1) * sizeof(*list));
	if (list == NULL)
		return say_out_of_memory();
	cases->list = list;
	list[cases->count++] = (struct destination_case){ .addr = *addr };
	return true;
}

static bool is_here(const struct panel_view *view, const struct destination *destination, const struct views *views)
{
	return view->key.protocol == destination->protocol &&
	       (views->netns == 0 || view->key.netns == views->netns || view->key.netns == views->netns_by_name);
}

/* The panel cuts what is too long for it. */
static bool is_of_name(const struct panel_view *view, const struct destination *destination)
{
	char text[PANEL_NAME_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)sizeof(text) - 1, destination->text);
	if (destination->protocol == PROTOCOL_UNIX)
		return strcmp(text, view->destination) == 0;
	return destination->name[0] != '\0' && strncasecmp(text, view->destination, sizeof(text)) == 0;
}

static bool is_of_pattern(const struct panel_view *view, const char *pattern)
{
	char text[PANEL_RULE_MAX];

	snprintf(text, sizeof(text), "%s", pattern);
	return strncmp(text, view->rule, sizeof(text)) == 0;
}

bool cases_add_known(struct cases *cases, const struct destination *destination, const struct views *views)
{
	for (size_t i = 0; i < views->count; i++) {
		const struct panel_view *view = &views->list[i];
		struct addr addr;

		view_get_addr(view, &addr);
		if (addr.family != ADDR_NONE && is_here(view, destination, views) && is_of_name(view, destination) &&
		    !cases_add(cases, &addr))
			return false;
	}
	return true;
}

bool cases_add_resolved(struct cases *cases, const struct destination *destination)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int error = getaddrinfo(destination->name, NULL, &hints, &list);
	bool done = true;

	if (error != 0) {
		say_error("%s: %s", destination->name, gai_strerror(error));
		return false;
	}
	for (const struct addrinfo *at = list; at != NULL && done; at = at->ai_next) {
		struct addr addr;

		if (!addr_from_sockaddr(&addr, at->ai_addr, at->ai_addrlen))
			continue;
		addr.port = destination->addr.port;
		done = cases_add(cases, &addr);
	}
	freeaddrinfo(list);
	return done;
}

static bool is_breaker_of(const struct panel_view *view, const struct destination_case *one,
			  const struct destination *destination)
{
	const struct rule *rule = one->rule;
	struct addr addr;

	if (rule == NULL || view->key.policy != rule->policy_id)
		return false;
	view_get_addr(view, &addr);
	if (rule->per == PER_RULE)
		return view->key.subject != 0 && addr.family == ADDR_NONE && addr.port == 0 &&
		       is_of_pattern(view, rule->pattern);
	if ((rule->per == PER_HOST || destination->protocol >= PROTOCOL_UNIX) && destination->name[0] != '\0')
		return view->key.subject != 0 && addr.family == ADDR_NONE && is_of_name(view, destination);
	return view->key.subject == 0 && addr.family != ADDR_NONE && addr_equal(&addr, &one->addr);
}

static const struct rule *rule_of(const struct destination_case *one, const struct destination *destination,
				  const struct rules *rules)
{
	const char *name = destination->name[0] != '\0' ? destination->name : NULL;
	size_t length = name != NULL ? strlen(name) : 0;
	int port = one->addr.port != 0 ? one->addr.port : RULES_ANY_PORT;

	if (destination->protocol == PROTOCOL_LOOKUP)
		return rules_match_name(rules, PROTOCOL_TCP, name, length, port);
	return rules_match(rules, destination->protocol, &one->addr, name, length);
}

void cases_settle(struct cases *cases, const struct destination *destination, const struct rules *rules,
		  const struct views *views)
{
	for (size_t i = 0; i < cases->count; i++) {
		struct destination_case *one = &cases->list[i];

		one->rule = rule_of(one, destination, rules);
		for (size_t j = 0; j < views->count && one->view == NULL; j++)
			if (is_here(&views->list[j], destination, views) && is_breaker_of(&views->list[j], one, destination))
				one->view = &views->list[j];
	}
}

void cases_release(struct cases *cases)
{
	free(cases->list);
	*cases = (struct cases)CASES_EMPTY;
}
