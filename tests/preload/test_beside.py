#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Row 24: other preloads beside the object, in both orders. Each of them does its own work, and we ours."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import shutil
import subprocess
import time

from harness import FOREIGN, OBJECT, REFUSED, Case, both_orders, check_library, check_program, libraries, main, need, need_native, rule
from servers import Port

DAYS = 2 * 86400


class Beside(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)
        self.rules = rule(self.port)

    def protected(self, preload, env=None):
        panel = self.new_panel()
        how = dict(rules=self.rules, preload=preload, panel=panel, env=env)
        self.assertEqual(self.connect(self.port, 3, **how), ['ECONNREFUSED'] * 2 + [REFUSED])
        self.assertEqual(self.connect(self.port, **how), [REFUSED])
        if FOREIGN:
            return
        result = self.execute([sys.executable, '-c', 'import subprocess; subprocess.run(["true"]); print("fine")'], **how)
        self.assertEqual(result, (0, 'fine\n', ''))

    def protected_beside(self, *others, env=None, works=None):
        """`works(**how)`: what the other one is there for."""
        for preload in both_orders(*others):
            with self.subTest(preload):
                self.protected(preload, env)
                if works:
                    works(rules=self.rules, preload=preload, env=env)

    def test_an_allocator_that_uses_interposed_calls_itself(self):
        """Row 7."""
        self.protected_beside(check_library('liballocator.so'))

    def test_jemalloc(self):
        def allocates(**how):
            how['env'] = {'MALLOC_CONF': 'stats_print:true'}
            self.assertIn('jemalloc statistics', self.execute([check_program('calls')], **how).err)
        self.protected_beside(*libraries('libjemalloc.so.2'), works=allocates)

    def test_libfaketime(self):
        """Row 7."""
        def tells_its_time(**how):
            told = int(self.execute(['date', '+%s'], **how).out)
            self.assertLess(abs(time.time() - DAYS - told), 3600)
        self.protected_beside(*libraries('libfaketime.so.1'), env={'FAKETIME': '-2d'}, works=tells_its_time)

    def test_libeatmydata(self):
        """The sync of a pipe would fail."""
        def syncs_nothing(**how):
            self.assertEqual(self.execute([sys.executable, '-c', 'import os; os.fsync(1)'], **how), (0, '', ''))
        self.protected_beside(*libraries('libeatmydata.so'), works=syncs_nothing)

    def test_stdbuf(self):
        self.protected_beside(*libraries('libstdbuf.so'), env={'_STDBUF_O': 'L'},
                              works=lambda **how: self.line_comes(['tr', 'a', 'b'], **how))

    def test_the_command_stdbuf(self):
        need('stdbuf')
        need_native('the command is for another libc')
        self.line_comes(['stdbuf', '-oL', 'tr', 'a', 'b'], rules=self.rules)

    def line_comes(self, command, **how):
        """When it is there, not when the program ends."""
        process = self.start(command, stdin=subprocess.PIPE, **how)
        process.stdin.write('ab\n')
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), 'bb\n')
        process.communicate()

    def test_all_that_go_together_at_once(self):
        """libfaketime beside jemalloc waits for itself, without us too."""
        env = {'FAKETIME': '-2d', '_STDBUF_O': 'L'}
        for first in ('libjemalloc.so.2', 'libfaketime.so.1'):
            others = libraries(first, 'libeatmydata.so', 'libstdbuf.so')
            self.protected_beside(*others, env=env)
            self.protected(' '.join((others[0], OBJECT, *others[1:])), env)

    def test_two_copies_of_the_object_do_not_call_each_other_for_ever(self):
        """RTLD_NEXT of one is the other."""
        copy = self.path('copy.so')
        shutil.copy(OBJECT, copy)
        for preload in (f'{OBJECT} {copy}', f'{OBJECT} {OBJECT}'):
            with self.subTest(preload):
                seen = self.connect(self.port, 4, rules=self.rules, preload=preload, panel=self.new_panel())
                self.assertEqual((seen[0], seen[-1]), ('ECONNREFUSED', REFUSED))

    def test_a_dlsym_that_finds_the_object_itself(self):
        """One before us that takes itself for who asks, and a table behind us that is not read, so that it is asked."""
        overlay, copy = check_library('liboverlay.so'), self.path('copy.so')
        shutil.copy(overlay, copy)
        for preload in (f'{overlay} {OBJECT} {copy}', f'{OBJECT} {overlay}'):
            with self.subTest(preload):
                seen = self.connect(self.port, 3, rules=self.rules, preload=preload, panel=self.new_panel())
                self.assertEqual(seen, ['ECONNREFUSED'] * 2 + [REFUSED])


if __name__ == '__main__':
    main()
