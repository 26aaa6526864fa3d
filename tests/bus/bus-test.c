/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <sys/prctl.h>

#include "bus-test.h"

char bus_dir[64];

int bus_dir_make(void **state)
{
	(void)state;
	snprintf(bus_dir, sizeof(bus_dir), "/tmp/bus-test-XXXXXX");
	return mkdtemp(bus_dir) && !chmod(bus_dir, 0777) ? 0 : -1;
}

int bus_dir_remove(void **state)
{
	DIR *dir = opendir(bus_dir);
	struct dirent *entry;

	(void)state;
	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	return rmdir(bus_dir);
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

struct mipm_addr entry_addr(size_t entry)
{
	return (struct mipm_addr) { MIPM_IPV4, { 10, 0, (uint8_t)(entry >> 8), (uint8_t)entry } };
}

static size_t entry_of(const struct mipm_addr *addr)
{
	return (size_t)addr->octets[2] << 8 | addr->octets[3];
}

static void sweep(struct node *n, const struct mipm_sender *from)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		if (n->value[i] && n->dump[i] != from->dump)
			n->value[i] = 0;
	}
}

static void hear(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	const struct mipm_dump_end *end = msg->body;
	const struct mipm_error *error = msg->body;
	const struct mipm_bc *bc = msg->body;
	struct node *n = ctx;

	(void)now;
	n->heard[msg->type % 256]++;
	n->id = msg->id;
	n->flags = msg->flags;
	n->boot_id = msg->from->boot_id;
	snprintf(n->from, sizeof(n->from), "%s", msg->from->name);
	if (msg->type == MIPM_ERROR) {
		n->error = *error;
		snprintf(n->error_text, sizeof(n->error_text), "%.*s", error->text.len,
			error->text.text);
	} else if (msg->type == MIPM_DUMP_END) {
		n->end = *end;
		n->dumps++;
		if (end->complete && !end->own && !strcmp(msg->from->role, "had"))
			sweep(n, msg->from);
	} else if (msg->type == MIPM_BC_ADD || msg->type == MIPM_BC_REMOVE) {
		size_t entry = entry_of(&bc->home_addr);

		if (entry >= ENTRIES)
			return;
		n->value[entry] = msg->type == MIPM_BC_ADD ? bc->generation : 0;
		n->dump[entry] = msg->from->dump;
	}
}

static void tell(struct node *n, const char *to, size_t entry)
{
	static const struct mipm_path path = { .number = 1,
		.encap = MIPM_ENCAP_UDP,
		.remote = { { MIPM_IPV4, { 192, 0, 2, 7 } }, 434 } };
	static const char identity[] = "the-router-of-a-bus-with-a-long-name@fleet.example.net";
	struct mipm_prefix net = { { MIPM_IPV4, { 10, 7, 0, 0 } }, 24 };
	struct mipm_bc bc = { .home_addr = entry_addr(entry),
		.generation = n->value[entry],
		.networks = &net,
		.n_networks = 1,
		.paths = &path,
		.n_paths = 1,
		.lifetime_s = 300,
		.identity = { identity, sizeof(identity) - 1 } };

	if (!n->value[entry])
		bc.n_paths = bc.n_networks = 0;
	assert_int_equal(
		mipsock_send(n->s, to, n->value[entry] ? MIPM_BC_ADD : MIPM_BC_REMOVE, &bc, NULL),
		0);
}

static int dump(void *ctx, uint64_t now, const char *to, bool own, uint64_t *cursor)
{
	struct node *n = ctx;

	(void)now;
	n->asked += !*cursor;
	if (n->only_own && !own)
		return 0;
	if (n->dump_fails)
		return -EIO;
	if (n->dump_waits)
		return MIPSOCK_LATER;
	for (int i = 0; i < 10; i++, ++*cursor) {
		if (*cursor >= ENTRIES)
			return 0;
		if (n->value[*cursor])
			tell(n, to, *cursor);
	}
	return 1;
}

static void member(void *ctx, const struct mipm_sender *who, bool joined)
{
	struct node *n = ctx;

	(void)who;
	*(joined ? &n->joined : &n->left) += 1;
}

struct node *node_join_config(struct mipsock_config config, const uint16_t *types)
{
	struct node *n = calloc(1, sizeof(*n));
	int r;

	config.dir = bus_dir;
	config.types = types;
	while (types && types[config.n_types])
		config.n_types++;
	config.ctx = n;
	config.message = hear;
	config.member = member;
	if (!strcmp(config.role, "had") || !strcmp(config.role, "tunneld"))
		config.dump = dump;
	n->only_own = !strcmp(config.role, "tunneld");
	r = mipsock_open(&n->s, &config);
	if (r < 0) {
		free(n);
		errno = -r;
		return NULL;
	}
	return n;
}

struct node *node_join(const char *role, unsigned int flags, const uint16_t *types)
{
	return node_join_config((struct mipsock_config) { .role = role, .flags = flags }, types);
}

struct node *node_leave(struct node *n)
{
	if (n)
		mipsock_close(n->s);
	free(n);
	return NULL;
}

pid_t fork_child(void)
{
	pid_t pid = fork();

	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

void node_change(struct node *n, size_t entry, uint64_t value)
{
	n->value[entry] = value;
	tell(n, NULL, entry);
}

void nodes_turn(struct node *const *nodes, size_t n)
{
	struct pollfd fds[16];

	for (size_t i = 0; i < n; i++) {
		fds[i] = (struct pollfd) { .fd = -1, .events = POLLIN };
		if (!nodes[i])
			continue;
		mipsock_flush(nodes[i]->s);
		fds[i].fd = mipsock_fd(nodes[i]->s);
	}
	poll(fds, n, 10);
	for (size_t i = 0; i < n; i++) {
		if (nodes[i] && fds[i].revents)
			assert_int_equal(mipsock_process(nodes[i]->s, 0), 0);
	}
}

bool nodes_agree(const struct node *speaker, const struct node *listener)
{
	return !memcmp(speaker->value, listener->value, sizeof(speaker->value));
}
