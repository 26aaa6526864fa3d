#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Usage: run.py [--list] [NAME...]

Puts each fault of faults.py into a copy of the tree, builds the test that is named there and runs
it: it must fail. First every named test must pass on the tree as it is. Output is TAP.
  --list    names and tests
"""
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from faults import FAULTS  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / 'build-mutants'
SOURCE = WORK / 'source'
BUILD = WORK / 'build'
SURVIVED, CAUGHT, BROKEN = 'the test still passes', 'caught', 'does not build'


def misplaced():
    """Faults whose line is not there, or more than once."""
    for fault in FAULTS:
        text = (ROOT / fault.file).read_text()
        for old, _ in fault.edits:
            if text.count(old) != 1:
                yield f'{fault.name}: {text.count(old)} places of {old!r} in {fault.file}'


def sources():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if f != '.git' and not f.startswith('build')]
        for name in names:
            yield (Path(folder) / name).relative_to(ROOT)


def copy_tree():
    """What has changed is copied, so that a second run builds little."""
    for name in sources():
        old, new = ROOT / name, SOURCE / name
        if new.is_file() and new.read_bytes() == old.read_bytes():
            continue
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(old, new)
        shutil.copymode(old, new)


def run(*args, timeout=600):
    return subprocess.run(args, cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout, check=False)


def build(targets):
    done = run('ninja', '-C', str(BUILD), *sorted(targets))
    return None if done.returncode == 0 else done.stdout[-2000:]


def test(fault):
    """True: it passes. A test that hangs on a fault has noticed it, too."""
    program, *args = shlex.split(fault.test)
    try:
        return run(str(BUILD / program), *args, timeout=300).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def try_fault(fault):
    path = SOURCE / fault.file
    text = path.read_text()
    faulty = text
    for old, new in fault.edits:
        faulty = faulty.replace(old, new)
    path.write_text(faulty)
    try:
        if error := build({shlex.split(fault.test)[0]}):
            return BROKEN + '\n' + error
        return SURVIVED if test(fault) else CAUGHT
    finally:
        path.write_text(text)


def prepare(faults):
    WORK.mkdir(exist_ok=True)
    copy_tree()
    if not (BUILD / 'build.ninja').exists():
        done = run('meson', 'setup', str(BUILD), str(SOURCE))
        if done.returncode:
            return done.stdout[-2000:]
    return build({shlex.split(fault.test)[0] for fault in faults})


def report(n, good, text):
    first, *rest = text.splitlines()
    print(f'{"ok" if good else "not ok"} {n} - {first}', flush=True)
    for line in rest:
        print('# ' + line)
    return good


def main(args):
    if args == ['--list']:
        print('\n'.join(f'{fault.name}: {fault.test}' for fault in FAULTS))
        return 0
    faults = [fault for fault in FAULTS if not args or fault.name in args]
    if not faults:
        sys.exit(__doc__)
    os.environ['MALLOC_PERTURB_'] = '165'
    error = '\n'.join(misplaced()) or prepare(faults)
    if error:
        return not report(1, False, 'every fault finds its place, and the tree builds\n' + error)
    good, n = True, 0
    for command in sorted({fault.test for fault in faults}):
        n += 1
        passes = test(next(fault for fault in faults if fault.test == command))
        good &= report(n, passes, f'without a fault: {command}')
    for fault in faults:
        n += 1
        what = try_fault(fault)
        good &= report(n, what == CAUGHT, f'{fault.name}, by {fault.test}: {what}')
    print(f'1..{n}')
    return not good


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
