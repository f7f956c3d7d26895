/* SPDX-License-Identifier: MIT */
/*
 * sockpath.c - the path of a Unix-domain address (sockpath.h). Source: unix(7).
 */
#include "hook/sockpath.h"

#include <stddef.h>
#include <string.h>
#include <sys/un.h>

bool sockpath_read(struct name *path, const struct sockaddr *address, socklen_t length)
{
	size_t start = offsetof(struct sockaddr_un, sun_path);
	const char *text = (const char *)address + start;
	size_t room;

	if (!address || length <= start || length > sizeof(struct sockaddr_un) || address->sa_family != AF_UNIX)
		return false;
	room = length - start;
	/* An abstract name has all the bytes that there are; a path ends at its NUL, or where the address does. */
	path->length = (uint32_t)(text[0] ? strnlen(text, room) : room);
	memcpy(path->text, text, path->length);
	path->text[path->length] = '\0';
	if (!text[0])
		path->text[0] = '@';
	return path->length > !text[0];
}
