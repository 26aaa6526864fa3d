# SPDX-License-Identifier: BSD-2-Clause
"""The rules: each a generator of "path:line: what" over a tree (path -> text)."""
import difflib
import re
import shutil
import subprocess

from includes import includes_findings, is_core

ALL = []


class Rule:
    def __init__(self, name, findings, advice, skip):
        self.name, self.findings, self.advice, self.skip = name, findings, advice, skip


def rule(name, advice=False, skip=lambda tree: None):
    def add(findings):
        ALL.append(Rule(name, findings, advice, skip))
        return findings
    return add


def is_c(path):
    return path.endswith(('.c', '.h'))


def is_test(path):
    return path.startswith(('tests/', 'bench/', 'demo/'))


def numbered(text):
    return enumerate(text.split('\n'), 1)


def code_lines(text):
    """Lines without comments and without what stands in quotes."""
    text = re.sub(r'/\*.*?\*/', lambda m: '\n' * m.group().count('\n'), text, flags=re.S)
    text = re.sub(r'//.*', '', text)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    return numbered(text)


def grep(tree, pattern, where, lines=numbered, what=None):
    wanted = re.compile(pattern)
    for path, text in tree.items():
        if not where(path):
            continue
        for n, line in lines(text):
            if wanted.search(line):
                yield f'{path}:{n}: {what or line.strip()}'


rule('who may include whom')(includes_findings)


@rule('libevent stays in the shell')
def _(tree):
    own = ('shell/', 'tools/exporter', 'libmipsock/mipsock_event.h', 'examples/')
    return grep(tree, r'#\s*include\s*<event2?/', lambda p: is_c(p) and not is_test(p)
                and not p.startswith(own))


@rule('OpenSSL stays in libmip')
def _(tree):
    return grep(tree, r'#\s*include\s*<openssl/', lambda p: is_c(p) and not is_test(p)
                and not p.startswith(('libmip/', 'tunneld/encap_esp')))


@rule('netlink stays in tunneld')
def _(tree):
    return grep(tree, r'#\s*include\s*<(netlink/|linux/(rt)?netlink)',
                lambda p: is_c(p) and not is_test(p) and not p.startswith('tunneld/'))


@rule('a core has no socket')
def _(tree):
    return grep(tree, r'#\s*include\s*<(sys/(socket|un|epoll|timerfd)|poll|netdb)\.h>', is_core)


@rule('a core asks nobody outside')
def _(tree):
    calls = ('time|clock_gettime|gettimeofday|clock|getenv|secure_getenv|open|openat|fopen|socket|'
             'getrandom|getentropy|rand|random|srand|RAND_bytes|usleep|sleep|nanosleep|printf|'
             'fprintf|puts|syslog|pthread_create|exit')
    return grep(tree, rf'(?<![\w.>])({calls})\s*\(', is_core, code_lines)


@rule('a core has no floating point')
def _(tree):
    return grep(tree, r'\b(float|double)\b', is_core, code_lines)


@rule('a core has no variables of its own')
def _(tree):
    """Static or global data that is not const."""
    variable = (r'^(static\s+)?(?!const\b|typedef\b|struct\s+\w+\s*[{;]|enum\b|return\b|extern\b|'
                r'static\s+const\b|static\s+inline\b)[a-z_][\w\s]*[\s*](?!const\b)\w+(\[[^\]]*\])*'
                r'\s*(=[^=].*)?;$')
    inner = r'^\s+static\s+(?!const\b)[^(]*[=;]'
    return grep(tree, f'{variable}|{inner}', lambda p: is_core(p) and p.endswith('.c'), code_lines)


@rule('linkmon does not link libmip')
def _(tree):
    return grep(tree, r'^[^#]*(?<![\w/])(lib)?mip(_\w+)?(?=[\s,\]\)]|$)',
                lambda p: p == 'linkmon/meson.build')


@rule('any two main.c differ by fewer than 40 lines')
def _(tree):
    mains = [p for p in ('had/main.c', 'mnd/main.c', 'crd/main.c', 'linkmon/main.c',
                         'tunneld/main.c') if p in tree]
    for i, one in enumerate(mains):
        for other in mains[:i]:
            n = changed_lines(tree[one], tree[other])
            if n >= 40:
                yield f'{one}:1: {n} lines differ from {other}'


def changed_lines(a, b):
    a, b = a.split('\n'), b.split('\n')
    ops = difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for op, i1, i2, j1, j2 in ops if op != 'equal')


@rule('every manual page passes mandoc',
      skip=lambda tree: None if shutil.which('mandoc') else 'no mandoc here')
def _(tree):
    for path, text in tree.items():
        if not re.fullmatch(r'man/.*\.[1-9](\.in)?', path):
            continue
        done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning'], input=text,
                              capture_output=True, text=True, check=False)
        for line in (done.stdout + done.stderr).splitlines():
            where = re.search(r':(\d+):\d+: (.*)', line)
            yield f'{path}:{where.group(1)}: {where.group(2)}' if where else f'{path}:1: {line}'


@rule('every keyword is documented',
      skip=lambda tree: None if 'man/raiic.conf.5' in tree else 'no man/raiic.conf.5 yet')
def _(tree):
    manual = tree.get('man/raiic.conf.5', '').replace('\\-', '-')
    for n, line in numbered(tree.get('shell/keywords.c', '')):
        row = re.match(r'\s*\{ "([\w-]+)", CONF_', line)
        if row and 'RESERVED' not in line and \
                not re.search(rf'(?<![\w-]){re.escape(row.group(1))}(?![\w-])', manual):
            yield f'shell/keywords.c:{n}: {row.group(1)} is not in raiic.conf(5)'


def is_source(path):
    return path.endswith(('.c', '.h', '.py', '.sh', 'meson.build', 'meson_options.txt'))


@rule('every source says its licence')
def _(tree):
    for path, text in tree.items():
        head = text.split('\n')[:3]
        if (is_source(path) or text.startswith('#!')) and text.strip() and \
                not any('SPDX-License-Identifier: BSD-2-Clause' in line for line in head):
            yield f'{path}:1: no SPDX line'


@rule('nothing is left for later')
def _(tree):
    words = '|'.join(['TO' + 'DO', 'FIX' + 'ME', 'X' * 3, '(?i:place' + 'holder)', '(?i:st' + 'ub)'])
    return grep(tree, rf'\b({words})\b', lambda p: is_source(p) and not p.startswith('tests/lint/'))


@rule('no path of one machine')
def _(tree):
    return grep(tree, r'(?<![\w.])/(wo' + r'rk|tmp/wt|home/\w+)/',
                lambda p: (is_source(p) or p.endswith('.md')) and not p.startswith('tests/lint/'))


@rule('lines have at most 100 columns', advice=True)
def _(tree):
    for path, text in tree.items():
        for n, line in numbered(text) if is_c(path) else ():
            if len(line.expandtabs(8)) > 100:
                yield f'{path}:{n}: {len(line.expandtabs(8))} columns'


@rule('files are short', advice=True)
def _(tree):
    for path, text in tree.items():
        n = text.count('\n')
        if is_source(path) and n > 500:
            yield f'{path}:1: {n} lines: two nouns?'
