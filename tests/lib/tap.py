# SPDX-License-Identifier: MIT
"""Runs the unittest cases of a script and prints TAP; leaves no process behind."""
import contextlib
import ctypes
import os
import signal
import sys
import unittest

PR_SET_CHILD_SUBREAPER = 36


def children():
    with contextlib.suppress(OSError):
        with open(f'/proc/self/task/{os.getpid()}/children', encoding='ascii') as file:
            return [int(pid) for pid in file.read().split()]
    return []


def kill_orphans():
    """What a program under test left running has become our child: end it."""
    for pid in children():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def sentence(test):
    name = test.id().split('.')[-1]
    return name.removeprefix('test_').replace('_', ' ')


class Result(unittest.TestResult):
    number = 0

    def line(self, good, test, remark=''):
        self.number += 1
        print(f'{"ok" if good else "not ok"} {self.number} - {sentence(test)}{remark}', flush=True)

    def tell(self, test, error):
        self.line(False, test)
        text = self._exc_info_to_string(error, test)
        print(''.join(f'# {line}\n' for line in text.splitlines()), end='', flush=True)

    def addSuccess(self, test):
        self.line(True, test)

    def addFailure(self, test, err):
        if hasattr(test, 'skipped_part'):
            return  # what comes behind a part that was skipped need not hold
        super().addFailure(test, err)
        self.tell(test, err)

    def addError(self, test, err):
        if hasattr(test, 'skipped_part'):
            return
        super().addError(test, err)
        self.tell(test, err)

    def addSkip(self, test, reason):
        """The parts of a case are one line here too."""
        case = getattr(test, 'test_case', None)
        if case is not None:
            case.skipped_part = reason
        elif not hasattr(test, 'skipped_part'):
            self.line(True, test, f' # SKIP {reason}')

    def addSubTest(self, test, subtest, err):
        """The failures of a case's parts are one line: its own, which comes last."""
        if err is not None:
            super().addSubTest(test, subtest, err)
            print(f'# {subtest._subDescription()}')
            text = self._exc_info_to_string(err, test)
            print(''.join(f'# {line}\n' for line in text.splitlines()), end='', flush=True)
            test.broken_part = True

    def stopTest(self, test):
        if getattr(test, 'broken_part', False):
            self.line(False, test)
        elif getattr(test, 'skipped_part', False):
            self.line(True, test, f' # SKIP {test.skipped_part}')
        super().stopTest(test)


def run(module):
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    loader = unittest.defaultTestLoader
    if len(sys.argv) > 1:
        loader.testNamePatterns = [f'*{word}*' for word in sys.argv[1:]]
    suite = loader.loadTestsFromModule(module)
    print(f'1..{suite.countTestCases()}', flush=True)
    result = Result()
    try:
        suite.run(result)
    finally:
        kill_orphans()
    sys.exit(0 if result.wasSuccessful() else 1)
