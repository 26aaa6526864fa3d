# SPDX-License-Identifier: BSD-2-Clause
"""Deliberate faults: what is put in place of which line, and the test that must notice."""
from collections import namedtuple

Fault = namedtuple('Fault', 'name file edits test')


def unit(name):
    return f'tests/unit/test-{name}'


def sim(family, seeds):
    return f'tests/sim/sim --family {family} --seeds {seeds}'


def bus(name):
    return f'tests/bus/test-bus-{name}'


FAULTS = [
    Fault('authenticator skipped', 'had/step_auth.c',
          [('if (rc == 0) {\n\t\tctx->binding',
            'if (rc == 0 || rc == MAC_MISMATCH) {\n\t\tctx->binding')],
          unit('had-step-auth')),
    Fault('digest compared on 8 octets', 'libmip/mac.c',
          [('CRYPTO_memcmp(digest, message.data + auth->covered, len)',
            'CRYPTO_memcmp(digest, message.data + auth->covered, 8)')],
          unit('mac')),
    Fault('equal Identification accepted', 'libmip/replay.c',
          [('if (replay->started && ident == replay->last)\n\t\treturn REPLAY_DUPLICATE;\n\tif (magnitude',
            'if (replay->started && ident == replay->last)\n\t\treturn REPLAY_FRESH;\n\tif (magnitude')],
          unit('replay')),
    Fault('low half unchecked in a reply', 'libmip/replay.c',
          [('return low(a) == low(b);',
            'return low(a) == low(a);')],
          unit('mnd-reply')),
    Fault('replay state lost at restart', 'had/restore.c',
          [('replay_restore(&binding->replay, floor);',
            '(void)floor;')],
          unit('had-restore')),
    Fault('pool address leaked', 'had/home_pool.c',
          [('table_remove(&had->pool, &binding->by_home_addr);\n',
            '')],
          unit('had-home-pool')),
    Fault('lifetime 0 ignored', 'had/step_careof.c',
          [('ctx->is_dereg = request->lifetime == 0;',
            'ctx->is_dereg = false;')],
          unit('had-binding')),
    Fault('granted lifetime above asked', 'had/step_careof.c',
          [('if (lifetime_s > conf->max_lifetime_s)',
            'if (lifetime_s < conf->max_lifetime_s)')],
          unit('had-registration')),
    Fault('expiry off by one interval', 'had/step_binding.c',
          [('return ctx->now + ctx->lifetime_s * NSEC_PER_S;',
            'return ctx->now + 2 * ctx->lifetime_s * NSEC_PER_S;')],
          unit('had-binding')),
    Fault('network overlap unchecked', 'had/step_mobile_network.c',
          [('if (overlaps_listed(ctx, &network))',
            'if (false && overlaps_listed(ctx, &network))')],
          unit('had-step-mobile-network')),
    Fault('NAT keepalive never sent', 'tunneld/reflex.c',
          [('return armed ? armed : nat;',
            'return armed;')],
          unit('tunneld-reflex')),
    Fault('retransmission without back-off', 'mnd/schedule.c',
          [('with_jitter(reg, 2 * reg->timeout)',
            'with_jitter(reg, reg->timeout)')],
          unit('mnd-schedule')),
    Fault('BC_REMOVE of an old generation honoured', 'tunneld/bc.c',
          [('if (origin_is_newer(t ? &t->binding->origin : NULL, from, bc->generation))\n\t\treturn;',
            '')],
          unit('tunneld-bindings')),
    Fault('dump without the complete flag flushes', 'tunneld/forwarder_bus.c',
          [('if (end->complete && !end->own)',
            'if (!end->own)')],
          unit('tunneld-bindings')),
    Fault('filtered message counted as gap', 'libmipsock/send.c',
          [('if (m == one || (m->known && (to ? m->spy && spied : member_wants(m, type))))\n\t\t\tadd(s, m, row, (size_t)r);',
            'if (m == one || (m->known && (to ? m->spy && spied : member_wants(m, type))))\n\t\t\tadd(s, m, row, (size_t)r);\n\t\telse\n\t\t\tm->out.seq++;')],
          bus('flow')),
    Fault('inner source unchecked', 'tunneld/verdict.c',
          [('return is_far_ends(from, t) ? FIB_OK : FIB_SOURCE;',
            'return FIB_OK;')],
          unit('tunneld-fib')),
    Fault('outer port unchecked', 'tunneld/admission.c',
          [('(uint64_t)e->port << 8 | ',
            ''),
           ('endpoint_equal(&hop->remote, walk->remote)',
            'addr_equal(&hop->remote.addr, &walk->remote->addr)')],
          unit('tunneld-fib')),
    Fault('store written with a session key', 'had/binding.c',
          [('\tassert(item.len > 0);\n',
            '\tif (content) {\n'
            '\t\tconst struct mip_sa *sa = had_conf_spi(had->conf, content->spi)->sa;\n'
            '\t\tmemcpy(octets + item.len, sa->key, sa->key_len);\n'
            '\t\titem.len += sa->key_len;\n'
            '\t}\n')],
          unit('had-restore')),
    Fault('key on a fanned-out message', 'mnd/say.c',
          [('.text = str(reg->text),',
            '.text = { (const char *)association_sa_by(a, association_conf(a)->spis[0])->key, 16 },')],
          sim('cold-start', 2)),
    Fault('reload applied half', 'had/reconfigure.c',
          [('\thad->conf = conf;\n',
            '')],
          unit('had-reconfigure')),
]
