#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout doctor: real programs of all kinds, scripts, files that are no programs, damaged ones."""
import os
import random
import shutil
import stat
import subprocess
import sys
import unittest

from common import COMMAND, CommandCase, main, need_plain_object
from doctoring import CONNECTS, DoctorCase, is_for_musl


def installed(*names):
    """The first of these programs that is there."""
    for name in names:
        path = shutil.which(name, path=os.environ['PATH'] + ':/usr/sbin:/sbin')
        if path is not None:
            return path
    raise unittest.SkipTest(f'{" or ".join(names)} is not installed')


class Programs(DoctorCase):
    def test_a_program_of_this_machine_is_covered(self):
        answer = self.answer(self.compile('plain'))
        self.assertEqual((answer['covered'], self.ids(answer), answer['go']), ('yes', [], None))
        self.assertEqual(self.importers(answer, 'connect'), ['plain'])
        self.assertTrue(all(entry['covered'] for entry in answer['symbols']))

    def test_it_says_so_in_words_too(self):
        out = self.succeeds('doctor', self.compile('plain'))
        self.assertTrue(out.startswith(f'{self.path("plain")}: covered\n'), out)
        self.assertRegex(out, r'\nSYMBOL +COVERED +IMPORTED BY\nconnect +yes +plain\n')

    def test_curl_is_covered_and_its_library_connects(self):
        answer = self.answer(installed('curl'))
        self.assertEqual(answer['covered'], 'yes', answer['findings'])
        self.assertTrue(any(name.startswith('libcurl') for name in self.importers(answer, 'connect')))
        self.assertTrue(all(library['path'] for library in answer['libraries']))

    def test_python_node_and_java_are_covered(self):
        for name in (sys.executable, 'node', 'java'):
            with self.subTest(name):
                if shutil.which(name) is None:
                    continue
                answer = self.answer(os.path.realpath(shutil.which(name)))
                self.assertEqual(answer['covered'], 'yes', answer['findings'])
                self.assertEqual([library for library in answer['libraries'] if not library['path']], [])

    def test_a_static_program_is_not_covered(self):
        for options in (['-static'], ['-static-pie']):
            with self.subTest(options=options):
                answer = self.answer(self.compile('static', *options))
                self.assertEqual((answer['covered'], self.ids(answer, 'no')), ('no', ['static']))
                self.assertIn('proxy', self.finding(answer, 'static')['remedy'])

    def test_a_static_busybox_is_not_covered(self):
        path = installed('busybox')
        with open(path, 'rb') as file:
            if b'/ld-' in file.read(4096):
                self.skipTest('this busybox is dynamically linked')
        self.assertEqual(self.ids(self.answer(path), 'no'), ['static'])

    def test_a_program_for_another_libc_is_not_covered(self):
        if is_for_musl():
            path = self.made('loader=/lib64/ld-linux-x86-64.so.2')
        else:
            path = self.compile('musl', compiler='musl-gcc')
        answer = self.answer(path)
        self.assertEqual(answer['covered'], 'no')
        self.assertIn('libc', self.ids(answer, 'no'))

    def test_a_32_bit_program_is_not_covered(self):
        answer = self.answer(self.compile('narrow', '-m32', source='int main(void) { return 0; }'))
        if answer['covered'] != 'yes' or answer['bits'] == 32:
            self.assertIn('class', self.ids(answer, 'no'))
            self.assertEqual(answer['bits'], 32)

    def test_another_class_and_another_machine_are_told(self):
        self.assertEqual(self.ids(self.answer(self.made('class=32', 'machine=3')), 'no')[0],
                         'class' if sys.maxsize > 2**32 else 'machine')
        self.assertIn(self.ids(self.answer(self.made('machine=22')), 'no')[0], ('machine', 'class'))

    def test_a_loader_that_is_not_there_is_told(self):
        answer = self.answer(self.made('loader=/lib/ld-none.so.9'))
        if answer['machine'] != 62:
            self.skipTest('made for another machine')
        self.assertIn('loader-missing', self.ids(answer, 'no') + ['loader-missing'] * ('class' in self.ids(answer)))

    def test_a_program_that_never_connects_is_covered_with_a_note(self):
        answer = self.answer(self.compile('idle', source='int main(void) { return 0; }'))
        self.assertEqual((answer['covered'], self.ids(answer)), ('yes', ['no-connect']))


class Go(DoctorCase):
    def test_go_is_known_by_its_record_whatever_its_age(self):
        for words in (['note', 'go=go1.22.1'], ['go=go1.22.1'], ['go=go1.22.1', 'pointed'], ['go=go1.22.1', 'stripped'],
                      ['go=go1.22.1', 'pointed', 'stripped'], ['go=go1.22.1', 'far']):
            with self.subTest(words=words):
                answer = self.answer(self.made(*words))
                self.assertEqual((answer['covered'], answer['go']), ('no', 'go1.22.1'))
                self.assertIn('go', self.ids(answer, 'no'))

    def test_go_is_known_by_its_build_id_alone(self):
        answer = self.answer(self.made('note'))
        self.assertEqual(answer['go'], 'unknown')
        self.assertIn('version unknown', self.finding(answer, 'go')['reason'])

    def test_go_with_libc_makes_its_system_calls_itself(self):
        answer = self.answer(self.made('go=go1.22.1', 'loader=/lib64/ld-linux-x86-64.so.2'))
        self.assertIn('uses libc for other things', self.finding(answer, 'go')['reason'])

    def test_what_go_builds_is_told(self):
        installed('go')
        source = self.write('main.go', 'package main\nimport "net"\nfunc main() { net.Dial("tcp", "127.0.0.1:9") }\n')
        for cgo in '01':
            done = subprocess.run(['go', 'build', '-o', self.path('gone'), source], timeout=120, stderr=subprocess.PIPE,
                                  env={**os.environ, 'CGO_ENABLED': cgo, 'GOCACHE': self.path('cache'),
                                       'GO111MODULE': 'off', 'GOFLAGS': ''})
            if done.returncode != 0:
                self.skipTest(done.stderr.decode())
            with self.subTest(cgo=cgo):
                answer = self.answer(self.path('gone'))
                self.assertEqual(answer['covered'], 'no')
                self.assertRegex(answer['go'], r'^go1\.')


class Rights(DoctorCase):
    def test_a_set_user_id_program_is_never_wholly_covered(self):
        path = installed('passwd', 'su', 'sudo')
        if not os.stat(path).st_mode & stat.S_ISUID:
            self.skipTest(f'{path} is not set-user-ID')
        answer = self.answer(path)
        self.assertEqual(self.finding(answer, 'set-user-id')['covered'], 'partly' if os.getuid() == 0 else 'no')
        self.assertIn('sudo cutout run', self.finding(answer, 'set-user-id')['remedy'])

    def test_rights_of_others_keep_the_object_out(self):
        if os.geteuid() != 0:
            self.skipTest('only root can set this up')
        path = self.compile('raised')
        for mode, owner, group, name in ((0o4755, 65534, -1, 'set-user-id'), (0o2755, 0, 65534, 'set-group-id')):
            os.chown(path, owner, group)
            os.chmod(path, mode)
            if os.statvfs(path).f_flag & os.ST_NOSUID:
                self.skipTest('such rights mean nothing on this file system')
            with self.subTest(name):
                self.assertEqual(self.ids(self.answer(path), 'no'), [name])

    def test_file_capabilities_keep_the_object_out_for_all_but_root(self):
        path = self.compile('capable')
        try:
            os.setxattr(path, 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))
        except OSError as error:
            self.skipTest(f'no capabilities can be set: {error}')
        self.assertEqual(self.finding(self.answer(path), 'file-capabilities')['covered'], 'partly')


class Scripts(DoctorCase):
    def test_a_script_is_followed_through_env(self):
        bash = installed('bash')
        for line in ('/usr/bin/env bash', '/usr/bin/env -S bash -e', '/usr/bin/env -S A=1 "bash" -u # why', bash):
            with self.subTest(line):
                answer = self.answer(self.program('script', f'#!{line}\nexit 0\n'))
                self.assertEqual(answer['covered'], 'yes', answer['findings'])
                self.assertEqual(answer['interpreters'][-1], bash)
                self.assertIn('script', self.ids(answer))

    def test_a_script_of_a_script_is_followed_to_the_end(self):
        inner = self.program('inner', '#! /bin/sh\n')
        answer = self.answer(self.program('outer', f'#!/usr/bin/env {inner}\n'))
        self.assertEqual(answer['interpreters'], ['/usr/bin/env', inner, '/bin/sh'])

    def test_text_without_an_interpreter_is_the_shells(self):
        self.assertEqual(self.answer(self.program('text', 'exit 0\n'))['interpreters'], ['/bin/sh'])

    def test_a_script_is_judged_by_what_runs_it(self):
        static = self.compile('static', '-static')
        answer = self.answer(self.program('script', f'#!{static} -x\n'))
        self.assertEqual(self.ids(answer, 'no'), ['static'])

    def test_env_may_take_the_preload_away(self):
        for words in ('-S -i sh', '-iS sh', '-S - sh', '-S -u LD_PRELOAD sh', '-S --unset=LD_PRELOAD sh', '-S LD_PRELOAD= sh'):
            with self.subTest(words):
                path = self.program('script', f'#!/usr/bin/env {words}\n')
                self.assertEqual(self.ids(self.answer(path), 'no'), ['environment'])
                self.assertIn('env takes LD_PRELOAD away', self.cutout('run', path).err)
        path = self.program('script', '#!/usr/bin/env -S -u HOME sh\n')
        self.assertEqual(self.ids(self.answer(path), 'no'), [])

    def test_a_script_that_leads_nowhere_says_where_it_stops(self):
        itself = self.path('itself')
        for line, words in (('/no/such', 'its interpreter /no/such is not there'),
                            ('/usr/bin/env no-such-program', 'env does not find "no-such-program"'),
                            ('/usr/bin/env sh -e', 'unless -S is in front'),
                            ('/usr/bin/env', 'env is not told which program'),
                            (itself, 'more interpreters of interpreters than the kernel follows'),
                            (f'/usr/bin/env {itself}', 'interpreters without end')):
            with self.subTest(line):
                answer = self.answer(self.program('itself', f'#!{line}\n'))
                self.assertIn(words, self.finding(answer, 'interpreter')['reason'])


class Others(DoctorCase):
    def test_what_is_no_program_is_told(self):
        with open(self.path('bytes'), 'wb') as file:
            file.write(b'\0\1\2')
        self.assertEqual(self.ids(self.answer(self.path('bytes')), 'no'), ['not-executable', 'not-elf'])
        self.assertEqual(self.ids(self.answer(self.made('type=1')), 'no'), ['not-a-program'])
        self.assertEqual(self.ids(self.answer(self.made('type=4')), 'no'), ['not-a-program'])
        answer = self.answer(self.directory)
        self.assertEqual(self.ids(answer, 'no'), ['unreadable'])
        self.assertEqual(self.finding(answer, 'unreadable')['remedy'], 'ask for a program in it')
        library = self.library('libalone.so', source='int alone;')
        self.assertEqual(self.ids(self.answer(library), 'no'), ['not-a-program'])

    def test_wrong_usage_and_missing_programs_have_status_2(self):
        self.complains(2, 'cutout doctor: which program?\n', 'doctor')
        self.complains(2, 'one program at a time, not also "b"', 'doctor', 'a', 'b')
        self.complains(2, 'either a program or --pid, not both', 'doctor', '--pid', '1', 'a')
        self.complains(2, 'no-such-program: not found in PATH', 'doctor', 'no-such-program')
        self.write('here', '')
        self.complains(2, '(did you mean "./here"?)', 'doctor', 'here')
        self.complains(2, '/no/such: No such file or directory', 'doctor', '/no/such')
        self.complains(2, '(did you mean "--json"?)', 'doctor', '--jsom', 'true')

    def test_bytes_of_a_file_do_not_reach_the_terminal(self):
        out = self.cutout('doctor', self.made('loader=/lib/\033[31mld.so')).out
        self.assertNotIn('\033', out)

    def test_damaged_programs_do_no_harm(self):
        """Few here; every seed prints itself, and thousands were tried under AddressSanitizer."""
        with open(self.compile('whole'), 'rb') as file:
            whole = file.read()
        for seed in range(int(os.environ.get('CUTOUT_DOCTOR_SEEDS', '60'))):
            chance = random.Random(seed)
            damaged = bytearray(whole)
            if seed % 4 == 0:
                del damaged[chance.randrange(len(damaged)):]
            for _ in range(chance.choice((1, 4, 32)) if seed % 4 else 0):
                damaged[chance.randrange(min(len(damaged), 2**(seed % 4 * 4 + 8)))] = chance.choice((0, 0xff, 0x80, 7))
            with open(self.path('damaged'), 'wb') as file:
                file.write(damaged)
            os.chmod(self.path('damaged'), 0o755)
            with self.subTest(seed=seed):
                result = self.cutout('doctor', self.path('damaged'))
                self.assertIn(result.status, (0, 1), result.err)
                self.assertEqual(result.err, '')


class Truth(DoctorCase):
    """What the doctor says is what happens: one connect, which the panel has seen or has not."""

    def setUp(self):
        super().setUp()
        need_plain_object()

    def compare(self, path, covered):
        self.assertEqual(self.answer(path)['covered'], covered)
        panel = self.new_panel()
        self.execute([COMMAND, 'run', '-q', '-p', panel, path], preload=False)
        self.assertEqual([breaker['address'] for breaker in self.status(panel)],
                         ['127.0.0.1:9'] if covered == 'yes' else [])

    def test_of_a_dynamic_program_and_of_a_script_for_it(self):
        path = self.compile('plain')
        self.compare(path, 'yes')
        self.compare(self.program('script', f'#!/usr/bin/env {path}\n'), 'yes')
        self.compare(self.program('bare', f'#!/usr/bin/env -S -i {path}\n'), 'no')

    def test_of_a_static_program(self):
        self.compare(self.compile('static', '-static'), 'no')

    def test_of_a_program_with_a_connect_of_its_own(self):
        own = ('#include <sys/syscall.h>\n#include <unistd.h>\nint connect(int a, const struct sockaddr *b, socklen_t c)\n'
               '{ return (int)syscall(SYS_connect, a, b, c); }\nint main')
        self.compare(self.compile('own', '-rdynamic', '-D_GNU_SOURCE', source=CONNECTS.replace('int main', own)), 'no')

    def test_of_a_sanitizer_as_a_library_and_linked_in(self):
        self.compare(self.compile('library', '-fsanitize=address', compiler='gcc'), 'no')
        self.compare(self.compile('linked-in', '-fsanitize=address', '-static-libasan', compiler='gcc'), 'yes')
        self.compare(self.compile('threads', '-fsanitize=thread', compiler='gcc'), 'yes')


class Strict(CommandCase):
    def setUp(self):
        super().setUp()
        need_plain_object()

    def test_a_warning_becomes_an_error(self):
        answer = self.cutout('run', '--strict', 'true')
        self.assertEqual((answer.status, answer.err), (0, ''))
        path = self.write('foreign', 'not a panel\n' * 100)
        self.complains(125, 'which --strict forbids', 'run', '--strict', '-p', path, 'echo', 'ran')

    def test_a_program_that_would_run_unprotected_is_not_run(self):
        path = self.write('bare', '#!/usr/bin/env -S -i echo ran\n')
        os.chmod(path, 0o755)
        self.complains(125, 'it would run unprotected, which --strict forbids', 'run', '--strict', path)
        self.complains(125, 'it would run unprotected', 'run', '--strict', '-q', path)
        self.assertIn('it runs unprotected', self.cutout('run', path).err)


if __name__ == '__main__':
    main()
