#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The beginning and the end of a program: before our constructor, behind destructors."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import collections
import re
import shutil
import subprocess

import namespaces
from harness import (OBJECT, REFUSED, Case, both_orders, check_library, check_program, main, named_errors, need, need_native,
                     need_root, rule, wait_until)
from servers import Port

PROTECTED = ['ECONNREFUSED'] * 2 + [REFUSED]

LOCKED_MORE = 23_900_000


class Start(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)
        self.rules = rule(self.port)

    def test_calls_before_our_constructor_go_through(self):
        """Rows 7 and 8, rule 3: a library whose constructor uses everything that is interposed."""
        for preload in both_orders(check_library('libearly.so')):
            with self.subTest(preload):
                how = dict(preload=preload, rules=self.rules, env={'EARLY_CONNECT': self.port.text})
                self.panel = self.new_panel()
                self.port.stop()
                lines = self.calls(*['use=0', 'socket=4', f'connect={self.port}', 'close'] * 3, **how)
                self.assertEqual(lines.pop(0), 'early -1 ECONNREFUSED')
                self.assertEqual(lines[-2], f'connect -1 {REFUSED}')
                self.port.start()
                self.assertEqual(self.calls(**how, panel=self.new_panel()), ['early 0 errno=0'])

    def test_a_program_that_connects_in_atexit_and_destructors(self):
        """Row 28 and rule 10."""
        result = self.execute([check_program('late'), self.port.text], rules=self.rules)
        self.assertEqual((result.status, result.err), (0, ''))
        words = [line.split() for line in named_errors(result.out).splitlines()]
        self.assertEqual([word[0] for word in words], ['main', 'atexit', 'destructor', 'last'])
        self.assertEqual([word[2] for word in words], PROTECTED + [REFUSED])

    def test_a_program_started_without_standard_descriptors(self):
        """Its first sockets are numbers 0, 1 and 2."""
        operations = ['socket=4', f'connect={self.port}', 'use=1', 'socket=4,nonblock', f'connect={self.port}', 'await=close',
                      'poll=1000', 'soerror', 'close', 'use=2', 'socket=4', 'flags', 'close']
        seen = []
        for preload in (False, True):
            out = self.path(f'out-{preload}')
            result = self.execute(['sh', '-c', 'exec "$@" <&- >&- 2>&-', 'sh', check_program('calls'), f'out={out}', *operations],
                                  preload=preload, rules=rule(self.port, failures=9))
            self.assertEqual(result, (0, '', ''))
            with open(out, encoding='utf-8') as file:
                seen.append(file.read())
        self.assertEqual(seen[1], seen[0])
        self.assert_totals(self.port, calls=2, failures=2)

    def locked(self, **how):
        """How much is locked by a program that locks whatever it has and will have, and what its calls are then."""
        talk = self.conversation('mlockall', 'stop', *['socket=4', f'connect={self.port}', 'close'] * 3, **how)
        if talk.until_stop() != ['mlockall 0']:
            self.skipTest('nothing may be locked here')
        with open(f'/proc/{talk.process.pid}/status', encoding='ascii') as status:
            size = int(re.search(r'VmLck:\s*(\d+) kB', status.read())[1]) << 10
        return size, [line.split()[-1] for line in talk.go_on() if line.startswith('connect')]

    def test_a_program_that_locks_its_memory(self):
        """The tables and the panel count in full then: libcutout(7) says how much that is."""
        need_root()
        bare, _ = self.locked(preload=False)
        for panel in (self.panel, 'private'):
            with self.subTest(panel):
                size, connects = self.locked(rules=self.rules, panel=panel)
                self.assertEqual(connects, PROTECTED)
                if not os.environ.get('CUTOUT_SANITIZERS'):  # their tables are locked, too
                    self.assertLess(abs(size - bare - LOCKED_MORE), 1_000_000)

    def kernel_calls(self, preload=True, **variables):
        """How often each system call is made by a program that does nothing."""
        trace = self.path('trace')
        env = self.environment(self.rules, variables, preload)
        set_there = [word for name, value in env.items() for word in ('-E', f'{name}={value}')]
        result = self.execute(['strace', '-qq', '-o', trace, *set_there, check_program('calls')], preload=False)
        self.assertEqual((result.status, result.err), (0, ''))
        with open(trace, encoding='utf-8', errors='replace') as file:
            return collections.Counter(re.findall(r'^(\w+)\(', file.read(), re.M))

    def test_a_start_makes_no_other_system_calls_than_the_dynamic_linker_does(self):
        """A sandbox that was there before the program, and knows only what that does itself, has none to object to."""
        need('strace')
        need_native('the linker is that of this machine')
        if os.environ.get('CUTOUT_SANITIZERS'):
            self.skipTest('the runtimes of sanitizers make more')
        self.execute(['true'], rules=self.rules)  # makes the panel
        seen = self.kernel_calls()
        self.assertLessEqual(set(seen), set(self.kernel_calls(preload=False)))
        # Eight for a panel in memory, and three more for one that may be on a disk.
        self.assertIn(sum((seen - self.kernel_calls(CUTOUT_MODE='off')).values()), (8, 11))

    def test_nothing_is_printed_unless_asked_for(self):
        """Rule 8 and row 31: not with a circuit that opens, refuses, probes and closes either."""
        rules = rule(self.port, 'successes=1', timeout='300ms')
        client = ('import socket, sys, time\n'
                  'def connect():\n'
                  '    return socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1])))\n'
                  'while connect() == 111: pass\n'
                  'input()\n'
                  'while connect() != 0: time.sleep(0.05)\n')
        process = self.start([sys.executable, '-c', client, str(self.port.number)], rules=rules, stdin=subprocess.PIPE)
        wait_until(lambda: self.status() and self.status()[0]['state'] != 'closed', what='the circuit to open')
        self.port.start()
        out, err = process.communicate('\n', timeout=30)
        self.assertEqual((process.returncode, out, err), (0, '', ''))
        self.assertGreaterEqual(self.assert_state(self.port, 'closed')['totals']['trips'], 1)

    def test_a_program_with_raised_privileges_is_left_alone(self):
        """Section 2: secure_getenv. The copy of a program linked with the object, set-user-ID, run by somebody else."""
        need_root()
        need('setpriv')
        program = self.path('linked')
        shutil.copy(check_program('linked'), program)
        env = {'CUTOUT_PANEL': 'private', 'CUTOUT_RULES': self.rules, 'CUTOUT_LOG': 'stderr'}
        ordinary = self.execute([program, self.port.text], preload=False, env=env)
        self.assertIn(REFUSED, named_errors(ordinary.out), 'the program is not under the object')
        os.chmod(program, 0o4755)
        under = namespaces.working(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'], 'setpriv')
        result = self.execute([program, self.port.text], preload=False, env=env, under=under)
        if result.status == 127:
            self.skipTest('the object cannot be reached by others here')
        self.assertEqual(named_errors(result.out).splitlines(), ['-1 ECONNREFUSED'] * 5)
        self.assertEqual((result.status, result.err), (0, ''))

    def test_a_musl_program_is_warned_of(self):
        """Row 27: it cannot be given an object that was built for glibc."""
        need('musl-gcc')
        source, program = self.path('main.c'), self.path('main')
        with open(source, 'w', encoding='ascii') as file:
            file.write('int main(void) { return 3; }\n')
        subprocess.run(['musl-gcc', source, '-o', program], check=True)
        result = self.command('run', '-p', self.panel, '--', program)
        self.assertIn('musl', result.err)

    def test_the_object_uses_no_lazily_allocated_storage(self):
        """Row 29 and rule 2: initial-exec TLS only, and little of it."""
        need('nm', 'readelf')
        symbols = subprocess.run(['nm', '-D', '-u', OBJECT], capture_output=True, text=True, check=True).stdout
        self.assertNotIn('__tls_get_addr', symbols)
        headers = subprocess.run(['readelf', '-lW', OBJECT], capture_output=True, text=True, check=True).stdout
        for line in headers.splitlines():
            if line.split()[:1] == ['TLS']:
                self.assertLessEqual(int(line.split()[5], 16), 128, 'that much static TLS may be exhausted')


if __name__ == '__main__':
    main()
