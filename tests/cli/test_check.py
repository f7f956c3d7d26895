#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout check: complaints with their place, and the rules as they are understood."""
from common import CommandCase, main


class Check(CommandCase):
    def test_rules_are_printed_with_every_option_and_the_built_in_one_last(self):
        lines = self.succeeds('check', '-r', 'db.internal:5432 failures=3 timeout=10s; 10.0.0.0/8 pass').splitlines()
        self.assertEqual(len(lines), 3)
        self.assertRegex(lines[0], r'^db\.internal:5432 (.* )?failures=3 ')
        self.assertIn(' timeout=10s ', lines[0])
        self.assertIn(' successes=2 ', lines[0])
        self.assertEqual(lines[1], '10.0.0.0/8 pass')
        self.assertRegex(lines[2], r'^\* .*failures=5 .* # built in$')

    def test_what_is_printed_is_understood_the_same(self):
        first = self.succeeds('check', '-r', 'a:1 failure-rate=50% per=host mode=observe fail-with=ETIMEDOUT; b deny; [::1]:80')
        again = self.succeeds('check', stdin=first, *['-'])
        self.assertEqual(first.splitlines()[:-1], again.splitlines()[:3])

    def test_without_arguments_it_is_the_environment_that_is_checked(self):
        self.assertIn('from.environment ', self.succeeds('check', env={'CUTOUT_RULES': 'from.environment failures=2'}))
        path = self.write('rules.conf', '# rules\nfrom.file failures=2\n')
        self.assertIn('from.file ', self.succeeds('check', env={'CUTOUT_RULES': f'@{path}'}))
        self.assertEqual(len(self.succeeds('check').splitlines()), 1)

    def test_files_and_texts_are_read_in_their_order(self):
        path = self.write('rules.conf', 'two')
        out = self.succeeds('check', '-r', 'one', '-f', path, '-r', 'three', '-', stdin='four\n', env={'CUTOUT_RULES': 'not.this'})
        self.assertEqual([line.split()[0] for line in out.splitlines()], ['one', 'two', 'three', 'four', '*'])

    def test_defaults_apply_to_every_rule(self):
        out = self.succeeds('check', '-r', 'one', env={'CUTOUT_DEFAULTS': 'failures=7'})
        self.assertEqual(out.count('failures=7 '), 2)
        self.complains(2, 'CUTOUT_DEFAULTS:1:1: ', 'check', '-r', 'one', env={'CUTOUT_DEFAULTS': 'falures=7'})

    def test_a_mistake_is_shown_with_its_line_and_a_caret(self):
        text = self.complains(2, 'did you mean', 'check', '-r', 'db.internal:5432 falures=3')
        self.assertEqual(text, 'cutout check: -r:1:18: unknown option "falures" (did you mean "failures"?)\n'
                               '  db.internal:5432 falures=3\n'
                               '                   ^\n')

    def test_all_mistakes_are_shown_each_from_its_own_source(self):
        path = self.write('rules.conf', '# comment\nb probes=0\n')
        text = self.complains(2, '', 'check', '-r', 'a falures=3', '-f', path, '-r', 'c timeout=fast')
        self.assertIn('  a falures=3\n    ^\n', text)
        self.assertIn(f'cutout check: {path}:2:', text)
        self.assertIn('\n  b probes=0\n', text)
        self.assertIn('\n  c timeout=fast\n', text)

    def test_of_a_long_line_the_part_that_matters_is_shown(self):
        text = self.complains(2, 'falures', 'check', '-r', 'a count=' + ','.join(['ETIMEDOUT'] * 40) + ' falures=3 # ' + 'x' * 200)
        complaint, excerpt, caret = text.splitlines()
        self.assertLess(len(excerpt), 100)
        self.assertEqual(excerpt[len(caret) - 1:][:7], 'falures')

    def test_tabs_and_other_alphabets_do_not_move_the_caret(self):
        text = self.complains(2, 'falures', 'check', '-', stdin='a # größer\n\ta\tfalures=3 # größer\n')
        self.assertIn('\n  \ta\tfalures=3 # größer\n  \t \t^\n', text)

    def test_terminal_controls_in_rules_are_not_printed(self):
        self.assertNotIn('\033', self.complains(2, ':1:', 'check', '-r', 'a \033[2Jfalures=3'))

    def test_the_rest_of_the_environment_is_checked_with_it(self):
        self.complains(2, 'cutout check: CUTOUT_MODE: "observ" is neither enforce, observe nor off (did you mean "observe"?)\n',
                       'check', env={'CUTOUT_MODE': 'observ'})
        self.complains(2, 'cutout check: CUTOUT_PANEL: "panel" is neither an absolute path nor "private"\n',
                       'check', env={'CUTOUT_PANEL': 'panel'})
        self.complains(2, 'cutout check: CUTOUT_LOG: "stdout" is neither', 'check', env={'CUTOUT_LOG': 'stdout'})
        self.succeeds('check', '-r', 'a', env={'CUTOUT_MODE': 'observ'})
        self.succeeds('check', env={'CUTOUT_MODE': '', 'CUTOUT_PANEL': '', 'CUTOUT_LOG': ''})

    def test_what_cannot_be_read_is_named(self):
        path = self.path('missing.conf')
        self.complains(2, f'cutout check: {path}: No such file or directory\n', 'check', path)
        self.complains(2, f'{self.directory}: Is a directory\n', 'check', '-f', self.directory)
        self.complains(2, 'cutout check: /dev/zero: File too large\n', 'check', '/dev/zero')

    def test_bytes_that_are_no_text_do_no_harm(self):
        path = self.path('binary')
        with open(path, 'wb') as file:
            file.write(b'a failures=3\0 timeout=1s\n\xff\xfe\n')
        self.complains(2, f'{path}:1:', 'check', path)


if __name__ == '__main__':
    main()
