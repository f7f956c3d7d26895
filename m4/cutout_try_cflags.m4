# SPDX-License-Identifier: MIT
# CUTOUT_TRY_CFLAGS(VARIABLE, FLAGS)
# Puts those of FLAGS into VARIABLE that the compiler knows. -Werror, since clang only warns about the others.
AC_DEFUN([CUTOUT_TRY_CFLAGS], [
	AC_SUBST([$1])
	$1=
	for flag in m4_normalize([$2]); do
		AC_MSG_CHECKING([whether $CC takes $flag])
		saved_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -Werror $flag"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
			[AC_MSG_RESULT([yes])
			$1="${$1:+$$1 }$flag"],
			[AC_MSG_RESULT([no])])
		CFLAGS=$saved_CFLAGS
	done
])
