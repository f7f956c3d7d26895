#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every example of the man pages and of the README."""
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import harness
import pages

SOURCE = os.environ.get('CUTOUT_SOURCE', os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
MAN = os.path.join(SOURCE, 'man')
PAGES = [os.path.join(MAN, name) for name in sorted(os.listdir(MAN)) if name[-1].isdigit()]
EXAMPLES = [example for page in PAGES for example in pages.of_mdoc(page)]
EXAMPLES += pages.of_readme(os.path.join(SOURCE, 'README.md'))

# Programs of the reader, which the examples start: they do nothing, and do it well.
STAND_INS = ('legacy-app', 'nightly-report')

MARK = '=== end of a command ==='


def comparable(text):
    """Text without what differs from run to run: process ids, times, counts of bytes, widths of columns."""
    text = re.sub(r'cutout\[\d+\]', 'cutout[PID]', text)
    text = re.sub(r'(?<![\w.])\d+(\.\d+)?(ns|us|ms|s|m|h|d)(\d+[smh])?\b', 'TIME', text)
    text = re.sub(r'/\S*/libcutout\.so', 'OBJECT', text)
    text = re.sub(r'/(dev/shm|tmp)/\S*panel\S*', 'PANEL', text)
    return '\n'.join(' '.join(line.split()) for line in text.strip().splitlines())


class Examples(harness.Case):
    def of_kind(self, *kinds):
        return [example for example in EXAMPLES if example.kind in kinds]

    def setUp(self):
        super().setUp()
        os.mkdir(self.path('bin'))
        os.symlink(harness.COMMAND, self.path('bin', 'cutout'))
        for name in STAND_INS:
            with open(self.path('bin', name), 'w', encoding='ascii') as file:
                file.write('#!/bin/sh\nexit 0\n')
            os.chmod(self.path('bin', name), 0o755)

    def shell(self, script):
        environment = {'PATH': self.path('bin') + ':' + os.environ['PATH'], 'CUTOUT_PANEL': self.new_panel()}
        return self.execute(['sh', '-c', 'exec 2>&1\n' + script], preload=False, env=environment, cwd=self.directory,
                            timeout=60)

    def check(self, rules):
        with open(self.path('rules'), 'w', encoding='utf-8') as file:
            file.write(rules)
        result = self.execute([harness.COMMAND, 'check', '-f', self.path('rules')], preload=False)
        self.assertEqual((result.status, result.err), (0, ''))

    def run_block(self, example):
        """One shell for the whole block; `$?` passes from command to command as it does in front of a reader."""
        pairs = pages.commands(example.text)
        script = ''
        for command, _ in pairs:
            script += f'{command}\nstatus=$?; printf "\\n%s %s\\n" "{MARK}" "$status"; (exit "$status")\n'
        outputs = re.split(rf'\n{MARK} (\d+)\n', self.shell(script).out)
        self.assertEqual(len(outputs), 2 * len(pairs) + 1, outputs)
        for number, (command, expected) in enumerate(pairs):
            shown, status = outputs[2 * number], int(outputs[2 * number + 1])
            asked = number + 1 < len(pairs) and pairs[number + 1][0] == 'echo $?'
            if not asked:
                self.assertEqual(status, 0, f'{command}: {shown}')
            if expected:
                self.assertEqual(comparable(shown), comparable('\n'.join(expected)), command)

    def test_every_literal_block_of_a_man_page_says_what_it_is(self):
        self.assertEqual([(example.page, example.line) for example in EXAMPLES if example.kind is None], [])

    def test_shell_examples_run_and_print_what_the_page_shows(self):
        for example in self.of_kind('shell'):
            with self.subTest(page=example.page, line=example.line):
                if 'curl ' in example.text and not shutil.which('curl'):
                    continue
                self.run_block(example)

    def test_rules_in_examples_parse(self):
        for example in self.of_kind('rules'):
            with self.subTest(page=example.page, line=example.line):
                self.check(example.text)

    def test_rules_in_units_crontabs_and_dockerfiles_parse(self):
        for example in self.of_kind('unit', 'crontab', 'dockerfile'):
            with self.subTest(page=example.page, line=example.line):
                for rules in pages.configured_rules(example):
                    self.check(rules + '\n')

    def test_every_key_of_the_status_in_json_is_in_the_page(self):
        connect = 'import socket; socket.socket().connect_ex(("127.0.0.1", 9))'
        self.execute([sys.executable, '-c', connect], rules='*')
        result = self.command('status', '--json', '-p', self.panel)
        with open(os.path.join(MAN, 'cutout.1'), encoding='utf-8') as file:
            page = file.read()
        keys = set(re.findall(r'"(\w+)":', result.out))
        self.assertIn('consecutive_failures', keys)
        self.assertEqual(sorted(key for key in keys if not re.search(rf'(?<!\w){key}(?!\w)', page)), [])

    def test_every_key_and_finding_of_the_doctor_is_in_the_page(self):
        out = self.command('doctor', '--json', '--pid', str(os.getpid())).out
        keys = set(re.findall(r'"(\w+)":', out))
        self.assertIn('needed_by', keys)
        for name in ('diagnosis', 'closure_findings', 'doctor', 'hooked'):
            with open(os.path.join(SOURCE, 'src', 'cli', f'{name}.c'), encoding='utf-8') as file:
                text = file.read()
            keys |= set(re.findall(r'findings_add\([\w&>-]+,\s*"([\w-]+)"', text))
            keys |= set(re.findall(r'^\t\{ "[\w*]+", "([\w-]+)"', text, re.MULTILINE))
        self.assertIn('io-uring', keys)
        with open(os.path.join(MAN, 'cutout.1'), encoding='utf-8') as file:
            page = file.read().split('.Ss cutout doctor')[1].split('.Ss ')[0]
        self.assertEqual(sorted(key for key in keys if not re.search(rf'(?<![\w-]){key}(?![\w-])', page)), [])


if __name__ == '__main__':
    harness.main()
