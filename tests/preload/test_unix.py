#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Unix-domain sockets, by rules that name their paths: stream, seqpacket and datagram, abstract names too."""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, rule, wait_until

# Connects to the paths in turn; "stop" waits for a line, a word in capitals is the type of socket from there on.
CONNECT = '''
import errno, os, socket, sys
kind, timeout = socket.SOCK_STREAM, None
for word in sys.argv[1:]:
    if word == 'stop':
        print('stop', flush=True)
        sys.stdin.readline()
    elif word.isupper():
        kind = getattr(socket, word)
    elif word == 'nonblocking':
        timeout = 0
    else:
        sock = socket.socket(socket.AF_UNIX, kind)
        sock.settimeout(timeout)
        error = sock.connect_ex(word.replace('@', chr(0), 1))
        print(errno.errorcode.get(error, 0), flush=True)
'''


class Unix(Case):
    def setUp(self):
        super().setUp()
        self.where = self.path('db.sock')

    def listener(self, path=None, kind=socket.SOCK_STREAM, backlog=128):
        sock = socket.socket(socket.AF_UNIX, kind)
        self.addCleanup(sock.close)
        sock.bind((path or self.where).replace('@', '\0', 1))
        if kind != socket.SOCK_DGRAM:
            sock.listen(backlog)
        return sock

    def connects(self, *words, rules=None, **how):
        result = self.execute([sys.executable, '-c', CONNECT, *words], rules=rules or rule('unix:' + self.where), **how)
        self.assertEqual((result.status, result.err), (0, ''))
        return result.out.split()

    def named(self, name):
        found = [breaker for breaker in self.status() if breaker['destination'] == name]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else None

    def test_a_path_that_nobody_serves_opens_its_circuit(self):
        self.listener().close()
        self.assertEqual(self.connects(*[self.where] * 4), ['ECONNREFUSED'] * 2 + [REFUSED] * 2)
        breaker = self.named('unix:' + self.where)
        self.assertEqual((breaker['state'], breaker['address'], breaker['protocol'], breaker['last_error']),
                         ('open', '-', 'unix', 'ECONNREFUSED'))
        self.assertEqual((breaker['totals']['failures'], breaker['totals']['refused']), (2, 2))

    def test_a_path_that_is_not_there_does_too_unless_that_is_ignored(self):
        self.assertEqual(self.connects(*[self.where] * 3), ['ENOENT'] * 2 + [REFUSED])
        self.panel = self.new_panel()
        self.assertEqual(self.connects(*[self.where] * 3, rules=rule('unix:' + self.where, 'ignore=ENOENT')), ['ENOENT'] * 3)
        self.assertEqual(self.named('unix:' + self.where)['totals']['ignored'], 3)

    def test_it_closes_when_the_server_is_back(self):
        rules = rule('unix:' + self.where, timeout='100ms')
        self.assertEqual(self.connects(*[self.where] * 2, rules=rules), ['ENOENT'] * 2)
        self.listener()
        wait_until(lambda: self.named('unix:' + self.where)['state'] == 'half-open')
        self.assertEqual(self.connects(*[self.where] * 3, rules=rules), ['0'] * 3)
        self.assertEqual(self.named('unix:' + self.where)['state'], 'closed')
        self.assertEqual(self.named('unix:' + self.where)['totals']['successes'], 3)

    def test_without_a_rule_that_names_it_nothing_is_touched(self):
        for rules in ('* failures=1', 'unix:/other failures=1', f'unix:{self.where} pass\nunix:* failures=1'):
            self.assertEqual(self.connects(*[self.where] * 3, rules=rules), ['ENOENT'] * 3)
        self.assertEqual(self.status(), [])

    def test_a_denied_one_is_refused_always_and_an_observed_one_never(self):
        self.listener()
        self.assertEqual(self.connects(self.where, rules=f'unix:{self.where} deny'), ['ECONNREFUSED'])
        self.panel = self.new_panel()
        observed = rule(f'unix:{self.where}.old', 'mode=observe')
        self.assertEqual(self.connects(*[self.where + '.old'] * 3, rules=observed), ['ENOENT'] * 3)
        self.assertEqual(self.named(f'unix:{self.where}.old')['totals']['would_refuse'], 1)

    def test_each_path_of_a_glob_has_a_breaker_and_with_per_rule_one_is_for_all(self):
        self.listener(self.path('up.sock'))
        paths = [self.path('up.sock')] + [self.where] * 3
        glob = f'unix:{self.directory}/*.sock'
        self.assertEqual(self.connects(*paths, rules=rule(glob)), ['0', 'ENOENT', 'ENOENT', REFUSED])
        self.assertEqual(self.connects(self.path('up.sock'), rules=rule(glob)), ['0'])
        self.panel = self.new_panel()
        self.assertEqual(self.connects(*paths[1:], self.path('up.sock'), rules=rule(glob, 'per=rule')),
                         ['ENOENT', 'ENOENT', REFUSED, REFUSED])
        self.assertEqual(self.named(glob)['state'], 'open')

    def test_seqpacket_and_datagram_sockets(self):
        for kind in ('SOCK_SEQPACKET', 'SOCK_DGRAM'):
            with self.subTest(kind):
                self.panel = self.new_panel()
                path = self.path(kind)
                server = self.listener(path, getattr(socket, kind))
                rules = rule('unix:' + path)
                self.assertEqual(self.connects(kind, path, rules=rules), ['0'])
                server.close()
                self.assertEqual(self.connects(kind, path, path, path, rules=rules), ['ECONNREFUSED'] * 2 + [REFUSED])

    def test_a_datagram_to_a_path_is_a_call(self):
        send = '''
import errno, socket, sys
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for _ in range(3):
    try:
        print(sock.sendto(b'hello', sys.argv[1]))
    except OSError as error:
        print(errno.errorcode[error.errno])
'''
        server = self.listener(kind=socket.SOCK_DGRAM)
        seen = self.execute([sys.executable, '-c', send, self.where], rules=rule('unix:' + self.where))
        self.assertEqual(seen, (0, '5\n5\n5\n', ''))
        self.assertEqual(self.named('unix:' + self.where)['totals']['successes'], 3)
        server.close()
        seen = self.execute([sys.executable, '-c', send, self.where], rules=rule('unix:' + self.where))
        self.assertEqual(seen, (0, f'ECONNREFUSED\nECONNREFUSED\n{REFUSED}\n', ''))

    def test_abstract_names(self):
        name = f'@cutout-test-{os.getpid()}'
        rules = rule(f'unix:{name}*')
        server = self.listener(name)
        self.assertEqual(self.connects(name, rules=rules), ['0'])
        server.close()
        self.assertEqual(self.connects(*[name] * 3, rules=rules), ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertEqual(self.named('unix:' + name)['state'], 'open')

    def fill(self, server, timeout=0):
        """Connections that nobody accepts, until no more fit."""
        del server
        for _ in range(100):
            sock = socket.socket(socket.AF_UNIX)
            self.addCleanup(sock.close)
            sock.settimeout(timeout)
            try:
                sock.connect(self.where)
            except BlockingIOError:
                return
        self.fail('the backlog has no end')

    def test_a_server_that_accepts_nothing_more_is_overloaded(self):
        self.fill(self.listener(backlog=1))
        self.assertEqual(self.connects('nonblocking', *[self.where] * 3), ['EAGAIN'] * 2 + [REFUSED])

    def test_connects_that_wait_for_it_too_long_open_it_for_the_next(self):
        self.fill(self.listener(backlog=1))
        rules = rule('unix:' + self.where, 'overdue=300ms')
        for _ in range(2):
            self.start([sys.executable, '-c', CONNECT, self.where], rules=rules)
        wait_until(lambda: (self.named('unix:' + self.where) or {}).get('in_flight') == 2)
        time.sleep(0.4)
        self.assertEqual(self.connects(self.where, rules=rules), [REFUSED])
        self.assertEqual(self.named('unix:' + self.where)['last_error'], 'ETIMEDOUT')

    def test_connect_timeout_cuts_the_wait_short(self):
        self.fill(self.listener(backlog=1))
        rules = rule('unix:' + self.where, 'connect-timeout=300ms')
        began = time.monotonic()
        self.assertEqual(self.connects(*[self.where] * 3, rules=rules), ['ETIMEDOUT'] * 2 + [REFUSED])
        self.assertGreater(time.monotonic() - began, 0.6)

    def test_a_slow_one_is_slow(self):
        server = self.listener(backlog=1)
        self.fill(server)
        rules = rule('unix:' + self.where, 'slow-call=200ms')
        process = self.start([sys.executable, '-c', CONNECT, self.where], rules=rules)
        wait_until(lambda: (self.named('unix:' + self.where) or {}).get('in_flight') == 1)
        time.sleep(0.3)
        for _ in range(2):
            server.accept()[0].close()
        self.assertEqual(process.communicate(timeout=20)[0], '0\n')
        self.assertEqual(self.named('unix:' + self.where)['totals']['failures'], 1)

    def test_unnamed_and_short_addresses_are_the_kernels_affair(self):
        """connect() by hand, with lengths that Python would not give."""
        by_hand = '''
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
sock = socket.socket(socket.AF_UNIX)
for length in (0, 1, 2, 3, 110, 111):
    address = bytes([1, 0]) + b'/no/such/path'.ljust(120, b'x')
    print(length, libc.connect(sock.fileno(), address, length), ctypes.get_errno())
print(libc.connect(sock.fileno(), None, 0), ctypes.get_errno())
'''
        seen = [self.execute([sys.executable, '-c', by_hand], **how)
                for how in ({'preload': False}, {'rules': rule('unix:*', failures=9)})]
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0].status, 0)

    def test_explain_tells_its_rule_and_breaker(self):
        self.connects(*[self.where] * 3)
        result = self.command('explain', '-p', self.panel, '-r', rule('unix:' + self.where), 'unix:' + self.where)
        self.assertEqual((result.status, result.err), (0, ''))
        self.assertIn(f'  rule     unix:{self.where} (-r, line 1)\n', result.out)
        self.assertIn('  breaker  one for each path (per=address)\n', result.out)
        self.assertRegex(result.out, r'  state    open for .*, last error ENOENT\n')
        result = self.command('explain', '-p', self.panel, '-r', '*', 'unix:' + self.where)
        self.assertEqual(result.status, 1)
        self.assertIn('  rule     none is for it', result.out)


if __name__ == '__main__':
    main()
