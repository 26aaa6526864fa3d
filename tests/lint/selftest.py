# SPDX-License-Identifier: BSD-2-Clause
"""For each rule: trees in which it must find something, and one in which it must not."""
import pagecases

OK = '/* SPDX-License-Identifier: BSD-2-Clause */\n'


def include(path, *headers):
    return {path: OK + ''.join(f'#include {h}\n' for h in headers)}


def main_c(changes):
    return OK + ''.join(f'line {i}{" changed" if i < changes else ""};\n' for i in range(100))


MAN = '''.\\" SPDX-License-Identifier: BSD-2-Clause
.Dd November 21, 2026
.Dt HAD 8
.Os
.Sh NAME
.Nm had
.Nd home agent
'''

ROWS = '\t{ "interval", CONF_DURATION, 0, 1, 2 },\n\t{ "later", CONF_WORD, CONF_RESERVED },\n'

CASES = {
    'who may include whom': (
        [include('base/a.c', '"libmip/mip.h"'),
         include('base/a.c', '"libmipsock/rows.h"'),
         include('libmipsock/a.c', '"base/addr.h"'),
         include('libmip/a.c', '"shell/shell.h"'),
         include('had/a.c', '<sqlite3.h>'),
         include('mnd/a.c', '"shell/shell.h"'),
         include('mnd/a.c', '"had/had.h"'),
         include('linkmon/a.c', '"libmip/mip.h"'),
         include('linkmon/main.c', '"libmip/mip.h"'),
         include('linkmon/a.c', '"libmipsock/internal.h"'),
         include('tunneld/fib.c', '<netlink/netlink.h>'),
         include('tunneld/fib.c', '"libmip/registration.h"'),
         include('tunneld/routes.c', '<event2/event.h>'),
         include('had/store_sqlite.c', '"shell/shell.h"'),
         include('shell/loop.c', '"had/had.h"'),
         include('tools/mipctl.c', '"libmip/mip.h"'),
         include('tools/mipctl.c', '"base/addr.h"'),
         include('examples/detector.c', '"base/addr.h"')],
        {**include('base/core.h', '"libmipsock/mipsock.h"', '<stdint.h>'),
         **include('had/store_sqlite.c', '<sqlite3.h>', '"had/store.h"'),
         **include('had/main.c', '"shell/shell.h"', '"had/had.h"'),
         **include('libmipsock/codec.c', '"rows.h"'),
         **include('tunneld/routes.c', '<netlink/netlink.h>', '"shell/shell.h"'),
         **include('tools/mipsockdump.c', '"libmip/print.h"'),
         **include('tests/unit/a.c', '"libmip/mip.h"', '<cmocka.h>')}),
    'libevent stays in the shell': (
        [include('tunneld/udp.c', '<event2/event.h>')],
        include('shell/loop.c', '<event2/event.h>')),
    'OpenSSL stays in libmip': (
        [include('had/reply.c', '<openssl/evp.h>')], include('libmip/mac.c', '<openssl/evp.h>')),
    'netlink stays in tunneld': (
        [include('shell/a.c', '<linux/rtnetlink.h>'), include('had/a.c', '<netlink/netlink.h>')],
        include('tunneld/links.c', '<netlink/netlink.h>')),
    'a core has no socket': (
        [include('had/a.c', '<sys/socket.h>'), include('tunneld/fib.c', '<poll.h>')],
        {**include('tunneld/udp.c', '<sys/socket.h>'), **include('had/a.c', '<string.h>')}),
    'a core asks nobody outside': (
        [{'had/a.c': OK + f'\tx = {call};\n'} for call in
         ('time(NULL)', 'clock_gettime(1, &t)', 'getenv("A")', 'open("a", 0)',
          'getrandom(b, 1, 0)', 'printf("a")')],
        {'had/a.c': OK + '/* open(x) */ store->open(s); s.time(1); f("time(1)"); reopen(1);\n',
         'had/main.c': OK + '\tt = time(NULL);\n'}),
    'a core has no floating point': (
        [{'linkmon/a.c': OK + '\tdouble x;\n'}, {'base/a.h': OK + 'float f(void);\n'}],
        {'linkmon/a.c': OK + '/* double */ int n; log("float");\n', 'tools/a.c': OK + 'double d;\n'}),
    'a core has no variables of its own': (
        [{'mnd/a.c': OK + 'static int calls;\n'}, {'mnd/a.c': OK + 'struct mnd *the_mnd;\n'},
         {'mnd/a.c': OK + 'int f(void)\n{\n\tstatic int n = 0;\n'},
         {'mnd/a.c': OK + 'static char buf[64];\n'}],
        {'mnd/a.c': OK + 'static const int n = 1;\nconst char *const names[] = { 0 };\n'
                         'static int f(int a);\nint g(void)\n{\n\tint x;\n\tstatic const int y = 1;'
                         '\n\treturn f(x);\n}\nextern const int z;\nstruct a;\n'}),
    'linkmon does not link libmip': (
        [{'linkmon/meson.build': 'dependencies: [base_dep, libmip_dep]\n'},
         {'linkmon/meson.build': 'link_with: libmip\n'},
         {'linkmon/meson.build': "dependencies: [mip_dep]\n"}],
        {'linkmon/meson.build': '# nothing of libmip\ndeps: [base_dep, libmipsock_dep]\n'}),
    'any two main.c differ by fewer than 40 lines': (
        [{'had/main.c': main_c(0), 'mnd/main.c': main_c(40)}],
        {'had/main.c': main_c(0), 'mnd/main.c': main_c(39)}),
    'every manual page passes mandoc': (
        [{'man/had.8': MAN + '.Xx nonsense\n'}], {'man/had.8': MAN + '.Sh DESCRIPTION\nText.\n'}),
    'every keyword is documented': (
        [{'shell/keywords.c': OK + ROWS, 'man/raiic.conf.5': 'nothing, interval-max'}],
        {'shell/keywords.c': OK + ROWS, 'man/raiic.conf.5': '.It Ic interval Ns =\n'}),
    'every source says its licence': (
        [{'a.c': 'int x;\n'}, {'run': '#!/bin/sh\necho\n'}],
        {'a.c': OK, 'run': '#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\n', 'a.md': 'x'}),
    'nothing is left for later': (
        [{'a.c': OK + '/* TO' 'DO: think */\n'}, {'a.py': '# st' 'ub\n'},
         {'a.c': OK + 'int place' 'holder;\n'}],
        {'a.c': OK + 'int stubborn;\n'}),
    'no path of one machine': (
        [{'a.c': OK + '"/wo' 'rk/main/x"\n'}, {'a.md': 'see /tmp/w' 't/x/y\n'}],
        {'a.c': OK + '"/var/lib/raiic/work/x"\n'}),
    'lines have at most 100 columns': (
        [{'a.c': OK + '\t' * 13 + '\n'}], {'a.c': OK + '\t' * 12 + 'four\n'}),
    'files are short': ([{'a.c': OK + '\n' * 501}], {'a.c': OK + '\n' * 400}),
}
CASES.update(pagecases.CASES)
