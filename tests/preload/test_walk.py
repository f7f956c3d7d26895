#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random walks through what a program can do with sockets: its transcript is the same bare and under the object.

walk.c makes the calls; a seed is a walk. Each is run bare and under the object with one of the configurations below,
none of which ever refuses anything, and then the panel must hold what such a walk leaves there. Here two hundred seeds
are run; by hand many more, in the build directory:

    CUTOUT_WALKS=1000-20000 CUTOUT_STEPS=100 python3 ../tests/preload/test_walk.py

A walk that differs is shown up to its first difference, with what repeats it. It is then run bare once more: should two
bare runs differ, the walk is at fault, and that is a failure, too.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import EMULATOR, Case, check_program, main

FIRST, LAST = (int(number) for number in os.environ.get('CUTOUT_WALKS', '1-200').split('-'))
STEPS = int(os.environ.get('CUTOUT_STEPS', '60'))
SHOWN = 12
TIDY = ('tidy', 'untidy')  # by seed

NEVER = 'failures=65535'


# What a connection goes on with, and lookups, are not for all protocols.
TCP_ONLY = ('on', 'shed', 'connect-timeout', 'lookups')


def rules(options):
    """For all that a walk connects to, but for the place `passed`."""
    others = ' '.join(option for option in options.split() if option.split('=')[0] not in TCP_ONLY)
    return f'127.0.0.77:* pass; * {options}; udp://* {others}; unix:* {others}'


# Options, and what else is set.
CONFIGURATIONS = {
    'connect': (NEVER, {}),
    'response': (f'{NEVER} on=response', {}),
    'response, all of them slow': (f'{NEVER} on=response slow-call=1ms', {}),
    'slow ones apart': (f'{NEVER} on=response slow-call=1ms slow-rate=100% min-calls=1000000', {}),
    'shed': (f'{NEVER} shed=all', {}),
    'response and shed': (f'{NEVER} on=response shed=all', {}),
    'overdue': (f'{NEVER} overdue=1ms', {}),
    'by host': (f'{NEVER} per=host on=response', {}),
    'by rule': (f'{NEVER} per=rule', {}),
    'limited': (f'{NEVER} max-connections=4000', {}),
    'limited, response': (f'{NEVER} max-connections=4000 on=response shed=all', {}),
    'rate': ('failure-rate=100% min-calls=1000000 failures=off window=10s buckets=60', {}),
    'patient': (f'{NEVER} connect-timeout=1h', {}),
    'patient, response': (f'{NEVER} connect-timeout=1h on=response', {}),
    'lookups': (f'{NEVER} lookups=on on=response', {}),
    'observed': ('failures=1 timeout=1h', {'CUTOUT_MODE': 'observe'}),
    'observed, response': ('failures=1 timeout=1ms on=response shed=all successes=2 probes=1', {'CUTOUT_MODE': 'observe'}),
    'observed, limited': ('failures=2 timeout=2ms max-connections=1', {'CUTOUT_MODE': 'observe'}),
    'off': ('failures=1 timeout=1h', {'CUTOUT_MODE': 'off'}),
    'recorded': (f'{NEVER} on=response', {'CUTOUT_RECORD': 'record'}),
    'logged': ('failures=1 timeout=1ms', {'CUTOUT_MODE': 'observe', 'CUTOUT_LOG': 'log'}),
    'private': (f'{NEVER} on=response shed=all max-connections=4000', {'CUTOUT_PANEL': 'private'}),
}


class Walk(Case):
    def setUp(self):
        super().setUp()
        if EMULATOR:
            self.skipTest(f'{EMULATOR[0]} cuts TCP_INFO short, by which a walk knows that everything has arrived')

    def walk(self, program, seed, **how):
        directory = self.new_panel() + '.d'
        os.mkdir(directory)
        result = self.execute([check_program(program), directory, str(seed), str(STEPS), TIDY[seed % 2]], **how)
        self.assertEqual((result.status, result.err), (0, ''), f'seed {seed}: {result.out}')
        return result.out.splitlines()

    def environment_of(self, name):
        """With paths of this case's own."""
        _, extra = CONFIGURATIONS[name]
        extra = dict(extra)
        for variable in ('CUTOUT_RECORD', 'CUTOUT_LOG'):
            if variable in extra:
                extra[variable] = self.path(extra[variable])
        if 'CUTOUT_RECORD' in extra:
            os.makedirs(extra['CUTOUT_RECORD'], exist_ok=True)
        return extra

    def differing(self, seed, one, other):
        """None when they agree."""
        if one == other:
            return None
        at = next((i for i, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), min(len(one), len(other)))
        lines = [f'  {line}' for line in one[:at]]
        return '\n'.join([f'seed {seed}, after {at} lines:', *lines, *(f'- {line}' for line in one[at:at + SHOWN]),
                          *(f'+ {line}' for line in other[at:at + SHOWN])])

    def check(self, seed, name, program):
        self.panel = self.new_panel()
        bare = self.walk(program, seed, preload=False)
        self.assertFalse([line for line in bare if 'UNSETTLED' in line], f'seed {seed}: the walk waits in vain')
        options, extra = CONFIGURATIONS[name][0], self.environment_of(name)
        seen = self.walk(program, seed, rules=rules(options), env=extra)
        difference = self.differing(seed, bare, seen)
        if difference or seed % 16 < 2:
            again = self.walk(program, seed, preload=False)
            self.assertIsNone(self.differing(seed, bare, again), 'two bare runs differ: the walk is at fault')
        how = f'{program} DIRECTORY {seed} {STEPS} {TIDY[seed % 2]} with {rules(options)!r} {extra}'
        self.assertIsNone(difference, f'{how}:\n{difference}')
        if extra.get('CUTOUT_PANEL') != 'private':
            self.check_panel(name, extra, TIDY[seed % 2] == 'tidy')

    def check_panel(self, name, extra, tidy):
        """All is closed and the process is gone: after a tidy walk what began has ended, and each call in one way."""
        for breaker in self.status():
            totals = breaker['totals']
            ended = sum(totals[name] for name in ('successes', 'failures', 'ignored', 'slow', 'late'))
            left = breaker['in_flight'], breaker.get('connections', 0), totals['calls'] - ended
            if tidy:
                self.assertEqual(left, (0, 0, 0), breaker)
            self.assertTrue(all(number >= 0 for number in left), breaker)
            self.assertEqual(totals['refused'], 0, breaker)
            self.assertFalse(breaker['protocol'] == 'tcp' and breaker['address'].startswith('127.0.0.77:'), breaker)
            self.assertNotEqual(extra.get('CUTOUT_MODE'), 'off', breaker)

    def test_nobody_is_disturbed(self):
        names = list(CONFIGURATIONS)
        for seed in range(FIRST, LAST + 1):
            name = names[seed // 2 % len(names)]
            program = 'walk_fortified' if seed // 2 // len(names) % 2 else 'walk'
            with self.subTest(seed=seed, configuration=name):
                self.check(seed, name, program)


if __name__ == '__main__':
    main()
