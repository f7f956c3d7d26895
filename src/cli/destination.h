/* SPDX-License-Identifier: MIT */
/*
 * destination.h - HOST:PORT as a person writes it: "db.internal:5432", "10.0.0.5:5432", "[::1]:80".
 */
#ifndef CUTOUT_CLI_DESTINATION_H
#define CUTOUT_CLI_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"

struct destination {
	enum addr_protocol protocol;
	char name[254];   /* without a final dot; "": it is an address. Of a Unix-domain socket, its path */
	struct addr addr; /* with the port, but of a path, and perhaps of a lookup; without a family if it is a name */
	char text[272];   /* the whole of it, tidied up */
};

/* False, with one line in `why`, if it is none. */
bool destination_parse(struct destination *destination, const char *text, char *why, size_t size);

#endif
