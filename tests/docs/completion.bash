# SPDX-License-Identifier: MIT
# Prints what bash would offer: completion.bash FILE WORD...; the last word is the one at the cursor.
# shellcheck source=/dev/null
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
_cutout
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
