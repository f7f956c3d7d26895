#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Admitted non-blocking connects that fail show the program exactly what it would have seen bare.

A way of looking at the socket is a list of operations of calls.c. Each is run bare and under the object; the
transcripts (what was returned, errno, the events) must be equal, and the panel must have counted what happened.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, rule, wait_until
from servers import Port, greet, reset

# What a program may do once its connect is over, and whether it has read the errno then.
WAYS = {
    'poll then SO_ERROR': ['poll=9000', 'soerror', 'soerror', 'poll=0'],
    'poll, SO_ERROR, getpeername, send': ['poll=9000', 'soerror', 'getpeername', 'send'],
    'second connect': ['connect={}', 'soerror'],
    'poll then second connect': ['poll=9000', 'connect={}', 'poll=0', 'soerror'],
    'straight send': ['send', 'send', 'soerror'],
    'straight sendto': ['sendto', 'soerror'],
    'straight sendmsg': ['sendmsg', 'soerror'],
    'straight sendmmsg': ['sendmmsg', 'soerror'],
    'straight write': ['write', 'soerror'],
    'straight writev': ['writev', 'soerror'],
    'straight pwritev2': ['pwritev2', 'soerror'],
    'straight sendfile': ['sendfile', 'soerror'],
    'straight splice out': ['splice-out', 'soerror'],
    'straight recv': ['recv', 'recv', 'soerror'],
    'straight recvfrom': ['recvfrom', 'soerror'],
    'straight recvmsg': ['recvmsg', 'soerror'],
    'straight recvmmsg': ['recvmmsg', 'soerror'],
    'straight read': ['read', 'soerror'],
    'straight readv': ['readv', 'soerror'],
    'straight preadv2': ['preadv2', 'soerror'],
    'straight splice in': ['splice-in', 'soerror'],
    'public aliases': ['__poll=9000', '__select=0', '__send', '__read', '__write'],
}

# Ways that wait; none of them reads the errno.
WAITS = {
    'poll': ['poll=9000'],
    'ppoll': ['ppoll=9000'],
    'select': ['select=9000'],
    'pselect': ['pselect=9000'],
    'epoll, level': ['epoll-add', 'epoll_wait=9000', 'epoll_wait=0'],
    'epoll, edge': ['epoll-add=edge', 'epoll_wait=9000', 'epoll_wait=0'],
    'epoll_pwait': ['epoll-add', 'epoll_pwait=9000'],
    'epoll_pwait2': ['epoll-add=edge', 'epoll_pwait2=9000'],
}


class Nonblock(Case):
    def both(self, port, before, way, program='calls'):
        """The transcript that the bare and the preloaded program share, and what the latter's panel has."""
        operations = [operation.format(port) for operation in [*before, *way, 'flags', 'close']]
        bare = self.calls(*operations, preload=False, program=program)
        self.panel = self.new_panel()
        seen = self.calls(*operations, program=program, rules=rule(port, failures=100))
        self.assertEqual(seen, bare)
        return seen, self.breaker(port)

    def each(self, port, before, ways, **totals):
        for name, way in ways.items():
            for program in ('calls', 'calls_fortified'):
                with self.subTest(name, program=program):
                    _, breaker = self.both(port, before, way, program)
                    self.assertIsNotNone(breaker)
                    expected = {'calls': 1, 'successes': 0, 'failures': 0, 'ignored': 0, 'refused': 0} | totals
                    error = expected.pop('last_error', None)
                    self.assertEqual({key: breaker['totals'][key] for key in expected}, expected, breaker)
                    self.assertEqual((breaker['in_flight'], breaker['last_error']), (0, error), breaker)

    BEGUN = ['socket=4,nonblock', 'connect={}']
    OVER = BEGUN + ['await=close']

    def test_a_refusal_is_seen_as_bare_and_counted_whatever_is_called_first(self):
        """Row 1: reading SO_ERROR for ourselves would show ECONNABORTED."""
        self.each(Port(self), self.OVER, WAYS, failures=1, last_error='ECONNREFUSED')

    def test_a_refusal_that_the_program_waits_for_but_never_reads_is_a_failure(self):
        self.each(Port(self), self.BEGUN, WAITS, failures=1, last_error='unknown')

    def test_a_refused_socket_closed_without_a_look_is_a_failure(self):
        self.each(Port(self), self.OVER, {'nothing': []}, failures=1, last_error='unknown')

    def test_a_refused_socket_shut_down_before_a_look_is_one_failure(self):
        for way in (['shutdown=wr', 'soerror'], ['shutdown=rdwr', 'poll=0', 'send', 'recv']):
            with self.subTest(way):
                self.both(Port(self), self.OVER, way)
                self.assertEqual([breaker['totals']['failures'] for breaker in self.status()], [1])

    def test_a_third_connect_of_an_established_socket_is_no_call_either(self):
        port = Port(self).start()
        self.each(port, self.BEGUN + ['await=established'], {'EISCONN': ['poll=9000', 'connect={}', 'connect={}', 'connect={}']},
                  successes=1)
        self.each(port, ['socket=4', 'connect={}'], {'EISCONN': ['connect={}', 'connect={}']}, successes=1)

    def test_the_second_connect_of_an_established_socket_is_not_refused(self):
        """Its circuit may have opened meanwhile: the connection is there."""
        port = Port(self).start()
        rules = rule(port, failures=1)
        for look in ('pollout=9000', 'await=established'):
            with self.subTest(look):
                self.panel = self.new_panel()
                talk = self.conversation('socket=4,nonblock', f'connect={port}', look, 'stop', f'connect={port}',
                                         f'connect={port}', 'send', rules=rules)
                talk.until_stop()
                wait_until(lambda: port.server.accepted, what='the server to accept, before it goes')
                port.stop()
                self.assertEqual(self.connect(port, 2, rules=rules), ['ECONNREFUSED', REFUSED])
                self.assertEqual(talk.go_on()[:2], ['connect 0', 'connect -1 EISCONN'])
                port.start()

    def test_the_errno_of_a_refusal_is_what_the_kernel_says(self):
        seen, _ = self.both(Port(self), self.OVER, WAYS['poll then SO_ERROR'])
        self.assertEqual(seen[1:-2], ['connect -1 EINPROGRESS', 'await close', 'poll 1 IN OUT ERR HUP',
                                      'soerror 0 ECONNREFUSED', 'soerror 0 errno=0', 'poll 1 IN OUT HUP'])

    def test_a_reset_after_the_handshake_is_seen_as_bare_and_is_a_success(self):
        self.each(Port(self).start(reset), self.OVER, WAYS | WAITS | {'nothing': []}, successes=1)

    def test_a_server_that_says_its_word_and_closes_is_seen_as_bare_and_is_a_success(self):
        before = self.BEGUN + ['await=close-wait']
        self.each(Port(self).start(greet), before, WAYS | WAITS | {'nothing': []}, successes=1)

    def test_an_established_connection_is_seen_as_bare_and_is_a_success(self):
        before = self.BEGUN + ['await=established']
        self.each(Port(self).start(), before, WAYS | WAITS | {'nothing': []}, successes=1)

    def test_a_blocking_connect_fails_and_succeeds_as_bare(self):
        port = Port(self)
        before = ['socket=4', 'connect={}']
        self.each(port, before, {'SO_ERROR': ['soerror', 'poll=0', 'getpeername']}, failures=1, last_error='ECONNREFUSED')
        port.start(greet)
        self.each(port, before, {'recv': ['recv', 'getpeername', 'send']}, successes=1)

    def test_a_socket_made_behind_our_back_is_counted_too(self):
        """A descriptor that we did not see created."""
        self.each(Port(self), ['raw-socket=4,nonblock', 'connect={}', 'await=close'], {'recv': ['recv', 'soerror']},
                  failures=1, last_error='ECONNREFUSED')

    def test_the_socket_made_non_blocking_later_is_counted_too(self):
        self.each(Port(self), ['socket=4', 'nonblock', 'connect={}', 'await=close'], {'recv': ['recv', 'soerror']},
                  failures=1, last_error='ECONNREFUSED')

    def test_the_public_alias_of_connect_is_a_connect(self):
        self.each(Port(self), ['socket=4,nonblock', '__connect={}', 'await=close'],
                  {'aliases': ['__poll=0', '__send', '__close']}, failures=1, last_error='ECONNREFUSED')


if __name__ == '__main__':
    main()
