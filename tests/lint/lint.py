#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Proves the rules of docs/LAYOUT.md that a text can prove. usage: lint.py [SOURCE-ROOT]

Each rule is first fed a bad snippet and a good one (selftest.py): a rule that cannot fail proves
nothing. Then it walks the tree. Output is TAP; a finding is a comment line with file and line.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import rules     # noqa: E402
import pages     # noqa: E402,F401
import selftest  # noqa: E402

SKIPPED_FOLDERS = {'.git', '__pycache__', 'subprojects'}


def read_tree(root):
    """Text files by path, as the rules see them."""
    tree = {}
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders
                            if f not in SKIPPED_FOLDERS and not f.startswith('build'))
        for name in sorted(files):
            path = os.path.join(folder, name)
            try:
                with open(path, encoding='utf-8') as f:
                    tree[os.path.relpath(path, root)] = f.read()
            except (UnicodeDecodeError, OSError):
                continue
    return tree


class Tap:
    def __init__(self, n):
        self.n, self.failed = 0, 0
        print(f'1..{n}')

    def result(self, good, text, skipped=None):
        self.n += 1
        self.failed += not good
        print(('ok' if good else 'not ok') + f' {self.n} - {text}' +
              (f' # SKIP {skipped}' if skipped else ''))


def check_rule(tap, rule, cases):
    """The rule's own test: it finds something in each bad tree and nothing in the good one."""
    bad, good = cases
    silent = [t for t in bad if not list(rule.findings(t))]
    loud = list(rule.findings(good))
    for t in silent:
        print(f'# {rule.name}: nothing found in {t}')
    for finding in loud:
        print(f'# {rule.name}: found in a good tree: {finding}')
    tap.result(not silent and not loud and len(bad) > 0, f'{rule.name}: the rule can fail')


def check_tree(tap, rule, tree):
    why = rule.skip(tree)
    if why:
        tap.result(True, rule.name, why)
        return
    found = list(rule.findings(tree))
    for finding in found:
        print(f'# {"warning: " if rule.advice else ""}{finding}')
    tap.result(rule.advice or not found, f'{rule.name}: {len(found)} found')


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, '..', '..')
    tree = read_tree(root)
    tap = Tap(2 * len(rules.ALL))
    for rule in rules.ALL:
        check_rule(tap, rule, selftest.CASES.get(rule.name, ([], {})))
    for rule in rules.ALL:
        check_tree(tap, rule, tree)
    return 1 if tap.failed else 0


if __name__ == '__main__':
    sys.exit(main())
