#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Row 32: programs that disagree about now agree about a circuit."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from harness import OBJECT, REFUSED, Case, libraries, main, rule, wait_until
from servers import Port

TRIPPED = ['ECONNREFUSED'] * 2 + [REFUSED]


class Clock(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def test_a_program_under_libfaketime_reads_the_same_clock(self):
        """One for which an hour is a millisecond is refused as long as the others are."""
        rules = rule(self.port)
        fast = dict(preload=f'{libraries("libfaketime.so.1")[0]} {OBJECT}', env={'FAKETIME': '+0 x1000000'})
        self.assertEqual(self.connect(self.port, 3, rules=rules), TRIPPED)
        lines = self.calls('socket=4', f'connect={self.port}', 'sleep=100', f'connect={self.port}', rules=rules, **fast)
        self.assertEqual(lines[1:], [f'connect -1 {REFUSED}'] * 2)
        self.assert_state(self.port, 'open')

    def test_a_program_under_libfaketime_trips_for_everybody(self):
        rules = rule(self.port, 'successes=1', timeout='1s')
        ahead = dict(preload=f'{libraries("libfaketime.so.1")[0]} {OBJECT}', env={'FAKETIME': '+300d'})
        self.assertEqual(self.connect(self.port, 3, rules=rules, **ahead), TRIPPED)
        self.port.start()
        wait_until(lambda: self.connect(self.port, rules=rules) == ['0'], what='the circuit to close')

    def test_a_circuit_opened_in_a_time_namespace_does_not_stay_open_for_ever(self):
        """A container's CLOCK_MONOTONIC may be days ahead: a time in the future counts as now."""
        rules = rule(self.port, 'successes=1', timeout='1s')
        under = namespaces.own_clock(864000)
        self.assertEqual(self.connect(self.port, 3, rules=rules, under=under), TRIPPED)
        self.port.start()
        wait_until(lambda: self.connect(self.port, rules=rules) == ['0'], what='the circuit to close')
        self.assert_state(self.port, 'closed')


if __name__ == '__main__':
    main()
