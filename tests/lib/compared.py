# SPDX-License-Identifier: MIT
"""Cases that run the same calls bare and under the object: the program must see no difference."""
import os

from harness import Case, rule
from servers import Port

# A non-blocking connect that has begun; one that has been refused, which the program has not seen yet.
BEGUN = ['socket=4,nonblock', 'connect={}']
OVER = BEGUN + ['await=close']


class ComparedCase(Case):
    def setUp(self):
        super().setUp()
        self.port = Port(self)
        self.file = self.path('file')

    def both(self, *operations, **how):
        """The transcript that the bare and the preloaded program share; the panel is the latter's."""
        operations = [operation.replace('{}', self.port.text).replace('{file}', self.file) for operation in operations]
        how.setdefault('rules', rule(self.port, failures=100))
        bare = self.calls(*operations, preload=False)
        bare_file = self.take_file()
        self.panel = self.new_panel()
        seen = self.calls(*operations, **how)
        self.assertEqual((seen, self.take_file()), (bare, bare_file))
        return seen

    def take_file(self):
        if not os.path.exists(self.file):
            return None
        with open(self.file, encoding='utf-8') as file:
            text = file.read()
        os.unlink(self.file)
        return text
