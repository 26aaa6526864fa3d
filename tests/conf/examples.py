#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What examples/, README.md and the manuals show must work.

usage: examples.py DAEMON... -- COMPILER...

Configurations are judged by the daemons of their node with -n, with their keys (where a manual
shows none, keys are made up); the program of mipsock(3) must compile, the shell detector parse.
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
NODES = {'home-agent': ('had', 'tunneld'), 'mobile-router': ('mnd', 'linkmon', 'tunneld')}


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as text:
        return text.read()


def literals(page):
    """The literal displays of a manual page."""
    return [b.replace('\\e', '\\') for b in
            re.findall(r'^\.Bd -literal.*?\n(.*?)^\.Ed', read(page), re.S | re.M)]


def examples_of(page):
    text = read(page)
    return literals(page)[len(re.findall(r'^\.Bd -literal', text[:text.index('.Sh EXAMPLES')],
                                         re.M)):]


def node_of(conf):
    return next((n for n in NODES if re.search(rf'^{n} \{{', conf, re.M)), None)


def made_up_keys(*texts):
    spis = set()
    for text in texts:
        for found in re.findall(r'spi\s*=\s*\{([\d, ]+)\}', text):
            spis.update(int(n) for n in found.split(','))
        for found in re.findall(r'^\S+\s+(\d+(?:,\d+)*)\s+(?:pool|\d+\.)', text, re.M):
            spis.update(int(n) for n in found.split(','))
    return ''.join(f'{spi} hmac-sha256 {spi:032x}\n' for spi in sorted(spis))


def cases():
    """(name, raiic.conf, keys or None, routers)"""
    for node in NODES:
        yield f'examples/{node}', read(f'examples/{node}/raiic.conf'), \
            read(f'examples/{node}/keys'), ''
    shown = examples_of('man/raiic.conf.5')
    routers = next(b for b in shown if b.startswith('site7 '))
    for n, block in enumerate(b for b in shown if node_of(b)):
        yield f'raiic.conf(5), example {n + 1}', block, None, routers
    for n, block in enumerate(re.findall(r'^    keys = .*?\n(?=\n?\S)', read('README.md'),
                                         re.S | re.M)):
        yield f'README.md, example {n + 1}', re.sub(r'^    ', '', block, flags=re.M), None, ''


def judge(program, conf, keys, routers):
    with tempfile.TemporaryDirectory(prefix='examples-') as folder:
        if not re.search(r'^keys = ', conf, re.M):
            conf = 'keys = "/etc/raiic/keys"\n' + conf
        files = {'raiic.conf': conf.replace('/etc/raiic/', folder + '/'), 'routers': routers,
                 'keys': made_up_keys(conf, routers) if keys is None else keys}
        for name, text in files.items():
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as out:
                out.write(text)
        os.chmod(os.path.join(folder, 'keys'), 0o600)
        done = subprocess.run([program, '-n', '-c', os.path.join(folder, 'raiic.conf')],
                              capture_output=True, text=True, timeout=60, check=False)
        return '' if done.returncode == 0 else done.stderr or f'status {done.returncode}'


def compiles(compiler):
    program = next(b for b in examples_of('man/mipsock.3') if 'main(void)' in b)
    done = subprocess.run([*compiler, '-Wall', '-Werror', '-fsyntax-only', '-xc', '-I',
                           os.path.join(ROOT, 'libmipsock'), '-'], input=program,
                          capture_output=True, text=True, check=False)
    return done.stderr


def parses():
    done = subprocess.run(['sh', '-n', os.path.join(ROOT, 'examples/detector.sh')],
                          capture_output=True, text=True, check=False)
    return done.stderr


def main(args):
    split = args.index('--')
    programs = {os.path.basename(p): p for p in args[:split]}
    results = []
    for name, conf, keys, routers in cases():
        for daemon in NODES[node_of(conf)]:
            what = f'{name}: {daemon} accepts it'
            results.append((what, judge(programs[daemon], conf, keys, routers))
                           if daemon in programs else (f'{what} # SKIP no {daemon}', ''))
    results.append(('mipsock(3): the example compiles', compiles(args[split + 1:])))
    results.append(('examples/detector.sh parses', parses()))
    for n, (what, wrong) in enumerate(results, 1):
        print(f'{"not ok" if wrong else "ok"} {n} - {what}')
        for line in wrong.splitlines():
            print(f'# {line}')
    print(f'1..{len(results)}')
    return 1 if any(wrong for _, wrong in results) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
