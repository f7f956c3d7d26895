#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each way in which the panel cannot be used: the program runs on, with a private one and one line on stderr."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import shutil

import namespaces
from harness import FOREIGN, MUSL, OBJECT, REFUSED, Case, check_program, main, named_errors, need, need_root, rule
from servers import Port

LAYOUT_OFFSET = 8  # behind the magic number


class Panel(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)

    def is_private(self, pattern, panel=None, under=(), preload=True, env=None, program='calls'):
        """The program keeps its output and status, is protected by itself, and says once why."""
        how = dict(rules=rule(self.port), panel=panel, under=under, preload=preload, env=env)
        again = ['use=0', 'socket=4', f'connect={self.port}', 'close'] * 3
        for _ in range(2):
            result = self.execute([check_program(program), *again], **how)
            self.assertEqual(result.status, 0, result)
            lines = result.err.splitlines()
            self.assertEqual(len(lines), 1, lines)
            self.assertRegex(lines[0], '^cutout: .*' + pattern)
            seen = [line.split()[-1] for line in named_errors(result.out).splitlines() if 'connect' in line]
            self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED])
        if not FOREIGN:
            result = self.execute(['sh', '-c', 'echo out; exit 3'], **how)
            self.assertEqual((result.status, result.out), (3, 'out\n'))

    def a_panel(self):
        """One that is used, and its content."""
        self.connect(self.port, rules=rule(self.port))
        with open(self.panel, 'rb') as file:
            return file.read()

    def as_nobody(self):
        """How a program runs as another user, with copies that this user can reach, whatever the build directory."""
        need_root()
        need('setpriv')
        for original in (OBJECT, check_program('calls')):
            copy = shutil.copy(original, self.directory)
            os.chmod(copy, 0o755)
        under = namespaces.working(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'], 'setpriv')
        return dict(under=under, preload=self.path(os.path.basename(OBJECT)), program=self.path('calls'))

    def test_no_directory(self):
        self.is_private('', panel=self.path('nonexistent', 'panel'))

    def test_a_directory_that_is_a_file(self):
        with open(self.path('file'), 'w', encoding='ascii'):
            pass
        self.is_private('is not a directory', panel=self.path('file', 'panel'))

    def test_no_permission(self):
        self.is_private('', **self.as_nobody())

    def test_a_directory_of_another_owner(self):
        os.chmod(os.path.dirname(self.panel), 0o777)
        self.is_private('', **self.as_nobody())

    def test_a_directory_that_others_can_write_to(self):
        os.chmod(os.path.dirname(self.panel), 0o777)
        self.is_private('0777')

    def test_a_file_of_another_owner(self):
        need_root()
        content = self.a_panel()
        os.chown(self.panel, 65534, 65534)
        self.is_private('owned by user 65534')
        with open(self.panel, 'rb') as file:
            self.assertEqual(file.read(), content)

    def test_a_file_that_others_can_write_to(self):
        self.a_panel()
        os.chmod(self.panel, 0o666)
        self.is_private('0666')

    def test_a_symbolic_link(self):
        content = self.a_panel()
        link = os.path.join(os.path.dirname(self.panel), 'link')
        os.symlink(self.panel, link)
        self.is_private('link', panel=link)
        with open(self.panel, 'rb') as file:
            self.assertEqual(file.read(), content)

    def test_a_symbolic_link_to_nowhere(self):
        os.symlink(self.path('nowhere'), self.panel)
        self.is_private('link')
        self.assertFalse(os.path.exists(self.path('nowhere')))

    def test_a_directory_that_is_a_symbolic_link(self):
        os.symlink(os.path.dirname(self.panel), self.path('link'))
        self.is_private('link', panel=self.path('link', 'panel'))

    def test_a_foreign_file(self):
        for content in (b'', b'precious\n', b'precious' * 512 * 1024):
            with self.subTest(length=len(content)):
                with open(self.panel, 'wb') as file:
                    file.write(content)
                os.chmod(self.panel, 0o600)
                self.is_private('')
                with open(self.panel, 'rb') as file:
                    self.assertEqual(file.read(), content)

    def test_a_foreign_file_of_the_size_of_a_panel(self):
        content = b'x' * len(self.a_panel())
        with open(self.panel, 'r+b') as file:
            file.write(content)
        self.is_private('is not a panel')
        with open(self.panel, 'rb') as file:
            self.assertEqual(file.read(), content)

    def test_a_panel_cut_short(self):
        """It would kill with SIGBUS."""
        content = self.a_panel()
        os.truncate(self.panel, len(content) // 2)
        self.is_private('')

    def test_a_panel_of_another_layout(self):
        content = bytearray(self.a_panel())
        content[LAYOUT_OFFSET] += 1
        with open(self.panel, 'r+b') as file:
            file.write(content)
        self.is_private(f'layout {content[LAYOUT_OFFSET]}')
        with open(self.panel, 'rb') as file:
            self.assertEqual(file.read(), bytes(content))

    def test_something_that_is_no_file(self):
        os.mkfifo(self.panel, 0o600)
        self.is_private('')
        os.unlink(self.panel)
        os.mkdir(self.panel, 0o700)
        self.is_private('')

    def test_a_full_filesystem(self):
        """Row 10: a sparse mapping would kill with SIGBUS."""
        disk = self.path('disk')
        os.mkdir(disk)
        under = namespaces.own_mounts(f'mount -t tmpfs -o size=256k,mode=0700 tmpfs {disk}')
        self.is_private('', panel=os.path.join(disk, 'panel'), under=under)

    def test_a_filesystem_that_cannot_be_written_to(self):
        disk = self.path('disk')
        os.mkdir(disk)
        under = namespaces.own_mounts(f'mount -t tmpfs -o ro,mode=0700 tmpfs {disk}')
        self.is_private('', panel=os.path.join(disk, 'panel'), under=under)

    def test_a_small_limit_of_file_size(self):
        """Row 10: exceeding it would kill with SIGXFSZ."""
        self.is_private('', under=['sh', '-c', 'ulimit -f 64; exec "$@"', 'sh'])
        self.assertFalse(os.path.exists(self.panel))

    def test_a_small_limit_of_file_size_does_not_matter_to_a_panel_that_is_there(self):
        self.a_panel()
        self.assertEqual(self.connect(self.port, rules=rule(self.port), under=['sh', '-c', 'ulimit -f 64; exec "$@"', 'sh']),
                         ['ECONNREFUSED'])
        self.assert_totals(self.port, calls=2)

    def test_a_limit_of_memory(self):
        """Where there is no room for a private panel either: unprotected, and alive. The limits go up until there is room."""
        if MUSL:
            self.skipTest('the loader of musl says nothing where it has no room for the object')
        seen = set()
        for limit in range(8000, 40000, 500):
            result = self.execute([check_program('calls'), *['socket=4', f'connect={self.port}', 'close'] * 3],
                                  rules=rule(self.port), panel=self.new_panel(),
                                  under=['sh', '-c', f'ulimit -v {limit}; exec "$@"', 'sh'])
            if result.status == 127 or 'cannot be preloaded' in result.err:
                continue  # the loader had no room itself
            errors = [line.split()[-1] for line in named_errors(result.out).splitlines() if 'connect' in line]
            self.assertEqual((result.status, errors[:2]), (0, ['ECONNREFUSED'] * 2), f'{limit} KiB')
            lines = result.err.splitlines()
            self.assertLessEqual(len(lines), 1)
            self.assertTrue(all(line.startswith('cutout: ') for line in lines), lines)
            self.assertTrue(lines or errors[2] == REFUSED, f'unprotected without a word with {limit} KiB')
            seen.add((len(lines), errors[2]))
            if seen == {(1, 'ECONNREFUSED'), (0, REFUSED)}:
                return
        self.skipTest(f'no limit of memory makes a difference here: {seen}')

    def test_no_descriptor_left_for_the_panel(self):
        """Nor for anything else: standard ones only, and three are the limit while we start."""
        result = self.execute(['sh', '-c', 'ulimit -n 3; exec "$@"', 'sh', check_program('calls')], rules=rule(self.port))
        self.assertIn(result.status, (0, 127))


if __name__ == '__main__':
    main()
