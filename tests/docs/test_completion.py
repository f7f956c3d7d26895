#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the shells offer when the tabulator is pressed."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import harness

HERE = os.path.dirname(os.path.abspath(__file__))
COMPLETIONS = os.path.join(HERE, '..', '..', 'completions')


class Bash(harness.Case):
    def offered(self, *words):
        harness.need('bash')
        result = self.execute(['bash', os.path.join(HERE, 'completion.bash'), os.path.join(COMPLETIONS, 'cutout.bash'),
                               'cutout', *words], preload=False)
        self.assertEqual((result.status, result.err), (0, ''))
        return sorted(result.out.splitlines())

    def test_commands_are_offered(self):
        commands = ['check', 'doctor', 'events', 'explain', 'help', 'metrics', 'mode', 'record', 'reset', 'run', 'simulate', 'status', 'top', 'trip', 'version']
        self.assertEqual(self.offered(''), ['--help', '--version', *commands])
        self.assertEqual(self.offered('ru'), ['run'])

    def test_options_of_the_command_are_offered(self):
        self.assertEqual(self.offered('status', '--j'), ['--json'])
        self.assertIn('--verbose', self.offered('run', '-'))
        self.assertNotIn('--verbose', self.offered('check', '-'))

    def test_modes_are_offered(self):
        for words in (('-m',), ('--mode',), ('--mode', '=')):
            with self.subTest(words=words):
                self.assertEqual(self.offered('run', *words, 'o'), ['observe', 'off'])

    def test_modes_and_durations_of_the_commands_that_steer_are_offered(self):
        self.assertEqual(self.offered('mode', 'o'), ['observe', 'off'])
        self.assertEqual(self.offered('mode', '-p', '/tmp/panel', 'o'), ['observe', 'off'])
        self.assertEqual(self.offered('mode', 'off', ''), ['--help', '--panel'])
        self.assertEqual(self.offered('mode', '-p', '/tmp/panel', 'off', ''), ['--help', '--panel'])
        self.assertEqual(self.offered('trip', '--for', '10'), ['10m'])
        self.assertEqual(self.offered('events', '--since', '1'), ['10m', '1h'])
        self.assertIn('--exec-timeout', self.offered('events', '--ex'))
        self.assertEqual(self.offered('reset', '--'), ['--all', '--help', '--hold', '--panel'])

    def test_options_of_a_rule_are_offered_inside_its_quotes(self):
        self.assertEqual(self.offered('run', '-r', "'db:5432 max-t"),
                         ['db:5432 max-timeout=30s', 'db:5432 max-timeout=5m'])
        self.assertEqual(self.offered('run', '-r', '"db:5432 failure'), ['db:5432 failure-rate=', 'db:5432 failures='])
        self.assertEqual(self.offered('run', '-r', "'db:5432 failures=3 mode=ob"), ['db:5432 failures=3 mode=observe'])
        self.assertEqual(self.offered('run', '-r', "'db:5432 pas"), ['db:5432 pass'])
        self.assertEqual(self.offered('run', '-r', "'db:5432 pa"), ['db:5432 pace=', 'db:5432 pass'])

    def test_options_about_names_are_offered(self):
        self.assertEqual(self.offered('run', '-r', "'db:5432 lookups=o"), ['db:5432 lookups=off', 'db:5432 lookups=on'])
        self.assertEqual(self.offered('run', '-r', "'db:5432 sta"),
                         ['db:5432 stale-names=1h', 'db:5432 stale-names=5m', 'db:5432 stale-names=off'])

    def test_options_of_a_policy_are_offered_from_its_first_word_on(self):
        self.assertEqual(self.offered('simulate', '-p', "'max-t"), ['max-timeout=30s', 'max-timeout=5m'])
        self.assertEqual(self.offered('simulate', '--policy', '=', "'failures=3 mode=ob"), ['failures=3 mode=observe'])
        self.assertEqual(self.offered('simulate', '-p', "'pas"), [])
        self.assertEqual(self.offered('simulate', '--p'), ['--plot', '--policy'])

    def test_nothing_is_offered_for_the_pattern_of_a_rule(self):
        self.assertEqual(self.offered('run', '-r', "'db"), [])

    def test_panels_are_files_or_private(self):
        self.assertEqual(self.offered('status', '-p', 'priv'), ['private'])

    def test_the_wrapped_program_is_offered(self):
        self.assertIn('printenv', self.offered('run', '-v', '--', 'printen'))
        self.assertIn('printenv', self.offered('run', '-r', 'db failures=3', 'printen'))

    def test_programs_and_processes_are_offered_to_the_doctor(self):
        self.assertIn('printenv', self.offered('doctor', 'printen'))
        self.assertEqual(self.offered('doctor', '--p'), ['--pid'])
        self.assertIn('1', self.offered('doctor', '--pid', '1'))

    def test_a_recording_has_options_a_trace_and_a_program(self):
        self.assertEqual(self.offered('record', '--w'), ['--wait'])
        self.assertIn('printenv', self.offered('record', '-o', 'a.trace', '-w', '--', 'printen'))
        self.assertIn('printenv', self.offered('record', '--output', '=', 'a.trace', 'printen'))
        self.assertEqual(self.offered('record', '-r', "'db:5432 per=ho"), ['db:5432 per=host'])
        self.assertEqual(self.offered('simulate', '--d'), ['--destination'])

    def test_options_of_the_wrapped_program_are_its_own(self):
        self.assertEqual(self.offered('run', '-v', 'ls', '--ver'), [])


class Zsh(harness.Case):
    def test_the_function_is_well_formed(self):
        harness.need('zsh')
        result = self.execute(['zsh', '-n', os.path.join(COMPLETIONS, '_cutout')], preload=False)
        self.assertEqual((result.status, result.err), (0, ''))


if __name__ == '__main__':
    harness.main()
