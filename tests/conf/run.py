#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Configurations through the real programs: NAME.in with NAME.ok or NAME.err beside it.

usage: run.py [--update] DAEMON... [-- NAME...]    DAEMON: path of a program

The first line of NAME.in says "#: DAEMON...": who is to check it. "#@ FILE MODE" begins a further
file beside raiic.conf; @DIR@ is the directory they are all in. NAME.ok is what -nv prints (and
printing that again must give the same; NAME.DAEMON.log what else is said), NAME.err what is said
on standard error, status 2.
--update writes what was seen into NAME.ok or NAME.err; look at the difference like at code.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEYS = ('1007 hmac-sha256 ' + '000102030405060708090a0b0c0d0e0f' * 2 + '\n'
        '1008 hmac-sha256 ' + '101112131415161718191a1b1c1d1e1f' * 2 + '\n')


def write_files(text, folder):
    files = {'keys': ['0600', KEYS], 'raiic.conf': ['0644', '']}
    name = 'raiic.conf'
    for line in text.splitlines(keepends=True):
        found = re.match(r'#@ (\S+) (\d+)$', line)
        if found:
            name = found.group(1)
            files[name] = [found.group(2), '']
        elif not line.startswith('#:'):
            files[name][1] += line.replace('@DIR@', folder)
    for name, (mode, content) in files.items():
        path = os.path.join(folder, name)
        with open(path, 'w', encoding='utf-8') as out:
            # The last line of a file without a newline: \c, as in echo.
            out.write(content.replace('\\c\n', ''))
        os.chmod(path, int(mode, 8))


def run(program, option, conf, folder):
    done = subprocess.run([program, option, '-c', conf], capture_output=True, text=True,
                          timeout=60, check=False)
    role = os.path.basename(program) + ': '
    said = ''.join(line.removeprefix(role) for line in done.stderr.splitlines(keepends=True))
    return done.returncode, done.stdout.replace(folder, '@DIR@'), said.replace(folder, '@DIR@')


def expected(name, kind):
    try:
        with open(os.path.join(HERE, f'{name}.{kind}'), encoding='utf-8') as text:
            return text.read()
    except FileNotFoundError:
        return None


def judge_good(program, name, folder, printed, said, conf):
    """What is wrong with a configuration that was accepted; None if nothing."""
    if said != (expected(name, os.path.basename(program) + '.log') or ''):
        return f'said: {said}'
    if run(program, '-n', conf, folder) != (0, 'configuration OK\n', said):
        return '-n does not say that it is OK'
    again = os.path.join(folder, 'again.conf')
    with open(again, 'w', encoding='utf-8') as out:
        out.write(printed.replace('@DIR@', folder))
    if run(program, '-nv', again, folder) != (0, printed, said):
        return 'the print-out does not parse to the same'
    if expected(name, 'ok') != printed:
        return f'printed:\n{printed}'
    return None


def judge(program, name, update):
    with open(os.path.join(HERE, name + '.in'), encoding='utf-8') as text, \
            tempfile.TemporaryDirectory(prefix='conf-') as folder:
        write_files(text.read(), folder)
        conf = os.path.join(folder, 'raiic.conf')
        status, printed, said = run(program, '-nv', conf, folder)
        kind = 'ok' if status == 0 else 'err'
        if update:
            with open(os.path.join(HERE, f'{name}.{kind}'), 'w', encoding='utf-8') as out:
                out.write(printed if status == 0 else said)
        if status == 0:
            return judge_good(program, name, folder, printed, said, conf)
        if status != 2:
            return f'status {status}: {said}'
        if printed:
            return f'printed beside an error: {printed}'
        return None if expected(name, 'err') == said else f'said: {said}'


def daemons_of(name):
    with open(os.path.join(HERE, name + '.in'), encoding='utf-8') as text:
        return text.readline().removeprefix('#:').split()


def main(args):
    update = '--update' in args
    args = [a for a in args if a != '--update']
    wanted = args[args.index('--') + 1:] if '--' in args else []
    programs = {os.path.basename(p): p for p in (args[:args.index('--')] if wanted else args)}
    names = sorted(f[:-3] for f in os.listdir(HERE) if f.endswith('.in'))
    cases = [(name, daemon) for name in names if not wanted or name in wanted
             for daemon in daemons_of(name)]
    failed = 0
    print(f'1..{len(cases)}')
    for n, (name, daemon) in enumerate(cases, 1):
        if daemon not in programs:
            print(f'ok {n} - {daemon} {name} # SKIP no {daemon}')
            continue
        wrong = judge(programs[daemon], name, update)
        failed += wrong is not None
        print(f'{"not ok" if wrong else "ok"} {n} - {daemon} {name}')
        for line in (wrong or '').splitlines():
            print(f'# {line}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
