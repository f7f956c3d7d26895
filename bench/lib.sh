# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034,SC2154 # what scripts/bench and scripts/bench-curves share: read by both, run by none.
#
# Options, the build, a directory that goes with the script, and runs: bare, preloaded, and in turns. Expects $top.

name=$(basename "$0")
pairs=11
less=1
picture=

usage()
{
	sed -n '/^# usage:/,/^[^#]/s/^# \{0,1\}//p' "$0"
}

give_up()
{
	printf '%s: %s\n' "$name" "$*" >&2
	exit 1
}

while getopts n:p:qh option; do
	case $option in
	n) pairs=$OPTARG ;;
	p) picture=$OPTARG ;;
	q) less=20 pairs=2 ;;
	h) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
done

build_here()
{
	"$top/scripts/install-deps" bench
	[ ! -f "$top/config.status" ] || { build=$top; return; }
	build=$top/build/bench
	mkdir -p "$build"
	log=$build/build.log
	(
		set -e
		[ -x "$top/configure" ] || autoreconf -fi "$top"
		cd "$build"
		[ -f config.status ] || "$top/configure" --disable-tests
		make all check TESTS=
	) >"$log" 2>&1 || { tail -n 25 "$log" >&2; give_up "the build failed; see $log"; }
}

build=${CUTOUT_BUILD-}
if [ -z "$build" ]; then
	build_here
fi
object=$build/.libs/libcutout.so
[ -r "$object" ] || give_up "no object at $object"
[ -x "$build/bench/calm" ] || make -C "$build" check TESTS= >/dev/null

# --- running ---

unset CUTOUT_DEFAULTS CUTOUT_LOG CUTOUT_MODE CUTOUT_ONLY CUTOUT_SKIP CUTOUT_PANEL CUTOUT_RULES LD_PRELOAD
server=
work=
trap '[ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null; rm -rf ${work:+"$work"}' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# In memory, as the default panel is, but not among the user's own; elsewhere if TMPDIR says so.
work=$(mktemp -d "${TMPDIR:-/dev/shm}/cutout-bench.XXXXXX" 2>/dev/null) || work=$(mktemp -d /tmp/cutout-bench.XXXXXX)

# One for each program: a port whose circuit one of them has opened may be the next one's server.
panels=$work/panels
mkdir -m 700 "$panels"

# How fast the processor is while it is nobody else's (bench/calm.h). Figures that are none need not wait for that.
unset BENCH_BEST
if [ "$less" -eq 1 ]; then
	calm=$("$build/bench/calm" 2000000)
	export BENCH_BEST="${calm% *}"
fi

rules='* timeout=1h max-timeout=1h'

# bare PROGRAM ROUNDS [ARGUMENT]…
bare()
{
	measured=$1
	rounds=$(($2 / less))
	shift 2
	"$build/bench/$measured" "$rounds" "$@"
}

# With a panel that has seen nothing.
preloaded()
{
	rm -f "$panels/$1"
	(
		export LD_PRELOAD="$object" CUTOUT_PANEL="$panels/$1" CUTOUT_RULES="$rules"
		bare "$@"
	)
}

# in_turns FILE WORDS…: lines "BARE PRELOADED" of `bare WORDS` and `preloaded WORDS`, one for each pair, now one
# and now the other in front.
in_turns()
{
	file=$work/$1
	shift
	pair=0
	: >"$file"
	while [ "$pair" -lt "$pairs" ]; do
		if [ $((pair % 2)) -eq 0 ]; then
			one=$(bare "$@")
			other=$(preloaded "$@")
		else
			other=$(preloaded "$@")
			one=$(bare "$@")
		fi
		echo "$one $other" >>"$file"
		pair=$((pair + 1))
	done
}

# The median of the numbers of standard input.
median()
{
	sort -g | awk '{ value[NR] = $1 }
		END { if (NR % 2) print value[(NR + 1) / 2]; else print (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# of FILE EXPRESSION: the median of an awk expression over the pairs; b is bare, p preloaded.
of()
{
	awk "{ b = \$1; p = \$2; printf \"%.6f\\n\", $2 }" "$work/$1" | median
}

number()
{
	awk -v value="$1" -v format="$2" 'BEGIN { printf format, value }'
}

# Of the machine no more than this is told.
machine="$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo '?') processors, $(uname -s) $(uname -r | sed 's/[-+].*//')"

# draw KIND DATA: the picture, where one is wanted; put in place when it is whole.
draw()
{
	[ -n "$picture" ] || return 0
	python3 "$top/bench/draw.py" "$1" "$machine" <"$2" >"$work/picture" || give_up 'no picture'
	cat "$work/picture" >"$picture"
}
