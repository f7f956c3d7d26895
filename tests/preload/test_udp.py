#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""UDP by rules that name it: connected sockets, and datagrams that name their destination."""
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
from harness import REFUSED, Case, main, rule

# One socket for each round; WAY says what is done after the connect, and what is printed.
CONNECT = '''
import errno, os, select, socket, sys
host, port, way, times = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])

def name(error):
    return errno.errorcode.get(error, 0)

def receive(sock):
    select.select([sock], [], [], 20)
    if way == 'read':
        return os.read(sock.fileno(), 100)
    if way == 'recvmsg':
        return sock.recvmsg(100)[0]
    if way == 'recvfrom':
        return sock.recvfrom(100)[0]
    return sock.recv(100)

for _ in range(times):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(20)
    error = sock.connect_ex(socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)[0][4])
    if error or way == 'connect':
        print(name(error))
        continue
    try:
        sock.send(b'hello')
        if way == 'soerror':
            select.select([sock], [], [], 20)
            print(name(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)))
        elif way == 'send':
            select.select([sock], [], [], 20)
            sock.send(b'again')
        elif way == 'silence':
            select.select([sock], [], [], 0.3)
            print('silence')
        else:
            print(receive(sock).decode())
    except OSError as error:
        print(name(error.errno))
'''


class Udp(Case):
    def setUp(self):
        super().setUp()
        self.socket = None
        self.number = self.bind(0)
        self.text = f'127.0.0.1:{self.number}'
        self.rules = rule('udp://' + self.text)

    def bind(self, number):
        """A port that is ours; nobody is behind it after close()."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(('127.0.0.1', number))
        return self.socket.getsockname()[1]

    def answer(self):
        def serve():
            while True:
                try:
                    data, client = self.socket.recvfrom(100)
                except OSError:
                    return
                if data == b'stop':
                    return
                self.socket.sendto(b'answer', client)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()

        def stop():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(b'stop', ('127.0.0.1', self.number))
            thread.join(20)
        self.addCleanup(stop)

    def rounds(self, way, times, rules=None, host='127.0.0.1', **how):
        result = self.execute([sys.executable, '-c', CONNECT, host, str(self.number), way, str(times)], rules=rules or self.rules, **how)
        self.assertEqual((result.status, result.err), (0, ''))
        return result.out.split()

    def test_what_nobody_receives_is_a_failure_however_the_program_learns_of_it(self):
        self.socket.close()
        for way in ('recv', 'recvfrom', 'recvmsg', 'read', 'send', 'soerror'):
            with self.subTest(way):
                self.panel = self.new_panel()
                self.assertEqual(self.rounds(way, 4), ['ECONNREFUSED'] * 2 + [REFUSED] * 2)
                breaker = self.assert_totals(self.text, calls=2, failures=2, refused=2, last_error='ECONNREFUSED')
                self.assertEqual((breaker['destination'], breaker['protocol'], breaker['state']), ('udp://' + self.text, 'udp', 'open'))

    def test_what_is_received_is_a_success(self):
        self.answer()
        for way in ('recv', 'recvfrom', 'recvmsg', 'read'):
            with self.subTest(way):
                self.panel = self.new_panel()
                self.assertEqual(self.rounds(way, 3), ['answer'] * 3)
                self.assert_totals(self.text, calls=3, successes=3, failures=0)

    def test_silence_says_nothing(self):
        self.assertEqual(self.rounds('silence', 3), ['silence'] * 3)
        self.assertEqual(self.rounds('connect', 2), ['0'] * 2)
        self.assert_totals(self.text, calls=5, successes=0, failures=0, ignored=5)

    def test_beyond_overdue_an_answer_says_nothing_either(self):
        self.answer()
        late = '''
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.connect(('127.0.0.1', int(sys.argv[1])))
time.sleep(0.3)
sock.send(b'hello')
print(sock.recv(100).decode())
'''
        result = self.execute([sys.executable, '-c', late, str(self.number)], rules=self.rules + ' overdue=100ms')
        self.assertEqual(result, (0, 'answer\n', ''))
        self.assert_totals(self.text, calls=1, successes=0, failures=0, ignored=1)

    def test_a_second_connect_of_a_socket_is_a_second_call(self):
        self.answer()
        twice = '''
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(2):
    sock.connect(('127.0.0.1', int(sys.argv[1])))
sock.send(b'hello')
print(sock.recv(100).decode())
'''
        result = self.execute([sys.executable, '-c', twice, str(self.number)], rules=self.rules)
        self.assertEqual(result, (0, 'answer\n', ''))
        self.assert_totals(self.text, calls=2, successes=1, failures=0, ignored=1)

    def test_without_a_rule_that_names_udp_nothing_is_touched(self):
        self.socket.close()
        for rules in ('* failures=1', f'{self.text} deny', f'udp://{self.text} pass\nudp://* failures=1', 'udp://*:1 failures=1'):
            self.assertEqual(self.rounds('recv', 3, rules=rules), ['ECONNREFUSED'] * 3)
        self.assertEqual(self.status(), [])

    def test_denied_and_observed_ones(self):
        self.assertEqual(self.rounds('connect', 1, rules=f'udp://{self.text} deny fail-with=EACCES'), ['EACCES'])
        self.panel = self.new_panel()
        self.socket.close()
        self.assertEqual(self.rounds('recv', 4, rules=self.rules + ' mode=observe'), ['ECONNREFUSED'] * 4)
        self.assert_totals(self.text, failures=2, would_refuse=2, refused=0)

    def test_by_the_name_that_was_looked_up(self):
        self.socket.close()
        rules = rule(f'udp://localhost:{self.number}')
        self.assertEqual(self.rounds('recv', 3, rules=rules), ['ECONNREFUSED'] * 3)
        self.assertEqual(self.rounds('recv', 3, rules=rules, host='localhost'), ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertEqual(self.breaker(self.text)['destination'], f'udp://localhost:{self.number}')

    # Datagrams that name their destination

    SENDS = ('sendto-address', 'sendmsg-address', 'sendmmsg-address')

    def test_one_that_the_kernel_takes_says_nothing(self):
        for send in self.SENDS:
            with self.subTest(send):
                self.panel = self.new_panel()
                operations = ('socket=4udp', f'{send}={self.text}')
                self.assertEqual(self.calls(*operations, rules=self.rules), self.calls(*operations, preload=False))
                count = 2 if send == 'sendmmsg-address' else 1
                self.assert_totals(self.text, calls=count, ignored=count, successes=0, failures=0)

    def test_while_the_circuit_is_open_it_is_refused(self):
        self.socket.close()
        self.rounds('recv', 2)
        for send in self.SENDS:
            with self.subTest(send):
                line = self.calls('socket=4udp', f'{send}={self.text}', rules=self.rules)[-1].split()
                self.assertEqual((line[1], line[-1]), ('-1', REFUSED))
        self.assert_totals(self.text, refused=3)

    def test_what_cannot_be_sent_is_a_failure(self):
        namespaces.enter_network()
        if not namespaces.shell('ip route add unreachable 10.214.0.0/16'):
            self.skipTest('no unreachable route here')
        rules = rule('udp://10.214.0.0/16')
        seen = self.calls('socket=4udp', *['sendto-address=10.214.0.1:53'] * 3, rules=rules)
        self.assertEqual([line.split()[-1] for line in seen[1:]], ['EHOSTUNREACH'] * 2 + [REFUSED])

    def test_a_word_on_an_earlier_one_is_not_held_against_the_next(self):
        """On a connected socket the error of its own destination comes at a send to another one."""
        self.socket.close()
        other = self.bind(0)
        seen = self.calls('socket=4udp', f'connect={self.text}', 'send', f'sendto-address=127.0.0.1:{other}',
                          rules=self.rules + f'\nudp://127.0.0.1:{other}')
        self.assertEqual(seen[-1], 'sendto -1 ECONNREFUSED')
        self.assert_totals(self.text, calls=1, failures=1)
        self.assert_totals(f'127.0.0.1:{other}', calls=1, failures=0, ignored=1)

    def test_explain_tells_its_rule(self):
        result = self.command('explain', '-p', self.panel, '-r', self.rules, 'udp://' + self.text)
        self.assertEqual((result.status, result.err), (0, ''))
        self.assertIn(f'  rule     udp://{self.text} (-r, line 1)\n', result.out)
        result = self.command('explain', '-p', self.panel, '-r', '*', 'udp://' + self.text)
        self.assertEqual(result.status, 1)


if __name__ == '__main__':
    main()
