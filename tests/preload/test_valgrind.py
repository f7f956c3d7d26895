#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs under valgrind: they work under the object as bare, and memcheck finds nothing in it."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from compared import BEGUN, OVER
from harness import REFUSED, Case, check_program, main, named_errors, need, need_native, rule
from servers import Port

FOUND = 99
AGAIN = ['use=0', 'socket=4', 'connect={}', 'close']

WAYS = {
    'blocking': AGAIN * 4,
    'not blocking': [*BEGUN, 'poll=1000', 'soerror', 'close', *OVER, 'recv', 'send', 'connect={}', 'close', *OVER, 'close'],
    'descriptors': [*OVER, 'dup=1', 'close', 'use=1', 'soerror', 'close', *OVER, 'closefrom', *OVER, 'raw-close', 'open={file}',
                    'write', 'close-all'],
    'waiting': [*BEGUN, 'epoll-add', 'epoll_wait=1000', 'select=1000', 'soerror', 'close', *BEGUN, 'ppoll=1000', 'close'],
    'children': [*OVER, 'in-fork', 'soerror', 'in-vfork', 'close', 'soerror', 'close', 'socket=4', 'in-fork', 'connect={}', 'close'],
    'threads': ['socket=4', 'in-thread', 'connect={}', 'close', *BEGUN, 'in-thread', 'poll=1000', 'soerror', 'close'],
    'lookups': ['getaddrinfo=localhost', 'gethostbyname=localhost', 'gethostbyname_r=localhost', 'getaddrinfo=127.0.0.1', *AGAIN],
}

SETTINGS = {
    'rules from a file': {'CUTOUT_RULES': '@{}/rules'},
    'a private panel': {'CUTOUT_PANEL': 'private'},
    'a log': {'CUTOUT_LOG': '{}/log'},
    'a log to nowhere': {'CUTOUT_LOG': 'syslog'},
    'rules that do not parse': {'CUTOUT_RULES': 'localhost falures=3; [::1 : deny\n* window=1h buckets=x'},
    'defaults and names': {'CUTOUT_DEFAULTS': 'failures=2 timeout=1h', 'CUTOUT_ONLY': 'x,calls', 'CUTOUT_RULES': '*.test deny\n* per=host'},
}


class Valgrind(Case):
    def setUp(self):
        super().setUp()
        need('valgrind')
        need_native('valgrind is for another libc')
        self.port = Port(self)

    def memcheck(self, argv, **how):
        """What a program does under valgrind, and what is found in it."""
        log = self.path('memcheck')
        options = ['-q', f'--error-exitcode={FOUND}', '--leak-check=full', f'--log-file={log}']
        result = self.execute(['valgrind', *options, *argv], timeout=120, **how)
        with open(log, encoding='utf-8') as file:
            said = re.sub(r'^--\d+-- .*\n', '', file.read(), flags=re.MULTILINE)  # of system calls that it does not know
        return result, said

    def checked(self, argv, status=0, **how):
        """The same, where nothing may be found."""
        result, said = self.memcheck(argv, **how)
        self.assertEqual((said, result.status), ('', status), result)
        return result

    def transcripts(self, operations, **how):
        words = [word.replace('{}', self.port.text).replace('{file}', self.path('file')) for word in operations]
        bare = self.calls(*words, preload=False)
        result = self.checked([check_program('calls'), *words], **how)
        self.assertEqual(result.err, '')
        return bare, named_errors(result.out).splitlines()

    def test_circuits_that_never_open(self):
        for name, operations in WAYS.items():
            with self.subTest(name):
                bare, seen = self.transcripts(operations, rules=rule(self.port, failures=100))
                self.assertEqual(seen, bare)

    def test_circuits_that_open(self):
        for name in ('blocking', 'not blocking'):
            with self.subTest(name):
                _, seen = self.transcripts(WAYS[name], rules=rule(self.port), panel=self.new_panel())
                self.assertIn(f'connect -1 {REFUSED}', seen)

    def test_an_answer(self):
        self.port.start()
        bare, seen = self.transcripts([*AGAIN, *BEGUN, 'poll=1000', 'send', 'close'], rules=rule(self.port))
        self.assertEqual(seen, bare)

    def test_curl(self):
        """Whatever is found in it bare, and no more."""
        need('curl')
        words = ['curl', '-q', '-s', '-w', '%{http_code}\n', *[self.port.url] * 4]
        for up, rules in ((False, '* failures=100'), (False, '* failures=2 timeout=1h'), (True, '* failures=2')):
            with self.subTest(up=up, rules=rules):
                if up:
                    self.port.start()
                bare, found_bare = self.memcheck(words, preload=False)
                seen, found = self.memcheck(words, rules=rules, panel=self.new_panel())
                self.assertEqual((seen, self.blurred(found)), (bare, self.blurred(found_bare)))

    @staticmethod
    def blurred(found):
        """Without process numbers and addresses."""
        return re.sub(r'==\d+==|0x[0-9A-F]+', '', found)

    def test_all_settings(self):
        with open(self.path('rules'), 'w', encoding='utf-8') as file:
            file.write(f'# comment\n{rule(self.port)}\n')
        words = [word.replace('{}', self.port.text) for word in AGAIN * 3]
        for name, env in SETTINGS.items():
            with self.subTest(name):
                env = {key: value.replace('{}', self.directory) for key, value in env.items()}
                result = self.checked([check_program('calls'), *words], rules=rule(self.port), env=env)
                # valgrind itself begins as a program under the object, and says it too.
                self.assertEqual(len(set(result.err.splitlines())), 1 if 'not parse' in name else 0, result.err)


if __name__ == '__main__':
    main()
