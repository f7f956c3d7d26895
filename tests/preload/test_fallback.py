#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fallback: while the circuit is open connects go to another address, and are no calls."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, rule, wait_until
from servers import Port, same_number


class Fallback(Case):
    def setUp(self):
        super().setUp()
        self.port, self.spare = Port(self), Port(self)

    def peer(self, port=None):
        port = port or self.spare
        return f'peer 0 {port.host} {port.number}'

    def open(self, *options, port=None, timeout='1h'):
        """An open circuit, with a server behind it that is well again."""
        port = port or self.port
        rules = rule(port, f'fallback={self.spare}', *options, timeout=timeout)
        self.assertEqual(self.connect(port, 2, rules=rules), ['ECONNREFUSED'] * 2)
        port.start()
        return rules

    def run_calls(self, *operations, rules, **how):
        return self.calls(*(operation.format(self.port) for operation in operations), rules=rules, **how)

    def test_a_blocking_connect_goes_there_and_the_peer_is_told_as_it_is(self):
        rules = self.open('pace=1h')
        self.spare.start()
        lines = self.run_calls('socket=4', 'connect={}', 'peer', 'connect={}', 'connect={}', 'close', rules=rules)
        self.assertEqual(lines[1:], ['connect 0', self.peer(), 'connect -1 EISCONN', 'connect -1 EISCONN', 'close 0'])
        breaker = self.assert_totals(self.port, calls=2, failures=2, successes=0, refused=0, fallback=1)
        self.assertEqual((breaker['state'], breaker['in_flight'], self.port.server.accepted), ('open', 0, 0))

    def test_a_non_blocking_connect_goes_there(self):
        rules = self.open()
        self.spare.start()
        lines = self.run_calls('socket=4,nonblock', 'connect={}', 'pollout=5000', 'soerror', 'peer', 'send', 'close', rules=rules)
        self.assertEqual(lines[1:], ['connect -1 EINPROGRESS', 'poll 1 OUT', 'soerror 0 errno=0', self.peer(), 'send 23', 'close 0'])
        self.assert_totals(self.port, calls=2, successes=0, refused=0, fallback=1)

    def test_one_that_fails_is_returned_as_it_is_and_does_not_touch_the_breaker(self):
        rules = self.open()
        before = self.breaker(self.port)
        self.assertEqual(self.connect(self.port, 3, rules=rules), ['ECONNREFUSED'] * 3)
        self.assertEqual(self.run_calls('socket=4,nonblock', 'connect={}', 'poll=5000', 'soerror', 'close', rules=rules)[3],
                         'soerror 0 ECONNREFUSED')
        after = self.assert_totals(self.port, calls=2, failures=2, ignored=0, late=0, refused=0, fallback=4)
        self.assertEqual([after[key] for key in ('state', 'generation', 'counts', 'last_error')],
                         [before[key] for key in ('state', 'generation', 'counts', 'last_error')])
        self.assertIsNone(self.breaker(self.spare))

    def test_a_second_connect_is_about_the_first_until_that_is_over(self):
        """As bare, by each way to learn of it; then the socket is as new, and goes there again."""
        way = ('socket=4,nonblock', 'connect={0}', 'poll=5000', 'soerror', 'connect={0}', 'connect={0}', 'await=close', 'connect={0}', 'close')
        rules = self.open()
        expected = self.calls(*(operation.format(self.spare) for operation in way), preload=False)
        self.assertEqual(self.run_calls(*way, rules=rules), expected)
        self.assert_totals(self.port, fallback=2, refused=0)

    def test_a_pending_one_stays_pending(self):
        rules = self.open()
        self.spare.swallow()
        lines = self.run_calls('socket=4,nonblock', 'connect={}', 'connect={}', 'poll=0', 'connect={}', 'close', rules=rules)
        self.assertEqual(lines[1:], ['connect -1 EINPROGRESS', 'connect -1 EALREADY', 'poll 0 ', 'connect -1 EALREADY', 'close 0'])
        self.assert_totals(self.port, calls=2, ignored=0, refused=0, fallback=1)

    def test_connect_timeout_holds_on_the_way_there(self):
        rules = self.open('connect-timeout=200ms')
        self.spare.swallow()
        lines = self.run_calls('socket=4', 'connect={}', 'get-sndtimeo', 'close', rules=rules)
        self.assertEqual(lines[1:], ['connect -1 ETIMEDOUT', 'get-sndtimeo 0 0.000000 s', 'close 0'])
        self.assert_totals(self.port, calls=2, failures=2, fallback=1)

    def test_a_dissolved_socket_goes_there_again(self):
        rules = self.open()
        self.spare.start()
        lines = self.run_calls('socket=4', 'connect={}', 'connect-unspec', 'connect={}', 'peer', rules=rules)
        self.assertEqual(lines[1:], ['connect 0', 'connect-unspec 0', 'connect 0', self.peer()])
        self.assert_totals(self.port, fallback=2)

    def test_probes_go_to_the_destination_itself(self):
        rules = self.open('successes=1', timeout='300ms')
        self.spare.start()
        wait_until(lambda: self.breaker(self.port)['state'] == 'half-open', what='half-open')
        lines = self.run_calls('socket=4', 'connect={}', 'peer', rules=rules)
        self.assertEqual(lines[1:], ['connect 0', self.peer(self.port)])
        self.assert_state(self.port, 'closed')
        self.assertEqual(self.run_calls('socket=4', 'connect={}', 'peer', rules=rules)[2], self.peer(self.port))

    def test_without_a_port_it_is_that_of_the_destination(self):
        self.port, self.spare = same_number(self, '127.0.0.1', '127.0.0.2')
        rules = rule(self.port, 'fallback=127.0.0.2')
        self.connect(self.port, 2, rules=rules)
        self.spare.start()
        self.assertEqual(self.run_calls('socket=4', 'connect={}', 'peer', rules=rules)[2], self.peer())

    def test_an_ipv4_address_is_mapped_for_an_ipv6_socket(self):
        six = Port(self, '::1')
        rules = self.open(port=six)
        self.spare.start()
        lines = self.calls('socket=6', f'connect={six}', 'peer', rules=rules)
        self.assertEqual(lines[1:], ['connect 0', f'peer 0 ::ffff:127.0.0.1 {self.spare.number}'])
        self.assertEqual(self.calls('socket=6', 'v6only', f'connect={six}', rules=rules)[2], f'connect -1 {REFUSED}')
        self.assert_totals(six, fallback=1, refused=1)

    def test_where_the_family_does_not_fit_it_is_refused_as_usual(self):
        self.spare = Port(self, '::1').start()
        rules = self.open()
        self.assertEqual(self.connect(self.port, 2, rules=rules), [REFUSED] * 2)
        self.assert_totals(self.port, fallback=0, refused=2)

    def test_only_a_circuit_has_a_fallback(self):
        """To observe is to change nothing, and what is denied by a rule is refused."""
        self.spare.start()
        rules = rule(self.port, f'fallback={self.spare}')
        self.assertEqual(self.connect(self.port, 4, rules=rules, env={'CUTOUT_MODE': 'observe'}), ['ECONNREFUSED'] * 4)
        self.assert_totals(self.port, fallback=0, would_refuse=2)
        self.panel = self.new_panel()
        denied = self.connect(self.port, 1, rules=f'{self.port} deny fail-with={REFUSED}', env={'CUTOUT_DEFAULTS': f'fallback={self.spare}'})
        self.assertEqual(denied, [REFUSED])
        self.assert_totals(self.port, fallback=0, refused=1)
        self.assertEqual(self.spare.server.accepted, 0)


if __name__ == '__main__':
    main()
