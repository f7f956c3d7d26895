#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An object built with musl-gcc protects a musl program, and shares its panel with a command built for glibc."""
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import REFUSED, Case, main, named_errors, need, rule
from servers import Port

SOURCE = os.environ.get('CUTOUT_SOURCE', os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
ROOMS = ('base', 'breaker', 'rules', 'panel', 'hook')


class Musl(Case):
    def compile(self, output, *arguments):
        built = subprocess.run(['musl-gcc', '-std=gnu11', '-D_GNU_SOURCE', f'-I{SOURCE}/src', '-o', output, *arguments],
                               capture_output=True, text=True, check=False)
        self.assertEqual((built.returncode, built.stderr), (0, ''))
        return output

    def build(self):
        sources = [file for room in ROOMS for file in sorted(glob.glob(f'{SOURCE}/src/{room}/*.c'))]
        return self.compile(self.path('libcutout.so'), '-Wall', '-Wextra', '-fPIC', '-shared', '-fvisibility=hidden', '-fexceptions',
                            '-ftls-model=initial-exec', '-include', f'{SOURCE}/src/hook/plain.h', *sources,
                            '-Wl,-Bsymbolic,-z,now,-z,nodelete,-z,defs')

    def test_a_musl_program_is_protected(self):
        need('musl-gcc')
        program = self.compile(self.path('program'), f'{SOURCE}/tests/preload/linked.c', f'{SOURCE}/tests/preload/address.c')
        port = Port(self)
        result = self.execute([program, port.text], preload=self.build(), rules=rule(port))
        self.assertEqual((result.status, result.err), (0, ''))
        self.assertEqual(named_errors(result.out).splitlines(), ['-1 ECONNREFUSED'] * 2 + [f'-1 {REFUSED}'] * 3)
        self.assert_totals(port, calls=2, failures=2, refused=3, last_error='ECONNREFUSED')


if __name__ == '__main__':
    main()
