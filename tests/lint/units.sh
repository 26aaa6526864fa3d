#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Usage: units.sh DIRECTORY: are the units in it as closed as promised (docs/GOALS.md R12), and
# does every line of them mean something to systemd?
dir=${1:?directory with the units}
command -v systemd-analyze >/dev/null || { echo "1..0 # SKIP no systemd-analyze here"; exit 0; }

n=0 failed=0
result() { # STATUS WHAT
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" && return
	failed=$((failed + 1))
	echo "not ok $n - $2"
}

score() { # UNIT: its exposure, times ten
	systemd-analyze security --offline=true --no-pager "$1" 2>/dev/null |
		sed -n 's/.*Overall exposure level for .*: \([0-9]*\)\.\([0-9]\) .*/\1\2/p'
}

echo "1..8"
while read -r daemon most; do
	unit=$dir/raiic-$daemon.service
	value=$(score "$unit")
	[ -n "$value" ] && [ "$value" -le "$most" ]
	result $? "$daemon is exposed by ${value:-?} of 100, at most $most"

	# Programs and manuals need not be installed here.
	said=$(systemd-analyze verify "$unit" 2>&1 |
		grep -v -e 'is not executable' -e "Command 'man " -e 'Cannot open' || :)
	[ -z "$said" ]
	result $? "$daemon's unit is understood"
	[ -z "$said" ] || echo "$said" | sed 's/^/# /'
done <<-END
	had 5
	mnd 5
	linkmon 5
	tunneld 22
END
[ $failed = 0 ]
