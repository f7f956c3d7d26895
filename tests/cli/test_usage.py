#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command line as such: help, version, suggestions, and output that does not get out."""
import os
import socket
import subprocess

from common import COMMAND, CommandCase, clean_environment, main

COMMANDS = ('run', 'status', 'check', 'explain', 'simulate', 'record', 'metrics', 'top', 'doctor', 'trip', 'reset', 'mode', 'events', 'help', 'version')


class Usage(CommandCase):
    def test_help_lists_the_commands_that_there_are(self):
        overview = self.succeeds('help')
        listed = [line.split()[0] for line in overview.partition('\nCommands:\n')[2].partition('\n\n')[0].splitlines()]
        self.assertEqual(listed, list(COMMANDS))
        self.assertEqual(self.succeeds('--help'), overview)
        self.assertEqual(self.succeeds('-h'), overview)

    def test_every_command_has_help_of_its_own(self):
        for name in COMMANDS:
            with self.subTest(name):
                text = self.succeeds(name, '--help')
                self.assertTrue(text.startswith(f'Usage: cutout {name}'))
                self.assertIn('Exit status', text)
                self.assertIn('\nExample', text)
                self.assertLessEqual(max(map(len, text.splitlines())), 100)
                self.assertEqual(self.succeeds('help', name), text)
                self.assertEqual(self.succeeds(name, '-h'), text)

    def test_version_is_the_same_by_command_and_by_option(self):
        text = self.succeeds('version')
        self.assertRegex(text, r'\Acutout \d+\.\d+\.\d+ \(panel layout \d+\)\n\Z')
        self.assertEqual(self.succeeds('--version'), text)
        self.assertEqual(self.succeeds('-V'), text)

    def test_without_a_command_there_is_a_hint(self):
        self.complains(2, 'cutout: which command? "cutout help" lists them\n')

    def test_a_misspelt_command_gets_a_suggestion(self):
        self.complains(2, 'cutout: unknown command "statsu" (did you mean "status"?)\n', 'statsu')
        self.complains(2, 'cutout help: unknown command "chek" (did you mean "check"?)\n', 'help', 'chek')
        self.complains(2, 'cutout: unknown command "curl"; "cutout help" lists them\n', 'curl', 'http://localhost/')

    def test_a_misspelt_option_gets_a_suggestion(self):
        text = self.complains(2, 'cutout run: unknown option "--rulr" (did you mean "--rule"?)\n', 'run', '--rulr=x')
        self.assertIn("Try 'cutout run --help'.\n", text)
        self.complains(2, 'cutout: unknown option "--versoin" (did you mean "--version"?)\n', '--versoin')
        self.complains(2, 'cutout status: unknown option "-j"\n', 'status', '-j')
        self.complains(2, 'cutout: unknown option "-r": options of a command stand behind its name\n', '-r', 'x', 'true')

    def test_options_and_their_values_are_matched(self):
        self.complains(2, 'cutout run: option "--rule" (-r) needs a value\n', 'run', '-r')
        self.complains(2, 'cutout status: option "--json" takes no value\n', 'status', '--json=yes')
        self.complains(2, 'cutout explain: option "--r" could be several\n', 'explain', '--r', 'a:1')

    def test_too_many_operands_are_refused(self):
        self.complains(2, 'cutout status: one pattern at a time, not also "b"\n', 'status', 'a', 'b')
        self.complains(2, 'cutout version: unexpected "x"\n', 'version', 'x')
        self.complains(2, 'cutout help: one command at a time, not also "run"\n', 'help', 'run', 'run')

    def test_a_file_without_a_name_can_be_seen(self):
        for arguments in (('check', ''), ('run', ''), ('run', '-f', '', 'true'), ('record', '-o', '', 'true'),
                          ('simulate', '-p', '', ''), ('simulate', '-q', '-p', '', '--plot=')):
            with self.subTest(arguments):
                self.assertIn(f'cutout {arguments[0]}: "": No such file or directory\n', self.cutout(*arguments).err)
        self.complains(2, 'cutout doctor: "": not found in PATH\n', 'doctor', '')

    def test_a_file_of_rules_that_a_variable_names_is_told_with_it(self):
        for path, reason in (('none', 'No such file or directory'), ('', 'No such file or directory'), ('/', 'Is a directory'),
                             ('-', 'No such file or directory')):
            for command in (('run', 'true'), ('check',), ('explain', 'db:1'), ('record', '-o', '/dev/null', 'true')):
                self.complains(2, f'cutout {command[0]}: CUTOUT_RULES: @{path}: {reason}\n', *command,
                               env={'CUTOUT_RULES': f'@{path}'})

    def test_a_line_of_a_message_is_written_in_one_piece(self):
        reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with reader, writer:
            subprocess.run([COMMAND, 'check', '-r', '*:1 failures=0'], stderr=writer, env=clean_environment(), timeout=30,
                           check=False)
            lines = [reader.recv(1000) for _ in range(3)]
        self.assertEqual([line.count(b'\n') for line in lines], [1, 1, 1])
        self.assertTrue(lines[0].startswith(b'cutout check: -r:1:14: '), lines)
        self.assertEqual(lines[1:], [b'  *:1 failures=0\n', b' ' * 15 + b'^\n'])

    def test_a_full_disk_is_noticed(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('no /dev/full here')
        with open('/dev/full', 'w', encoding='ascii') as full:
            result = self.cutout('help', stdout=full)
        self.assertEqual((result.status, result.err), (1, 'cutout help: standard output: No space left on device\n'))

    def test_a_reader_that_is_gone_is_noticed(self):
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, 'w') as pipe:
            result = self.cutout('help', stdout=pipe, restore_signals=False)
        self.assertEqual((result.status, result.err), (1, 'cutout help: standard output: Broken pipe\n'))

    def test_without_a_stdout_it_matters_only_if_there_is_something_to_print(self):
        def run(*arguments):
            return subprocess.run(['sh', '-c', 'exec "$@" >&-', 'sh', COMMAND, *arguments],
                                  env={'CUTOUT_PANEL': self.panel, 'PATH': os.environ['PATH']}, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run('help').returncode, 1)
        self.assertEqual(run('status').returncode, 0)


if __name__ == '__main__':
    main()
