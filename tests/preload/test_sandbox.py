#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Row 16 and rule 9: inside a sandbox that knows only the program's own system calls."""
import os
import re
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import namespaces
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


class Confinement(Case):
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


class OnlyItsOwn(Confinement):
    """They lock themselves in before main()."""

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
            'curl': ['curl', '-s', '-w', '%{http_code}\n', *[f'http://{self.port.text}/'] * 4],
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
        self.compare('curl', '-s', '-w', '%{http_code}\n', *[f'http://{self.port.text}/'] * 4)

    def test_python(self):
        need('/usr/bin/python3')
        self.compare('/usr/bin/python3', '-c', URLLIB, str(self.port.number))

    def test_a_filter_that_libseccomp_puts_up(self):
        self.compare(check_program('calls'), *(['use=0', 'socket=4', 'connect=' + self.port.text, 'close'] * 4), by='syscall',
                     library='libseccomp.so.2')


KILLED = (-signal.SIGSYS, 128 + signal.SIGSYS)

BEGIN, END = ['use=0', 'socket=4,nonblock'], ['close']


class Inherited(Confinement):
    """The filter is there before the program is executed: the object does not see it come."""

    def setUp(self):
        super().setUp()
        self.execute(['true'], rules='*')  # makes the panel, which takes more than what is listed

    def behind(self, argv, preload=True, under=(), rules=None, **filter_):
        """Behind a filter of that program's own calls, or of what is said."""
        filter_ = filter_ or {'CONFINE_CALLS': self.calls_of(*argv)}
        env = self.environment(rules or f'{self.port} failures=2 timeout=1h', None, preload)
        env = {'INHERIT_' + name: value for name, value in env.items()}
        result = self.execute([*under, check_program('inherit'), *argv], preload=False, env={**env, **filter_})
        if result.status == 77:
            self.skipTest('no seccomp filters here')
        return result

    def same(self, *argv, rules=None):
        """Bare and under the object, behind the same filter; what is known of the destination then."""
        self.panel = self.new_panel()
        self.execute(['true'], rules='*')
        calls = self.calls_of(*argv)
        bare = self.behind(argv, preload=False, rules=rules, CONFINE_CALLS=calls)
        self.assertNotIn(bare.status, KILLED, bare)
        self.assertEqual(self.behind(argv, rules=rules, CONFINE_CALLS=calls), bare)
        found = self.status()
        return found[0]['state'] if found else None, found[0]['totals'] if found else None

    def test_a_program_that_does_nothing(self):
        self.same(check_program('calls'))

    def test_one_that_kills_kills(self):
        """The proof of the others is one only if it can fail."""
        result = self.behind([check_program('calls'), 'sleep=1'], preload=False,
                             CONFINE_CALLS=self.calls_of(check_program('calls')))
        self.assertIn(result.status, KILLED)

    def test_connects_that_block_are_judged_and_refused(self):
        once = ['use=0', 'socket=4', f'connect={self.port}', 'close']
        state, totals = self.same(check_program('calls'), *once * 4)
        self.assertEqual((state, totals['failures'], totals['refused']), ('open', 2, 2))
        told = self.command('explain', '-p', self.panel, '-r', f'{self.port} failures=2 timeout=1h', self.port.text).out
        self.assertIn('open for ', told, 'the breaker is another for tools')
        self.port.start()
        state, totals = self.same(check_program('calls'), *once * 4)
        self.assertEqual((state, totals['successes']), ('closed', 4))

    def test_connects_that_do_not_block_are_let_be(self):
        for ending in (['soerror'], [f'connect={self.port}'], ['write'], []):
            once = [*BEGIN, f'connect={self.port}', 'poll=1000', *ending, *END]
            for up in (False, True):
                with self.subTest(ending, up=up):
                    self.port.start() if up else self.port.stop()
                    state, totals = self.same(check_program('calls'), *once * 3)
                    self.assertEqual((state, totals['failures'], totals['successes']), ('closed', 0, 0))

    def test_children(self):
        pending = f'all=socket=4,nonblock connect={self.port} poll=1000'
        blocking = f'all=socket=4 connect={self.port} close'
        for how in ('in-fork', 'in-_Fork', 'in-vfork', 'in-clone', 'in-thread'):
            with self.subTest(how):
                state, totals = self.same(check_program('calls'), *[how, blocking] * 2, blocking)
                self.assertEqual((state, totals['failures'], totals['refused']), ('open', 2, 1))
                state, totals = self.same(check_program('calls'), how, blocking, pending, how, 'close', 'soerror', 'close', blocking)
                self.assertEqual((state, totals['failures']), ('open', 2))

    def test_paths_are_judged_and_datagrams_refused_at_most(self):
        path = self.path('socket')
        state, totals = self.same(check_program('calls'), *['socket=unix', f'connect-unix={path}', 'close'] * 4,
                                  rules=f'unix:{path} failures=2 timeout=1h fail-with=ENOENT')
        self.assertEqual((state, totals['failures'], totals['refused']), ('open', 2, 2))
        datagrams = [['socket=4udp', f'connect={self.port}', *['send', 'poll=100'] * 2, 'close'],
                     ['socket=4udp', *[f'sendto-address={self.port}', 'poll=100'] * 2, 'close']]
        for operations in datagrams:
            with self.subTest(operations):
                state, totals = self.same(check_program('calls'), *operations * 3, rules=f'udp://* failures=2 timeout=1h')
                self.assertEqual((state, totals['failures']), ('closed', 0))

    def test_fast_open_connections_and_their_limit(self):
        self.port.start()
        for operations in (['socket=4', 'fastopen-connect=1', f'connect={self.port}', 'send', 'close'],
                           ['socket=4', f'fastopen-sendto={self.port}', 'close'],
                           ['socket=4', f'connect={self.port}', 'send', 'dup', 'close']):
            for options in ('', ' on=response shed=all', ' max-connections=5'):
                with self.subTest(operations, options=options):
                    self.same(check_program('calls'), *operations * 3, rules=f'{self.port} failures=2{options}')

    def test_clients(self):
        need('curl', '/usr/bin/python3')
        for up in (False, True):
            if up:
                self.port.start()
            for argv in ([shutil.which('curl'), '-s', '-w', '%{http_code}\n', *[f'http://{self.port.text}/'] * 4],
                         ['/usr/bin/python3', '-c', URLLIB, str(self.port.number)]):
                with self.subTest(argv[0], up=up):
                    self.same(*argv)

    def judged(self, under=()):
        """Failures that are known of connects that do not block, behind a filter that denies a thing that nobody needs."""
        self.panel = self.new_panel()
        self.execute(['true'], rules='*')
        once = [*BEGIN, f'connect={self.port}', 'poll=1000', 'soerror', *END]
        result = self.behind([check_program('calls'), *once * 2], under=under, CONFINE_DENY='9999')
        self.assertEqual(result.status, 0, result)
        return self.assert_totals(self.port)['totals']['failures']

    def test_the_filter_of_a_container_or_of_a_service_changes_nothing(self):
        manager = self.path('systemd')
        shutil.copy('/bin/sh', manager)
        self.assertEqual(self.judged(), 0, 'one that was put up for the program itself')
        self.assertEqual(self.judged([manager, '-c', '"$@"; exit $?', 'sh']), 2)
        container = namespaces.working(namespaces.unshare('--pid', '--fork', '--mount-proc'), 'unshare')
        self.assertEqual(self.judged(container), 2)


if __name__ == '__main__':
    main()
