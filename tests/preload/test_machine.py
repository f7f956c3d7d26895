#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A process with more than 100,000 descriptors, in a machine that allows it: numbers that no other test can have.

All runs are made in one start of the machine, the first time that a case asks for its own.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import COMMAND, OBJECT, REFUSED, Case, check_program, main, named_errors
from machine import PANELS, need_machine, outcomes

MANY = 100_000
CROWD = f'crowd={MANY}'

NEVER_OPENS = '* failures=65535'
OPENS = f'* failures=2 timeout=1h fail-with={REFUSED}'

# What they are without their upper bits is a number of the crowd, or that of the first socket behind it.
ALIAS = MANY - (1 << 16)
HIGH = MANY + (1 << 17)
BEYOND_THE_TABLE = 1_500_000



def refusing(place):
    """Of addresses on which nothing listens, so that each has a breaker of its own."""
    return f'127.0.0.{place}:9'


def answering(place):
    return f'127.0.1.{place}:80'


def begun(place, *then):
    """A connect that does not block, on the lowest number that is free."""
    return ['use=0', 'socket=4,nonblock', 'number', f'connect={refusing(place)}', *then]


def through(place, *wait):
    """A connect that gets through, of which only that wait tells: the close is seen by nobody."""
    return ['use=0', 'socket=4,nonblock', f'connect={answering(place)}', *wait, 'raw-close']


def over(place, *then):
    return begun(place, 'await=close', *then)


def in_full(place):
    return ['use=0', 'socket=4', 'number', f'connect={refusing(place)}', 'close']


def moved_to(number):
    """The socket of the others gets that number, and loses its own."""
    return ['use=1', f'adopt={number}', 'use=0', 'dup2=1', 'close', 'use=1', 'number']


def in_turn(way, ways):
    return [operation for place, then in enumerate(ways, 1) for operation in way(place, *then)]


WAITS = (['pollout=20000'], ['await=established', 'poll-crowd=0'], ['ppoll=20000'], ['select-crowd=20000'],
         ['epoll-add', 'epoll_wait=20000'])
AFTERWARDS = (['select-crowd=20000', 'soerror', 'close'], ['poll-crowd=0', 'soerror', 'close'], ['soerror', 'close'],
              ['recv', 'close'], ['send', 'close'], [f'connect={refusing(6)}', 'close'])

CLOSES = (['close'], ['close_range'], ['fclose'], ['use=1', 'socket=4', 'dup2=0', 'close', 'use=0', 'close'],
          ['use=1', 'socket=4', 'dup3=0', 'close', 'use=0', 'close'], ['closefrom', CROWD], ['close_range=all', CROWD])

LISTENS = ['use=1', 'socket=4', 'listen=0.0.0.0:80']

TALK = [*LISTENS, 'use=0', 'socket=4,nonblock', 'number', f'connect={answering(1)}', 'pollout=20000', 'soerror',
        'use=1', 'accept=2', *['use=0', 'send', 'use=2', 'recv', 'send', 'use=0', 'pollin=20000', 'recv'] * 2, 'close']

# By name: its rules, and its operations.
RUNS = {
    'waits': (NEVER_OPENS, [CROWD, *LISTENS, *in_turn(through, WAITS)]),
    'afterwards': (NEVER_OPENS, [CROWD, *in_turn(over, AFTERWARDS)]),
    'talk': (f'{NEVER_OPENS} on=response', [CROWD, *TALK]),
    'opens': (OPENS, [CROWD, *in_full(1) * 4, *begun(1, 'close'), 'in-fork', 'all=' + ' '.join(in_full(1)),
                      'socket=4', *moved_to(BEYOND_THE_TABLE), f'connect={refusing(1)}', 'close',
                      'close_range=all', *in_full(1), CROWD, f'exec=use=1 {" ".join(in_full(1))}']),
    'closes': (NEVER_OPENS, [CROWD, *in_turn(over, CLOSES)]),
    'numbers': (NEVER_OPENS, [
        CROWD,
        # Of the same number in 16 bits, closed and connected meanwhile
        *over(1, 'use=1', f'adopt={ALIAS}', 'close', 'socket=4', 'number', f'connect={refusing(2)}'),
        'use=0', 'soerror', 'close',
        # Of the same in 17, closed after it
        *over(3, *moved_to(HIGH), 'soerror', 'close'),
        *over(4, 'dup-fcntl=1', 'close', 'use=1', 'number', 'soerror', 'close'),
        'use=0', 'socket=4', *moved_to(BEYOND_THE_TABLE), f'connect={refusing(5)}', 'close',
        *over(6, *moved_to(BEYOND_THE_TABLE), 'poll=0', 'soerror', 'close'),
        'use=0', 'socket=4,nonblock', *moved_to(BEYOND_THE_TABLE), f'connect={refusing(7)}', 'await=close', 'poll=0', 'soerror',
        'close']),
    'children': (NEVER_OPENS, [
        CROWD, 'in-fork', 'all=' + ' '.join(in_full(1)), *over(2, 'in-fork', 'all=soerror close', 'close'),
        *over(3, f'exec=soerror close {" ".join(in_full(4))}')]),
}


def panel_of(name):
    return f'{PANELS}/{name}'


class Machine(Case):
    maxDiff = None
    runs = None  # by name: what was said bare, under the object, and by the panel afterwards; or why there is none

    def setUp(self):
        super().setUp()
        need_machine()
        if Machine.runs is None:
            Machine.runs = 'the machine did not get to its end: see the first case'
            Machine.runs = self.all_runs()
        self.assertIsInstance(Machine.runs, dict, Machine.runs)

    def all_runs(self):
        commands = []
        for name, (rules, operations) in RUNS.items():
            argv, panel = [check_program('calls'), *operations], panel_of(name)
            commands += [(argv, {}), (argv, self.environment(rules, panel=panel)),
                         ([COMMAND, 'status', '--json', '-p', panel], {})]
        found = outcomes(self, [OBJECT, COMMAND, check_program('calls')], commands)
        return {name: found[3 * place:3 * place + 3] for place, name in enumerate(RUNS)}

    def transcripts(self, name):
        bare, preloaded, panel = Machine.runs[name]
        self.assertEqual((bare.status, preloaded.status, panel.status), (0, 0, 0), Machine.runs[name])
        self.panel = panel_of(name)
        return [named_errors(result.out).splitlines() for result in (bare, preloaded)]

    def both(self, name):
        """The transcript that both share; the panel is the preloaded program's."""
        bare, preloaded = self.transcripts(name)
        self.assertEqual(preloaded, bare)
        return bare

    def status(self, panel=None):
        name = os.path.basename(panel or self.panel)
        return json.loads(Machine.runs[name][2].out)['breakers']

    def assert_fails_once(self, places, last_error='ECONNREFUSED'):
        for place in places:
            with self.subTest(refusing(place)):
                breaker = self.assert_totals(refusing(place), calls=1, failures=1, successes=0, last_error=last_error)
                self.assertEqual(breaker['in_flight'], 0)

    def test_every_way_to_learn_of_an_outcome_counts_it_once(self):
        seen = self.both('afterwards')
        self.assertEqual(seen[0], f'crowd {MANY - 1}')
        self.assertEqual(seen.count(f'number {MANY}'), len(AFTERWARDS))
        self.assert_fails_once(range(1, len(AFTERWARDS) + 1))

    def test_every_way_to_wait_tells_of_a_success(self):
        self.both('waits')
        for place in range(1, len(WAITS) + 1):
            with self.subTest(answering(place)):
                self.assert_totals(answering(place), calls=1, successes=1, failures=0)

    def test_an_exchange_is_a_call(self):
        self.both('talk')
        self.assert_totals(answering(1), calls=2, successes=2, failures=0)

    def test_a_circuit_opens_and_refuses(self):
        bare, seen = ([line.split()[-1] for line in lines if line.startswith('connect ')]
                      for lines in self.transcripts('opens'))
        self.assertEqual(bare, ['ECONNREFUSED'] * 4 + ['EINPROGRESS'] + ['ECONNREFUSED'] * 4)
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED] * 7)
        self.assert_state(refusing(1), 'open')
        self.assert_totals(refusing(1), calls=2, failures=2, refused=7)

    def test_every_way_to_close_is_seen(self):
        self.both('closes')
        self.assert_fails_once(range(1, len(CLOSES) + 1), last_error='unknown')

    def test_no_number_is_taken_for_another(self):
        seen = self.both('numbers')
        for number in (MANY, ALIAS, HIGH, BEYOND_THE_TABLE):
            self.assertIn(f'number {number}', seen)
        self.assert_fails_once(range(1, 6))

    def test_a_descriptor_beyond_the_table_holds_no_call(self):
        """One that it was given is over when its last other descriptor is closed; its own says nothing."""
        self.both('numbers')
        self.assert_fails_once([6], last_error='unknown')
        breaker = self.assert_totals(refusing(7), calls=1, failures=0, successes=0, ignored=1)
        self.assertEqual(breaker['in_flight'], 0)

    def test_children_and_the_program_that_follows(self):
        self.both('children')
        self.assert_fails_once((1, 4))


if __name__ == '__main__':
    main()
