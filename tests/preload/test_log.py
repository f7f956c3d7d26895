#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CUTOUT_LOG: one line for each change of state, to standard error or a file; never more, never in the way."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import fcntl
import re
import time

from harness import COMMAND, REFUSED, Case, check_program, main, named_errors, need_native, rule, wait_until
from servers import Port

F_GETPIPE_SZ = 1032  # in fcntl from Python 3.10 on

OPENED = (r'^cutout\[\d+\] calls: {}: closed -> open: consecutive failures \(2 of 2 calls failed, last ECONNREFUSED\), '
          r'retry in [\d.]+\w+$')


class Log(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)
        self.again = ['use=0', 'socket=4', f'connect={self.port}', 'close']

    def logged(self, log, times=3, rules=None, **how):
        return self.execute([check_program('calls'), *self.again * times], rules=rules or rule(self.port),
                            env={'CUTOUT_LOG': log}, **how)

    def one_opening(self, text):
        lines = text.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], OPENED.format(re.escape(self.port.text)))

    def test_a_line_on_standard_error(self):
        result = self.logged('stderr')
        self.assertEqual(result.status, 0)
        self.one_opening(result.err)

    def test_a_line_in_a_file(self):
        file = self.path('log')
        self.assertEqual(self.logged(file).err, '')
        with open(file, encoding='utf-8') as text:
            self.one_opening(text.read())

    def test_off_is_silent(self):
        self.assertEqual(self.logged('off').err, '')

    def test_every_change_from_closed_to_closed(self):
        rules = rule(self.port, 'successes=1', timeout='200ms')
        text = self.logged('stderr', rules=rules).err
        self.port.start()
        wait_until(lambda: self.breaker(self.port)['state'] == 'half-open', what='half-open')
        text += self.logged('stderr', 1, rules=rules).err
        changes = re.findall(r': ([a-z-]+ -> [a-z-]+): ([a-z ]+[a-z])', text)
        self.assertEqual(changes, [('closed -> open', 'consecutive failures'), ('open -> half-open', 'timeout over'),
                                   ('half-open -> closed', 'recovered')])

    def test_a_refusal_is_no_change(self):
        self.assertEqual(len(self.logged('stderr', 50).err.splitlines()), 1)

    def test_lines_are_limited_in_number(self):
        """A program that trips everywhere at once does not fill a disk."""
        connects = []
        for number in range(1, 255):
            connects += ['use=0', 'socket=4', f'connect=127.1.1.{number}:{self.port.number}', 'close']
        began = time.monotonic()
        result = self.execute([check_program('calls'), *connects], rules=rule('*', failures=1), env={'CUTOUT_LOG': 'stderr'})
        elapsed = time.monotonic() - began
        lines = result.err.splitlines()
        self.assertEqual(len(self.status()), 254)
        self.assertGreater(len(lines), 0)
        self.assertLessEqual(len(lines), 20 * (elapsed + 2))

    def test_a_reader_that_is_gone_kills_nobody(self):
        """No SIGPIPE, which this program has not asked to be spared."""
        read, write = os.pipe()
        os.close(read)
        client = ('import signal, socket, sys\n'
                  'signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n'
                  'for _ in range(4): print(socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1]))), flush=True)\n')
        result = self.execute([sys.executable, '-c', client, str(self.port.number)], rules=rule(self.port),
                              env={'CUTOUT_LOG': 'stderr'}, stderr=write)
        os.close(write)
        self.assertEqual((result.status, len(result.out.splitlines())), (0, 4))

    def test_a_full_pipe_stops_nobody(self):
        read, write = os.pipe()
        size = fcntl.fcntl(write, F_GETPIPE_SZ)
        os.write(write, b'x' * size)
        result = self.logged('stderr', stderr=write)
        self.assertEqual(named_errors(result.out).splitlines()[-2], f'connect -1 {REFUSED}')
        self.assertEqual(len(os.read(read, 2 * size)), size)
        for end in (read, write):
            os.close(end)

    def test_a_file_at_its_limit_kills_nobody(self):
        """No SIGXFSZ."""
        file = self.path('log')
        with open(file, 'wb') as log:
            log.write(b'x' * 65536)
        self.connect(Port(self), rules=rule('*'))
        result = self.logged(file, under=['sh', '-c', 'ulimit -f 64; exec "$@"', 'sh'])
        self.assertEqual((result.status, result.err), (0, ''))
        self.assertEqual(named_errors(result.out).splitlines()[-2], f'connect -1 {REFUSED}')

    def test_a_log_that_cannot_be_written_is_survived(self):
        result = self.logged('/nonexistent/log')
        self.assertEqual(result.status, 0)
        self.assertEqual(named_errors(result.out).splitlines()[-2], f'connect -1 {REFUSED}')

    def test_run_verbose_shows_changes_as_they_happen(self):
        need_native('cutout run preloads the object of its own build')
        result = self.execute([COMMAND, 'run', '-v', '-p', self.panel, '-r', rule(self.port), '--', check_program('calls'),
                               *self.again * 3], preload=False)
        self.assertEqual(result.status, 0)
        self.assertRegex(result.err.splitlines()[-1], OPENED.format(re.escape(self.port.text)))


if __name__ == '__main__':
    main()
