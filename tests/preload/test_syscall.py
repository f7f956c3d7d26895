#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""syscall(), which is hooked for what it closes: everything else goes on as it came."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import Case, check_program, main


class Syscall(Case):
    def test_results_errors_arguments_and_stack_are_the_callers(self):
        bare = self.execute([check_program('syscalls')], preload=False)
        self.assertEqual((bare.status, bare.err), (0, ''))
        self.assertIn('child 7 errno=0', bare.out)
        self.assertEqual(self.execute([check_program('syscalls')]), bare)


if __name__ == '__main__':
    main()
