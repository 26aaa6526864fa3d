# SPDX-License-Identifier: BSD-2-Clause
"""Rules about what is written of the programs: manuals, docs/INTERFACES.md, docs/FSM.md."""
import re

import fsm
from rules import rule

SPEAKERS = {'SAY_ALL': 'all', 'SAY_ROLES': 'all roles', 'SIGNALLERS': 'had, mnd, crd'}
LONG_OPTION = re.compile(r'\{ "([\w-]+)", (?:no|required)_argument, NULL')
DAEMON_PAGES = ('man/had.8', 'man/linkmon.8', 'man/mnd.8', 'man/tunneld.8')


def tables_of(msgs):
    """Of each table in msgs.c: [(field, is required, is key)] in order."""
    rows = {}
    for array, body in re.findall(r'^static const struct row (\w+)\[\] = \{\n(.*?)^\};', msgs,
                                  re.S | re.M):
        rows[array] = [(field, 'REQ' in rest, 'KEY' in rest) for field, rest in
                       re.findall(r'(?:ATTR|LIST)\(\w+, struct \w+, (\w+)(.*?)\),\n', body, re.S)]
    return {table: rows[array] for table, array in
            re.findall(r'^TABLE\((\w+), struct \w+, (\w+)\)', msgs, re.M)}


def speakers(expression):
    return SPEAKERS.get(expression) or \
        ', '.join(w.strip().removeprefix('SAY_').lower() for w in expression.split('|'))


def messages_of(msgs):
    """[(name, table, speakers, told back by, is state)]"""
    for name, table, rest in re.findall(r'\[(MIPM_\w+)\] = \{ "\w+", &(\w+),\s*(.*?)\},\n', msgs,
                                        re.S):
        parts = [p.strip() for p in rest.split(',')]
        back = parts[1] if len(parts) > 1 and parts[1].startswith('SAY_') else None
        yield name, table, speakers(parts[0]), back and speakers(back), '.entry' in rest


def section_of(page, name):
    """(line, text) of a subsection."""
    found = re.search(rf'^\.Ss {name}\n(.*?)(?=^\.S[hs] |\Z)', page, re.S | re.M)
    if not found:
        return 1, None
    return page.count('\n', 0, found.start()) + 1, found.group(1)


def attributes_of(section):
    return [(m.group(1), 'required' in m.group(2), 'key' in m.group(2)) for m in
            re.finditer(r'^\.It Va (\w+) Pq (.*)', section, re.M)]


def message_findings(page, number, message, attributes):
    name, _, who, back, is_state = message
    line, section = section_of(page, name)
    if section is None:
        yield 1, f'{name} has no section'
        return
    words = re.sub(r'\s+', ' ', section)
    said = f'Number {number}; said by {who};' + (f' told back by {back};' if back else '')
    if not words.startswith(said):
        yield line, f'{name}: does not begin with "{said}"'
    if 'accepted from' not in words[:80] and (' state.' in words[:120]) != is_state:
        yield line, f'{name}: is it state or an event?'
    if 'Attributes as of' not in words and attributes_of(section)[:len(attributes)] != attributes:
        yield line, f'{name}: attributes are not those of msgs.c, in order'


@rule('mipsock(7) has the rows of msgs.c')
def _(tree):
    msgs, page = tree.get('libmipsock/msgs.c', ''), tree.get('man/mipsock.7', '')
    numbers = dict(re.findall(r'^\t(MIPM_\w+) = (\d+),', tree.get('libmipsock/mipsock.h', ''),
                              re.M))
    tables = tables_of(msgs)
    for message in messages_of(msgs):
        for line, what in message_findings(page, numbers.get(message[0]), message,
                                           tables[message[1]]):
            yield f'man/mipsock.7:{line}: {what}'


def paragraphs_of(page, keyword):
    return re.findall(rf'^\.It Cm {keyword} No =.*?\n(.*?)(?=^\.(?:It|El|S[hs]) )', page + '.El ',
                      re.S | re.M)


@rule('raiic.conf(5) has the defaults')
def _(tree):
    page = tree.get('man/raiic.conf.5', '')
    for name, row in re.findall(r'\{ "([\w-]+)", CONF_(.*?) \},\n',
                                tree.get('shell/keywords.c', ''), re.S):
        default = re.search(r'\.def = "([^"]+)"', row)
        if default and not any(default.group(1) in p for p in paragraphs_of(page, name)):
            yield f'man/raiic.conf.5:1: {name}: the default {default.group(1)} is not there'


def presets_of(text):
    """{preset: {keyword: number}}"""
    text = re.search(r'presets\[\] = \{\n(.*?)^\};', text, re.S | re.M)
    return {name: {k.removesuffix('_ms').replace('_', '-'): v for k, v in
                   re.findall(r'\.(\w+) = (\d+)', body)} for name, body in
            re.findall(r'\.preset = "(\w+)",(.*?)\}', text.group(1) if text else '', re.S)}


@rule('raiic.conf(5) has the presets')
def _(tree):
    page = tree.get('man/raiic.conf.5', '')
    presets = presets_of(tree.get('linkmon/preset.c', ''))
    rows = dict(re.findall(r'^\.It Cm ([\w-]+) (Ta \d+(?: Ta \d+)*)$', page, re.M))
    for keyword in next(iter(presets.values()), {}):
        row = ' '.join('Ta ' + preset[keyword] for preset in presets.values())
        if rows.get(keyword) != row:
            yield f'man/raiic.conf.5:1: {keyword} in the presets is {row}'


@rule('docs/FSM.md is the tables', skip=lambda tree: None if 'docs/FSM.md' in tree else 'no page')
def _(tree):
    want = fsm.rewritten(tree)
    for n, (is_line, line) in enumerate(zip(tree['docs/FSM.md'].split('\n'), want.split('\n')), 1):
        if is_line != line:
            yield f'docs/FSM.md:{n}: should be "{line}": run tests/lint/fsm.py'
            return
    if tree['docs/FSM.md'] != want:
        yield 'docs/FSM.md:1: run tests/lint/fsm.py'


def options_of(text):
    return set(LONG_OPTION.findall(text)) - {'json'}


def subcommands_of(text):
    body = re.search(r'subcommands\[\] = \{\n(.*?)^\};', text, re.S | re.M)
    return re.findall(r'\{ "(\w+)", "', body.group(1)) if body else []


@rule('manuals have the options and subcommands')
def _(tree):
    pages = {page: 'shell/options.c' for page in DAEMON_PAGES}
    pages.update({'man/mipctl.8': 'tools/mipctl.c', 'man/mipsockdump.8': 'tools/mipsockdump.c'})
    for page, source in pages.items():
        for option in sorted(options_of(tree.get(source, ''))):
            if not re.search(rf'Fl -{option}\b', tree.get(page, '')):
                yield f'{page}:1: --{option} is missing'
    for name in subcommands_of(tree.get('tools/mipctl.c', '')):
        if not re.search(rf'^\.It Cm {name}\b', tree.get('man/mipctl.8', ''), re.M):
            yield f'man/mipctl.8:1: {name} is missing'


def interface_names(tree):
    """What docs/INTERFACES.md must have in backquotes today."""
    for path in ('shell/options.c', 'tools/mipctl.c', 'tools/mipsockdump.c'):
        for option in options_of(tree.get(path, '')):
            yield '--' + option
    for path, text in tree.items():
        if re.match(r'(had|linkmon|mnd|tunneld)/\w+\.c$', path):
            yield from re.findall(r'\{ "(\w+)", run_\w+ \}', text)


@rule('docs/INTERFACES.md is what the programs do')
def _(tree):
    page = re.sub(r'^```.*?^```', '', tree.get('docs/INTERFACES.md', ''), flags=re.S | re.M)
    today = page.partition('## Reserved for later')[0]
    quoted = re.findall(r'`([^`]+)`', today)
    for name in sorted(set(interface_names(tree))):
        if name not in quoted:
            yield f'docs/INTERFACES.md:1: {name} is not named'
    listed = re.search(r'^`(status · .*?)`', today, re.M)
    listed = [w.split()[0] for w in listed.group(1).split(' · ')] if listed else []
    real = subcommands_of(tree.get('tools/mipctl.c', ''))
    for name in sorted(set(listed) ^ set(real)):
        yield f'docs/INTERFACES.md:1: mipctl {name}: it is in one of page and program only'


QUOTE = re.compile(r'^<!-- ([\w./-]+) -->\n```c\n(.*?)^```', re.S | re.M)


@rule('docs/SIMULATION.md quotes what is compiled')
def _(tree):
    page = tree.get('docs/SIMULATION.md', '')
    quotes = list(QUOTE.finditer(page))
    if not quotes:
        yield 'docs/SIMULATION.md:1: no example from the tree'
    for m in quotes:
        if m.group(2) not in tree.get(m.group(1), ''):
            yield f'docs/SIMULATION.md:{page.count(chr(10), 0, m.start()) + 1}: not in {m.group(1)}'
