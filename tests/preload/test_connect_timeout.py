#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""connect-timeout: a blocking connect ends at its time with ETIMEDOUT, and leaves the socket as its own limit would.

The kernel itself gives such a connect up after minutes, and no program here is waited for so long.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, rule
from servers import Port

TIMED_OUT = 'connect -1 ETIMEDOUT'


class ConnectTimeout(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def run_calls(self, *operations, **how):
        return self.calls(*(operation.format(self.port) for operation in operations), **how)

    def test_a_blocking_connect_ends_at_its_time_and_is_a_failure(self):
        self.port.swallow()
        began = time.monotonic()
        lines = self.run_calls('socket=4', 'connect={}', 'get-sndtimeo', 'flags', 'close', rules=rule(self.port, 'connect-timeout=400ms'))
        self.assertGreaterEqual(time.monotonic() - began, 0.4)
        self.assertEqual(lines[1:3], [TIMED_OUT, 'get-sndtimeo 0 0.000000 s'])
        self.assertEqual(lines[3:], self.run_calls('socket=4', 'flags', 'close', preload=False)[1:])
        breaker = self.assert_totals(self.port, calls=1, failures=1, successes=0, ignored=0, late=0, last_error='ETIMEDOUT')
        self.assertEqual(breaker['in_flight'], 0)

    def test_time_outs_open_the_circuit(self):
        self.port.swallow()
        self.assertEqual(self.connect(self.port, 4, rules=rule(self.port, 'connect-timeout=100ms')),
                         ['ETIMEDOUT'] * 2 + [REFUSED] * 2)
        self.assert_totals(self.port, calls=2, failures=2, refused=2)

    def test_a_time_out_may_be_ignored(self):
        self.port.swallow()
        self.connect(self.port, 2, rules=rule(self.port, 'connect-timeout=100ms ignore=ETIMEDOUT'))
        self.assert_totals(self.port, calls=2, failures=0, ignored=2)

    def test_it_goes_on_to_be_the_socket_of_a_handshake_as_with_a_limit_of_its_own(self):
        """What the next connect, poll and SO_ERROR see; and the handshake may yet succeed."""
        talk = ('poll=0', 'soerror', 'nonblock', 'connect={}', 'stop', 'pollout=20000', 'soerror', 'connect={}', 'connect={}',
                'send', 'close')
        seen = {}
        for preload, before in ((False, ['sndtimeo=300']), (True, [])):
            self.port.stop().swallow()
            operations = [operation.format(self.port) for operation in ('socket=4', *before, 'connect={}', *talk)]
            conversation = self.conversation(*operations, preload=preload, rules=rule(self.port, 'connect-timeout=300ms'))
            first = conversation.until_stop()
            self.port.stop().start()
            seen[preload] = first[2 + len(before):] + conversation.go_on()
            self.assertEqual(first[1 + len(before)], TIMED_OUT if preload else 'connect -1 EINPROGRESS')
        self.assertEqual(seen[True], seen[False])
        self.assertIn('poll 1 OUT', seen[True])
        self.assert_totals(self.port, calls=1, failures=1, successes=0, late=0)

    def test_another_connect_waits_as_long_for_the_same_call(self):
        self.port.swallow()
        lines = self.run_calls('socket=4', 'connect={}', 'connect={}', 'get-sndtimeo', 'close', rules=rule(self.port, 'connect-timeout=100ms'))
        self.assertEqual(lines[1:], [TIMED_OUT, TIMED_OUT, 'get-sndtimeo 0 0.000000 s', 'close 0'])
        self.assert_totals(self.port, calls=1, failures=1, ignored=0)

    def test_after_a_signal_another_connect_has_the_limit_too(self):
        self.port.swallow()
        lines = self.run_calls('socket=4', 'interrupt=200', 'connect={}', 'connect={}', 'close', rules=rule(self.port, 'connect-timeout=1s'))
        self.assertEqual(lines[1:], ['connect -1 EINTR', TIMED_OUT, 'close 0'])
        self.assert_totals(self.port, calls=1, failures=1, ignored=0, last_error='ETIMEDOUT')

    def test_a_shorter_limit_of_the_program_keeps_its_own_meaning(self):
        self.port.swallow()
        lines = self.run_calls('socket=4', 'sndtimeo=200', 'connect={}', 'get-sndtimeo', 'close', rules=rule(self.port, 'connect-timeout=1h'))
        self.assertEqual(lines[1:], ['sndtimeo 0', 'connect -1 EINPROGRESS', 'get-sndtimeo 0 0.200000 s', 'close 0'])
        self.assert_totals(self.port, calls=1, failures=0, ignored=1)

    def test_a_longer_limit_of_the_program_is_put_back(self):
        for kind, result in ((self.port.swallow, '-1 ETIMEDOUT'), (self.port.start, '0'), (lambda: None, '-1 ECONNREFUSED')):
            with self.subTest(result):
                self.port.stop()
                self.panel = self.new_panel()
                kind()
                lines = self.run_calls('socket=4', 'sndtimeo=3600000', 'connect={}', 'get-sndtimeo', rules=rule(self.port, 'connect-timeout=200ms'))
                self.assertEqual(lines[2:], [f'connect {result}', 'get-sndtimeo 0 3600.000000 s'])

    def test_four_system_calls_for_a_blocking_connect_and_one_for_another(self):
        self.port.start()
        rules = rule(self.port, 'connect-timeout=10s')
        for kind, expected in (('4', ['fcntl', 'getsockopt', 'setsockopt', 'connect', 'setsockopt']), ('4,nonblock', ['fcntl', 'connect'])):
            with self.subTest(kind):
                seen = self.traced(f'socket={kind}', 'marker=begin', f'connect={self.port}', 'marker=end', rules=rules)
                self.assertEqual([call.removesuffix('64') for call in seen][:len(expected)], expected)
                self.assertEqual(seen.count('setsockopt'), expected.count('setsockopt'))

    def test_a_non_blocking_connect_is_as_bare(self):
        self.port.swallow()
        way = ('socket=4,nonblock', 'connect={}', 'poll=300', 'soerror', 'connect={}', 'close')
        self.assertEqual(self.run_calls(*way, rules=rule(self.port, 'connect-timeout=1ms')), self.run_calls(*way, preload=False))

    def test_to_observe_is_to_change_nothing(self):
        self.port.swallow()
        for rules in (rule(self.port, 'connect-timeout=50ms mode=observe'), rule(self.port, 'connect-timeout=50ms mode=off')):
            lines = self.run_calls('socket=4', 'sndtimeo=400', 'connect={}', 'connect={}', rules=rules)
            self.assertEqual(lines[2:], ['connect -1 EINPROGRESS', 'connect -1 EALREADY'])


if __name__ == '__main__':
    main()
