#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whatever the environment is: random bytes in our variables, closed standard descriptors.

A program does, says and returns what it does bare; beside it at most one line of ours on standard error.
"""
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import OBJECT, Case, main, need
from servers import Port

VARIABLES = ('RULES', 'DEFAULTS', 'MODE', 'PANEL', 'LOG', 'RECORD', 'ONLY', 'SKIP')
ROUNDS = 60

# Pieces of what is right, to get further than the first byte.
PIECES = (b'*', b'*:80', b'localhost', b'[::1]:*', b'10.0.0.0/8', b'udp://', b'unix:', b'failures=', b'65535', b'-1', b'off',
          b'timeout=1s', b'window=', b'50%', b'deny', b'pass', b'mode=observe', b';', b'\n', b' ', b'#', b'@', b'@/dev/null',
          b'@/dev/zero', b'@.', b'/', b'/dev/full', b'/proc/self/mem', b'private', b'stderr', b'syslog', b'enforce', b',', b'=',
          b'curl', b'\xff\xfe', b'99999999999999999999', b'%s%n')


def random_value(chance):
    """Bytes, or pieces with bytes between them; never a zero, which ends a variable."""
    if chance.random() < 0.3:
        return bytes(chance.randrange(1, 256) for _ in range(chance.choice((1, 10, 100, 5000))))
    return b''.join(chance.choice(PIECES) if chance.random() < 0.9 else bytes([chance.randrange(1, 256)])
                    for _ in range(chance.randrange(1, 12)))


def random_environment(chance, directory):
    """One variable or several. A file may come to be where the value says: only where that is ours."""
    env = {}
    for name in chance.sample(VARIABLES, chance.randrange(1, 4)):
        value = random_value(chance)
        if name in ('LOG', 'PANEL', 'RECORD') and value.startswith(b'/') and not value.startswith((b'/dev/full', b'/proc/self/mem')):
            value = os.fsencode(directory) + value
        env[f'CUTOUT_{name}'] = os.fsdecode(value)
    return env


PROGRAMS = (
    ['true'],
    ['sh', '-c', 'echo out; exit 7'],
    [sys.executable, '-c', 'print("out"); raise SystemExit(3)'],
)


class Environment(Case):
    def rounds(self, seed, argv, bare):
        chance = random.Random(seed)
        for number in range(ROUNDS):
            env = random_environment(chance, self.directory)
            seen = self.execute(argv, env={'CUTOUT_PANEL': 'private', **env})
            self.assertEqual((seen.status, seen.out), (bare.status, bare.out), f'round {number}: {env}')
            ours = [line for line in seen.err.splitlines() if line not in bare.err.splitlines()]
            self.assertTrue(all('cutout' in line for line in ours), f'round {number}: {env}: {seen.err}')
            self.assertLessEqual(len(ours), 1, f'round {number}: {env}: {seen.err}')

    def test_all_that_the_object_reads_are_among_them(self):
        with open(OBJECT, 'rb') as file:
            names = set(re.findall(rb'CUTOUT_([A-Z]+)', file.read()))
        self.assertEqual({name.decode() for name in names}, set(VARIABLES))

    def test_random_variables_around_programs_that_connect_nowhere(self):
        for seed, argv in enumerate(PROGRAMS):
            with self.subTest(argv[0]):
                self.rounds(seed, argv, self.execute(argv, preload=False))

    def test_random_variables_around_a_client(self):
        """No seed of these has a rule in it that denies the client its server."""
        need('curl')
        port = Port(self).start()
        argv = ['curl', '-q', '-sS', '--max-time', '10', port.url]
        self.rounds(7, argv, self.execute(argv, preload=False))

    def test_closed_standard_descriptors(self):
        need('curl')
        port = Port(self)
        for start in (port.stop, port.start):
            start()
            for closed in ('<&-', '>&-', '2>&-', '<&- >&-', '<&- 2>&-', '>&- 2>&-', '<&- >&- 2>&-'):
                argv = ['sh', '-c', f'exec curl -q -s --max-time 10 "$1" {closed}', 'sh', port.url]
                with self.subTest(closed, start=start.__name__):
                    bare = self.execute(argv, preload=False)
                    for log in ('off', 'stderr'):
                        seen = self.execute(argv, rules='* failures=65535', env={'CUTOUT_LOG': log})
                        self.assertEqual(seen, bare)


if __name__ == '__main__':
    main()
