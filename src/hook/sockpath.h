/* SPDX-License-Identifier: MIT */
/*
 * sockpath.h - the path of a Unix-domain address, as rules write it.
 *
 * Pure; safe everywhere.
 */
#ifndef CUTOUT_HOOK_SOCKPATH_H
#define CUTOUT_HOOK_SOCKPATH_H

#include <stdbool.h>
#include <sys/socket.h>

#include "hook/names.h"

/* "/run/db.sock"; "@name" for an abstract one. False for another family, a short length, or an address without a name. */
bool sockpath_read(struct name *path, const struct sockaddr *address, socklen_t length);

#endif
