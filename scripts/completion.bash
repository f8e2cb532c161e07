# bash completion for iomodels. What there is to complete is what the program said of itself when
# it was built (`iomodels --help=words`).

_iomodels_words='@WORDS@'

# The rest of the first line of the words that begins with KIND.
_iomodels_names() {
    local kind rest
    while IFS=$'\t' read -r kind rest; do
        [ "$kind" = "$1" ] && { echo "$rest"; return; }
    done <<<"$_iomodels_words"
}

# All commands; with COMMAND its lines.
_iomodels_lines() {
    local kind rest own=
    while IFS=$'\t' read -r kind rest; do
        if [ "$kind" = command ]; then
            [ $# -gt 0 ] || echo "$rest"
            own=$rest
        elif [ $# -gt 0 ] && [ "$own" = "$1" ]; then
            printf '%s\t%s\n' "$kind" "$rest"
        fi
    done <<<"$_iomodels_words"
}

_iomodels_files() {
    compopt -o filenames 2>/dev/null
    compgen -f -- "$1"
}

# What may stand for METAVAR, with CURRENT begun. A list by commas goes on behind the last one.
_iomodels_values() {
    local metavar=$1 choices=$2 current=$3 before= words=
    case $metavar in
    *,..) case $current in *,*) before=${current%,*}, current=${current##*,} ;; esac ;;
    esac
    case $metavar in
    *SERVER*) words="$(_iomodels_names models) $(_iomodels_names peers) exec:" ;;
    *MODEL*) words=$(_iomodels_names models) ;;
    *PLAN*) words=$(_iomodels_names plans) ;;
    \[*\|*\]) words=${metavar//[][|]/ } ;; # the words themselves
    esac
    compgen -P "$before" -W "$choices $words" -- "$current"
    case $metavar in
    *DIR* | *FILE* | *CSV* | *PATH* | *PLAN* | BASE* | *NEW*) _iomodels_files "$current" ;;
    esac
}

# The fields of an option of a command, one a line: type, metavar, choices.
_iomodels_option() {
    local kind name type metavar choices
    while IFS=$'\t' read -r kind name type metavar choices; do
        [ "$kind $name" = "option $2" ] && printf '%s\n' "$type" "$metavar" "$choices"
    done < <(_iomodels_lines "$1")
}

# The values of an option.
_iomodels_option_values() {
    local fields
    mapfile -t fields < <(_iomodels_option "$1" "$2")
    _iomodels_values "${fields[1]}" "${fields[2]}" "$3"
}

_iomodels_takes_value() {
    local fields
    mapfile -t fields < <(_iomodels_option "$1" "$2")
    [ "${#fields[@]}" -gt 0 ] && [ "${fields[0]}" != flag ]
}

# Operands and options of a command.
_iomodels_arguments() {
    local kind rest names=--help
    while IFS=$'\t' read -r kind rest; do
        case $kind in
        option) names="$names ${rest%%$'\t'*}" ;;
        operand) case $2 in -*) ;; *) _iomodels_values "$rest" "" "$2" ;; esac ;;
        esac
    done < <(_iomodels_lines "$1")
    case $2 in
    -*) compgen -W "$names" -- "$2" ;;
    esac
}

_iomodels() {
    local line=${COMP_LINE:0:COMP_POINT} current words previous command option
    current=${line##*[[:space:]]}
    read -ra words <<<"${line%"$current"}"
    command=${words[1]-}
    previous=${words[${#words[@]} - 1]}
    if [ ${#words[@]} -le 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_iomodels_lines) --help --version" -- "$current")
    elif [[ $current == --*=* ]]; then
        option=${current%%=*}
        mapfile -t COMPREPLY < <(_iomodels_option_values "$command" "$option" "${current#*=}")
        COMPREPLY=("${COMPREPLY[@]/#/$option=}")
    elif [[ $previous == --* && $previous != *=* ]] && _iomodels_takes_value "$command" "$previous"; then
        mapfile -t COMPREPLY < <(_iomodels_option_values "$command" "$previous" "$current")
    else
        mapfile -t COMPREPLY < <(_iomodels_arguments "$command" "$current")
    fi
    # readline replaces what is behind the last of its word breaks only
    local behind=${current##*[:=]}
    [[ $COMP_WORDBREAKS == *[:=]* ]] && COMPREPLY=("${COMPREPLY[@]#"${current%"$behind"}"}")
    return 0
}

complete -F _iomodels iomodels
