/* SPDX-License-Identifier: MIT */
/*
 * open.c - opens the panel: finds its place, makes it if need be, maps it, and keeps no descriptor.
 *
 * The usual case, a file in memory that is there and good, is eight system calls: open and fstat of the directory, open,
 * fstat and read of the file, mmap, and two close; where the file is on a disk three more, for the boot id: open,
 * read, close. All are such as the dynamic linker makes, in every program: a sandbox that was there before the program,
 * and kills for what that does not do itself, has none to kill for. No page of the mapping is touched.
 * opening.h has the parts. panel_open() runs in one thread, in the constructor; the rest of the room
 * makes no system calls at all, but getpid() at a change of state.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "panel/events.h"
#include "panel/network.h"
#include "panel/opening.h"

enum { LOOKS = 16 }; /* at the file, when others create or replace it at the same time */

static const char shared_directory[] = "/dev/shm/cutout-";
static const char private_path[] = "private";

static size_t default_path(char *path, size_t size, uid_t user)
{
	struct text text;

	text_init(&text, path, size);
	text_put(&text, shared_directory);
	text_put_number(&text, user);
	text_put(&text, "/panel.v");
	text_put_number(&text, PANEL_LAYOUT);
	return text_length(&text);
}

size_t panel_default_path(char *path, size_t size)
{
	return default_path(path, size, getuid());
}

/* A second name is one that a creator has not removed yet, or never will. */
static enum opening_result look_at_file(struct opening *opening, int fd, struct stat *found)
{
	if (!opening_look(fd, found))
		return opening_refuse(opening, opening->path, "cannot be looked at", errno);
	if (found->st_nlink > 1 && S_ISREG(found->st_mode) && found->st_uid == opening->user) {
		opening_remove_leftovers(opening, found);
		if (!opening_look(fd, found))
			return opening_refuse(opening, opening->path, "cannot be looked at", errno);
	}
	/* Replaced since it was opened. */
	if (found->st_nlink == 0)
		return OPENING_AGAIN;
	return opening_check_file(opening, found);
}

/* Read, and not looked at in the mapping: no page of that is touched, and mapped with its neighbours, at a start. */
static enum opening_result check_header(struct opening *opening, int fd, const struct stat *found)
{
	struct panel_header header;
	ssize_t length = read(fd, &header, sizeof(header));

	if (length != (ssize_t)sizeof(header))
		return opening_refuse(opening, opening->path, "cannot be read", length < 0 ? errno : 0);
	return opening_check_header(opening, &header, found);
}

static enum opening_result map_file(struct opening *opening, int fd, const struct stat *found, struct panel *panel)
{
	int protection = opening->access == PANEL_READ ? PROT_READ : PROT_READ | PROT_WRITE;
	enum opening_result result = check_header(opening, fd, found);
	struct panel_file *file;

	if (result != OPENING_OK) {
		opening->stale = *found;
		return result;
	}
	file = mmap(NULL, sizeof(*file), protection, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		return opening_refuse(opening, opening->path, "cannot be mapped", errno);
	panel->file = file;
	return OPENING_OK;
}

/* O_NONBLOCK: a named pipe in its place must not make us wait for a writer. */
static enum opening_result try_file(struct opening *opening, struct panel *panel)
{
	int mode = opening->access == PANEL_READ ? O_RDONLY : O_RDWR;
	int fd = openat(opening->directory_fd, opening->name, mode | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum opening_result result;
	struct stat found;

	if (fd < 0 && errno == ENOENT)
		return OPENING_MISSING;
	if (fd < 0 && errno == EISDIR)
		return opening_refuse(opening, opening->path, "is not a regular file", 0);
	if (fd < 0)
		return opening_refuse(opening, opening->path,
				      errno == ELOOP ? "is a symbolic link" : "cannot be opened",
				      errno == ELOOP ? 0 : errno);
	result = look_at_file(opening, fd, &found);
	if (result == OPENING_OK)
		result = map_file(opening, fd, &found, panel);
	close(fd);
	return result;
}

/* For tools, which make nothing. */
static enum opening_result refuse_absent(struct opening *opening, struct panel *panel, enum opening_result result)
{
	panel->is_absent = true;
	return opening_refuse(opening, opening->path,
			      result == OPENING_STALE ? "is of an earlier start of the system" : "does not exist", 0);
}

static enum opening_result settle_file(struct opening *opening, struct panel *panel)
{
	for (int i = 0; i < LOOKS; i++) {
		enum opening_result result = try_file(opening, panel);

		if (result == OPENING_OK || result == OPENING_REFUSED)
			return result;
		if (result != OPENING_AGAIN && opening->access != PANEL_USE)
			return refuse_absent(opening, panel, result);
		if (result == OPENING_MISSING)
			result = opening_create_file(opening);
		else if (result == OPENING_STALE)
			result = opening_replace_file(opening);
		if (result == OPENING_REFUSED)
			return result;
	}
	return opening_refuse(opening, opening->path, "is replaced all the time", 0);
}

static enum opening_result open_shared(struct opening *opening, struct panel *panel)
{
	enum opening_result result = opening_split_path(opening);

	if (result == OPENING_OK)
		result = opening_find_network(opening, panel);
	if (result == OPENING_OK)
		result = opening_find_directory(opening);
	if (result == OPENING_OK)
		result = settle_file(opening, panel);
	if (opening->directory_fd >= 0)
		close(opening->directory_fd);
	return result;
}

/* Shared with the children that the program forks. Its network is its own, so the key need not tell. */
static bool open_private(struct panel *panel, const char *boot_id)
{
	struct panel_file *file = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (file == MAP_FAILED)
		return false;
	opening_fill_header(&file->header, boot_id);
	panel->file = file;
	panel->is_private = true;
	panel->network_unknown = false;
	memcpy(panel->path, private_path, sizeof(private_path));
	return true;
}

static bool open_panel(struct opening *opening, struct panel *panel)
{
	bool asked_private = strcmp(opening->path, private_path) == 0;
	struct text path;

	text_init(&path, panel->path, sizeof(panel->path));
	text_put(&path, opening->path);
	if (!asked_private && open_shared(opening, panel) == OPENING_OK)
		return true;
	if (opening->access != PANEL_USE) {
		if (asked_private)
			opening_refuse(opening, opening->path, "a private panel is its program's alone", 0);
		return false;
	}
	if (open_private(panel, opening->boot_id)) {
		if (!asked_private)
			text_put(opening->why, "; using a private panel");
		return true;
	}
	if (asked_private)
		opening_refuse(opening, opening->path, "no memory", errno);
	else
		text_put(opening->why, "; no memory for a private panel");
	return false;
}

bool panel_open(struct panel *panel, const char *path, enum panel_access access, char *why, size_t size)
{
	return panel_open_as(getuid(), panel, path, access, why, size);
}

bool panel_open_as(uid_t user, struct panel *panel, const char *path, enum panel_access access, char *why, size_t size)
{
	char its_default[OPENING_PATH_MAX];
	struct text reason;
	struct opening opening = {
		.access = access,
		.user = user,
		.path = path != NULL ? path : its_default,
		.size = sizeof(struct panel_file),
		.directory_fd = -1,
		.why = &reason,
	};
	int saved = errno;
	bool opened;

	*panel = (struct panel){ 0 };
	text_init(&reason, why, size);
	default_path(its_default, sizeof(its_default), user);
	opening.is_default = strcmp(opening.path, its_default) == 0;
	opened = open_panel(&opening, panel);
	if (opened && access != PANEL_READ)
		events_attach(panel->file);
	errno = saved;
	return opened;
}

/* All who learn it write the same. Release pairs with the acquire: who sees that it is known sees it. */
static void set_network(struct panel *panel, uint64_t network)
{
	atomic_store_explicit(&panel->netns, network, memory_order_relaxed);
	atomic_store_explicit(&panel->network_unknown, false, memory_order_release);
}

bool panel_learn_network(struct panel *panel, int socket)
{
	uint64_t network;

	if (panel_network_is_known(panel))
		return true;
	if (!network_of_socket(socket, &network))
		return false;
	set_network(panel, network);
	return true;
}

void panel_learn_network_by_itself(struct panel *panel)
{
	uint64_t network;

	if (!panel_network_is_known(panel) && network_of_process(&network))
		set_network(panel, network);
}

void panel_learn_network_by_name(struct panel *panel)
{
	uint64_t network;

	if (!panel_network_is_known(panel) && network_of_namespace(&network))
		set_network(panel, network);
}

/* Acquire pairs with the release of who learnt it. */
bool panel_network_is_known(const struct panel *panel)
{
	return !atomic_load_explicit(&panel->network_unknown, memory_order_acquire);
}

void panel_close(struct panel *panel)
{
	int saved = errno;

	events_detach(panel->file);
	if (panel->file != NULL)
		munmap(panel->file, sizeof(*panel->file));
	*panel = (struct panel){ 0 };
	errno = saved;
}
