/* SPDX-License-Identifier: MIT */
/*
 * destination.c - HOST:PORT as a person writes it, and what else has breakers.
 */
#include "cli/destination.h"

#include <stdio.h>
#include <string.h>

struct part {
	const char *at;
	size_t length;
};

static bool parse_port(uint16_t *port, const char *text)
{
	unsigned value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = 10 * value + (unsigned)(*text - '0');
		if (value > UINT16_MAX)
			return false;
	}
	*port = (uint16_t)value;
	return value != 0;
}

static bool is_name(struct part host)
{
	bool has_letter = false;

	for (size_t i = 0; i < host.length; i++) {
		unsigned char c = (unsigned char)host.at[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;

		if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '.')
			return false;
		has_letter = has_letter || is_letter;
	}
	return has_letter && host.at[host.length - 1] != '.' && host.length < sizeof(((struct destination *)NULL)->name);
}

/* Splits at the last colon; the brackets of an IPv6 address go. NULL, or what is wrong. */
static const char *split(const char *text, struct part *host, const char **port)
{
	const char *colon = strrchr(text, ':');
	const char *first = strchr(text, ':');

	if (text[0] == '[') {
		const char *close = strchr(text, ']');

		if (close == NULL || close[1] != ':')
			return "an IPv6 destination is [ADDRESS]:PORT";
		*host = (struct part){ text + 1, (size_t)(close - text - 1) };
		*port = close + 2;
		return NULL;
	}
	if (colon == NULL)
		return "it has no port: HOST:PORT";
	if (colon != first)
		return "an IPv6 destination is [ADDRESS]:PORT";
	*host = (struct part){ text, (size_t)(colon - text) };
	*port = colon + 1;
	return NULL;
}

static const char *parse_host(struct destination *destination, struct part host, bool is_bracketed)
{
	struct addr addr;

	if (addr_parse_host(&addr, host.at, host.length)) {
		addr.port = destination->addr.port;
		destination->addr = addr;
		return NULL;
	}
	if (is_bracketed)
		return "what stands in brackets is no IPv6 address";
	if (host.length > 1 && host.at[host.length - 1] == '.')
		host.length--;
	if (memchr(host.at, '*', host.length) != NULL)
		return "it is a pattern, not one destination";
	if (!is_name(host))
		return "its host is neither a name nor an address";
	memcpy(destination->name, host.at, host.length);
	return NULL;
}

static const char *parse_path(struct destination *destination, const char *path)
{
	size_t length = strlen(path);

	if (length == 0)
		return "it has no path";
	if (length >= sizeof(destination->name))
		return "its path is too long";
	memcpy(destination->name, path, length + 1);
	return NULL;
}

/* "db.internal:5432", "db.internal" */
static const char *parse_lookup(struct destination *destination, const char *text)
{
	const char *colon = strchr(text, ':');
	size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
	struct part host = { text, length };
	const char *wrong;

	if (colon != NULL && !parse_port(&destination->addr.port, colon + 1))
		return "its port is no number from 1 to 65535";
	wrong = parse_host(destination, host, false);
	return wrong == NULL && destination->name[0] == '\0' ? "an address is not looked up" : wrong;
}

/* Sets the protocol, and returns what follows the scheme. */
static const char *take_scheme(struct destination *destination, const char *text)
{
	static const struct {
		const char *scheme;
		enum addr_protocol protocol;
	} schemes[] = {
		{ "tcp://", PROTOCOL_TCP },
		{ "udp://", PROTOCOL_UDP },
		{ "unix:", PROTOCOL_UNIX },
		{ "lookup:", PROTOCOL_LOOKUP },
	};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t length = strlen(schemes[i].scheme);

		if (strncmp(text, schemes[i].scheme, length) == 0) {
			destination->protocol = schemes[i].protocol;
			return text + length;
		}
	}
	return text;
}

static const char *parse(struct destination *destination, const char *text)
{
	struct part host;
	const char *port, *wrong;

	text = take_scheme(destination, text);
	if (destination->protocol == PROTOCOL_UNIX)
		return parse_path(destination, text);
	if (destination->protocol == PROTOCOL_LOOKUP)
		return parse_lookup(destination, text);
	if (strstr(text, "://") != NULL)
		return "it is a URL; a destination is HOST:PORT";
	wrong = split(text, &host, &port);
	if (wrong != NULL)
		return wrong;
	if (!parse_port(&destination->addr.port, port))
		return "its port is no number from 1 to 65535";
	return parse_host(destination, host, text[0] == '[');
}

/* As the panel shows it. */
static void tidy_up(struct destination *destination)
{
	const char *scheme = protocol_prefix(destination->protocol, destination->name);
	char address[ADDR_TEXT_MAX];

	addr_format(&destination->addr, address, sizeof(address));
	if (destination->name[0] == '\0')
		snprintf(destination->text, sizeof(destination->text), "%s%s", scheme, address);
	else if (destination->addr.port == 0)
		snprintf(destination->text, sizeof(destination->text), "%s%s", scheme, destination->name);
	else
		snprintf(destination->text, sizeof(destination->text), "%s%s:%u", scheme, destination->name,
			 destination->addr.port);
}

bool destination_parse(struct destination *destination, const char *text, char *why, size_t size)
{
	const char *wrong;

	*destination = (struct destination){ .protocol = PROTOCOL_TCP };
	wrong = parse(destination, text);
	if (wrong != NULL) {
		snprintf(why, size, "\"%s\": %s", text, wrong);
		return false;
	}
	tidy_up(destination);
	return true;
}
