# SPDX-License-Identifier: MIT
"""A machine of its own for what this one does not allow: emulated, with a kernel and nothing but what is needed.

outcomes() starts it, with an initramfs of the programs and libraries that it is given, has it make the commands one
after the other, and ends with it. It has one processor, loopback, no disk and no other network. The emulator does
without the help of the processor's: the same everywhere, and it needs no right. Nothing is written on this machine.

The kernel is the one that scripts/install-deps has fetched, or this machine's, where everybody may read it.
"""
import glob
import gzip
import os
import platform
import re
import shlex
import shutil
import subprocess
import unittest

from harness import Result, clean_environment, need, need_native

EMULATOR = 'qemu-system-x86_64'

# Seconds for a start and all commands: below the limit of a whole test.
LIMIT = 250

# The numbers of a process may reach beyond what the kernel gives by itself.
MOST_DESCRIPTORS = 2_000_000

# Where only root may write, as the object wants it.
PANELS = '/panels'

START = f'''#!/bin/busybox sh
busybox mkdir -p /proc /dev {PANELS}
busybox mount -t proc proc /proc
busybox mount -t devtmpfs devices /dev
busybox ip link set lo up
echo {MOST_DESCRIPTORS} >/proc/sys/fs/nr_open
ulimit -n {MOST_DESCRIPTORS}
'''

COMMAND = '''({command}) </dev/null >/output 2>&1
echo "== {number} ended with $?"
busybox cat /output
echo '== {number} is over'
'''

END = 'busybox poweroff -f\n'


def kernel():
    cache = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    for path in (os.path.join(cache, 'cutout', 'vmlinuz'), *sorted(glob.glob('/boot/vmlinuz-*'), reverse=True)):
        if os.access(path, os.R_OK):
            return path
    raise unittest.SkipTest('no kernel to start; scripts/install-deps fetches one')


def need_machine():
    """Skips the case where there is none to be had, or what is tested is not for it."""
    need_native('what the machine runs is what this one runs')
    if platform.machine() != 'x86_64':
        raise unittest.SkipTest('the machine is an x86-64')
    if os.environ.get('CUTOUT_SANITIZERS'):
        raise unittest.SkipTest('a sanitizer takes too long there')
    need(EMULATOR, 'busybox', 'ldd')
    kernel()


# --- the initramfs: cpio's format "newc", in which every field is eight digits ---

def entry(name, mode, content=b''):
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b'070701' + b''.join(b'%08X' % field for field in fields) + name.encode() + b'\0'
    return b''.join(part + bytes(-len(part) % 4) for part in (head, content))


def libraries_of(program):
    """The paths under which the loader will look for them, its own among them."""
    found = subprocess.run(['ldd', program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                           env=clean_environment())
    return [word for word in found.stdout.split() if word.startswith('/')]


def parents(paths):
    """Every directory above them, the upper ones first."""
    return sorted({path[:place] for path in paths for place, letter in enumerate(path) if letter == '/' and place})


def initramfs(init, programs):
    sources = {'/bin/busybox': shutil.which('busybox'), **{program: program for program in programs}}
    for program in tuple(sources.values()):
        sources.update({path: path for path in libraries_of(program)})
    contents = {'/init': init.encode()}
    for path, source in sources.items():
        with open(source, 'rb') as file:
            contents[path] = file.read()
    archive = [entry(path[1:], 0o040755) for path in parents(contents)]
    archive += [entry(path[1:], 0o100755, content) for path, content in contents.items()]
    return gzip.compress(b''.join([*archive, entry('TRAILER!!!', 0)]), 1)


# --- the machine ---

def in_memory(content):
    descriptor = os.memfd_create('initramfs')
    with open(descriptor, 'wb', closefd=False) as file:
        file.write(content)
    return descriptor


def console(case, content):
    """All that it says until it is switched off. By `timeout` it ends also when nobody waits for it any more."""
    descriptor = in_memory(content)
    try:
        options = ('-accel tcg -cpu max -m 512 -no-reboot -nodefaults -no-user-config -display none -serial stdio '
                   f'-kernel {shlex.quote(kernel())} -initrd /proc/self/fd/{descriptor}')
        return case.execute(['timeout', '-k', '5', str(LIMIT), EMULATOR, *shlex.split(options),
                             '-append', 'console=ttyS0 quiet loglevel=1 panic=-1'],
                            timeout=LIMIT + 20, preload=False, pass_fds=[descriptor])
    finally:
        os.close(descriptor)


def as_shell(argv, environment):
    words = [f'{name}={shlex.quote(value)}' for name, value in environment.items()]
    return ' '.join([*words, *map(shlex.quote, argv)])


def outcomes(case, programs, commands):
    """For each command, a pair of words and environment: its status and all that it said, in one text."""
    init = START + ''.join(COMMAND.format(number=number, command=as_shell(*command))
                           for number, command in enumerate(commands)) + END
    said = console(case, initramfs(init, programs))
    found = re.findall(r'^== (\d+) ended with (\d+)\n(.*?)== \1 is over\n', said.out.replace('\r', ''), re.S | re.M)
    case.assertEqual(([int(number) for number, _, _ in found], said.status), (list(range(len(commands))), 0),
                     f'{said.out[-4000:]}\n{said.err}')
    return [Result(int(status), out, '') for _, status, out in found]
