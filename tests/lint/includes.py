# SPDX-License-Identifier: BSD-2-Clause
"""The table of docs/LAYOUT.md section 1: which part may include what of ours, and of others."""
import os
import re

DAEMONS = ('had', 'mnd', 'crd', 'linkmon', 'tunneld')
CONTRACT = ['libmipsock/mipsock.h', 'libmipsock/mipsock_addr.h']

# Cores of tunneld by name; the rest of its files touch sockets, devices and netlink.
TUNNELD_CORE = ('core', 'fib', 'policy', 'hints', 'reflex', 'window', 'report', 'resequence',
                'classify', 'domain')
TUNNELD_LIBMIP = ['libmip/cursor.h', 'libmip/tunnel_data.h', 'libmip/mac.h', 'libmip/mip.h']

# An include outside the tree belongs to the library whose prefix it has; everything else is libc
# or the kernel's.
LIBRARIES = {
    'event2/': 'libevent', 'event.h': 'libevent', 'openssl/': 'openssl', 'netlink/': 'libnl',
    'nftables/': 'libnftables', 'confuse.h': 'libconfuse',
    'cap-ng.h': 'libcap-ng', 'seccomp.h': 'libseccomp', 'urcu': 'liburcu', 'sqlite3.h': 'sqlite',
    'hiredis/': 'hiredis', 'jansson.h': 'jansson', 'pcap': 'libpcap', 'cmocka.h': 'cmocka',
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Part:
    def __init__(self, name, ours, libraries=(), core=False):
        self.name, self.ours, self.libraries, self.core = name, ours, libraries, core


PARTS = {
    'base': Part('base', ['base/'] + CONTRACT, core=True),
    'libmipsock': Part('libmipsock', ['libmipsock/']),
    'glue': Part('libmipsock', ['libmipsock/'], ['libevent']),
    'libmip': Part('libmip', ['base/', 'libmip/'] + CONTRACT, ['openssl'], core=True),
    'shell': Part('shell', ['base/', 'libmipsock/', 'shell/'],
                  ['libevent', 'libconfuse', 'libcap-ng', 'libseccomp']),
    'had': Part('core of had', ['had/', 'base/', 'libmip/'] + CONTRACT, core=True),
    'mnd': Part('core of mnd', ['mnd/', 'base/', 'libmip/'] + CONTRACT, core=True),
    'crd': Part('core of crd', ['crd/', 'base/', 'libmip/'] + CONTRACT, core=True),
    'linkmon': Part('core of linkmon', ['linkmon/', 'base/'] + CONTRACT, core=True),
    'tunneld': Part('core of tunneld', ['tunneld/', 'base/'] + CONTRACT + TUNNELD_LIBMIP,
                    ['liburcu'], core=True),
    'tunneld rest': Part('tunneld', ['tunneld/', 'base/', 'libmipsock/', 'shell/'] +
                         TUNNELD_LIBMIP, ['libnl', 'libnftables', 'liburcu']),
    'store': Part('a store', ['had/', 'base/', 'libmip/'] + CONTRACT, ['sqlite', 'hiredis']),
    'tools': Part('tools', ['tools/', 'libmipsock/'], ['jansson', 'libpcap']),
    'mipsockdump': Part('mipsockdump', ['tools/', 'libmipsock/', 'libmip/', 'base/'],
                        ['jansson', 'libpcap']),
    'exporter': Part('the exporter', ['tools/', 'libmipsock/'], ['jansson', 'libevent']),
    'examples': Part('examples', ['libmipsock/'], ['libevent']),
}


def daemon_part(folder, stem):
    if stem == 'main' or stem.split('_')[0] == 'config':
        return Part(f'{stem}.c', [folder + '/', 'shell/', 'base/', 'libmipsock/', 'libmip/']
                    if folder != 'linkmon' else [folder + '/', 'shell/', 'base/', 'libmipsock/'])
    if folder == 'had' and stem.startswith('store_'):
        return PARTS['store']
    if folder == 'tunneld' and stem not in TUNNELD_CORE:
        return PARTS['tunneld rest']
    return PARTS[folder]


def part_of(path):
    """None: not in the table (tests may include everything)."""
    if not path.endswith(('.c', '.h')):
        return None
    folder, name = os.path.split(path)
    stem = name.rsplit('.', 1)[0]
    if folder in DAEMONS:
        return daemon_part(folder, stem)
    if name == 'mipsock_event.h':
        return PARTS['glue']
    if folder == 'tools' and stem in ('mipsockdump', 'dump_line', 'exporter'):
        return PARTS['exporter' if stem == 'exporter' else 'mipsockdump']
    return PARTS.get(folder)


def is_core(path):
    part = part_of(path)
    return part is not None and part.core


def library_of(header):
    for prefix, library in LIBRARIES.items():
        if header.startswith(prefix):
            return library
    return None


def is_allowed(path, part, quoted, header):
    if not quoted:
        library = library_of(header)
        return library is None or library in part.libraries
    folder = os.path.dirname(path)
    if '/' not in header:
        header = f'{folder}/{header}'
    return any(header == ok or (ok.endswith('/') and header.startswith(ok)) for ok in part.ours)


def includes_findings(tree):
    for path, text in tree.items():
        part = part_of(path)
        if not part:
            continue
        for n, line in enumerate(text.split('\n'), 1):
            m = INCLUDE.match(line)
            if m and not is_allowed(path, part, m.group(1) == '"', m.group(2)):
                yield f'{path}:{n}: {part.name} may not include {m.group(2)}'
