#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Row 20: a name of several addresses, of which the server listens on one, is not tripped by the others."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from harness import Case, main, wait_until
from servers import same_number

CLIENT = '''
import socket, sys
lost = 0
for _ in range(200):
    for host in ('::1', '127.0.0.1'):
        try:
            socket.create_connection((host, int(sys.argv[1])), 20).close()
            break
        except OSError:
            pass
    else:
        lost += 1
print(lost)
'''

RULES = '* failure-rate=50% min-calls=4'


class Localhost(Case):
    def ports(self):
        try:
            return same_number(self, '127.0.0.1', '::1')
        except OSError:
            self.skipTest('no IPv6 on loopback')

    def test_none_of_200_connects_to_localhost_is_lost(self):
        v4, v6 = self.ports()
        v4.start()
        result = self.execute([sys.executable, '-c', CLIENT, str(v4.number)], rules=RULES)
        self.assertEqual(result, (0, '0\n', ''))
        wait_until(lambda: v4.server.accepted == 200, what='200 connections')
        self.assert_totals(v4, successes=200, failures=0, refused=0)
        breaker = self.assert_totals(v6, successes=0)
        self.assertGreater(breaker['totals']['refused'], 100)

    def test_none_of_200_connects_is_lost_by_a_client_that_looks_the_name_up(self):
        v4, _ = self.ports()
        v4.start()
        client = CLIENT.replace("('::1', '127.0.0.1')", "('localhost',)")
        result = self.execute([sys.executable, '-c', client, str(v4.number)], rules=RULES)
        self.assertEqual(result, (0, '0\n', ''))
        wait_until(lambda: v4.server.accepted == 200, what='200 connections')

    def test_a_host_without_a_route_is_ignored(self):
        """ENETUNREACH says nothing about the destination."""
        under = namespaces.own_network()
        lines = self.calls(*['socket=4', 'connect=10.1.2.3:80', 'close'] * 12, under=under, rules='* failures=2')
        self.assertEqual([line for line in lines if 'connect' in line], ['connect -1 ENETUNREACH'] * 12)
        self.assert_totals('10.1.2.3:80', ignored=12, failures=0, refused=0)


if __name__ == '__main__':
    main()
