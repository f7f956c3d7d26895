# SPDX-License-Identifier: MIT
"""What the scripts about `cutout doctor` share: its answer as data, and programs that are made for it."""
import json
import os
import shutil
import subprocess
import unittest

from common import BUILD, OBJECT, CommandCase, clean_environment

MAKE_ELF = os.path.join(BUILD, 'tests', 'cli', 'make_elf')

CONNECTS = '''
#include <netinet/in.h>
#include <sys/socket.h>
int main(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof(to)) != 0;
}
'''


class DoctorCase(CommandCase):
    def answer(self, *arguments, **how):
        """The object that --json prints; its exit status agrees with the verdict."""
        result = self.cutout('doctor', '--json', *arguments, **how)
        self.assertEqual(result.err, '')
        answer = json.loads(result.out)
        self.assertEqual(result.status, 0 if answer['covered'] == 'yes' else 1)
        return answer

    def ids(self, answer, covered=None):
        return [finding['id'] for finding in answer['findings'] if covered in (None, finding['covered'])]

    def finding(self, answer, name):
        found = [finding for finding in answer['findings'] if finding['id'] == name]
        self.assertEqual(len(found), 1, answer['findings'])
        return found[0]

    def importers(self, answer, symbol):
        return [importer for entry in answer['symbols'] if entry['symbol'] == symbol for importer in entry['imported_by']]

    def program(self, name, text):
        path = self.write(name, text)
        os.chmod(path, 0o755)
        return path

    def compile(self, name, *options, source=CONNECTS, compiler='cc', env=None):
        """Compiles; skips where that compiler cannot do it here."""
        if shutil.which(compiler) is None:
            raise unittest.SkipTest(f'{compiler} is not installed')
        path = self.path(name)
        done = subprocess.run([compiler, '-x', 'c', '-', '-x', 'none', '-o', path, *options], input=source, text=True,
                              env={**clean_environment(), **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=60)
        if done.returncode != 0:
            raise unittest.SkipTest(f'{compiler} {" ".join(options)}: {done.stdout.strip()[-200:]}')
        return path

    def library(self, name, *options, source, directory='.'):
        os.makedirs(self.path(directory), exist_ok=True)
        return self.compile(os.path.join(directory, name), '-shared', '-fPIC', f'-Wl,-soname,{name}', *options, source=source)

    def made(self, *words, name='made'):
        subprocess.run([MAKE_ELF, self.path(name), *words], check=True, timeout=30, env=clean_environment())
        return self.path(name)


def is_for_musl():
    with open(OBJECT, 'rb') as file:
        return b'libc.so.6' not in file.read()
