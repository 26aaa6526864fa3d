/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One registration: a path at a home agent (RFC 5944 3.6; states of protocol/mipsock.md section
 * 13). The table is in registration_fsm.c, what its rows do in registration.c.
 */
#ifndef MND_REGISTRATION_H
#define MND_REGISTRATION_H

#include "base/fsm.h"
#include "base/timerq.h"
#include "mnd/association.h"

/* States are those of the bus: enum mipm_reg_state. */

enum registration_event {
	REG_START,    /* this path is wanted */
	REG_ADOPT,    /* tunneld holds it from an earlier life */
	REG_ACCEPTED, /* arg: struct judged */
	REG_REPEAT,   /* refused, and the next request will be another one: at once */
	REG_LATER,    /* refused, try the same again after a while */
	REG_REFUSED,  /* refused for good */
	REG_REVOKED,  /* by the agent; arg: struct judged */
	REG_DECLINED, /* accepted, but not as we can use it: deregistered, then as refused */
	REG_RETRANS,  /* no answer in time */
	REG_REFRESH,  /* half of the lifetime is over */
	REG_MOVEMENT, /* address, link or order changed: send now */
	REG_HOLD,     /* not now: another path leads */
	REG_GONE,     /* the link or its address is gone, or nothing is kept there any more */
	REG_WITHDRAW, /* the same, and another path can say so; arg: struct path */
	REG_LEAVE,    /* deregister all */
	REG_ABANDON,  /* the same, another agent has us already; arg: struct path */
	REG_GIVE_UP,  /* nobody answers the deregistration */
	REG_EXPIRE,   /* the lifetime is over */
	REG_UNFIT,    /* this care-of address cannot be registered */
	REG_EVENTS,
};

#define REGISTRATION_TEXT_MAX 160

/* What an accepted reply granted; what BUL_ADD says. */
struct grant {
	struct mipm_addr home_addr;
	struct mipm_addr careof_addr;
	uint32_t link;
	uint32_t lifetime_s;
	uint64_t expires_at;
	uint64_t stamp; /* Identification */
	uint32_t caps;	/* feature bits of both ends */
	uint32_t keepalive_s;
	struct mipm_endpoint observed; /* where the agent saw us, if it told */
	bool nat;
	bool has_bid;		   /* the agent knows it by its BID */
	bool revocable;		   /* both ends know revocation (RFC 3543) */
	uint32_t revocation_stamp; /* the agent's, then */
	struct mipm_prefix networks[MND_NETWORKS_MAX];
	size_t n_networks;
};

/* A reply that is authentic, and what becomes of it. */
struct judged {
	int event; /* enum registration_event */
	uint8_t code;
	uint64_t delay; /* for REG_LATER */
	bool next_agent;
	bool overwrote; /* accepted with O: the agent holds this path only */
	struct grant grant;
	char text[REGISTRATION_TEXT_MAX];
};

/* The latest request, until it is answered or another one is sent. */
struct request_out {
	bool is_open;
	uint64_t ident;
	uint64_t at;
	uint16_t lifetime_s;
	struct mipm_addr home_addr; /* 0.0.0.0: asked for one */
	struct mipm_addr careof_addr;
	uint32_t link;
	bool force;	/* UDP */
	bool overwrite; /* O */
	bool has_bid;
	struct mipm_prefix networks[MND_NETWORKS_MAX]; /* asked for */
	size_t n_networks;
	uint8_t order[MIP_MAX_BIDS];
	size_t n_order;
	uint8_t *octets; /* whole, as they went out (R4) */
	size_t len;
};

enum request_kind {
	REQUEST_REGISTER,
	REQUEST_WITHDRAW, /* this binding */
	REQUEST_LEAVE,	  /* all bindings */
};

struct registration {
	struct list by_path; /* path.registrations */
	uint64_t serial;     /* rising in the order of making: the dump's cursor */
	struct path *path;
	struct home_agent *agent;
	struct fsm fsm;
	struct deadline send; /* retransmission, refresh, late retry: by state */
	struct deadline expiry;
	bool is_wanted;
	bool is_deferred;    /* `send` is for a request that was not sent yet */
	bool is_declined;    /* WAITD now, and FAILED then */
	bool is_stale;	     /* the agent replaced all: BOUND here, unknown there */
	uint64_t timeout;    /* of the last request; 0: start anew */
	unsigned tries;	     /* requests since the last answer */
	unsigned mismatches; /* answers 133 in a row */
	uint64_t refresh_at;
	struct path *via; /* WAITD: who carries it */
	enum request_kind leaving;
	struct request_out sent;
	bool is_bound; /* grant means something, and tunneld was told */
	struct grant grant;
	uint64_t generation;	  /* of the last BUL_ADD */
	uint64_t pause;		  /* in FAILED, before it is tried again; 0: the usual one */
	uint64_t acknowledged_at; /* a revocation */
	uint16_t code;
	char text[REGISTRATION_TEXT_MAX];
};

int registration_new(struct path *path, struct home_agent *agent, struct registration **out);
struct registration *registration_free(struct registration *reg); /* says nothing to anybody */

/* False: the table has no row for it. */
bool registration_event(struct registration *reg, enum registration_event event, void *arg);
bool registration_is_in(const struct registration *reg, uint32_t states);
#define REG_WAITING (FSM_IN(MIPM_REG_WAITA) | FSM_IN(MIPM_REG_WAITAR))

void registration_shorten(struct registration *reg, uint64_t expires_at);
void registration_say(struct registration *reg, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* what the table's rows do (registration.c) */
void registration_send(void *reg, void *arg);
void registration_return(void *reg, void *arg);
void registration_install(void *reg, void *judged);
void registration_adopt(void *reg, void *grant);
void registration_delay(void *reg, void *judged);
void registration_note(void *reg, void *judged);
void registration_forget(void *reg, void *arg);
void registration_drop(void *reg, void *arg);
void registration_withdraw(void *reg, void *path);
void registration_revoke(void *reg, void *judged);
void registration_decline(void *reg, void *judged);
void registration_leave(void *reg, void *path);
void registration_abandon(void *reg, void *path);
void registration_repeat_leave(void *reg, void *arg);

extern const struct fsm_table registration_fsm;

/* schedule.c: what the deadline `send` is for, by state */
void schedule_reset(struct registration *reg); /* the back-off */
void schedule_grow(struct registration *reg);
void schedule_timeout(struct registration *reg, enum request_kind kind); /* of what was sent now */
void schedule_request(struct registration *reg, uint64_t at);	/* that could not be sent yet */
void schedule_repeat(struct registration *reg, uint64_t delay); /* of what was refused */
uint64_t schedule_mismatch_delay(unsigned times); /* doubling from 2 s to 60 s; times from 1 */
void schedule_lifetime(struct registration *reg);
void schedule_refresh(struct registration *reg);
void schedule_late(struct registration *reg); /* FAILED */
void schedule_nothing(struct registration *reg);
void schedule_due(struct registration *reg); /* its time has come */

/* request.c: builds, signs and sends; fills reg->sent. -EMSGSIZE, -ENOENT (no key), ... */
int request_send(struct registration *reg, enum request_kind kind, struct path *via);
void request_forget(struct registration *reg);

/* revocation.c */
void revocation_input(struct mnd *mnd, const struct mipm_sig *sig);

/* reply.c */
void reply_input(struct mnd *mnd, const struct mipm_sig *sig);

/* reply_ext.c: what each extension of an acceptance changes; also whether it stays one. */
void reply_ext_apply(
	struct registration *reg, const struct mip_reply *reply, struct judged *judged);

/* refusal.c: what becomes of a refusal by the home agent. */
void refusal_judge(struct registration *reg, const struct mip_reply *reply, struct judged *judged);

#endif
