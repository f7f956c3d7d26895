#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout trip, reset and mode, and what programs that run already make of them at their next connect."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, rule
from servers import Port

SHED = [f'connect -1 {REFUSED}']
FAILED = ['connect -1 ECONNREFUSED']
DONE = ['connect 0']


class Switch(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def steer(self, *arguments):
        result = self.command(*arguments, '-p', self.panel)
        self.assertEqual((result.status, result.err), (0, ''))

    def program(self, rules=None, **how):
        """A program that connects each time it is told to."""
        operations = ['use=0', 'socket=4', f'connect={self.port}', 'close', 'stop'] * 12
        talk = self.conversation(*operations, rules=rules or rule(self.port), **how)
        first = talk.until_stop()
        return talk, [line for line in first if line.startswith('connect')]

    @staticmethod
    def next_of(talk):
        return [line for line in talk.go_on() if line.startswith('connect')]

    def test_a_running_program_follows_the_switch_at_its_next_connect(self):
        talk, first = self.program()
        self.assertEqual([first, self.next_of(talk), self.next_of(talk)], [FAILED, FAILED, SHED])
        for mode, expected in (('observe', FAILED), ('enforce', SHED), ('off', FAILED), ('default', SHED)):
            self.steer('mode', mode)
            self.assertEqual(self.next_of(talk), expected, mode)
        self.assert_totals(self.port, calls=2, refused=3, would_refuse=1)

    def test_the_switch_stands_above_rules_and_programs(self):
        how = dict(env={'CUTOUT_MODE': 'observe'})
        self.connect(self.port, 2, rules=rule(self.port), **how)
        for rules in (rule(self.port), rule(self.port, 'mode=observe')):
            self.steer('mode', 'default')
            talk, first = self.program(rules, **how)
            self.steer('mode', 'enforce')
            self.assertEqual([first, self.next_of(talk)], [FAILED, SHED])
        self.assertEqual(self.connect(self.port, rules=rule(self.port, 'mode=off')), [REFUSED])
        self.assertEqual(self.connect(self.port, rules=f'{self.port} pass'), ['ECONNREFUSED'])
        self.steer('mode', 'off')
        self.assertEqual(self.connect(self.port, rules=rule(self.port, 'mode=enforce')), ['ECONNREFUSED'])
        self.assertEqual(self.connect(self.port, rules=f'{self.port} deny fail-with=EACCES'), ['ECONNREFUSED'])

    def test_a_pattern_switches_that_breaker_alone(self):
        other = Port(self)
        rules = rule(self.port) + '\n' + rule(other)
        for port in (self.port, other):
            self.connect(port, 2, rules=rules)
        self.steer('mode', 'off', self.port.text)
        self.assertEqual(self.connect(self.port, rules=rules), ['ECONNREFUSED'])
        self.assertEqual(self.connect(other, rules=rules), [REFUSED])
        self.steer('mode', 'off')
        self.steer('mode', 'enforce', self.port.text)
        self.assertEqual(self.connect(self.port, rules=rules), [REFUSED])
        self.assertEqual(self.connect(other, rules=rules), ['ECONNREFUSED'])

    def test_off_makes_no_breaker_for_a_new_destination(self):
        self.connect(self.port, rules=rule(self.port))
        self.steer('mode', 'off')
        other = Port(self)
        self.connect(other, 3, rules=rule(other))
        self.assertIsNone(self.breaker(other))
        self.steer('mode', 'default')
        self.connect(other, rules=rule(other))
        self.assert_totals(other, calls=1)

    def test_trip_and_reset_hold_from_the_next_connect_of_every_process(self):
        self.port.start()
        talks = []
        for _ in range(2):
            talk, first = self.program()
            self.assertEqual(first, DONE)
            talks.append(talk)
        for order, expected in ((('trip',), SHED), (('reset',), DONE), (('trip', '--hold'), SHED), (('reset',), DONE),
                                (('trip', '--for=10h'), SHED), (('reset', '--hold'), DONE)):
            self.steer(*order, self.port.text)
            self.assertEqual([self.next_of(talk) for talk in talks], [expected] * 2, order)
        self.port.stop()
        self.assertEqual([self.next_of(talks[0]) for _ in range(4)], [FAILED] * 4)


if __name__ == '__main__':
    main()
