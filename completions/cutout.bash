# SPDX-License-Identifier: MIT
# bash completion for cutout(1): commands, options, rules inside a quoted -r, modes, files, programs.
#
# Needs nothing but bash; with bash-completion loaded the words of the wrapped program are completed too.

# Keys of rules, each with values to choose from: at least two, so that what is inserted ends in "=".
declare -gA _cutout_values=(
	[failures]='3 5 10 off'
	[failure-rate]='0.5 50% off'
	[min-calls]='10 20'
	[window]='10s 60s off'
	[buckets]='1 10'
	[timeout]='1s 10s 30s'
	[backoff]='1 2'
	[max-timeout]='30s 5m'
	[jitter]='10% 0.1 off'
	[probes]='1 5'
	[successes]='1 2'
	[overdue]='2s 10s off'
	[slow-call]='500ms 2s off'
	[slow-rate]='0.5 50% off'
	[on]='connect response'
	[shed]='new all'
	[connect-timeout]='500ms 2s off'
	[max-connections]='10 100 off'
	[pace]='100ms 1s off'
	[lookups]='on off'
	[stale-names]='5m 1h off'
	[count]='ENETUNREACH EACCES'
	[ignore]='ECONNRESET ETIMEDOUT'
	[per]='address host rule'
	[fail-with]='ECONNREFUSED ECONNRESET EHOSTUNREACH ETIMEDOUT'
	[fallback]='off 127.0.0.1:'
	[mode]='enforce observe off'
)

# The options of a rule in front of the cursor. The pattern is the reader's own; a policy has none.
_cutout_rule() {
	local text=$1 before word key value actions=' pass deny'
	[[ $command == simulate ]] && actions=
	text=${text#[\"\']}
	word=${text##*[[:blank:]]}
	before=${text%"$word"}
	[[ $before == *[![:blank:]]* || $command == simulate ]] || return
	if [[ $word != *=* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${!_cutout_values[*]}$actions" -- "$word")
		if [[ ${#COMPREPLY[@]} -ne 1 || -z ${_cutout_values[${COMPREPLY[0]}]:-} ]]; then
			for key in "${!COMPREPLY[@]}"; do
				[[ -z ${_cutout_values[${COMPREPLY[key]}]:-} ]] || COMPREPLY[key]+='='
			done
			compopt -o nospace 2>/dev/null
			COMPREPLY=("${COMPREPLY[@]/#/$before}")
			return
		fi
		word=${COMPREPLY[0]}=
	fi
	key=${word%%=*}
	value=${word#*=}
	mapfile -t COMPREPLY < <(compgen -W "${_cutout_values[$key]:-}" -- "$value")
	COMPREPLY=("${COMPREPLY[@]/#/$before$key=}")
}

# Words that bash has split at "=" are put together again: --mode = observe.
_cutout_option_before() {
	local at=$((COMP_CWORD - 1))
	[[ $cur == '=' ]] && cur=
	[[ ${COMP_WORDS[at]} == '=' ]] && at=$((at - 1))
	printf '%s' "${COMP_WORDS[at]}"
}

# The index of the wrapped program, 0 where the cursor is in front of it.
_cutout_program() {
	local at=2
	while ((at < COMP_CWORD)); do
		case ${COMP_WORDS[at]} in
		--) echo $((at + 1)); return ;;
		-[fmopr] | --file | --mode | --output | --panel | --rule)
			[[ ${COMP_WORDS[at + 1]} == '=' ]] && at=$((at + 1))
			at=$((at + 2))
			;;
		-*) at=$((at + 1)) ;;
		*) echo "$at"; return ;;
		esac
	done
	echo "$((at == COMP_CWORD ? at : 0))"
}

_cutout() {
	local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} options='' program
	local commands='run status check explain simulate record metrics top doctor trip reset mode events help version'
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$cur")
		return
	fi
	if [[ $command =~ ^(run|record)$ ]]; then
		program=$(_cutout_program)
		if ((program && program < COMP_CWORD)); then
			if declare -F _command_offset >/dev/null; then
				_command_offset "$program"
			else
				compopt -o default 2>/dev/null
			fi
			return
		fi
	fi
	case $command$(_cutout_option_before) in
	simulate-p | simulate--policy) _cutout_rule "${cur#=}"; return ;;
	simulate--plot) compopt -o default 2>/dev/null; return ;;
	simulate--seed | simulate-d | simulate--destination) return ;;
	record-o | record--output) compopt -o default 2>/dev/null; return ;;
	esac
	case $(_cutout_option_before) in
	-r | --rule) _cutout_rule "${cur#=}"; return ;;
	-m | --mode) mapfile -t COMPREPLY < <(compgen -W 'enforce observe off' -- "${cur#=}"); return ;;
	-p | --panel) mapfile -t COMPREPLY < <(compgen -W private -- "${cur#=}"; compgen -f -- "${cur#=}"); return ;;
	-f | --file | --textfile) compopt -o default 2>/dev/null; return ;;
	-a | --address) return ;;
	-d | --delay) mapfile -t COMPREPLY < <(compgen -W '500ms 1s 5s' -- "${cur#=}"); return ;;
	--pid) mapfile -t COMPREPLY < <(cd /proc && compgen -G '[0-9]*' | grep "^${cur#=}"); return ;;
	--since) mapfile -t COMPREPLY < <(compgen -W '0 30s 10m 1h 24h' -- "${cur#=}"); return ;;
	--exec-timeout) mapfile -t COMPREPLY < <(compgen -W '1s 10s 1m' -- "${cur#=}"); return ;;
	--exec) mapfile -t COMPREPLY < <(compgen -c -- "${cur#=}"); return ;;
	--for) mapfile -t COMPREPLY < <(compgen -W '30s 10m 1h 24h' -- "${cur#=}"); return ;;
	esac
	case $command in
	run) options='--rule --file --mode --panel --quiet --strict --verbose --help' ;;
	status) options='--json --panel --help' ;;
	check)
		options='--rule --file --help'
		[[ $cur == -* ]] || compopt -o default 2>/dev/null
		;;
	explain) options='--rule --file --panel --address --resolve --json --help' ;;
	simulate)
		options='--policy --destination --json --plot --quiet --recorded --seed --help'
		[[ $cur == -* ]] || compopt -o default 2>/dev/null
		;;
	record) options='--output --rule --file --wait --quiet --strict --help' ;;
	metrics) options='--panel --textfile --help' ;;
	top) options='--panel --delay --help' ;;
	doctor)
		options='--json --pid --help'
		if [[ $cur != -* ]]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
			compopt -o default 2>/dev/null
			return
		fi
		;;
	events) options='--follow --json --since --exec --exec-timeout --panel --help' ;;
	trip) options='--for --hold --panel --help' ;;
	reset) options='--all --hold --panel --help' ;;
	mode)
		options='--panel --help'
		program=$(_cutout_program)
		((program && program < COMP_CWORD)) || options="$options off observe enforce default"
		;;
	help) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur"); return ;;
	*) options='--help' ;;
	esac
	if [[ $command =~ ^(run|record)$ && $cur != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	elif [[ ! $command =~ ^(check|simulate)$ || $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	fi
}

complete -F _cutout cutout
