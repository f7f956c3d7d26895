#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Calls that are left half way: cancelled, jumped out of, killed; and calls made in a signal handler."""
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import EMULATOR, MUSL, REFUSED, Case, check_program, main, named_errors, rule, wait_until
from servers import Port


class Halfway(Case):
    def leave(self, how, options='', limit=0):
        """The thread that left a connect, and the program, are protected as before."""
        stuck, refusing, other = Port(self).swallow(), Port(self), Port(self)
        rules = rule('*', 'overdue=1s', options)
        result = self.execute([check_program('halfway'), how, stuck.text, refusing.text, other.text], rules=rules)
        self.assertEqual((result.status, result.err), (0, ''))
        if EMULATOR and 'limit untold' in result.out:
            if options:
                self.skipTest(f'{EMULATOR[0]} does not tell the time limit of a socket')
            limit = 'untold'
        protected = ['-1 ECONNREFUSED'] * 2 + [f'-1 {REFUSED}']
        self.assertEqual(named_errors(result.out).splitlines(),
                         [f'limit {limit}'] + [f'{who} {line}' for who in ('thread', 'main') for line in protected])
        return stuck, rules

    def test_a_thread_cancelled_in_a_connect_stays_protected_and_its_call_is_ignored(self):
        """Row 35 and rule 12."""
        stuck, rules = self.leave('cancel')
        if MUSL:
            self.expires(stuck, rules)  # it cancels without unwinding
            return
        breaker = self.assert_totals(stuck, calls=1, ignored=1, failures=0, successes=0)
        self.assertEqual(breaker['in_flight'], 0)

    def test_a_thread_that_jumps_out_of_a_connect_stays_protected_and_its_call_expires(self):
        """Row 35 and rule 12: nothing stays in flight once it is overdue."""
        self.expires(*self.leave('jump'))

    def expires(self, stuck, rules):
        look = ['socket=4,nonblock', f'connect={stuck}', 'close']

        def nothing_in_flight():
            self.calls(*look, rules=rules)
            return self.breaker(stuck)['in_flight'] == 0
        wait_until(nothing_in_flight, what='the abandoned call to expire')
        self.assertLessEqual(self.breaker(stuck)['totals']['failures'], 1)

    def test_a_time_limit_is_put_back_by_cancellation_and_left_by_a_jump(self):
        """connect-timeout sets the socket's own SO_SNDTIMEO; libcutout(7) says what a jump leaves."""
        self.leave('cancel', 'connect-timeout=1h', limit=3600 if MUSL else 0)
        self.leave('jump', 'connect-timeout=1h', limit=3600)

    def test_a_signal_handler_connects_while_the_program_does_anything(self):
        """Row 9 and rule 2: no lock, no malloc. Every connect that was tried is counted once."""
        port = Port(self)
        rules = rule(port, 'successes=1', timeout='50ms')
        result = self.execute([check_program('handler'), port.text], rules=rules, timeout=60)
        self.assertEqual((result.status, result.err), (0, ''))
        totals = self.breaker(port)['totals']
        self.assertEqual(totals['calls'] + totals['refused'], int(result.out), totals)
        self.assertEqual(totals['failures'] + totals['late'], totals['calls'], totals)

    def test_programs_killed_anywhere_leave_a_panel_that_works(self):
        """Row 11: no lock has an owner that could die."""
        port = Port(self)
        rules = rule('*', failures=60000)
        again = ['use=0', 'socket=4', f'connect={port}', 'close'] * 2000
        for _ in range(8):
            processes = [self.start([check_program('calls'), *again], rules=rules) for _ in range(3)]
            wait_until(lambda: self.breaker(port), what='a first call')
            for process in processes:
                try:
                    process.communicate(timeout=random.uniform(0, 0.1))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
        before = self.breaker(port)['totals']['failures']
        self.assertEqual(self.connect(port, 3, rules=rules), ['ECONNREFUSED'] * 3)
        self.assertEqual(self.breaker(port)['totals']['failures'], before + 3)


if __name__ == '__main__':
    main()
