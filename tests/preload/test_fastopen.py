#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""TCP Fast Open, in a network of its own.

After TCP_FASTOPEN_CONNECT a connect that succeeded is no handshake (rule 7); with MSG_FASTOPEN a send is a connect.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from compared import ComparedCase
from harness import REFUSED, main, rule
from servers import Port, answer, silent

# A client that sends data in its SYN without having a cookie.
CLIENT_WITHOUT_COOKIE = 0x5
CLIENT = 0x1


class FastOpen(ComparedCase):
    def setUp(self):
        namespaces.enter_network()
        super().setUp()
        self.set_mode(CLIENT_WITHOUT_COOKIE)

    def set_mode(self, mode):
        try:
            with open('/proc/sys/net/ipv4/tcp_fastopen', 'w', encoding='ascii') as file:
                file.write(str(mode))
        except OSError as error:
            self.skipTest(f'TCP Fast Open cannot be set up here: {error}')

    def test_a_connect_that_sent_nothing_is_no_success(self):
        seen = self.both('socket=4', 'fastopen-connect', 'connect={}', 'close')
        self.assertEqual(seen[2], 'connect 0')
        breaker = self.assert_totals(self.port, successes=0, failures=0)
        self.assertEqual(breaker['in_flight'], 0)

    def test_what_a_forked_child_sends_nothing_on_is_no_success_either(self):
        """An option for a connect that the child makes itself, on a socket that its parent made."""
        for fork in ('in-fork', 'in-_Fork', 'in-clone'):
            with self.subTest(fork):
                seen = self.both('socket=4', fork, 'all=fastopen-connect connect={} close', 'close')
                self.assertEqual(seen[1:3], ['fastopen-connect 0', 'connect 0'])
                self.assert_totals(self.port, calls=1, successes=0, failures=0, ignored=1)

    def test_a_first_send_of_a_forked_child_is_what_tells(self):
        self.both('socket=4', 'in-fork', 'all=fastopen-connect connect={} send recv close', rules=rule('*', failures=100))
        self.assert_totals(self.port, calls=1, successes=0, failures=1)
        self.port.start(silent)
        self.both('socket=4', 'in-fork', 'all=fastopen-connect connect={} send await=established close')
        self.assert_totals(self.port, calls=1, successes=1, failures=0)

    def test_a_first_send_that_is_refused_is_a_failure(self):
        self.both('socket=4', 'fastopen-connect', 'connect={}', 'send', 'recv', 'soerror', 'close')
        self.assert_totals(self.port, successes=0, failures=1)

    def test_a_first_send_that_gets_through_is_a_success(self):
        self.port.start(silent)
        self.both('socket=4', 'fastopen-connect', 'connect={}', 'send', 'await=established', 'close')
        self.assert_totals(self.port, successes=1, failures=0)

    # MSG_FASTOPEN

    SENDS = ('fastopen-sendto={}', 'fastopen-sendmsg={}', 'fastopen-sendmmsg={}')

    def test_a_send_that_connects_and_is_refused_is_a_failure(self):
        """Whether the send itself says so, or what the program does next."""
        for send in self.SENDS:
            for mode in (CLIENT_WITHOUT_COOKIE, CLIENT):
                for kind in ('4', '4nonblock'):
                    # After one that blocked a second connect is a second call: there is nothing left to say of the first.
                    again = ('connect={}', 'close') if kind == '4nonblock' else ('close',)
                    for way in (('recv', 'close'), ('soerror', 'close'), again):
                        with self.subTest(send=send, mode=mode, kind=kind, way=way):
                            self.set_mode(mode)
                            self.both(f'socket={kind}', send, 'await=close', *way)
                            self.assert_totals(self.port, calls=1, successes=0, failures=1)

    def test_one_that_gets_through_is_a_success_and_no_second_call(self):
        self.port.start(answer)
        for send in self.SENDS:
            for mode in (CLIENT_WITHOUT_COOKIE, CLIENT):
                for kind in ('4', '4nonblock'):
                    with self.subTest(send=send, mode=mode, kind=kind):
                        self.set_mode(mode)
                        self.both(f'socket={kind}', send, 'await=established', 'pollout', 'getpeername', 'connect={}', 'close')
                        self.assert_totals(self.port, calls=1, successes=1, failures=0)

    def test_one_that_shall_not_wait_is_not_cut_short(self):
        """With connect-timeout: that it returns at once is no impatience, whatever the socket does."""
        self.port.start(answer)
        for send in self.SENDS:
            with self.subTest(send):
                self.set_mode(CLIENT)
                send = send.replace('=', '-now=')
                seen = self.both('socket=4', send, 'await=established', 'pollout', 'getpeername', 'close',
                                 rules=rule(self.port, 'connect-timeout=1h', failures=100))
                self.assertIn('EINPROGRESS', seen[1])
                self.assert_totals(self.port, calls=1, successes=1, failures=0)

    def test_a_blocking_one_is_over_when_it_returns(self):
        self.set_mode(CLIENT)
        self.port.start(silent)
        self.both('socket=4', 'fastopen-sendto={}')
        self.assert_totals(self.port, calls=1, successes=1)

    def test_what_it_sent_awaits_an_answer(self):
        """Closed without one and before its time: ignored. A connection on which nothing was sent is a success."""
        self.set_mode(CLIENT)
        self.port.start(silent)
        self.both('socket=4', 'fastopen-sendto={}', 'close', rules=rule(self.port, 'on=response'))
        self.assert_totals(self.port, calls=1, successes=0, failures=0, ignored=1)

    def test_while_the_circuit_is_open_it_is_refused_and_nothing_is_sent(self):
        for send in self.SENDS:
            with self.subTest(send):
                self.panel = self.new_panel()
                self.connect(self.port, 2, rules=rule(self.port))
                seen = self.calls('socket=4', send.replace('{}', self.port.text), rules=rule(self.port))
                self.assertEqual((seen[-1].split()[1], seen[-1].split()[-1]), ('-1', REFUSED))

    def test_it_trips_as_connects_do(self):
        self.set_mode(CLIENT)
        seen = self.calls(*['use=0', 'socket=4', f'fastopen-sendto={self.port.text}', 'close'] * 3, rules=rule(self.port))
        self.assertEqual([line for line in seen if line.startswith('sendto')], ['sendto -1 ECONNREFUSED'] * 2 + [f'sendto -1 {REFUSED}'])

    def test_it_goes_to_the_fallback(self):
        self.set_mode(CLIENT)
        other = Port(self)
        other.start(answer)
        for send in self.SENDS:
            with self.subTest(send):
                self.panel = self.new_panel()
                rules = rule(self.port, f'fallback={other.text}')
                self.connect(self.port, 2, rules=rules)
                seen = self.calls('socket=4', send.replace('{}', self.port.text), 'peer', rules=rules)
                self.assertEqual(seen[-1], f'peer 0 127.0.0.1 {other.number}')

    def test_connect_timeout_cuts_it_short(self):
        self.set_mode(CLIENT)
        swallowing = namespaces.swallowing_address()
        seen = self.calls('socket=4', f'fastopen-sendto={swallowing}:80', 'close', rules=rule('*', 'connect-timeout=300ms'))
        self.assertEqual(seen[1], 'sendto -1 ETIMEDOUT')
        self.assert_totals(f'{swallowing}:80', calls=1, failures=1)

    def test_without_fast_open_the_kernels_word_is_no_failure(self):
        self.set_mode(0)
        seen = self.both('socket=4', 'fastopen-sendto={}', 'close')
        self.assertEqual(seen[1], 'sendto -1 ENOTSUP')  # Python's name of it
        self.assert_totals(self.port, calls=1, failures=0, ignored=1)


if __name__ == '__main__':
    main()
