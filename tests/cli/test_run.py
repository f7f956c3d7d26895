#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout run: the environment that the program gets, what is refused, and what is warned about."""
import os
import select
import shutil
import stat
import struct
import subprocess
import sys

from common import COMMAND, OBJECT, CommandCase, clean_environment, main, need_plain_object

EM_386, EM_X86_64, EM_AARCH64 = 3, 62, 183
PT_LOAD, PT_INTERP = 1, 3


def own_elf():
    """Class, data and machine of this machine's programs, from Python's own binary."""
    with open(sys.executable if not os.path.islink(sys.executable) else os.path.realpath(sys.executable), 'rb') as file:
        head = file.read(20)
    if head[:4] != b'\x7fELF':
        with open('/bin/sh', 'rb') as file:
            head = file.read(20)
    return head[4], head[5], struct.unpack('=H', head[18:20])[0]


def elf(elf_class, data, machine, interpreter=None):
    """The head of an executable: enough to be looked at, not to be run."""
    wide = elf_class == 2
    order = '<' if data == 1 else '>'
    head = b'\x7fELF' + bytes([elf_class, data, 1]) + bytes(9)
    size, segment = (64, 56) if wide else (52, 32)
    word = 'Q' if wide else 'I'
    head += struct.pack(f'{order}HHI{word}{word}{word}IHHHHHH', 2, machine, 1, 0, size, 0, 0, size, segment, 1, 0, 0, 0)
    text = (interpreter or '').encode() + b'\0'
    kind = PT_INTERP if interpreter else PT_LOAD
    if wide:
        head += struct.pack(f'{order}IIQQQQQQ', kind, 4, size + segment, 0, 0, len(text), len(text), 1)
    else:
        head += struct.pack(f'{order}IIIIIIII', kind, size + segment, 0, 0, len(text), len(text), 4, 1)
    return head + text


class Run(CommandCase):
    def setUp(self):
        super().setUp()
        need_plain_object()

    def program(self, name, content):
        path = self.path(name)
        with open(path, 'wb') as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, 0o755)
        return path

    def given(self, *arguments, **how):
        """The environment that a program gets."""
        out = self.succeeds('run', *arguments, '--', 'env', '-0', **how)
        return dict(entry.split('=', 1) for entry in out.split('\0') if entry)

    # What the program gets

    def test_rules_mode_and_panel_are_handed_over(self):
        panel = self.new_panel()
        got = self.given('-r', 'a:1 failures=3', '-m', 'observe', '-p', panel)
        self.assertEqual((got['CUTOUT_RULES'], got['CUTOUT_MODE'], got['CUTOUT_PANEL']), ('a:1 failures=3', 'observe', panel))
        self.assertEqual(got['LD_PRELOAD'], os.path.realpath(OBJECT))
        self.assertNotIn('CUTOUT_LOG', got)

    def test_without_options_the_environment_stays_as_it_is(self):
        got = self.given(env={'CUTOUT_RULES': 'b:2', 'CUTOUT_MODE': 'off', 'CUTOUT_DEFAULTS': 'failures=9'})
        self.assertEqual((got['CUTOUT_RULES'], got['CUTOUT_MODE'], got['CUTOUT_DEFAULTS']), ('b:2', 'off', 'failures=9'))
        self.assertNotIn('CUTOUT_RULES', self.given())

    def test_several_rules_and_files_stand_on_lines_of_their_own(self):
        path = self.write('rules.conf', '# comment\nb:2\n')
        got = self.given('-r', 'a:1 # no more', '-f', path, '-r', 'c:3', env={'CUTOUT_RULES': 'not.this'})
        self.assertEqual(got['CUTOUT_RULES'], 'a:1 # no more\n# comment\nb:2\nc:3')

    def test_rules_come_from_standard_input_too(self):
        self.assertEqual(self.given('-f', '-', stdin='a:1\n')['CUTOUT_RULES'], 'a:1\n')

    def test_a_file_too_long_for_the_environment_is_named_instead(self):
        path = self.write('many.conf', ''.join(f'host{i}.internal:5432 failures=3\n' for i in range(6000)))
        got = self.given('-f', 'many.conf')
        self.assertEqual(got['CUTOUT_RULES'], '@' + os.path.realpath(path))
        self.complains(2, 'put them into one file, and give that alone with -f', 'run', '-r', 'a:1', '-f', path, 'true')
        with open(path, encoding='ascii') as file:
            self.complains(2, 'put them into one file', 'run', '-f', '-', 'true', stdin=file.read())

    def test_rules_may_be_as_long_as_the_environment_allows(self):
        room = 32 * 4096 - len('CUTOUT_RULES=') - 1
        path = self.write('exact.conf', 'a:1\n#' + 'x' * (room - 5))
        self.assertEqual(len(self.given('-f', path)['CUTOUT_RULES']), room)
        path = self.write('over.conf', 'a:1\n#' + 'x' * (room - 4))
        self.assertTrue(self.given('-f', path)['CUTOUT_RULES'].startswith('@/'))

    def test_verbose_logs_to_stderr_unless_it_is_said_where(self):
        self.assertEqual(self.given('-v')['CUTOUT_LOG'], 'stderr')
        self.assertEqual(self.given('-v', env={'CUTOUT_LOG': ''})['CUTOUT_LOG'], 'stderr')
        self.assertEqual(self.given('-v', env={'CUTOUT_LOG': 'off'})['CUTOUT_LOG'], 'stderr')
        self.assertEqual(self.given('-v', env={'CUTOUT_LOG': '/dev/null'})['CUTOUT_LOG'], '/dev/null')

    def test_a_log_that_cannot_be_written_is_told_of_since_the_object_will_not(self):
        os.symlink('elsewhere', self.path('link'))
        os.mkfifo(self.path('pipe'))
        for log, reason in ((self.path('no', 'log'), 'No such file or directory'), (self.path('link'), 'is a symbolic link'),
                            (self.directory, 'Is a directory')):
            with self.subTest(log):
                env = {'CUTOUT_LOG': log}
                result = self.cutout('run', 'echo', 'ran', env=env)
                complaint = f'CUTOUT_LOG: {log}: {reason}; changes of state'
                self.assertEqual(result, (0, 'ran\n', f'cutout run: warning: {complaint} are told nowhere\n'))
                self.assertEqual(self.succeeds('run', '-q', 'echo', 'ran', env=env), 'ran\n')
                self.assertEqual(self.succeeds('run', '-m', 'off', 'echo', 'ran', env=env), 'ran\n')
                self.complains(125, f'{complaint} would be told nowhere, which --strict forbids\n', 'run', '-q', '--strict',
                               'echo', 'ran', env=env)
        for log in ('new', 'pipe'):
            self.assertEqual(self.succeeds('run', 'echo', 'ran', env={'CUTOUT_LOG': self.path(log)}), 'ran\n')
        self.assertFalse(os.path.exists(self.path('new')))

    def test_who_reads_the_log_from_a_named_pipe_reads_what_the_program_writes(self):
        os.mkfifo(self.path('pipe'))
        reader = os.open(self.path('pipe'), os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        self.succeeds('run', 'true', env={'CUTOUT_LOG': self.path('pipe'), 'CUTOUT_ONLY': 'nobody'})
        poll = select.poll()
        poll.register(reader)
        self.assertEqual(poll.poll(0), [], 'a writer has come and gone')

    def test_an_existing_preload_is_kept_and_ours_is_there_once(self):
        ours, other = os.path.realpath(OBJECT), 'libjansson.so.4'  # the command itself needs that one
        self.assertEqual(self.given(env={'LD_PRELOAD': ours})['LD_PRELOAD'], ours)
        self.assertEqual(self.given(env={'LD_PRELOAD': other})['LD_PRELOAD'], f'{ours}:{other}')
        self.assertEqual(self.given(env={'LD_PRELOAD': f'{other} {ours}'})['LD_PRELOAD'], f'{other}:{ours}')
        out = self.succeeds('run', '--', COMMAND, 'run', '--', 'env', '-0')
        self.assertIn(f'LD_PRELOAD={ours}\0', out)

    # How it becomes the program

    def test_it_becomes_the_program(self):
        process = subprocess.Popen([COMMAND, 'run', '--', 'sh', '-c', 'echo $$'], stdout=subprocess.PIPE, text=True,
                                   env={**clean_environment(), 'CUTOUT_PANEL': self.panel})
        out, _ = process.communicate(timeout=30)
        self.assertEqual(int(out), process.pid)

    def test_the_exit_status_is_the_programs(self):
        self.assertEqual(self.cutout('run', 'sh', '-c', 'exit 7').status, 7)
        self.assertEqual(self.cutout('run', 'sh', '-c', 'kill -TERM $$').status, -15)

    def test_options_end_at_the_program(self):
        self.assertEqual(self.succeeds('run', 'echo', '-r', '--help', '-q'), '-r --help -q\n')
        self.assertEqual(self.succeeds('run', '--', 'echo', '--', 'a'), '-- a\n')

    def test_what_cannot_be_run_has_a_status_of_its_own(self):
        self.complains(127, 'cutout run: no-such-program: No such file or directory\n', 'run', 'no-such-program',
                       env={'PATH': '/usr/bin:/bin'})
        self.complains(127, f'{self.path("none")}: No such file', 'run', self.path('none'))
        self.complains(126, 'Permission denied\n', 'run', self.write('plain', 'text'))
        self.complains(126, 'Permission denied\n', 'run', self.directory)
        self.complains(2, 'cutout run: which program?\n', 'run', '-r', 'a:1')

    def test_an_object_that_is_not_there_is_status_125(self):
        alone = self.path('cutout')
        shutil.copy(COMMAND, alone)
        result = self.cutout('run', 'true', command=alone)
        if result.status == 0:
            self.skipTest('cutout is installed here')
        self.assertEqual((result.status, result.out), (125, ''))
        self.assertIn('cutout run: libcutout.so is not there', result.err)

    # What is refused before anything runs

    def test_mistakes_are_shown_and_nothing_is_run(self):
        text = self.complains(2, 'cutout run: -r:1:5: unknown option "falures" (did you mean "failures"?)\n  a:1 falures=3\n',
                              'run', '-r', 'a:1 falures=3', '-r', 'b:2 timeout=x', 'echo', 'ran')
        self.assertIn('  b:2 timeout=x\n', text)
        self.complains(2, 'CUTOUT_RULES:1:3: ', 'run', 'echo', 'ran', env={'CUTOUT_RULES': 'a falures=3'})
        self.complains(2, 'CUTOUT_DEFAULTS:1:1: ', 'run', '-r', 'a', 'echo', 'ran', env={'CUTOUT_DEFAULTS': 'falures=3'})
        self.complains(2, 'missing: No such file or directory\n', 'run', 'echo', 'ran', env={'CUTOUT_RULES': '@/missing'})

    def test_modes_panels_and_logs_are_checked_too(self):
        self.complains(2, 'cutout run: -m: "on" is neither enforce, observe nor off', 'run', '-m', 'on', 'echo', 'ran')
        self.complains(2, 'cutout run: -p: "x" is neither', 'run', '-p', 'x', 'echo', 'ran')
        self.complains(2, 'cutout run: CUTOUT_LOG: "x" is neither', 'run', 'echo', 'ran', env={'CUTOUT_LOG': 'x'})
        self.complains(2, 'cutout run: CUTOUT_MODE: "x" is neither', 'run', 'echo', 'ran', env={'CUTOUT_MODE': 'x'})
        self.succeeds('run', '-m', 'off', 'true', env={'CUTOUT_MODE': 'x'})

    # Warnings

    def warning(self, path):
        """The one line; None without. Not the program is started but a script for it: what the kernel cannot
        execute is given to the shell, which would take the program's bytes for commands."""
        script = self.program('run-by-' + os.path.basename(path), f'#! {path}\nexit 0\n')
        result = self.cutout('run', script)
        lines = [line for line in result.err.splitlines() if 'warning' in line]
        self.assertLessEqual(len(lines), 1, result.err)
        quiet = self.cutout('run', '-q', script)
        self.assertNotIn('warning', quiet.err)
        return lines[0] if lines else None

    def test_a_program_that_is_covered_is_not_warned_about(self):
        self.assertEqual(self.succeeds('run', 'true'), '')
        self.assertEqual(self.succeeds('run', self.program('script', '#!/bin/sh\nexit 0\n')), '')
        self.assertEqual(self.succeeds('run', self.program('no-hashbang', 'exit 0\n')), '')

    def test_static_and_foreign_programs_are_warned_about(self):
        elf_class, data, machine = own_elf()
        foreign = EM_AARCH64 if machine != EM_AARCH64 else EM_X86_64
        other_class = 3 - elf_class
        loader = '/lib64/ld-linux-x86-64.so.2'
        for name, content, words in (
                ('static', elf(elf_class, data, machine), 'statically linked; it runs unprotected'),
                ('foreign', elf(elf_class, data, foreign, loader), 'built for another machine'),
                ('other-class', elf(other_class, data, EM_386, loader), '-bit program, and libcutout.so is for '),
                ('other-end', elf(elf_class, 3 - data, machine, loader), 'built for another machine')):
            with self.subTest(name):
                path = self.program(name, content)
                warning = self.warning(path)
                self.assertIsNotNone(warning)
                self.assertTrue(warning.startswith(f'cutout run: warning: {path}: '), warning)
                self.assertIn(words, warning)

    def test_a_program_for_another_libc_is_warned_about(self):
        with open(os.path.realpath('/bin/sh'), 'rb') as file:
            is_musl = b'/ld-musl-' in file.read(4096)
        loader = '/lib64/ld-linux-x86-64.so.2' if is_musl else '/lib/ld-musl-x86_64.so.1'
        path = self.program('libc', elf(*own_elf(), interpreter=loader))
        self.assertIn('built for musl', self.warning(path))

    def test_a_script_is_judged_by_its_interpreter(self):
        static = self.program('static', elf(*own_elf()))
        script = self.program('script', f'#! {static} -x\nexit 0\n')
        self.assertIn(f'{static}: statically linked', self.warning(script))
        loop = self.path('loop')
        self.program('loop', f'#!{loop}\nexit 0\n')
        self.assertIsNone(self.warning(loop))

    def test_a_set_user_id_program_is_warned_about(self):
        path = self.path('set-user-id')
        shutil.copy(os.path.realpath('/bin/true'), path)
        if os.geteuid() == 0:
            os.chown(path, 65534, -1)
            os.chmod(path, 0o4755)
        else:
            for path in ('/bin/su', '/usr/bin/passwd', '/usr/bin/su'):
                if os.path.exists(path) and os.stat(path).st_mode & stat.S_ISUID and os.stat(path).st_uid != os.getuid():
                    break
            else:
                self.skipTest('no set-user-ID program here')
        if os.statvfs(path).f_flag & os.ST_NOSUID:
            self.skipTest('set-user-ID means nothing on this file system')
        self.assertIn(f'{path}: set-user-ID; it runs unprotected', self.warning(path))

    def test_damaged_programs_do_no_harm(self):
        whole = elf(*own_elf(), interpreter='/lib/ld-linux.so.2')
        for length in range(0, len(whole), 3):
            self.warning(self.program('damaged', whole[:length]))
        for at in range(16, len(whole)):
            content = bytearray(whole)
            content[at] = 0xff
            self.warning(self.program('damaged', bytes(content)))

    def test_a_panel_that_cannot_be_used_is_warned_about(self):
        path = self.write('foreign', 'not a panel\n' * 100)
        result = self.cutout('run', '-p', path, 'echo', 'ran')
        self.assertEqual((result.status, result.out), (0, 'ran\n'))
        self.assertTrue(result.err.startswith(f'cutout run: warning: {path}: '), result.err)
        self.assertEqual(result.err.count('\n'), 1, 'the object says nothing more')
        self.assertEqual(self.succeeds('run', '-q', '-p', path, 'echo', 'ran'), 'ran\n')
        self.assertEqual(self.given('-q', '-p', path)['CUTOUT_PANEL'], 'private')


if __name__ == '__main__':
    main()
