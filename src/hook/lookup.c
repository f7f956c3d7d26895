/* SPDX-License-Identifier: MIT */
/*
 * lookup.c - hooks on the resolver: learn which name an address came from (names.h), and, where a rule is about
 * lookups, refuse those of an open circuit and answer failing ones with the last good address (query.h).
 *
 * Every result, return code and list is libc's own, errno and h_errno included: also the list of a stale answer, which
 * one call of libc makes from the address as text, and a refusal, which is EAI_AGAIN in libc's words. What libc
 * calls inside itself for the same lookup does not come by here again, and if it did, it would only say the
 * same twice.
 */
#include "hook/real.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/addr.h"
#include "base/errname.h"
#include "hook/names.h"
#include "hook/query.h"

enum { ADDRESSES_MAX = 64 }; /* of one answer; the resolver tries no more either */

/* The addresses of one answer. */
struct answer {
	size_t count;
	struct addr addresses[ADDRESSES_MAX];
};

static void answer_add(struct answer *answer, const struct sockaddr *sa, socklen_t length)
{
	struct addr *addr = &answer->addresses[answer->count];

	if (answer->count == ADDRESSES_MAX || !addr_from_sockaddr(addr, sa, length))
		return;
	/* One entry for each socket type stands side by side in a list of getaddrinfo(). */
	if (answer->count > 0 && addr_equal(addr, addr - 1))
		return;
	answer->count++;
}

/* `now`: the answer is fresh, and to be remembered. */
static void learn(const char *name, const struct answer *answer, uint64_t now)
{
	if (answer->count > 0)
		names_learn(name, strnlen(name, NAME_MAX_LENGTH + 2), answer->addresses, answer->count, now);
}

static void learn_list(const char *name, const struct addrinfo *list, uint64_t now)
{
	struct answer answer = { .count = 0 };

	for (const struct addrinfo *at = list; at; at = at->ai_next)
		answer_add(&answer, at->ai_addr, at->ai_addrlen);
	learn(name, &answer, now);
}

static void learn_host(const char *name, const struct hostent *host, uint64_t now)
{
	struct answer answer = { .count = 0 };

	for (char **at = host->h_addr_list; *at; at++) {
		struct sockaddr_in in = { .sin_family = AF_INET };
		struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

		if (host->h_addrtype == AF_INET && host->h_length == sizeof(in.sin_addr)) {
			memcpy(&in.sin_addr, *at, sizeof(in.sin_addr));
			answer_add(&answer, (const struct sockaddr *)&in, sizeof(in));
		} else if (host->h_addrtype == AF_INET6 && host->h_length == sizeof(in6.sin6_addr)) {
			memcpy(&in6.sin6_addr, *at, sizeof(in6.sin6_addr));
			answer_add(&answer, (const struct sockaddr *)&in6, sizeof(in6));
		}
	}
	learn(name, &answer, now);
}

/* --- getaddrinfo ------------------------------------------------------------------------------- */

/* That a name has no address is an answer; other codes are about the question, or about this machine. */
static int error_of_code(int code)
{
	switch (code) {
	case 0:
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
		return 0;
	case EAI_AGAIN:
		return ERRNAME_EAI_AGAIN;
	case EAI_FAIL:
		return ERRNAME_EAI_FAIL;
	default:
		return QUERY_SAYS_NOTHING;
	}
}

/* Asked for the canonical name too, there is none to give. False: none of the addresses suits the hints. */
static bool answer_stale(const struct query *query, const char *service, const struct addrinfo *hints,
			 struct addrinfo **list)
{
	struct addrinfo numeric = hints ? *hints : (struct addrinfo){ .ai_family = AF_UNSPEC };
	char texts[2][ADDR_TEXT_MAX];
	unsigned count = numeric.ai_flags & AI_CANONNAME ? 0 : query_last_good(query, texts);

	numeric.ai_flags = (numeric.ai_flags & ~AI_ADDRCONFIG) | AI_NUMERICHOST;
	for (unsigned i = 0; i < count; i++)
		if (real.getaddrinfo(texts[i], service, &numeric, list) == 0)
			return true;
	return false;
}

static bool is_udp(const struct addrinfo *hints)
{
	return hints && (hints->ai_socktype == SOCK_DGRAM || hints->ai_protocol == IPPROTO_UDP);
}

HOOK_EXPORT int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			    struct addrinfo **list)
{
	struct query query __attribute__((cleanup(query_abandon)));
	bool by_name = node && !(hints && hints->ai_flags & AI_NUMERICHOST);
	int result = EAI_AGAIN, saved;

	query.kind = QUERY_NONE;
	if (by_name)
		query_begin(&query, node, service, is_udp(hints));
	if (query.kind == QUERY_REFUSED)
		query_refuse(&query);
	else
		result = real.getaddrinfo(node, service, hints, list);
	saved = errno;
	query_end(&query, error_of_code(result));
	if (result == 0 && by_name)
		learn_list(node, *list, query_remembers(&query));
	else if ((result == EAI_AGAIN || result == EAI_FAIL) && answer_stale(&query, service, hints, list)) {
		learn_list(node, *list, 0);
		result = 0;
	}
	errno = saved;
	return result;
}

/* --- gethostbyname and its relatives ----------------------------------------------------------- */

/* `code` is what h_errno says where there is no host. */
static int error_of_host(const struct hostent *host, int code)
{
	if (host || code == HOST_NOT_FOUND || code == NO_DATA)
		return 0;
	if (code == TRY_AGAIN)
		return ERRNAME_EAI_AGAIN;
	return code == NO_RECOVERY ? ERRNAME_EAI_FAIL : QUERY_SAYS_NOTHING;
}

/* One of the four functions, for a name or for an address as text; the last five are of the _r forms. */
struct host_question {
	struct hostent *(*ask)(struct host_question *question, const char *name);
	const char *name;
	int family;
	int code;   /* what h_errno says of the last answer */
	int result; /* what the _r forms return */
	struct hostent *buffer;
	char *room;
	size_t size;
	struct hostent **host;
	int *code_of_caller;
};

/* Of the family that was asked for; none other would do. */
static struct hostent *stale_host(struct host_question *question, const struct query *query)
{
	int code = question->code, result = question->result, saved = errno;
	char texts[2][ADDR_TEXT_MAX];
	unsigned count = query_last_good(query, texts);

	for (unsigned i = 0; i < count; i++) {
		struct hostent *host;

		if ((strchr(texts[i], ':') != NULL) != (question->family == AF_INET6))
			continue;
		host = question->ask(question, texts[i]);
		if (host)
			return host;
	}
	question->code = code;
	question->result = result;
	errno = saved;
	return NULL;
}

static struct hostent *refuse_host(struct host_question *question, const struct query *query)
{
	query_refuse(query);
	question->code = TRY_AGAIN;
	question->result = errno = EAGAIN;
	return NULL;
}

static struct hostent *find_host(struct host_question *question)
{
	struct query query __attribute__((cleanup(query_abandon)));
	bool is_fresh = true;
	struct hostent *host;
	int saved, error;

	query.kind = QUERY_NONE;
	if (question->name)
		query_begin(&query, question->name, NULL, false);
	host = query.kind == QUERY_REFUSED ? refuse_host(question, &query) : question->ask(question, question->name);
	error = error_of_host(host, question->code);
	query_end(&query, error);
	if (!host && error > 0) {
		host = stale_host(question, &query);
		is_fresh = false;
	}
	saved = errno;
	if (host)
		learn_host(question->name, host, is_fresh ? query_remembers(&query) : 0);
	errno = saved;
	return host;
}

static struct hostent *ask_plain(struct host_question *question, const char *name)
{
	struct hostent *host = real.gethostbyname(name);

	question->code = h_errno;
	return host;
}

static struct hostent *ask_family(struct host_question *question, const char *name)
{
	struct hostent *host = real.gethostbyname2(name, question->family);

	question->code = h_errno;
	return host;
}

/* A return of 0 without a host is "not found". */
static struct hostent *said_r(struct host_question *question, int result)
{
	struct hostent *host = result == 0 ? *question->host : NULL;

	question->result = result;
	question->code = host ? 0 : *question->code_of_caller;
	return host;
}

static struct hostent *ask_plain_r(struct host_question *question, const char *name)
{
	return said_r(question, real.gethostbyname_r(name, question->buffer, question->room, question->size,
						     question->host, question->code_of_caller));
}

static struct hostent *ask_family_r(struct host_question *question, const char *name)
{
	return said_r(question, real.gethostbyname2_r(name, question->family, question->buffer, question->room,
						      question->size, question->host, question->code_of_caller));
}

static struct hostent *answer(struct host_question *question)
{
	struct hostent *host = find_host(question);

	h_errno = question->code;
	return host;
}

/* h_errno is the caller's own word here; what a success leaves in it is libc's affair. */
static int answer_r(struct host_question *question)
{
	struct hostent *host = find_host(question);

	*question->host = host;
	if (!host)
		*question->code_of_caller = question->code;
	return question->result;
}

HOOK_EXPORT struct hostent *gethostbyname(const char *name)
{
	struct host_question question = { .ask = ask_plain, .name = name, .family = AF_INET };

	return answer(&question);
}

HOOK_EXPORT struct hostent *gethostbyname2(const char *name, int family)
{
	struct host_question question = { .ask = ask_family, .name = name, .family = family };

	return answer(&question);
}

HOOK_EXPORT int gethostbyname_r(const char *name, struct hostent *buffer, char *room, size_t size,
				struct hostent **host, int *error)
{
	struct host_question question = {
		.ask = ask_plain_r, .name = name, .family = AF_INET, .buffer = buffer,
		.room = room, .size = size, .host = host, .code_of_caller = error,
	};

	return answer_r(&question);
}

HOOK_EXPORT int gethostbyname2_r(const char *name, int family, struct hostent *buffer, char *room, size_t size,
				 struct hostent **host, int *error)
{
	struct host_question question = {
		.ask = ask_family_r, .name = name, .family = family, .buffer = buffer,
		.room = room, .size = size, .host = host, .code_of_caller = error,
	};

	return answer_r(&question);
}
