#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pages, the completions and the usage texts tell the same, and nothing that this version has not."""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import harness

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
COMPLETIONS = ('completions/cutout.bash', 'completions/_cutout')
PAGES = ('man/cutout.1', 'man/cutout-rules.5', 'man/cutout-record.1', 'man/cutout-simulate.1',
         'man/libcutout.7')

# Commands of later versions. A page may name them to say that they are not there.
LATER_COMMANDS = ('cutout serve',)

# What a rule has beside its policy is printed where it is on.
EXTRAS = 'connect-timeout=1s pace=1s fallback=10.0.0.1 lookups=on stale-names=5m max-connections=9'


def text_of(name):
    with open(os.path.join(SOURCE, name), encoding='utf-8') as file:
        return file.read().replace(r'\&', '').replace(r'\-', '-')


class Words(harness.Case):
    def usage(self, *command):
        result = self.command(*command)
        self.assertEqual((result.status, result.err), (0, ''))
        return result.out

    def commands(self):
        listed = self.usage('help').split('Commands:\n')[1].split('\n\n')[0]
        return [line.split()[0] for line in listed.splitlines()]

    def keys(self):
        """The options of rules, as the command itself prints them."""
        return re.findall(r'(?<= )[a-z-]+(?==)', self.usage('check', '-r', f'* {EXTRAS}').splitlines()[0])

    def test_every_command_and_its_options_are_in_the_page_and_in_the_completions(self):
        page = text_of('man/cutout.1')
        for command in self.commands():
            usage = self.usage(command, '--help')
            self.assertRegex(page, rf'(?m)^\.(Cm|Ss cutout|.* , cutout) {command}$')
            for option in set(re.findall(r'(?m)^ +(?:-\w, )?--([a-z]+)', usage)):
                with self.subTest(command=command, option=option):
                    self.assertRegex(page, rf'Fl -{option}\b')
                    for completion in COMPLETIONS:
                        self.assertIn(f'--{option}', text_of(completion))
            for completion in COMPLETIONS:
                self.assertRegex(text_of(completion), rf"\b{command}\b")

    def test_every_option_of_a_rule_is_in_the_page_and_in_the_completions(self):
        keys = self.keys()
        self.assertIn('failures', keys)
        for key in keys:
            with self.subTest(option=key):
                self.assertRegex(text_of('man/cutout-rules.5'), rf'(?m)^\.It Cm {key} Ns = Ns')
                for completion in COMPLETIONS:
                    self.assertRegex(text_of(completion), rf'(?<![\w-]){key}(?![\w-])')

    def test_every_option_that_the_page_or_a_completion_has_is_known_to_the_command(self):
        offered = set(re.findall(r'(?m)^\.It Cm ([a-z-]+) Ns =', text_of('man/cutout-rules.5')))
        offered |= set(re.findall(r'(?m)^\t\[([a-z-]+)\]=', text_of('completions/cutout.bash')))
        unknown = [key for key in offered if 'unknown option' in self.command('check', '-r', f'* {key}=x').err]
        self.assertEqual(unknown, [])

    def test_every_variable_that_is_read_is_in_a_page(self):
        read = set()
        for name in glob.glob(os.path.join(SOURCE, 'src', '*', '*.c')):
            read |= set(re.findall(r'"(CUTOUT_[A-Z]+|LD_PRELOAD|NO_COLOR)"', text_of(name)))
        documented = ' '.join(re.findall(r'(?m)^\.It Ev (.*)$', ''.join(text_of(page) for page in PAGES)))
        self.assertIn('CUTOUT_RULES', read)
        self.assertEqual(sorted(name for name in read if name not in documented), [])

    def test_every_exit_status_of_a_usage_text_is_in_the_page(self):
        page = text_of('man/cutout.1').split('.Sh EXIT STATUS')[1].split('.Sh')[0]
        for command in self.commands():
            status_text = self.usage(command, '--help').split('Exit status')[1].split('Example')[0]
            for status in re.findall(r'(?<![\w.])(\d+)\b', status_text):
                with self.subTest(command=command, status=status):
                    self.assertIn(f'.It {status}\n', page)

    def test_no_page_promises_what_a_later_version_brings(self):
        for name in (*PAGES, 'README.md', *COMPLETIONS):
            for words in LATER_COMMANDS:
                with self.subTest(page=name, words=words):
                    self.assertNotIn(words, text_of(name))


if __name__ == '__main__':
    harness.main()
