#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What only your site knows about an uplink, told to linkmon: here, whether the modem at ADDRESS
# answers. Puts the uplink to rest when it does not, and to work again when it does.
# Usage: detector.sh UPLINK ADDRESS [SECONDS]
uplink=$1 modem=$2 pause=${3:-2} is=
[ -n "$modem" ] || { sed -n '5s/^# //p' "$0"; exit 64; }
while :; do
    if ping -q -n -c 1 -W 1 "$modem" >/dev/null 2>&1; then now=up; else now=down; fi
    [ "$now" = "$is" ] || { mipctl link "$uplink" "$now" && is=$now; }
    sleep "$pause"
done
