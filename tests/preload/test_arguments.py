#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Calls that are not understood go to the kernel as they are; errno is what libc left, on success too.

A transcript shows errno wherever a call changed it, so that equal transcripts are the proof of row 12 and rule 1.
"""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from compared import BEGUN, OVER, ComparedCase
from harness import REFUSED, main, rule
from servers import greet

TALK = ['send', 'recv=peek', 'recv', 'sendto', 'sendmsg', 'sendmmsg', 'write', 'writev', 'pwritev2', 'sendfile', 'splice-out',
        'poll=0', 'ppoll=0', 'select=0', 'pselect=0', 'epoll-add', 'epoll_wait=0', 'epoll_pwait=0', 'epoll_pwait2=0',
        'getpeername', 'getsockname', 'soerror', 'flags', 'dup=1', 'dup-fcntl=2', 'shutdown=wr', 'close']


class Arguments(ComparedCase):
    def test_errno_is_what_libc_left_on_every_call_of_a_connection(self):
        """Row 12 and rule 1."""
        self.port.start()
        for kind in ('4', '4,nonblock'):
            with self.subTest(kind):
                self.both(f'socket={kind}', 'connect={}', 'await=established', *[call for call in TALK if 'recv' not in call])
        self.port.stop().start(greet)
        self.both('socket=4', 'connect={}', 'await=close-wait', 'chunk=1', 'recv=peek', 'recv', 'recvfrom', 'recvmsg',
                  'recvmmsg', 'read', 'readv', 'close')

    def test_a_second_connect_is_the_same_call(self):
        """Row 18 and rule 7: EALREADY, 0 and EISCONN are the kernel's to say."""
        self.port.start()
        seen = self.both(*BEGUN, 'await=established', 'connect={}', 'connect={}', 'connect={}', 'close')
        self.assertEqual(seen[3:6], ['connect 0', 'connect -1 EISCONN', 'connect -1 EISCONN'])
        self.assert_totals(self.port, calls=1, successes=1, failures=0)
        self.port.stop().swallow()
        seen = self.both(*BEGUN, 'connect={}', 'connect={}', 'close')
        self.assertEqual(seen[2:4], ['connect -1 EALREADY'] * 2)
        self.assert_totals(self.port, calls=1, successes=0, failures=0, ignored=1)

    def test_a_connect_after_one_that_failed_is_another_call(self):
        self.both(*OVER, 'connect={}', 'connect={}', 'await=close', 'connect={}', 'close')
        self.assert_totals(self.port, calls=2, failures=2, last_error='ECONNREFUSED')

    def test_connecting_to_nobody_dissolves(self):
        """Row 18 and rule 7: AF_UNSPEC, and then anew."""
        self.port.start()
        self.both('socket=4', 'connect={}', 'connect-unspec', 'getpeername', 'connect={}', 'getpeername', 'close')
        self.assert_totals(self.port, calls=2, successes=2)
        self.port.stop().swallow()
        self.both(*BEGUN, 'connect-unspec', 'getpeername', 'soerror', 'poll=0', 'close')
        breaker = self.assert_totals(self.port, calls=1, successes=0, failures=0)
        self.assertEqual(breaker['in_flight'], 0)

    def test_a_connect_after_an_error_that_was_read_and_a_dissolution_is_counted_and_protected(self):
        """Without the dissolution the kernel owes the socket ECONNABORTED, which is no call."""
        again = ['connect-unspec', 'connect={}', 'await=close', 'soerror']
        self.both(*OVER, 'soerror', *again, *again, 'close')
        self.assert_totals(self.port, calls=3, failures=3, last_error='ECONNREFUSED')
        self.panel = self.new_panel()
        operations = [operation.format(self.port) for operation in [*OVER, 'soerror', *again, 'connect-unspec', 'connect={}']]
        seen = self.calls(*operations, rules=rule(self.port))
        self.assertEqual(seen[-1], f'connect -1 {REFUSED}')
        self.assert_totals(self.port, calls=2, failures=2, refused=1)

    def test_a_shutdown_that_means_nothing_ends_no_call(self):
        self.port.swallow()
        operations = [operation.format(self.port) for operation in BEGUN]
        for how in ('7', '-1'):
            with self.subTest(how):
                self.panel = self.new_panel()
                talk = self.conversation(*operations, f'shutdown={how}', 'stop', 'close', rules=rule(self.port))
                self.assertEqual(talk.until_stop()[-1], 'shutdown -1 EINVAL')
                self.assertEqual(self.assert_totals(self.port, calls=1, ignored=0)['in_flight'], 1)
                talk.go_on()
                self.assertEqual(self.assert_totals(self.port, calls=1, ignored=1)['in_flight'], 0)

    def test_select_takes_any_count_while_a_call_is_pending(self):
        """Were all the descriptors of such a count looked at, that many calls would not be done in time."""
        self.port.swallow()
        self.both(*BEGUN, 'use=1', 'socket=udp', 'repeat=100', 'select-count=most', 'select-count=1024', 'select-count=0',
                  'select-count=-1', 'use=0', 'close')
        self.assert_totals(self.port, calls=1, ignored=1)
        self.port.stop()
        seen = self.both(*OVER, 'select-count=most', 'soerror', 'close')
        self.assertEqual(seen[3], 'select-count 2 IN OUT ')
        self.assert_totals(self.port, calls=1, failures=1)

    def test_short_and_missing_addresses_go_to_the_kernel(self):
        """Row 18 and rule 7."""
        seen = self.both('socket=4', 'connect-short={}', 'connect-null', 'connect-unspec', 'close', 'connect={}')
        self.assertEqual(seen[1:3], ['connect-short -1 EINVAL', 'connect-null -1 EFAULT'])
        self.assertEqual(self.status(), [])

    def test_a_missing_message_goes_to_the_kernel(self):
        """Where a message may have an address: with the flag that connects, or with rules for datagrams."""
        for kind in ('4', '4udp', 'unix'):
            seen = self.both(f'socket={kind}', 'sendmsg-null', 'sendmmsg-null', 'sendmsg-null=fastopen', 'sendmmsg-null=fastopen', 'close',
                             rules='; '.join(rule(pattern) for pattern in ('*', 'udp://*', 'unix:*')))
            self.assertEqual([line for line in seen if 'null' in line and 'EFAULT' not in line], [])

    def test_short_and_missing_addresses_pass_an_open_circuit_too(self):
        rules = rule(self.port)
        self.connect(self.port, 2, rules=rules)
        seen = self.calls('socket=4', f'connect-short={self.port}', 'connect-null', f'connect={self.port}', rules=rules)
        self.assertEqual(seen[1:], ['connect-short -1 EINVAL', 'connect-null -1 EFAULT', f'connect -1 {REFUSED}'])

    def test_descriptors_that_are_no_sockets_say_so(self):
        self.both('connect={}', 'soerror', 'getpeername', 'send', 'recv', 'read', 'write', 'poll=0', 'close', 'shutdown=wr',
                  'open={file}', 'connect={}', 'soerror', 'getpeername', 'send', 'write', 'close')
        for breaker in self.status():
            self.assertEqual(breaker['totals']['failures'], 0)

    def test_other_families_and_protocols_are_not_looked_at(self):
        """Rule 7 and row 15."""
        self.both('socket=unix', 'connect-unix=/nonexistent', 'soerror', 'poll=0', 'close', 'socket=netlink', 'flags', 'close',
                  'socket=udp', 'connect={}', 'send', 'poll=1000', 'recv', 'getpeername', 'close', rules=rule('*'))
        self.assertEqual(self.status(), [])

    def test_a_raw_socket_of_the_protocol_is_not_looked_at(self):
        try:
            socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP).close()
        except PermissionError:
            self.skipTest('no raw sockets for this user')
        for kind in ('socket=4,raw', 'raw-socket=4,raw'):
            with self.subTest(kind):
                seen = self.both(kind, 'connect={}', 'connect={}', 'getpeername', 'close', rules=rule('*'))
                self.assertEqual(seen[1:3], ['connect 0'] * 2)
                self.assertEqual(self.status(), [])

    def test_what_says_nothing_about_the_destination_is_ignored(self):
        """A socket of one family, an address of the other."""
        seen = self.both('socket=4', 'connect=[::1]:9', 'close', rules=rule('*'))
        self.assertIn('EAFNOSUPPORT', seen[1])
        for breaker in self.status():
            self.assertEqual(breaker['totals']['failures'], 0)

    def test_a_peek_does_not_take_the_byte(self):
        """Row 22."""
        self.port.start(greet)
        seen = self.both(*BEGUN, 'await=close-wait', 'recv=peek', 'recv=peek', 'recv', 'recv', 'close')
        self.assertEqual(seen[3:7], ['recv 6 hello', 'recv 6 hello', 'recv 6 hello', 'recv 0 '])


if __name__ == '__main__':
    main()
