#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout doctor --pid: what a running process has of us."""
import os
import shutil
import subprocess
import sys

from common import COMMAND, OBJECT, main, need_plain_object
from doctoring import DoctorCase
from harness import clean_environment, wait_until

WAITS = 'import sys; print("ready", flush=True); sys.stdin.read()'


class Process(DoctorCase):
    def setUp(self):
        super().setUp()
        need_plain_object()

    def waiting(self, env=None, preload=True, code=WAITS):
        """A process that has started, and waits."""
        process = self.start([sys.executable, '-c', code], env=env, preload=preload, stdin=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), 'ready\n')
        return process

    def ask(self, process):
        return self.answer('--pid', str(process.pid))

    def test_a_process_with_the_object_shows_panel_and_mode(self):
        answer = self.ask(self.waiting())
        self.assertEqual((answer['covered'], answer['loaded'], answer['panel'], answer['mode']),
                         ('yes', True, self.panel, 'enforce'))
        self.assertEqual(answer['object'], os.path.realpath(OBJECT))
        self.assertEqual(os.path.realpath(answer['program']), os.path.realpath(sys.executable))
        answer = self.ask(self.waiting(env={'CUTOUT_PANEL': 'private', 'CUTOUT_MODE': 'observe'}))
        self.assertEqual((answer['panel'], answer['mode'], self.ids(answer)[0]), ('private', 'observe', 'observe'))

    def test_what_it_has_opened_since_is_looked_at_too(self):
        code = WAITS.replace('import sys;', 'import sys, _socket;')
        process = self.waiting(code=code)
        importers = self.importers(self.ask(process), 'connect')
        import _socket
        if getattr(_socket, '__file__', None):
            self.assertIn(os.path.basename(_socket.__file__), importers)
        else:
            self.assertNotEqual(importers, [])

    def test_of_what_it_may_still_load_it_is_not_advised_to_ask_the_process(self):
        finding = self.finding(self.ask(self.waiting()), 'dlopen')
        self.assertIn('what is loaded from now on cannot be seen here', finding['reason'])
        self.assertIsNone(finding['remedy'])

    def test_a_process_without_the_object_is_not_covered(self):
        answer = self.ask(self.waiting(preload=False))
        self.assertEqual((answer['covered'], answer['loaded'], answer['panel'], self.ids(answer, 'no')),
                         ('no', False, None, ['not-loaded']))
        self.assertIn('cutout run', self.finding(answer, 'not-loaded')['remedy'])

    def test_a_static_process_says_why(self):
        path = self.compile('static', '-static', source='#include <unistd.h>\nint main(void) { write(1, "ready\\n", 6); pause(); }')
        process = self.start([path])
        self.assertEqual(process.stdout.readline(), 'ready\n')
        answer = self.ask(process)
        self.assertEqual(sorted(self.ids(answer, 'no')), ['not-loaded', 'static'])
        self.assertIn('LD_PRELOAD names libcutout.so', self.finding(answer, 'not-loaded')['reason'])

    def test_an_object_that_does_nothing_says_why(self):
        comm = os.path.basename(os.path.realpath(sys.executable))[:15]
        for env, name, words in (({'CUTOUT_MODE': 'off'}, 'mode-off', 'CUTOUT_MODE is off'),
                                 ({'CUTOUT_ONLY': 'another'}, 'idle', 'CUTOUT_ONLY or CUTOUT_SKIP'),
                                 ({'CUTOUT_SKIP': f'{comm},{os.path.basename(sys.executable)}'}, 'idle', 'is left out by'),
                                 ({'CUTOUT_RULES': 'a falures=3'}, 'idle', 'CUTOUT_ variables are wrong')):
            with self.subTest(env=env):
                answer = self.ask(self.waiting(env=env))
                self.assertTrue(answer['loaded'])
                self.assertEqual((answer['covered'], answer['panel']), ('no', None))
                self.assertIn(words, self.finding(answer, name)['reason'])

    def test_an_object_that_has_been_replaced_is_told(self):
        copy = self.path('libcutout.so')
        shutil.copy(OBJECT, copy)
        process = self.waiting(preload=copy)
        os.unlink(copy)
        answer = self.ask(process)
        self.assertEqual((answer['covered'], answer['loaded'], self.ids(answer)[0]), ('yes', True, 'replaced'))

    def test_it_says_so_in_words_too(self):
        process = self.waiting()
        out = self.succeeds('doctor', '--pid', str(process.pid))
        self.assertIn(f'process {process.pid} (', out.splitlines()[0])
        self.assertIn(f'  has {os.path.realpath(OBJECT)}, panel {self.panel}, mode enforce\n', out)

    def test_a_process_that_cannot_be_asked_is_a_clear_error(self):
        process = self.waiting()
        process.kill()
        wait_until(lambda: open(f'/proc/{process.pid}/stat', encoding='ascii').read().split()[2] == 'Z')
        self.complains(2, 'runs no program: it is a kernel thread, or has ended', 'doctor', '--pid', str(process.pid))
        process.wait()
        self.complains(2, f'cutout doctor: no process {process.pid}\n', 'doctor', '--pid', str(process.pid))
        for text in ('x', '0', '-1', '99999999999', '1x', ''):
            with self.subTest(text):
                self.complains(2, f'--pid: "{text}" is no process id', 'doctor', f'--pid={text}')

    def test_a_process_of_another_user_is_a_clear_error(self):
        if os.geteuid() != 0 or shutil.which('setpriv') is None:
            self.skipTest('only root can become another user')
        os.chmod(self.directory, 0o711)
        command = shutil.copy(COMMAND, self.directory)  # who builds in /root has it where nobody else comes
        os.mkdir(self.path('.libs'))
        shutil.copy(OBJECT, self.path('.libs'))
        process = self.waiting()
        done = subprocess.run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', command, 'doctor', '--pid',
                               str(process.pid)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30,
                              env=clean_environment())
        if done.returncode == 126 or 'setpriv' in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual((done.returncode, done.stdout), (2, ''))
        self.assertIn(f'process {process.pid}: Permission denied: ask as its user, or as root', done.stderr)


if __name__ == '__main__':
    main()
