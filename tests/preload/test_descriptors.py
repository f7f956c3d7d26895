#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Descriptors closed, reused, duplicated and inherited, also behind our back."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from compared import BEGUN, OVER, ComparedCase
from harness import REFUSED, hooks, main, rule, wait_until
from servers import Port, silent


class Descriptors(ComparedCase):
    def each_ends_the_call(self, *ways):
        for way in ways:
            with self.subTest(way):
                seen = self.both(*OVER, way, 'open={file}', 'write', 'read', 'flags', 'close')
                self.assertIn('open under the same number', seen)
                self.assert_totals(self.port, calls=1, failures=1, successes=0, last_error='unknown')
                self.assertEqual(self.breaker(self.port)['in_flight'], 0)

    def test_a_socket_closed_by_any_function_is_a_failure_and_its_number_may_become_a_file(self):
        """Row 3 and rule 5."""
        self.each_ends_the_call('close', '__close', 'fclose', 'close_range', 'closefrom', 'close-all')

    def test_so_is_one_that_is_closed_by_the_function_for_any_system_call(self):
        """As libuv does, and so Node.js. Where that has no hook it is as if the descriptor had just vanished."""
        if not hooks('syscall'):
            self.skipTest('syscall() has no hook on this machine')
        self.each_ends_the_call('syscall-close', 'syscall-close_range')

    def test_the_function_for_any_system_call_hands_on_all_words(self):
        self.both('syscall-mmap=0', 'syscall-mmap=1')

    def test_a_stream_reopened_on_a_file_is_no_socket(self):
        self.both(*OVER, 'freopen={file}', 'write', 'read', 'close')
        breaker = self.assert_totals(self.port, calls=1, failures=1, successes=0)
        self.assertEqual(breaker['in_flight'], 0)

    def test_a_socket_closed_by_the_system_call_alone_records_no_failure(self):
        """Row 3 and rule 5: whatever got its number is not taken for it."""
        ways = {'a file': ['open={file}', 'write', 'read', 'poll=0', 'close'],
                'a socket that is not connected': ['raw-socket=4,nonblock', 'recv', 'send', 'soerror', 'poll=0', 'close'],
                'a socket that libc made': ['socket=4,nonblock', 'recv', 'send', 'soerror', 'poll=0', 'close'],
                'a Unix socket': ['raw-socket=unix', 'connect-unix=/nonexistent', 'close'],
                'nothing': ['recv', 'soerror', 'poll=0', 'close']}
        for name, way in ways.items():
            with self.subTest(name):
                self.both(*OVER, 'raw-close', *way)
                self.assert_totals(self.port, calls=1, failures=0, successes=0)

    def test_the_next_socket_of_that_number_is_counted_for_its_own_destination(self):
        other = Port(self)
        self.both(*OVER, 'raw-close', 'socket=4,nonblock', f'connect={other}', 'await=close', 'soerror', 'close',
                  rules=rule('*', failures=100))
        self.assert_totals(self.port, failures=0)
        self.assert_totals(other, calls=1, failures=1, last_error='ECONNREFUSED')

    def test_a_socket_of_that_number_made_behind_our_back_too_records_nothing_for_the_first(self):
        self.both(*OVER, 'raw-close', 'raw-socket=4,nonblock', f'connect={Port(self)}', 'await=close', 'soerror', 'close',
                  rules=rule('*', failures=100))
        self.assert_totals(self.port, calls=1, failures=0)

    def test_an_established_connection_closed_behind_our_back_is_a_success_at_most(self):
        self.port.start(silent)
        self.both(*BEGUN, 'await=established', 'raw-close', 'open={file}', 'write', 'read', 'close')
        self.assert_totals(self.port, calls=1, failures=0)

    def test_a_connect_that_gets_through_and_its_close_ask_nothing_of_the_system(self):
        self.port.start(silent)
        seen = self.traced('socket=4', 'marker=begin', f'connect={self.port}', 'close', 'marker=end', rules=rule(self.port))
        self.assertEqual(seen, ['connect', 'close'])
        self.assert_totals(self.port, calls=1, successes=1)

    def test_a_program_that_closes_everything_above_two_stays_protected(self):
        """Row 4."""
        again = ['use=0', 'socket=4', f'connect={self.port}', 'close']
        for way in ('close-all', 'closefrom'):
            with self.subTest(way):
                self.panel = self.new_panel()
                lines = self.calls(*again, way, *again * 2, way, *again, rules=rule(self.port))
                self.assertEqual([line for line in lines if line.startswith('connect')],
                                 ['connect -1 ECONNREFUSED'] * 2 + [f'connect -1 {REFUSED}'] * 2)
                self.assert_totals(self.port, failures=2, refused=2)

    def test_no_log_line_lands_in_a_file_that_got_descriptor_two(self):
        """Row 5 and rule 8."""
        again = ['use=0', 'socket=4', f'connect={self.port}', 'close']
        seen = self.calls(f'stderr-becomes={self.file}', *again * 4, rules=rule(self.port), env={'CUTOUT_LOG': 'stderr'})
        self.assertEqual(seen[0], 'stderr-becomes 2')
        self.assertEqual(seen[-2], f'connect -1 {REFUSED}')
        self.assertEqual(self.take_file(), '')
        self.assert_state(self.port, 'open')

    def test_no_log_line_is_sent_to_a_peer_whose_socket_got_descriptor_two(self):
        """Row 5: a program that closes standard error and connects."""
        again = ['use=1', 'socket=4', f'connect={self.port}', 'close']
        listener = Port(self).start(silent)
        talk = self.conversation('adopt=2', 'close', 'socket=4', f'connect={listener}', *again * 4, 'stop', rules=rule('*'),
                                 env={'CUTOUT_LOG': 'stderr'})
        talk.until_stop()
        self.assert_state(self.port, 'open')
        connection = wait_until(lambda: listener.server.kept, what='the connection')[0]
        connection.setblocking(False)
        self.assertRaises(BlockingIOError, connection.recv, 100)
        self.assertEqual(talk.go_on(), [])

    def test_exec_with_a_pending_socket_goes_on_as_bare(self):
        """Row 13: in the new program it is not tracked."""
        for way in ('soerror poll=0 recv close', 'send close', 'close', 'connect={} soerror'):
            with self.subTest(way):
                self.both(*OVER, f'exec={way}')
                self.assert_totals(self.port, successes=0)
                self.assertLessEqual(self.breaker(self.port)['totals']['failures'], 1)

    def in_other_hands(self, *connects):
        """How a descriptor with a connect behind it comes to whoever has not seen that."""
        return {'exec': ['exec=' + ' '.join(connects)],
                'passed on': ['rights-out', 'use=1', 'rights-in', *connects],
                'passed on, and closed': ['rights-out', 'close', 'rights-in', *connects],
                'passed to a child': ['rights-out', 'in-fork', 'all=use=1 rights-in ' + ' '.join(connects), 'close']}

    def test_a_second_connect_of_a_pending_socket_that_came_from_elsewhere_is_no_call(self):
        """Row 13."""
        self.port.swallow()
        for name, way in self.in_other_hands('connect={}', 'connect={}', 'poll=0', 'close').items():
            with self.subTest(name):
                seen = self.both(*BEGUN, *way)
                self.assertEqual(seen.count('connect -1 EALREADY'), 2)
                self.assert_totals(self.port, calls=1, successes=0, failures=0)

    def test_a_second_connect_of_a_connection_that_came_from_elsewhere_is_no_call(self):
        """Row 13."""
        self.port.start(silent)
        for before in (['socket=4', 'connect={}'], [*BEGUN, 'await=established']):
            for name, way in self.in_other_hands('connect={}', 'connect={}', 'getpeername', 'send', 'close').items():
                with self.subTest(name, before=before):
                    seen = self.both(*before, *way)
                    self.assertIn('connect -1 EISCONN', seen)
                    self.assert_totals(self.port, calls=1, failures=0)

    def test_a_duplicate_brings_the_outcome_once(self):
        for way in ('dup=1', 'dup-fcntl=1'):
            with self.subTest(way):
                self.both(*OVER, way, 'close', 'use=1', 'soerror', 'close')
                self.assert_totals(self.port, calls=1, failures=1, last_error='ECONNREFUSED')
                self.both(*OVER, way, 'use=1', 'soerror', 'close', 'use=0', 'soerror', 'close')
                self.assert_totals(self.port, calls=1, failures=1, last_error='ECONNREFUSED')

    def test_a_descriptor_replaced_by_dup2_was_closed(self):
        for way in ('dup2=0', 'dup3=0'):
            with self.subTest(way):
                self.both(*OVER, 'use=1', 'socket=4', way, 'close', 'use=0', 'soerror', 'close')
                breaker = self.assert_totals(self.port, calls=1, failures=1)
                self.assertEqual(breaker['in_flight'], 0)

    def test_a_descriptor_that_was_not_replaced_is_as_known_as_before(self):
        for way in ('dup2-nothing', 'dup3-nothing', 'dup3-wrong'):
            with self.subTest(way):
                seen = self.both(*OVER, way, 'soerror', 'close')
                self.assertIn(' -1 ', seen[-3])
                self.assert_totals(self.port, calls=1, failures=1, last_error='ECONNREFUSED')

    def test_the_flags_of_a_socket_are_what_the_program_made_them(self):
        """Row 6 and rule 1, before a connect, after it, and after a refused one."""
        for kind in ('4', '4,nonblock', '4,cloexec', '4,nonblock,cloexec'):
            with self.subTest(kind):
                bare = self.calls(f'socket={kind}', 'flags', preload=False)[1]
                connects = [f'connect={self.port}', 'flags', 'close', f'socket={kind}'] * 4
                seen = self.calls(f'socket={kind}', 'flags', *connects, rules=rule('*'), panel=self.new_panel())
                self.assertEqual({line for line in seen if line.startswith('flags')}, {bare})


if __name__ == '__main__':
    main()
