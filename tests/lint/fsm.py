#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""State machines as pages: the tables of docs/FSM.md from the rows of the sources.

usage: fsm.py    rewrites what stands between the marks in docs/FSM.md
"""
import os
import re

MACHINES = {
    'registration': {
        'rows': 'mnd/registration_fsm.c', 'events': ('mnd/registration.h', 'registration_event'),
        'states': ('libmipsock/mipsock.h', 'mipm_reg_state'), 'prefix': 'MIPM_REG_',
        'event': 'REG_', 'action': 'registration_',
    },
}


def enum_of(text, name, prefix):
    """[(member without prefix, comment)], its counting last member left out."""
    body = re.search(rf'enum {name} \{{(.*?)\n\}};', text, re.S).group(1)
    members = re.findall(r'^\t(\w+)\b[^,\n]*,(?:\s*/\* (.*?) \*/)?', body, re.M | re.S)
    return [(m.removeprefix(prefix), re.sub(r'\s+', ' ', re.sub(r'(; )?arg: .*', '', comment)))
            for m, comment in members if not m.endswith('_EVENTS')]


def rows_of(text, machine):
    """[(group, states, event, action, next)]"""
    body = re.search(r'static const struct fsm_row rows\[\] = \{\n(.*?)^\};', text,
                     re.S | re.M).group(1)
    rows, group = [], ''
    for line in body.splitlines():
        comment = re.match(r'\t/\* (.*) \*/', line)
        row = re.match(r'\t\{ ([\w| ]+), (\w+), (\w+), (\w+) \}', line)
        if comment:
            group = comment.group(1)
        elif row:
            states, event, action, after = row.groups()
            rows.append((group, states.split(' | '), event.removeprefix(machine['event']),
                         action.removeprefix(machine['action']),
                         after.removeprefix(machine['prefix'])))
    return rows


def table(head, rows):
    yield '| ' + ' | '.join(head) + ' |'
    yield '| ' + ' | '.join('---' for _ in head) + ' |'
    for row in rows:
        yield '| ' + ' | '.join(row) + ' |'


def after(rows, state, event):
    """What fsm_find() would find."""
    return next((r[4] for r in rows if state in r[1] and r[2] == event), '')


def page_of(tree, machine):
    states = enum_of(tree[machine['states'][0]], machine['states'][1], machine['prefix'])
    events = enum_of(tree[machine['events'][0]], machine['events'][1], machine['event'])
    rows = rows_of(tree[machine['rows']], machine)
    yield from table(['state', ''], states)
    yield ''
    yield from table(['event'] + [s for s, _ in states] + [''],
                     [[e] + [after(rows, s, e) for s, _ in states] + [what]
                      for e, what in events])
    group = None
    for row in rows:
        if row[0] != group:
            group = row[0]
            yield ''
            yield group[:1].upper() + group[1:] + ':'
            yield ''
            yield from table(['in', 'event', 'action', 'next'], [])
        yield '| ' + ' | '.join([' '.join(row[1])] + list(row[2:])) + ' |'


def rewritten(tree):
    """docs/FSM.md as it should be."""
    page = tree['docs/FSM.md']
    for name, machine in MACHINES.items():
        begin, end = f'<!-- {name} -->\n', f'<!-- end of {name} -->\n'
        if begin in page and end in page:
            page = page[:page.index(begin) + len(begin)] + '\n'.join(page_of(tree, machine)) + \
                '\n' + page[page.index(end):]
    return page


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
    paths = {'docs/FSM.md'}
    for machine in MACHINES.values():
        paths |= {machine['rows'], machine['events'][0], machine['states'][0]}
    tree = {}
    for path in paths:
        with open(os.path.join(root, path), encoding='utf-8') as f:
            tree[path] = f.read()
    with open(os.path.join(root, 'docs/FSM.md'), 'w', encoding='utf-8') as f:
        f.write(rewritten(tree))


if __name__ == '__main__':
    main()
