#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Row 16 and rule 9: inside a sandbox that knows only the program's own system calls."""
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import (OBJECT, REFUSED, Case, check_library, check_program, main, named_errors, need, need_native,
                     rule)
from servers import Port, answer


class Sandbox(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def confined(self, how, **settings):
        result = self.execute([check_program('sandbox'), how, self.port.text], **settings)
        if result.status == 77:
            self.skipTest('no seccomp filters here')
        self.assertEqual((result.status, result.err), (0, ''))
        return [line.removeprefix('errno=') for line in named_errors(result.out).splitlines()]

    def test_a_program_whose_sandbox_denies_everything_unusual_is_protected(self):
        seen = self.confined('eperm', rules=rule(self.port))
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED] * 8)

    def test_a_program_whose_sandbox_kills_for_everything_unusual_is_protected(self):
        seen = self.confined('kill', rules=rule(self.port))
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED] * 8)

    def test_a_program_whose_sandbox_kills_for_all_that_it_does_not_do_itself_is_protected(self):
        seen = self.confined('kill-but-own', rules=rule(self.port))
        self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED] * 8)
        self.assert_totals(self.port, failures=2, refused=8, last_error='ECONNREFUSED')

    def test_there_the_program_itself_tells_how_non_blocking_connects_came_out(self):
        seen = self.confined('kill-but-own', rules=rule(self.port, failures=7))
        self.assertEqual(seen, ['ECONNREFUSED'] * 7 + [REFUSED] * 3)
        self.port.start()
        self.panel = self.new_panel()
        self.assertEqual(self.confined('kill-but-own', rules=rule(self.port)), ['000'] * 10)
        self.assert_totals(self.port, successes=10, failures=0)

    def test_non_blocking_connects_are_judged_inside_of_it(self):
        seen = self.confined('kill', rules=rule(self.port, failures=7))
        self.assertEqual(seen, ['ECONNREFUSED'] * 7 + [REFUSED] * 3)

    def test_a_sandbox_that_denies_us_even_getsockopt_and_getpid_is_survived(self):
        bare = self.confined('deaf', preload=False)
        self.assertEqual(self.confined('deaf', rules=rule(self.port, failures=99)), bare)
        for breaker in self.status():
            self.assertEqual(breaker['totals']['successes'], 0)

    def test_a_log_that_the_sandbox_denies_is_survived(self):
        for log in ('stderr', self.path('log'), 'syslog'):
            with self.subTest(log):
                self.panel = self.new_panel()
                result = self.execute([check_program('sandbox'), 'eperm', self.port.text], rules=rule(self.port),
                                      env={'CUTOUT_LOG': log})
                if result.status == 77:
                    self.skipTest('no seccomp filters here')
                self.assertEqual((result.status, len(result.out.splitlines())), (0, 10))

    def test_a_log_is_written_in_a_sandbox_that_kills_for_everything_but_what_the_manual_lists(self):
        result = self.execute([check_program('sandbox'), 'kill-but-log', self.port.text], rules=rule(self.port),
                              env={'CUTOUT_LOG': 'stderr'})
        if result.status == 77:
            self.skipTest('no seccomp filters here')
        self.assertEqual((result.status, len(result.out.splitlines())), (0, 10))
        self.assertIn('closed -> open', result.err)


URLLIB = """
import socket, subprocess, sys, os
for limit in (5, None) * 4:
    try:
        socket.create_connection(('127.0.0.1', int(sys.argv[1])), limit).close()
        print('connected')
    except OSError as error:
        print('failed')
print(subprocess.run(['true']).returncode)
if os.fork() == 0:
    try:
        socket.create_connection(('127.0.0.1', int(sys.argv[1]))).close()
    except OSError as error:
        print('failed in a child', flush=True)
    os._exit(3)
print(os.waitpid(-1, 0)[1])
"""


class OnlyItsOwn(Case):
    """Programs that are killed for any system call that they do not make without the object."""

    def setUp(self):
        super().setUp()
        need('strace')
        need_native('the filter is of programs of this machine')
        self.port = Port(self, kind=answer)

    def calls_of(self, *argv):
        """The numbers of the system calls that the program makes, bare: of several runs, since they differ."""
        found = set()
        for _ in range(3):
            trace = self.path('trace')
            self.execute(argv, preload=check_library('libconfine.so'), under=['strace', '-f', '-n', '-qq', '-o', trace])
            with open(trace, encoding='utf-8', errors='replace') as file:
                found.update(re.findall(r'^\d+ +\[ *(\d+)\]', file.read(), re.M))
        return ','.join(sorted(found, key=int))

    def run_confined(self, argv, calls, by, library, preload=True):
        library = self.path(library)
        shutil.copy(check_library('libconfine.so'), library)
        # Constructors run from the last to the first: ours, then the one that locks the door.
        both = f'{library} {OBJECT}' if preload else library
        return self.execute(argv, preload=both, rules=f'{self.port} failures=2 timeout=1h', env={'CONFINE_CALLS': calls, 'CONFINE_BY': by})

    def compare(self, *argv, failures=2, by='prctl', library='libconfine.so'):
        """Refused by the kernel, then answered: bare and under the object, in the same sandbox."""
        for up in (False, True):
            with self.subTest(up=up):
                if up:
                    self.port.start()
                self.panel = self.new_panel()
                calls = self.calls_of(*argv)
                bare = self.run_confined(argv, calls, by, library, preload=False)
                if bare.status == 77:
                    self.skipTest('no seccomp filters here')
                self.assertNotIn(bare.status, (-31, 159), bare)
                self.assertEqual(self.run_confined(argv, calls, by, library), bare)
                totals = self.assert_state(self.port, 'closed' if up else 'open')['totals']
                self.assertEqual((totals['failures'], totals['refused'] > 0), (0, False) if up else (failures, True))
                self.assertGreater(totals['successes'] if up else 1, 0)

    def inherited(self, argv, calls, preload=True):
        """The filter is up before the program is executed, and answers with an error."""
        env = self.environment(f'{self.port} failures=2 timeout=1h', None, preload)
        inner = ['env', '-u', 'LD_PRELOAD', *(f'{name}={value}' for name, value in env.items()), *argv]
        return self.execute(inner, preload=check_library('libconfine.so'),
                            env={'CONFINE_CALLS': calls, 'CONFINE_ERROR': '1'} if calls else None)

    def test_a_filter_that_was_there_before_the_program_and_answers_with_an_error(self):
        """It may be unprotected; it is not disturbed. There is a panel: one that cannot be made is said on stderr."""
        need('curl', '/usr/bin/python3')
        clients = {
            'a blocking client': [check_program('calls'), *(['use=0', 'socket=4', 'connect=' + self.port.text, 'close'] * 4)],
            'curl': ['curl', '-s', '-w', '%{http_code} %{exitcode}\n', *[f'http://{self.port.text}/'] * 4],
            'python': ['/usr/bin/python3', '-c', URLLIB, str(self.port.number)],
        }
        for up in (False, True):
            if up:
                self.port.start()
            for name, argv in clients.items():
                with self.subTest(name, up=up):
                    self.panel = self.new_panel()
                    self.execute(['true'], rules='*')
                    calls = self.calls_of('env', '-u', 'LD_PRELOAD', *argv)
                    bare = self.inherited(argv, calls, preload=False)
                    if bare.status == 77:
                        self.skipTest('no seccomp filters here')
                    self.assertEqual(bare, self.inherited(argv, None, preload=False))
                    self.assertEqual(self.inherited(argv, calls).err, '')
                    self.assertEqual(self.inherited(argv, calls), bare)

    def test_a_blocking_client(self):
        self.compare(check_program('calls'), *(['use=0', 'socket=4', 'connect=' + self.port.text, 'close'] * 4))

    def test_curl(self):
        need('curl')
        self.compare('curl', '-s', '-w', '%{http_code} %{exitcode}\n', *[f'http://{self.port.text}/'] * 4)

    def test_python(self):
        need('/usr/bin/python3')
        self.compare('/usr/bin/python3', '-c', URLLIB, str(self.port.number))

    def test_a_filter_that_libseccomp_puts_up(self):
        self.compare(check_program('calls'), *(['use=0', 'socket=4', 'connect=' + self.port.text, 'close'] * 4), by='syscall',
                     library='libseccomp.so.2')


if __name__ == '__main__':
    main()
