# SPDX-License-Identifier: MIT
"""Namespaces of the kernel, where this machine lets us have them; skips the case elsewhere.

enter_network() moves the whole test script into a network of its own (loopback, and where a device for it
exists an address that swallows everything); the other functions give commands that start one program in a
namespace, for Case.start(under=…).
"""
import ctypes
import os
import subprocess
import unittest

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

SWALLOWING = '10.213.0.2'

DEVICES = (
    'ip link add swallow type dummy',
    'ip tuntap add dev swallow mode tun',
    'ip link add swallow type veth peer name swallow2 && ip link set swallow2 up',
)


def become_root_of_a_user_namespace():
    uid, gid = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise unittest.SkipTest('no user namespace here: ' + os.strerror(ctypes.get_errno()))
    for name, text in (('setgroups', 'deny'), ('uid_map', f'0 {uid} 1'), ('gid_map', f'0 {gid} 1')):
        with open(f'/proc/self/{name}', 'w', encoding='ascii') as file:
            file.write(text)


def shell(command):
    return subprocess.run(['sh', '-c', command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


entered = None  # None: not tried yet; '': done; else why not


def try_to_enter():
    if os.geteuid() != 0:
        become_root_of_a_user_namespace()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return 'no network namespace here: ' + os.strerror(ctypes.get_errno())
    return '' if shell('ip link set lo up') else 'ip cannot configure a network namespace here'


def enter_network():
    """Call it first in setUp(), in every case of the script: a namespace is entered before there are threads."""
    global entered
    if entered is None:
        try:
            entered = try_to_enter()
        except unittest.SkipTest as skip:
            entered = str(skip)
    if entered:
        raise unittest.SkipTest(entered)


def swallowing_address():
    """An address behind a device that drops everything. Only after enter_network()."""
    if shell('ip link show swallow'):
        return SWALLOWING
    for device in DEVICES:
        if shell(device):
            break
    else:
        raise unittest.SkipTest('no dummy, tun or veth device here')
    neighbour = f'ip neigh replace {SWALLOWING} lladdr 02:00:00:00:00:02 dev swallow'
    if not shell(f'ip addr add 10.213.0.1/24 dev swallow && ip link set swallow up; {neighbour}; ip route get {SWALLOWING}'):
        raise unittest.SkipTest('the swallowing device cannot be configured')
    return SWALLOWING


def working(command, what):
    if subprocess.run([*command, 'true'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        raise unittest.SkipTest(f'no {what} here')
    return command


def unshare(*options):
    as_root = [] if os.geteuid() == 0 else ['-r']
    return ['unshare', *as_root, *options]


def own_network():
    """A command: the program gets a network of its own with nothing but loopback."""
    return working([*unshare('-n'), 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'], 'network namespace')


def own_mounts(setup):
    """A command: the program sees what the shell commands `setup` have mounted, and nobody else does."""
    return working([*unshare('-m'), 'sh', '-c', f'{setup} && exec "$@"', 'sh'], 'mount namespace')


def own_clock(seconds):
    """A command: the program's CLOCK_MONOTONIC is that far ahead."""
    return working([*unshare('-T', '--fork', '--monotonic', str(seconds))], 'time namespace')
