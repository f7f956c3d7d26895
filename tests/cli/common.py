# SPDX-License-Identifier: MIT
"""What the scripts of this directory share: the command, run to its end, and panels made up for it."""
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import BUILD, COMMAND, OBJECT, Case, Result, clean_environment, main  # noqa: F401

MAKE_PANEL = os.path.join(BUILD, 'tests', 'cli', 'make_panel')
BOOT_ID_AT = 32  # in the header


def need_plain_object():
    """Skips where what is built with a sanitizer would have to be preloaded into what is not, or traced."""
    sanitizers = os.environ.get('CUTOUT_SANITIZERS', '')
    if 'address' in sanitizers or 'thread' in sanitizers:
        raise unittest.SkipTest(f'not with an object built with {sanitizers} sanitizer')


class CommandCase(Case):
    def cutout(self, *arguments, env=None, stdin='', command=COMMAND, **popen):
        """Runs the command in the case's directory, with `env`; CUTOUT_PANEL is the case's own."""
        environment = clean_environment()
        environment['CUTOUT_PANEL'] = self.panel
        environment.update(env or {})
        done = subprocess.run([command, *arguments], env=environment, input=stdin, text=True, errors='replace', timeout=30,
                              cwd=self.directory, stdout=popen.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE, **popen)
        return Result(done.returncode, done.stdout, done.stderr)

    def succeeds(self, *arguments, **how):
        """The output of a command that has nothing to complain about."""
        result = self.cutout(*arguments, **how)
        self.assertEqual((result.status, result.err), (0, ''), result.out)
        return result.out

    def complains(self, status, complaint, *arguments, **how):
        """Nothing on stdout, and on stderr a text in which `complaint` is."""
        result = self.cutout(*arguments, **how)
        self.assertEqual((result.status, result.out), (status, ''), result.err)
        self.assertIn(complaint, result.err)
        return result.err

    def breaker_of(self, rules, name, address, port, *operations):
        """Makes calls of a program to a destination whose name it has looked up; "-": none."""
        subprocess.run([MAKE_PANEL, self.panel, rules, name, address, str(port), *operations], check=True,
                       env=clean_environment(), timeout=30)

    def age_panel(self):
        """The panel becomes one of an earlier start of the system: a copy, which is not as it was made in memory."""
        with open(self.panel, 'rb') as file:
            content = bytearray(file.read())
        content[BOOT_ID_AT] ^= 1
        with open(self.path('copy'), 'wb') as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
        os.rename(self.path('copy'), self.panel)

    def write(self, name, text):
        path = self.path(name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path
