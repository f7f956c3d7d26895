/* SPDX-License-Identifier: MIT */
/*
 * address.h - "127.0.0.1:80" and "[::1]:80" for the programs of the tests.
 */
#ifndef CUTOUT_TESTS_ADDRESS_H
#define CUTOUT_TESTS_ADDRESS_H

#include <sys/socket.h>

/* Ends the program when the text is neither. No malloc, no lock, no stdio. */
socklen_t address_of(const char *text, struct sockaddr_storage *address);

/* A connect to there on that socket; errno as connect() left it. */
int connect_to(int fd, const char *text);

#endif
