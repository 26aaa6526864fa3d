/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/linkmon-rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"

static const char *const names[] = { "", "dsl0", "lte0", "sat0" };

struct echo {
	struct rig *r;
	struct mipm_probe_in in;
};

static void echo_back(void *ctx)
{
	struct echo *e = ctx;

	if (!e->r->paths[e->in.number].dead)
		fakebus_say(e->r->b, "tunneld", NULL, MIPM_PROBE_IN, &e->in);
	free(e);
}

static void tunneld_hears(void *ctx, uint64_t now, const struct mipm_msg *msg)
{
	struct rig *r = ctx;
	const struct mipm_probe_out *out = msg->body;
	struct rig_path *p = &r->paths[out->number];
	struct vtime *vt = fakebus_vtime(r->b);
	struct echo *e;
	uint64_t rtt;

	if (p->drop_next > 0) {
		p->drop_next--;
		return;
	}
	if (p->dead || vtime_random_below(vt, 1000) < p->loss_permille)
		return;
	rtt = p->rtt_ms * NSEC_PER_MS + vtime_random_below(vt, p->jitter_ms * NSEC_PER_MS);
	e = calloc(1, sizeof(*e));
	*e = (struct echo) { r, { .home_addr = out->home_addr,
					.peer = out->peer,
					.number = out->number,
					.id = out->id,
					.sent_at = now,
					.received_at = now + rtt } };
	vtime_at(vt, now + rtt, echo_back, e);
}

static const uint16_t tunneld_types[] = { MIPM_PROBE_OUT, 0 };

struct rig *rig_new(const char *preset, uint64_t seed)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_int_equal(linkmon_conf_init(&r->conf, preset), 0);
	r->b = fakebus_new(NULL, seed);
	for (size_t i = 0; i < 4; i++)
		r->paths[i].rtt_ms = 50;
	fakebus_attach_model(r->b, "tunneld", tunneld_types, tunneld_hears, r);
	if (getenv("TRACE"))
		fakebus_trace(r->b, stderr);
	return r;
}

struct rig *rig_free(struct rig *r)
{
	for (size_t i = 0; i < 4; i++)
		r->paths[i].dead = true;
	fakebus_detach(r->b, "linkmon");
	r->l = linkmon_free(r->l);
	fakebus_run_ms(r->b, 10000); /* echoes on their way */
	fakebus_free(r->b);
	free(r);
	return NULL;
}

void rig_start(struct rig *r)
{
	fakebus_detach(r->b, "linkmon");
	linkmon_free(r->l);
	assert_int_equal(
		linkmon_new(&r->l, &r->conf, fakebus_env(r->b, "linkmon"), fakebus_now(r->b)), 0);
	fakebus_attach(r->b, "linkmon", &linkmon_ops, r->l);
}

static struct mipm_addr careof(uint8_t number)
{
	return addr_from_v4(0xc6336400u + number); /* 198.51.100.number */
}

void rig_link(struct rig *r, uint8_t number, uint8_t flags)
{
	struct mipm_prefix addr;
	struct mipm_link link = {
		.link = 10u + number,
		.name = { names[number], 4 },
		.number = number,
		.flags = flags,
		.metric = 10u * number,
		.mtu = 1500,
		.addresses = &addr,
		.n_addresses = 1,
		.gateway = addr_from_v4(0xc63364feu),
	};
	struct mipm_addr a = careof(number);

	addr = prefix_of_host(&a);
	fakebus_say(r->b, "tunneld", NULL, MIPM_LINK, &link);
	fakebus_run_ms(r->b, 0);
}

void rig_usable(struct rig *r, uint8_t number)
{
	rig_link(r, number, MIPM_LINK_UP | MIPM_LINK_CARRIER);
}

void rig_reg(struct rig *r, uint8_t number, uint8_t state, bool active)
{
	const struct mipm_reg_state_msg msg = {
		.peer = addr_from_v4(0xcb007101u), /* 203.0.113.1 */
		.number = number,
		.link = 10u + number,
		.careof_addr = careof(number),
		.state = state,
		.active = active,
	};

	fakebus_say(r->b, "mnd", NULL, MIPM_REG_STATE, &msg);
	fakebus_run_ms(r->b, 0);
}

void rig_dump_end(struct rig *r, const char *role, bool complete)
{
	const struct mipm_dump_end end = { .complete = complete };

	fakebus_say(r->b, role, "linkmon", MIPM_DUMP_END, &end);
	fakebus_run_ms(r->b, 0);
}

void rig_settled(struct rig *r, uint8_t n_paths)
{
	rig_start(r);
	for (uint8_t i = 1; i <= n_paths; i++)
		rig_usable(r, i);
	rig_run_ms(r, 310);
	for (uint8_t i = 1; i <= n_paths; i++)
		rig_reg(r, i, MIPM_REG_BOUND, i == 1);
	rig_run_ms(r, 60000);
	assert_int_equal(rig_first(r), DSL);
	for (uint8_t i = 1; i <= n_paths; i++)
		assert_int_equal(rig_verdict(r, i), MIPM_GOOD);
}

void rig_run_ms(struct rig *r, uint64_t ms)
{
	fakebus_run_ms(r->b, ms);
}

uint64_t rig_until_first(struct rig *r, uint8_t number, uint64_t limit_ms)
{
	uint64_t ms = 0;

	for (; ms < limit_ms && rig_first(r) != number; ms++)
		fakebus_run_ms(r->b, 1);
	return ms;
}

uint64_t rig_until_verdict(struct rig *r, uint8_t number, uint8_t verdict, uint64_t limit_ms)
{
	uint64_t ms = 0;

	for (; ms < limit_ms && rig_verdict(r, number) != verdict; ms++)
		fakebus_run_ms(r->b, 1);
	return ms;
}

uint8_t rig_first(struct rig *r)
{
	const struct mipm_md_info *info = fakebus_last(r->b, MIPM_MD_INFO);

	for (uint16_t i = 0; info && i < info->n_entries; i++)
		if (info->entries[i].order == 0)
			return info->entries[i].number;
	return 0;
}

static const struct mipm_md_entry *entry(struct rig *r, uint8_t number)
{
	const struct mipm_md_info *info = fakebus_last(r->b, MIPM_MD_INFO);

	for (uint16_t i = 0; info && i < info->n_entries; i++)
		if (info->entries[i].number == number)
			return &info->entries[i];
	return NULL;
}

uint8_t rig_verdict(struct rig *r, uint8_t number)
{
	const struct mipm_md_entry *e = entry(r, number);

	return e ? e->verdict : 0;
}

uint32_t rig_rtt_us(struct rig *r, uint8_t number)
{
	const struct mipm_md_entry *e = entry(r, number);

	return e ? e->rtt_us : 0;
}

bool rig_cause_is(struct rig *r, uint8_t number, const char *cause)
{
	const struct mipm_md_entry *e = entry(r, number);

	return e && e->cause.len == strlen(cause) &&
	       memcmp(e->cause.text, cause, e->cause.len) == 0;
}

const char *rig_command(
	struct rig *r, const char *verb, const char *target, const char *value, uint16_t *code)
{
	static char text[20000];
	const struct mipm_answer *answer;
	const struct mipm_command cmd = {
		.verb = { verb, (uint16_t)strlen(verb) },
		.target = { target, target ? (uint16_t)strlen(target) : 0 },
		.value = { value, value ? (uint16_t)strlen(value) : 0 },
	};

	fakebus_say(r->b, "mipctl.7", "linkmon", MIPM_COMMAND, &cmd);
	fakebus_run_ms(r->b, 0);
	answer = fakebus_last(r->b, MIPM_ANSWER);
	assert_non_null(answer);
	snprintf(text, sizeof(text), "%.*s", (int)answer->text.len,
		answer->text.len ? answer->text.text : "");
	*code = answer->code;
	return text;
}
