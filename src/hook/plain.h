/* SPDX-License-Identifier: MIT */
/*
 * plain.h - libc's functions under their own names.
 *
 * The build includes this before anything else in every file of this room (and in no other). Under these
 * macros, which distributions set for all that they compile, libc's headers rename functions or put
 * inline wrappers before them: the definition of fcntl() would come out as the symbol fcntl64, select()
 * on a 32-bit machine as __select64, and recv() would collide with its own wrapper.
 */
#undef _FILE_OFFSET_BITS
#undef _TIME_BITS
#undef _FORTIFY_SOURCE
