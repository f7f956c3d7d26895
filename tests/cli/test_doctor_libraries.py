#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout doctor: which libraries are found, in which order of the loader's rules, and what they do past the hooks."""
import os
import re
import shutil
import subprocess
import unittest

from common import clean_environment, main
from doctoring import CONNECTS, DoctorCase, is_for_musl

USES = 'int used(void); int main(void) { return used(); }'
USED = CONNECTS.replace('int main', 'int used')


class Search(DoctorCase):
    """The program needs libused.so, of which there are several; `found` is the directory whose one is loaded."""

    def setUp(self):
        super().setUp()
        for directory in ('a', 'b'):
            self.library('libused.so', source=USED, directory=directory)

    def found(self, *options, env=None):
        path = self.compile('uses', f'-L{self.path("a")}', '-lused', *options, source=USES)
        answer = self.answer(path, env=env)
        paths = {library['name']: library['path'] for library in answer['libraries']}
        if env is None and not is_for_musl():
            self.assertEqual(os.path.realpath(paths['libused.so'] or '/'), os.path.realpath(self.by_ldd(path) or '/'))
        return os.path.relpath(paths['libused.so'], self.directory) if paths['libused.so'] else None

    @staticmethod
    def by_ldd(path):
        """What the loader itself says; the program is ours."""
        if shutil.which('ldd') is None:
            raise unittest.SkipTest('ldd is not installed')
        out = subprocess.run(['ldd', path], stdout=subprocess.PIPE, text=True, env=clean_environment(), timeout=30).stdout
        match = re.search(r'libused\.so => (/\S+)', out)
        return match and match[1]

    def test_without_a_path_it_is_missing(self):
        self.assertIsNone(self.found())
        answer = self.answer(self.path('uses'))
        self.assertEqual(answer['covered'], 'partly')
        self.assertIn('libused.so, which uses needs, is not found', self.finding(answer, 'library-missing')['reason'])

    def test_runpath_and_rpath_lead_to_it(self):
        for tags in ('--enable-new-dtags', '--disable-new-dtags'):
            with self.subTest(tags):
                self.assertEqual(self.found(f'-Wl,{tags},-rpath,{self.path("b")}'), 'b/libused.so')
                self.assertEqual(self.found(f'-Wl,{tags},-rpath,/no/such:$ORIGIN/b'), 'b/libused.so')
                self.assertEqual(self.found(f'-Wl,{tags},-rpath,${{ORIGIN}}/a'), 'a/libused.so')

    def test_lib_is_where_the_loader_is(self):
        lib = 'no-such-lib'
        for name in ('lib64', 'lib', 'lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu'):
            self.library('libused.so', source=USED, directory=f'c/{name}')
        if not is_for_musl():
            lib = self.found('-Wl,-rpath,$ORIGIN/c/$LIB')
            self.assertTrue(lib.startswith('c/lib'), lib)

    def test_the_variable_stands_between_rpath_and_runpath(self):
        env = {'LD_LIBRARY_PATH': f'/no/such:{self.path("a")}'}
        self.assertEqual(self.found(env=env), 'a/libused.so')
        self.assertEqual(self.found(f'-Wl,--enable-new-dtags,-rpath,{self.path("b")}', env=env), 'a/libused.so')
        if not is_for_musl():
            self.assertEqual(self.found(f'-Wl,--disable-new-dtags,-rpath,{self.path("b")}', env=env), 'b/libused.so')

    def test_rpath_is_inherited_and_runpath_is_not(self):
        inner = self.library('libinner.so', source='int used(void) { return 0; }', directory='c')
        self.library('libouter.so', inner, source='int used(void); int outer(void) { return used(); }')
        source = 'int outer(void); int main(void) { return outer(); }'
        for tags, expected in (('--disable-new-dtags', 'c/libinner.so'), ('--enable-new-dtags', None)):
            if expected is None and is_for_musl():
                continue
            with self.subTest(tags):
                path = self.compile('uses', self.path('libouter.so'), f'-Wl,{tags},-rpath,{self.directory}:{self.path("c")}',
                                    '-Wl,--allow-shlib-undefined', source=source)
                paths = {library['name']: library['path'] for library in self.answer(path)['libraries']}
                self.assertEqual(paths['libouter.so'], self.path('libouter.so'))
                self.assertEqual(paths['libinner.so'], expected and self.path(expected))

    def test_a_library_of_another_kind_is_passed_over(self):
        os.mkdir(self.path('d'))
        self.made('machine=3', 'class=32', name='d/libused.so')
        self.assertEqual(self.found(f'-Wl,-rpath,{self.path("d")}:{self.path("b")}'), 'b/libused.so')

    def test_it_agrees_with_the_loader_about_installed_programs(self):
        if is_for_musl() or shutil.which('ldd') is None:
            self.skipTest('ldd of glibc is not here')
        for name in ('curl', 'git', 'ssh', 'wget', 'node', 'redis-server'):
            path = shutil.which(name)
            if path is None:
                continue
            out = subprocess.run(['ldd', path], stdout=subprocess.PIPE, text=True, env=clean_environment(), timeout=30).stdout
            wanted = dict(re.findall(r'^\s(\S+) => (/\S+)', out, re.MULTILINE))
            found = {library['name']: library['path'] for library in self.answer(path)['libraries']}
            with self.subTest(name):
                self.assertEqual({key: found.get(key) for key in wanted}, wanted)


class Escapes(DoctorCase):
    def linked(self, library):
        return library, '-Wl,--no-as-needed', f'-Wl,-rpath,{os.path.dirname(library)}'

    def test_the_importer_is_the_library(self):
        library = self.library('libused.so', source=USED)
        answer = self.answer(self.compile('uses', *self.linked(library), source=USES))
        self.assertEqual((answer['covered'], self.importers(answer, 'connect')), ('yes', ['libused.so']))
        self.assertEqual([entry['needed_by'] for entry in answer['libraries'] if entry['name'] == 'libused.so'], ['uses'])

    def test_a_symbolic_library_with_names_of_ours_escapes(self):
        source = 'int connect(int a, const void *b, unsigned c) { return a + !b + (int)c; }\nint used(void) { return connect(1, 0, 2); }'
        for options, name, covered in ((['-Wl,-Bsymbolic'], 'symbolic', 'partly'), ([], 'definition', 'yes')):
            with self.subTest(name):
                library = self.library('libused.so', *options, source=source)
                answer = self.answer(self.compile('uses', *self.linked(library), source=USES))
                self.assertEqual(self.finding(answer, name)['covered'], covered)
                self.assertEqual(answer['covered'], covered)
                self.assertIn('libused.so defines connect', self.finding(answer, name)['reason'])

    def test_a_program_with_names_of_ours_is_not_covered(self):
        library = self.library('libused.so', source=USED)
        own = 'int connect(int a, const void *b, unsigned c) { return a + !b + (int)c; }\n'
        answer = self.answer(self.compile('uses', *self.linked(library), '-rdynamic', source=own + USES))
        self.assertEqual(self.finding(answer, 'own-definition')['covered'], 'no')
        [entry] = [entry for entry in answer['symbols'] if entry['symbol'] == 'connect']
        self.assertEqual((entry['hooked'], entry['covered']), (True, False))
        own = 'long write(int a, const void *b, unsigned long c) { return a + !b + (long)c; }\n'
        answer = self.answer(self.compile('uses', *self.linked(library), '-rdynamic', source=own + USES))
        self.assertEqual(self.finding(answer, 'own-definition')['covered'], 'partly')

    def test_calls_that_are_not_hooked_are_told(self):
        calls = {'syscall': ('syscall', 'yes'), 'io_uring_queue_init': ('io-uring', 'partly'), 'dlopen': ('dlopen', 'yes'),
                 'dlmopen': ('dlmopen', 'partly'), 'getaddrinfo_a': ('lookups', 'yes'), '__res_query': ('lookups', 'yes'),
                 'rcmd': ('libc-connects', 'partly'), 'ares_getaddrinfo': ('lookups', 'yes')}
        for call, (name, covered) in calls.items():
            with self.subTest(call):
                source = CONNECTS.replace('int main', f'void {call}(void);\nint main').replace('return', f'{call}(); return')
                own = '' if call == 'syscall' else f'void {call}(void) {{}}'  # libc's, of which two system calls are hooked
                library = self.library('libhas.so', source=own)
                answer = self.answer(self.compile('calls', *self.linked(library), '-w', source=source))
                self.assertEqual((self.ids(answer), answer['covered']), ([name], covered))
                self.assertIn('calls imports', self.finding(answer, name)['reason'])

    def test_what_is_hooked_comes_from_the_object(self):
        source = CONNECTS.replace('int main', 'void sendfile64(void); void __recv_chk(void); void accept4(void);\nint main')
        source = source.replace('return', 'sendfile64(); __recv_chk(); accept4(); return')
        library = self.library('libhas.so', source='void sendfile64(void) {} void __recv_chk(void) {} void accept4(void) {}')
        answer = self.answer(self.compile('calls', *self.linked(library), '-w', source=source))
        names = [entry['symbol'] for entry in answer['symbols']]
        self.assertEqual(names, ['connect', 'socket'] if is_for_musl() else ['connect', '__recv_chk', 'sendfile64', 'socket'])

    def test_the_runtime_of_a_sanitizer_that_must_be_first_is_told(self):
        path = self.compile('sanitized', '-fsanitize=address', compiler='gcc')
        answer = self.answer(path)
        if not any(library['name'].startswith('libasan') for library in answer['libraries']):
            self.skipTest('its runtime is linked in')
        self.assertEqual(self.finding(answer, 'sanitizer')['covered'], 'no')
        self.assertIn('cutout run', self.finding(answer, 'sanitizer')['remedy'])
        runtime = [library['path'] for library in answer['libraries'] if library['name'].startswith('libasan')][0]
        for env in ({'LD_PRELOAD': runtime}, {'ASAN_OPTIONS': 'verify_asan_link_order=0'}):
            env['ASAN_OPTIONS'] = 'detect_leaks=0:' + env.get('ASAN_OPTIONS', '')
            if os.environ.get('CUTOUT_SANITIZERS'):
                break
            with self.subTest(env=env):
                self.assertEqual(self.answer(path, env=env)['covered'], 'yes')

    def test_a_sanitizer_that_is_linked_in_does_no_harm(self):
        path = self.compile('sanitized', '-fsanitize=address', '-static-libasan', compiler='gcc')
        answer = self.answer(path)
        self.assertEqual((self.finding(answer, 'sanitizer')['covered'], answer['covered']), ('yes', 'yes'))

    def test_what_is_preloaded_beside_us_is_looked_at(self):
        library = self.library('libused.so', '-Wl,-z,lazy',
                               source='int io_uring_setup(void); int used(void) { return io_uring_setup(); }')
        path = self.compile('plain')
        if os.environ.get('CUTOUT_SANITIZERS'):
            self.skipTest('nothing is preloaded into a command with a sanitizer')
        answer = self.answer(path, env={'LD_PRELOAD': library})
        self.assertEqual(self.ids(answer), ['io-uring'])
        self.assertEqual([entry['needed_by'] for entry in answer['libraries'] if entry['name'] == 'libused.so'], ['LD_PRELOAD'])

    def test_a_file_under_two_names_is_one_library(self):
        self.compile('libplain.so', '-shared', '-fPIC', source=USED)
        os.symlink('libplain.so', self.path('again.so'))
        path = self.compile('uses', f'-L{self.directory}', '-lplain', f'-Wl,-rpath,{self.directory}', source=USES)
        self.assertIn('libplain.so', [entry['name'] for entry in self.answer(path)['libraries']])
        if os.environ.get('CUTOUT_SANITIZERS'):
            self.skipTest('nothing is preloaded into a command with a sanitizer')
        names = [entry['name'] for entry in self.answer(path, env={'LD_PRELOAD': self.path('again.so')})['libraries']]
        self.assertIn('again.so', names)
        self.assertNotIn('libplain.so', names)


if __name__ == '__main__':
    main()
