#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Row 2 and rule 4: whoever was forked does not own its parent's calls; a child of vfork() shares its memory."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from compared import BEGUN, OVER, ComparedCase
from harness import REFUSED, main, rule

FORKS = ('in-fork', 'in-_Fork', 'in-clone', 'in-vfork')
OWN_MEMORY = FORKS[:3]


class Children(ComparedCase):
    def test_a_child_that_closes_its_parents_socket_ends_no_call(self):
        for fork in FORKS:
            for close in ('close', 'closefrom', 'close-all', 'syscall-close', 'raw-close'):
                with self.subTest(fork, close=close):
                    self.both(*OVER, fork, close, 'soerror', 'close')
                    self.assert_totals(self.port, calls=1, failures=1, ignored=0, last_error='ECONNREFUSED')

    def test_a_child_that_closes_a_pending_socket_ends_no_call(self):
        self.port.swallow()
        for fork in FORKS:
            with self.subTest(fork):
                operations = [operation.format(self.port) for operation in BEGUN]
                self.panel = self.new_panel()
                talk = self.conversation(*operations, fork, 'close', 'stop', 'close', rules=rule(self.port))
                talk.until_stop()
                self.assert_totals(self.port, calls=1, failures=0, ignored=0)
                talk.go_on()
                self.assert_totals(self.port, calls=1, failures=0, ignored=1)

    def test_a_child_that_reads_the_error_of_its_parents_socket_counts_nothing_twice(self):
        for fork in FORKS:
            with self.subTest(fork):
                self.both(*OVER, fork, 'soerror', 'soerror', 'close')
                self.assert_totals(self.port, calls=1, failures=1)

    def test_a_child_that_replaces_its_parents_socket_changes_nothing_for_the_parent(self):
        for fork in FORKS:
            with self.subTest(fork):
                self.both(*OVER, 'use=1', 'open={file}', fork, 'dup2=0', 'use=0', 'soerror', 'close')
                self.assert_totals(self.port, calls=1, failures=1, last_error='ECONNREFUSED')

    def test_a_vfork_child_that_has_the_first_socket_locks_its_parent_out_of_nothing(self):
        once = f'all=socket=4 connect={self.port} close'
        lines = self.calls('in-vfork', once, *[once] * 4, rules=rule(self.port, failures=3))
        self.assertEqual([line.split()[-1] for line in lines if line.startswith('connect')],
                         ['ECONNREFUSED'] * 3 + [REFUSED] * 2)
        self.panel = self.new_panel()
        pending = f'all=socket=4,nonblock connect={self.port} poll=1000 soerror close'
        self.calls('in-vfork', pending, *[pending] * 2, rules=rule(self.port, failures=9))
        self.assert_totals(self.port, calls=3, failures=3)

    def test_what_a_forked_child_connects_itself_is_counted(self):
        for fork in OWN_MEMORY:
            with self.subTest(fork):
                self.both('socket=4', fork, 'connect={}', fork, 'connect={}')
                self.assert_totals(self.port, calls=2, failures=2)

    def test_a_second_connect_by_a_child_on_its_parents_pending_socket_is_no_call(self):
        self.port.swallow()
        for fork in OWN_MEMORY:
            with self.subTest(fork):
                seen = self.both(*BEGUN, fork, 'all=connect={} connect={} poll=0 close', fork, 'connect={}', 'close')
                self.assertEqual(seen[2:4], ['connect -1 EALREADY'] * 2)
                self.assert_totals(self.port, calls=1, ignored=1)

    def test_a_second_connect_by_a_child_on_its_parents_connection_is_no_call(self):
        self.port.start()
        begun = {'blocking': ['socket=4', 'connect={}'],
                 'seen': [*BEGUN, 'pollout=9000'],
                 'not seen': [*BEGUN, 'await=established']}
        for name, before in begun.items():
            for fork in OWN_MEMORY:
                with self.subTest(name, fork=fork):
                    seen = self.both(*before, fork, 'all=connect={} connect={} connect={} send close', 'connect={}', 'close')
                    self.assertIn('connect -1 EISCONN', seen)
                    self.assert_totals(self.port, calls=1, successes=1)

    def test_a_second_connect_by_a_child_on_its_parents_connection_is_not_refused(self):
        self.port.start()
        rules = rule(self.port, failures=1)
        for fork in OWN_MEMORY:
            with self.subTest(fork):
                self.panel = self.new_panel()
                talk = self.conversation('socket=4', f'connect={self.port}', 'stop', fork, f'all=connect={self.port} send',
                                         rules=rules)
                talk.until_stop()
                self.port.stop()
                self.assertEqual(self.connect(self.port, 2, rules=rules), ['ECONNREFUSED', REFUSED])
                self.assertEqual(talk.go_on()[0], 'connect -1 EISCONN')
                self.assert_totals(self.port, refused=1)
                self.port.start()

    def test_a_child_is_refused_as_its_parent_is(self):
        for fork in FORKS:
            with self.subTest(fork):
                self.panel = self.new_panel()
                lines = self.calls('socket=4', *[f'connect={self.port}'] * 3, fork, f'connect={self.port}', rules=rule(self.port))
                self.assertEqual(lines[-1], f'connect -1 {REFUSED}')

    def test_pythons_subprocess_which_uses_vfork_leaves_the_parents_calls_alone(self):
        """It closes everything above two in the child."""
        client = (
            'import errno, select, socket, subprocess, sys\n'
            'sock = socket.socket(); sock.setblocking(False)\n'
            'assert sock.connect_ex(("127.0.0.1", int(sys.argv[1]))) == errno.EINPROGRESS\n'
            'subprocess.run(["true"], close_fds=True, check=True)\n'
            'select.select([], [sock], [], 10)\n'
            'print(errno.errorcode[sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)])\n')
        result = self.execute([sys.executable, '-c', client, str(self.port.number)], rules=rule(self.port))
        self.assertEqual(result, (0, 'ECONNREFUSED\n', ''))
        self.assert_totals(self.port, calls=1, failures=1, ignored=0, last_error='ECONNREFUSED')


if __name__ == '__main__':
    main()
