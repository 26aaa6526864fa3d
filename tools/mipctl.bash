# SPDX-License-Identifier: BSD-2-Clause
# Completion of mipctl, mipsockdump and the daemons' common options for bash.
_mipctl_uplinks() {
    mipctl --json links 2>/dev/null | sed -n 's/^ *"name": "\(.*\)",*/\1/p'
}

_mipctl_routers() {
    mipctl --json bindings 2>/dev/null | sed -n 's/^ *"identity": "\(.*\)",*/\1/p'
}

_mipctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words
    case $prev in
    -b | --bus) COMPREPLY=($(compgen -d -- "$cur")) && return ;;
    -c | --config) COMPREPLY=($(compgen -f -- "$cur")) && return ;;
    link | move) words=$(_mipctl_uplinks) ;;
    revoke) words=$(_mipctl_routers) ;;
    log) words="warn info debug" ;;
    config) words="check show" ;;
    up | down | status | links | tunnels | bindings | history | counters | pair) words="--json" ;;
    *)
        if [ "${COMP_WORDS[COMP_CWORD - 2]:-}" = link ]; then
            words="up down weight"
        else
            words="status links tunnels bindings link move history revoke counters log pair config
                --bus --config --json --version --help"
        fi
        ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _mipctl mipctl

_mipsockdump() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    case $prev in
    -w | -r | --write | --read) COMPREPLY=($(compgen -f -- "$cur")) ;;
    -b | --bus) COMPREPLY=($(compgen -d -- "$cur")) ;;
    -f | --filter)
        COMPREPLY=($(compgen -W "BC_ADD BC_REMOVE BUL_ADD BUL_REMOVE MD_INFO BE_HINT HELLO BYE
            DUMP DUMP_END ERROR SIG_IN SIG_OUT COMMAND ANSWER LINK PATH_WATCH PATH_SILENT
            PROBE_OUT PROBE_IN PATH_STATS REG_STATE TUN_STATE had mnd linkmon tunneld" -- "$cur"))
        ;;
    *)
        COMPREPLY=($(compgen -W "--bus --filter --count --all-state --json --write --read
            --version --help" -- "$cur"))
        ;;
    esac
}
complete -F _mipsockdump mipsockdump
