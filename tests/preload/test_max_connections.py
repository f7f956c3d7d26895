#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""max-connections: no more connections than that, of all processes; and what the dead held is given back."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, need, need_root, rule, wait_until
from servers import Port

HELD, FULL = 'connect 0', f'connect -1 {REFUSED}'

# Threads that connect and close, and how many of them were connected at most.
MANY = '''
import socket, sys, threading
lock, now, most, done = threading.Lock(), 0, 0, 0
def run():
    global now, most, done
    for _ in range(100):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", int(sys.argv[1]))) == 0:
                with lock:
                    now, done = now + 1, done + 1
                    most = max(most, now)
                with lock:
                    now -= 1
threads = [threading.Thread(target=run) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(most, done)
'''

# Forks, and each child asks for one; then all of them wait to be killed.
FORKS = '''
import os, signal, socket, sys
pids = []
for _ in range(6):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        sock = socket.socket()
        os.write(write, b"1" if sock.connect_ex(("127.0.0.1", int(sys.argv[1]))) == 0 else b"0")
        signal.pause()
    pids.append(pid)
    print(os.read(read, 1).decode(), flush=True)
print("done", *pids, flush=True)
signal.pause()
'''


class MaxConnections(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self).start(kind=lambda connection: connection)

    def rules(self, limit, *options, **how):
        return rule(self.port, f'max-connections={limit}', *options, **how)

    def held(self):
        return (self.breaker(self.port) or {}).get('connections')

    def ask(self, rules, *operations):
        """What one connect of another program comes to, which ends at once."""
        return self.calls('socket=4', f'connect={self.port}', *operations, rules=rules)[1]

    def hold(self, rules, *operations):
        """A program that connects, and stops with its connection open."""
        talk = self.conversation('socket=4', f'connect={self.port}', *operations, 'stop', 'close', 'stop', rules=rules)
        self.assertEqual(talk.until_stop()[1], HELD)
        return talk

    @staticmethod
    def wait_for_zombie(pid):
        def is_zombie():
            with open(f'/proc/{pid}/status', encoding='utf-8') as file:
                return 'State:\tZ' in file.read()
        wait_until(is_zombie, what='a zombie')

    def test_a_duplicate_that_outlives_what_is_known_of_the_handshake_gives_its_connection_back(self):
        talk = self.conversation('socket=4,nonblock', f'connect={self.port}', 'await=established', 'dup=1', 'pollout=5000', 'use=1', 'pollout=5000',
                                 'getpeername', 'use=0', 'close', 'stop', 'use=1', 'close', 'stop', rules=self.rules(1))
        talk.until_stop()
        self.assertEqual(self.held(), 1)
        talk.go_on()
        self.assertEqual(self.held(), 0)

    def test_one_program_holds_so_many_and_no_more(self):
        opened = [word for number in range(3) for word in (f'use={number}', 'socket=4', f'connect={self.port}')]
        lines = self.calls(*opened, 'use=0', 'close', 'use=2', f'connect={self.port}', 'use=3', 'socket=4', f'connect={self.port}',
                           rules=self.rules(2))
        self.assertEqual([line for line in lines if line.startswith('connect')], [HELD, HELD, FULL, HELD, FULL])
        breaker = self.assert_totals(self.port, calls=3, successes=3, failures=0, ignored=0, refused=2)
        self.assertEqual((breaker['state'], breaker['counts']['consecutive_failures']), ('closed', 0))

    def test_programs_hold_so_many_together(self):
        rules = self.rules(2)
        first, second = self.hold(rules), self.hold(rules)
        self.assertEqual(self.held(), 2)
        self.assertEqual(self.ask(rules), FULL)
        first.go_on()
        self.assertEqual(self.held(), 1)
        self.assertEqual(self.ask(rules), HELD)
        second.go_on()
        self.assertEqual(self.ask(self.rules(1)), HELD)

    def test_what_a_program_holds_that_ends_without_closing_is_given_back(self):
        rules = self.rules(1)
        self.assertEqual([self.ask(rules) for _ in range(3)], [HELD] * 3)
        self.assertEqual(self.held(), 0)

    def test_what_a_killed_program_holds_is_given_back_to_who_asks_next(self):
        rules = self.rules(1)
        talk = self.hold(rules)
        self.assertEqual(self.ask(rules), FULL)
        talk.process.kill()
        talk.process.wait()
        self.assertEqual(self.ask(rules), HELD)
        self.assert_totals(self.port, refused=1)

    def test_a_zombie_holds_nothing(self):
        rules = self.rules(1)
        talk = self.hold(rules)
        os.kill(talk.process.pid, signal.SIGKILL)
        self.wait_for_zombie(talk.process.pid)
        self.assertEqual(self.ask(rules), HELD)

    def test_a_running_program_gets_what_a_killed_one_held(self):
        """It looks now and then, not for each connect that would be refused."""
        rules = self.rules(1)
        talk = self.hold(rules)
        asking = self.conversation(*['socket=4', f'connect={self.port}', 'close', 'stop'] * 400, rules=rules)
        self.assertEqual(asking.until_stop()[1], FULL)
        talk.process.kill()
        talk.process.wait()
        wait_until(lambda: asking.go_on()[1] == HELD, what='a connection')
        asking.process.kill()

    def test_a_living_program_keeps_what_it_holds_whoever_looks(self):
        rules = self.rules(1)
        self.hold(rules)
        self.assertEqual([self.ask(rules) for _ in range(5)], [FULL] * 5)

    def test_who_is_in_another_pid_namespace_is_taken_to_live(self):
        need('unshare')
        need_root()
        rules = self.rules(1)
        talk = self.hold(rules)
        talk.process.kill()
        talk.process.wait()
        lines = self.calls('socket=4', f'connect={self.port}', rules=rules, under=['unshare', '--pid', '--fork', '--mount-proc'])
        self.assertEqual(lines[1], FULL)
        self.assertEqual(self.ask(rules), HELD)

    def test_a_process_and_its_forks_exactly(self):
        process = self.start([sys.executable, '-c', FORKS, str(self.port.number)], rules=self.rules(4))
        answers = [process.stdout.readline().strip() for _ in range(6)]
        self.assertEqual(answers, ['1'] * 4 + ['0'] * 2)
        self.assertEqual(self.held(), 4)
        _, first, *_ = process.stdout.readline().split()
        os.kill(int(first), signal.SIGKILL)
        self.wait_for_zombie(first)
        self.assertEqual([self.ask(self.rules(4)), self.held()], [HELD, 3])

    def test_threads_are_never_more_than_that(self):
        result = self.execute([sys.executable, '-c', MANY, str(self.port.number)], rules=self.rules(3))
        most, done = (int(word) for word in result.out.split())
        self.assertLessEqual(most, 3)
        self.assertGreater(done, 0)
        self.assertEqual(self.held(), 0)

    def test_a_forked_child_that_closes_gives_nothing_back_and_its_parent_does(self):
        rules = self.rules(1)
        talk = self.conversation('socket=4', f'connect={self.port}', 'in-fork', 'close', 'stop', 'close', 'stop', rules=rules)
        talk.until_stop()
        self.assertEqual((self.held(), self.ask(rules)), (1, FULL))
        talk.go_on()
        self.assertEqual((self.held(), self.ask(rules)), (0, HELD))

    def test_a_vfork_child_that_closes_gives_nothing_back(self):
        rules = self.rules(1)
        talk = self.conversation('socket=4', f'connect={self.port}', 'in-vfork', 'close', 'stop', rules=rules)
        talk.until_stop()
        self.assertEqual((self.held(), self.ask(rules)), (1, FULL))

    def test_what_a_vfork_child_has_closed_its_parent_gives_back(self):
        rules = self.rules(1)
        for kind in ('4', '4,nonblock'):
            with self.subTest(kind):
                talk = self.conversation(f'socket={kind}', f'connect={self.port}', 'pollout=9000', 'in-vfork', 'close', 'close',
                                         'stop', rules=rules)
                talk.until_stop()
                self.assertEqual((self.held(), self.ask(rules)), (0, HELD))

    def test_all_descriptors_of_a_connection_are_one(self):
        for way in ('dup=1', 'dup-fcntl=1', 'dup2=1', 'dup3=1'):
            with self.subTest(way):
                self.panel = self.new_panel()
                rules = self.rules(1)
                before = ('use=1', 'socket=4', 'use=0') if way[3] in '23' else ()
                talk = self.conversation(*before, 'socket=4', f'connect={self.port}', way, 'close', 'stop', 'use=1', 'close', 'stop', rules=rules)
                talk.until_stop()
                self.assertEqual((self.held(), self.ask(rules)), (1, FULL))
                talk.go_on()
                self.assertEqual((self.held(), self.ask(rules)), (0, HELD))

    def test_a_connect_that_fails_holds_nothing(self):
        self.port.stop()
        rules = self.rules(1, failures=100)
        self.assertEqual(self.connect(self.port, 3, rules=rules), ['ECONNREFUSED'] * 3)
        again = ['connect={0}', 'poll=5000', 'soerror', 'connect={0}', 'connect={0}', 'close']
        lines = self.calls('socket=4,nonblock', *(word.format(self.port) for word in again), 'socket=4,nonblock', f'connect={self.port}', rules=rules)
        self.assertEqual([line for line in lines if line.startswith('connect')],
                         ['connect -1 EINPROGRESS', 'connect -1 ECONNABORTED', 'connect -1 EINPROGRESS', 'connect -1 EINPROGRESS'])

    def test_one_in_flight_counts(self):
        self.port.stop().swallow()
        rules = self.rules(1)
        lines = self.calls('socket=4,nonblock', f'connect={self.port}', 'use=1', 'socket=4,nonblock', f'connect={self.port}',
                           'use=0', 'close', 'use=1', f'connect={self.port}', rules=rules)
        self.assertEqual([line for line in lines if line.startswith('connect')], ['connect -1 EINPROGRESS', FULL, 'connect -1 EINPROGRESS'])

    def test_a_dissolved_or_replaced_connection_holds_nothing(self):
        for way in (['connect-unspec', 'use=1'], ['use=1', 'dup2=0']):
            with self.subTest(way):
                operations = ['use=1', 'socket=4', 'use=0', 'socket=4', f'connect={self.port}', *way, f'connect={self.port}']
                self.assertEqual(self.calls(*operations, rules=self.rules(1))[-1], HELD)

    def test_a_program_that_replaces_itself_starts_with_nothing(self):
        """Its descriptors are closed by exec, or forgotten; its pid stays."""
        rules = self.rules(1)
        script = 'import os, socket, sys; sock = socket.socket(); print(sock.connect_ex(("127.0.0.1", int(sys.argv[1]))), flush=True); ' \
                 'len(sys.argv) < 3 or os.execv(sys.executable, [sys.executable, "-c", *sys.argv[2:]])'
        result = self.execute([sys.executable, '-c', script, str(self.port.number), script, str(self.port.number)], rules=rules)
        self.assertEqual(result.out.split(), ['0', '0'], result.err)

    def test_to_observe_is_to_count(self):
        rules = self.rules(1, 'mode=observe')
        self.hold(rules)
        self.assertEqual(self.ask(rules), HELD)
        self.assert_totals(self.port, calls=1, would_refuse=1, refused=0)
        self.assertEqual(self.held(), 1)

    def test_an_open_circuit_refuses_as_ever_and_a_probe_that_is_one_too_many_takes_no_place(self):
        self.port.stop()
        rules = self.rules(1, 'successes=1', timeout='300ms')
        self.assertEqual(self.connect(self.port, 3, rules=rules), ['ECONNREFUSED'] * 2 + [REFUSED])
        self.port.start(kind=lambda connection: connection)
        wait_until(lambda: self.breaker(self.port)['state'] == 'half-open', what='half-open')
        self.assertEqual(self.ask(rules), HELD)
        self.assert_state(self.port, 'closed')

    def test_only_then_connections_are_shown(self):
        self.connect(self.port, 1, rules=rule(self.port))
        self.assertIsNone(self.held())
        self.assertNotIn('circuit_breaker_connections', self.command('metrics', '-p', self.panel).out)
        self.hold(self.rules(5))
        self.assertEqual(self.held(), 1)
        self.assertRegex(self.command('metrics', '-p', self.panel).out, r'\ncircuit_breaker_connections\{.*\} 1\n')

    def test_nothing_is_asked_of_the_system_before_it_is_full(self):
        self.hold(self.rules(2))
        operations = ['socket=4', 'marker=begin', f'connect={self.port}', 'close', 'marker=end']
        seen = self.traced(*operations, rules=self.rules(2))
        self.assertEqual([call for call in seen if call not in ('getsockopt', 'getpid')], ['connect', 'close'])
        self.hold(self.rules(2))
        seen = self.traced(*operations, rules=self.rules(2))
        self.assertLessEqual({'kill', 'read', 'close'}, set(seen), seen)
        self.assertTrue({'openat', 'open'} & set(seen), seen)  # the second is musl's
        self.assertNotIn('newfstatat', seen)
        self.assertNotIn('connect', seen)


if __name__ == '__main__':
    main()
