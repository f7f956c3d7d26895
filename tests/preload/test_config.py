#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program runs on, unprotected and with one line on stderr, for each kind of broken configuration."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import Case, check_program, main, rule
from servers import Port

BROKEN = {
    'an unknown option': ({'CUTOUT_RULES': '*:* failures=2 falures=3'}, r'CUTOUT_RULES:1:16: .*did you mean "failures"'),
    'an option of a later version': ({'CUTOUT_RULES': '* hedge=2'}, 'hedge'),
    'a value out of bounds': ({'CUTOUT_RULES': '* failures=70000'}, r'CUTOUT_RULES:1:'),
    'a value that is none': ({'CUTOUT_RULES': '*\n* timeout=soon'}, r'CUTOUT_RULES:2:'),
    'a bad pattern': ({'CUTOUT_RULES': '10.0.0.0/40 failures=2'}, r'CUTOUT_RULES:1:'),
    'a bad port': ({'CUTOUT_RULES': '*:99999 failures=2'}, r'CUTOUT_RULES:1:'),
    'two mistakes': ({'CUTOUT_RULES': '* falures=3\n* timeout=soon'}, r'CUTOUT_RULES:1:'),
    'bytes that are no text': ({'CUTOUT_RULES': '\x01\x7f{[\xff'}, 'CUTOUT_RULES'),
    'a file that is missing': ({'CUTOUT_RULES': '@/nonexistent/rules'}, '/nonexistent/rules'),
    'a file that is a directory': ({'CUTOUT_RULES': '@/'}, 'CUTOUT_RULES'),
    'bad defaults': ({'CUTOUT_DEFAULTS': 'failures=many'}, r'CUTOUT_DEFAULTS:1:'),
    'a bad mode': ({'CUTOUT_MODE': 'observ'}, r'CUTOUT_MODE: .*did you mean "observe"'),
    'a relative panel': ({'CUTOUT_PANEL': 'panel'}, 'CUTOUT_PANEL'),
    'a relative log': ({'CUTOUT_LOG': 'log'}, 'CUTOUT_LOG'),
}


class Config(Case):
    def one_line(self, err, pattern):
        lines = err.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith('cutout: '), lines)
        self.assertRegex(lines[0], pattern)

    def test_a_program_keeps_its_output_and_exit_status(self):
        for name, (env, pattern) in BROKEN.items():
            with self.subTest(name):
                result = self.execute(['sh', '-c', 'echo out; exit 3'], env=env)
                self.assertEqual((result.status, result.out), (3, 'out\n'))
                self.one_line(result.err, pattern)

    def test_a_program_with_a_broken_configuration_is_unprotected(self):
        port = Port(self)
        again = ['use=0', 'socket=4', f'connect={port}', 'close'] * 7
        for name, (env, pattern) in BROKEN.items():
            with self.subTest(name):
                settings = {'CUTOUT_RULES': rule(port)} | env
                result = self.execute([check_program('calls'), *again], env=settings)
                self.assertEqual(result.status, 0)
                self.one_line(result.err, pattern)
                self.assertEqual([line for line in result.out.splitlines() if 'connect' in line], ['connect -1 errno=111'] * 7)
                self.assertFalse(os.path.exists(self.panel), 'there is a panel')

    def test_a_broken_configuration_says_nothing_where_standard_error_is_closed(self):
        result = self.execute(['sh', '-c', 'exec 2>&-; sh -c "echo out; exit 3"'], env={'CUTOUT_RULES': '* falures=3'})
        self.assertEqual((result.status, result.out), (3, 'out\n'))

    def test_empty_variables_count_as_unset(self):
        names = ('CUTOUT_RULES', 'CUTOUT_DEFAULTS', 'CUTOUT_MODE', 'CUTOUT_LOG', 'CUTOUT_ONLY', 'CUTOUT_SKIP')
        port = Port(self)
        self.connect(port, 5, env={name: '' for name in names})
        self.assert_state(port, 'open')

    def test_rules_with_comments_and_blank_lines_only_are_none(self):
        port = Port(self)
        self.connect(port, 5, rules='\n # nothing\n ; \n')
        self.assert_state(port, 'open')


if __name__ == '__main__':
    main()
