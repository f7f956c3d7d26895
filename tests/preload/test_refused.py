#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Refused connects: answered at once, without a system call, and the socket is as fresh afterwards."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, rule, wait_until
from servers import Port

# What may be done to a socket that is not connected, and what comes of it.
FRESH = ['flags', 'getpeername', 'getsockname', 'soerror', 'poll=0', 'select=0', 'epoll-add', 'epoll_wait=0', 'send', 'recv',
         'shutdown=wr', 'poll=0', 'soerror']


class Refused(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def trip(self, options=()):
        rules = rule(self.port, *options)
        self.assertEqual(self.connect(self.port, 2, rules=rules), ['ECONNREFUSED'] * 2)
        self.assert_state(self.port, 'open')
        return rules

    def test_a_refused_non_blocking_connect_returns_at_once_and_leaves_a_fresh_socket(self):
        rules = self.trip()
        self.port.start()
        for kind in ('4', '4,nonblock', '4,nonblock,cloexec'):
            with self.subTest(kind):
                bare = self.calls(f'socket={kind}', *FRESH, preload=False)
                seen = self.calls(f'socket={kind}', f'connect={self.port}', *FRESH, rules=rules)
                self.assertEqual(seen.pop(1), f'connect -1 {REFUSED}')
                self.assertEqual(seen, bare)

    def test_a_refused_socket_may_be_refused_again(self):
        rules = self.trip()
        seen = self.calls('socket=4,nonblock', *[f'connect={self.port}'] * 5, rules=rules)
        self.assertEqual(seen[1:], [f'connect -1 {REFUSED}'] * 5)
        self.assert_totals(self.port, refused=5)

    def test_a_refused_socket_connects_once_the_circuit_is_closed(self):
        rules = rule(self.port, 'successes=1', timeout='1s')
        talk = self.conversation('socket=4', f'connect={self.port}', 'close', 'socket=4', f'connect={self.port}', 'close',
                                 'socket=4,nonblock', f'connect={self.port}', 'stop', f'connect={self.port}',
                                 'pollout=5000', 'soerror', 'getpeername', 'send', 'close', rules=rules)
        self.assertEqual(talk.until_stop()[-1], f'connect -1 {REFUSED}')
        self.port.start()
        wait_until(lambda: self.breaker(self.port)['state'] == 'half-open', what='half-open')
        self.assertEqual(talk.go_on(), ['connect -1 EINPROGRESS', 'poll 1 OUT', 'soerror 0 errno=0', 'getpeername 0 family 2',
                                        'send 23', 'close 0'])
        self.assert_state(self.port, 'closed')
        wait_until(lambda: self.port.server.accepted == 1, what='the one connection')

    def test_the_default_errno_is_ECONNREFUSED(self):
        rules = f'{self.port} failures=2 timeout=1h'
        self.connect(self.port, 2, rules=rules)
        self.port.start()
        self.assertEqual(self.connect(self.port, 3, rules=rules), ['ECONNREFUSED'] * 3)
        self.assertEqual(self.port.server.accepted, 0)
        self.assert_totals(self.port, refused=3)

    def test_a_refusal_makes_no_system_call(self):
        """Rule 6."""
        rules = self.trip()
        for kind in ('4', '4,nonblock'):
            with self.subTest(kind):
                seen = self.traced(f'socket={kind}', 'marker=begin', *[f'connect={self.port}'] * 3, 'marker=end', rules=rules)
                self.assertEqual(seen, [])
        self.assert_totals(self.port, refused=6)

    def test_the_trace_would_show_a_connect(self):
        """The proof of the above is one only if it can fail."""
        seen = self.traced('socket=4', 'marker=begin', f'connect={self.port}', 'marker=end', preload=False)
        self.assertEqual(seen, ['connect'])

    def test_a_connect_makes_no_system_call_but_getsockopt_and_getpid(self):
        """Rule 9: nothing is mapped, opened or waited for once the program has had a socket."""
        operations = ['socket=4', 'close', 'marker=begin', 'socket=4', f'connect={self.port}', 'close', 'socket=4,nonblock', f'connect={self.port}',
                      'poll=1000', 'soerror', 'close', 'socket=4', f'connect={self.port}', 'close', 'marker=end']
        bare = self.traced(*operations, preload=False)
        seen = self.traced(*operations, rules=rule(self.port))
        allowed = {'getsockopt', 'getpid'}
        self.assertEqual([call for call in seen if call not in allowed],
                         [call for call in bare[:-3] if call not in allowed] + ['socket', 'close'])

    def test_reads_and_writes_of_other_descriptors_make_no_further_system_call(self):
        """Rule 11."""
        file = self.path('file')
        operations = [f'open={file}', 'marker=begin', 'write', 'read', 'writev', 'readv', '__write', '__read', 'close',
                      'marker=end']
        self.assertEqual(self.traced(*operations, rules=rule(self.port)), self.traced(*operations, preload=False))

    def test_a_refused_program_has_no_further_descriptor_open(self):
        """Row 4: we keep mappings and no descriptor."""
        rules = self.trip()
        for preload in (False, True):
            result = self.execute(['ls', '/proc/self/fd'], rules=rules, preload=preload)
            self.assertEqual(result.out.split(), ['0', '1', '2', '3'])


if __name__ == '__main__':
    main()
