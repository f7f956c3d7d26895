/* SPDX-License-Identifier: MIT */
/*
 * init.c - the constructor: everything is read, mapped and resolved here, once.
 *
 * Nothing is torn down: hooks run after every destructor, ours too (exit.c). Until attempt_activate(), and for good when the
 * program is not to be protected or there is no memory, each hook passes through.
 */
#include <errno.h>

#include "base/clock.h"
#include "hook/addressed.h"
#include "hook/attempt.h"
#include "hook/holding.h"
#include "hook/log.h"
#include "hook/names.h"
#include "hook/owner.h"
#include "hook/query.h"
#include "hook/real.h"
#include "hook/sandbox.h"
#include "hook/settings.h"
#include "hook/target.h"

static bool begin_owning(void)
{
	sandbox_activate();
	return owner_init();
}

static void start(void)
{
	struct settings settings;
	char why[384] = "";

	settings_load(&settings);
	if (!settings.protect)
		return;
	clock_init();
	log_init(settings.log);
	names_init();
	if (target_init(&settings, why, sizeof(why)) && begin_owning()) {
		holding_init(target_panel(), target_limits_connections());
		attempt_activate();
		query_activate(target_looks_up());
		addressed_datagrams = target_covers(PROTOCOL_UDP) || target_covers(PROTOCOL_UNIX);
	}
	if (why[0])
		log_startup_problem(why);
}

__attribute__((constructor)) static void hook_constructor(void)
{
	int saved = errno;

	real_resolve();
	start();
	errno = saved;
}
