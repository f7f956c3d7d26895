#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a network says about a destination that is not on this machine. In a network of the test's own."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from harness import REFUSED, Case, main, need, rule


class Routes(Case):
    def setUp(self):
        namespaces.enter_network()
        super().setUp()

    def connects(self, address, times):
        lines = self.calls(*['use=0', 'socket=4', 'syncnt=1', f'connect={address}', 'close'] * times, rules=rule('*'))
        return [line.split()[-1] for line in lines if line.startswith('connect')]

    def routed(self, kind):
        """A connect that such a route turns away."""
        address = '10.214.0.1:80'
        if not namespaces.shell(f'ip route replace {kind} 10.214.0.0/24'):
            self.skipTest(f'no {kind} routes here')
        return address, self.connects(address, 3)

    def test_an_unreachable_host_is_a_failure(self):
        address, seen = self.routed('unreachable')
        self.assertEqual(seen, ['EHOSTUNREACH'] * 2 + [REFUSED])
        self.assert_totals(address, failures=2, last_error='EHOSTUNREACH')

    def test_a_connect_that_this_machine_forbids_is_ignored(self):
        for kind, error in (('prohibit', 'EACCES'), ('blackhole', 'EINVAL')):
            with self.subTest(kind):
                self.panel = self.new_panel()
                address, seen = self.routed(kind)
                self.assertEqual(seen, [error] * 3)
                self.assert_totals(address, failures=0, ignored=3)

    def test_no_route_at_all_is_ignored(self):
        self.assertEqual(self.connects('10.215.0.1:80', 3), ['ENETUNREACH'] * 3)
        self.assert_totals('10.215.0.1:80', failures=0, ignored=3)

    def test_a_host_that_swallows_everything_is_a_failure(self):
        address = f'{namespaces.swallowing_address()}:80'
        self.assertEqual(self.connects(address, 1), ['ETIMEDOUT'])
        self.assert_totals(address, failures=1, last_error='ETIMEDOUT')

    def test_curl_that_gives_up_on_such_a_host_counts_a_failure(self):
        need('curl')
        address = f'{namespaces.swallowing_address()}:80'
        result = self.execute(['curl', '-q', '-s', '--connect-timeout', '2', f'http://{address}/'], rules=rule('*'))
        self.assertEqual(result.status, 28)
        self.assert_totals(address, failures=1, ignored=0, last_error='ETIMEDOUT')


if __name__ == '__main__':
    main()
