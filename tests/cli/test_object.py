#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which libcutout.so cutout run takes: beside itself in a build tree, or along the installed layout."""
import os
import shutil

from common import BUILD, COMMAND, OBJECT, CommandCase, main, need_plain_object


def installed_way():
    """From $(bindir) to the object, as this build has it: read from its Makefile."""
    values = {}
    with open(os.path.join(BUILD, 'Makefile'), encoding='utf-8') as file:
        for line in file:
            name, _, value = line.partition(' = ')
            values[name] = value.strip()

    def expanded(name):
        value = values[name]
        while '$' in value or '{' in value:
            before, _, rest = value.partition('$')
            variable, _, after = rest[1:].partition(')' if rest[0] == '(' else '}')
            value = before + values[variable] + after
        return value
    return expanded('bindir'), os.path.join(expanded('libdir'), 'cutout')


class Object(CommandCase):
    def setUp(self):
        super().setUp()
        need_plain_object()

    def taken_by(self, command):
        out = self.succeeds('run', 'sh', '-c', 'printf %s "$LD_PRELOAD"', command=command)
        return out

    def place(self, source, *parts):
        path = self.path(*parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(source, path)
        return path

    def test_the_one_of_the_build_tree(self):
        self.assertEqual(self.taken_by(COMMAND), os.path.realpath(OBJECT))

    def test_the_one_beside_a_binary_that_libtool_wraps(self):
        command = self.place(COMMAND, 'build', '.libs', 'cutout')
        built = self.place(OBJECT, 'build', '.libs', 'libcutout.so')
        self.assertEqual(self.taken_by(command), os.path.realpath(built))

    def test_the_one_beside_the_command(self):
        command = self.place(COMMAND, 'both', 'cutout')
        beside = self.place(OBJECT, 'both', 'libcutout.so')
        self.assertEqual(self.taken_by(command), os.path.realpath(beside))

    def test_the_one_of_a_prefix_that_was_moved(self):
        bindir, directory = installed_way()
        command = self.place(COMMAND, 'moved' + bindir, 'cutout')
        moved = self.place(OBJECT, 'moved' + directory, 'libcutout.so')
        self.assertEqual(self.taken_by(command), os.path.realpath(moved))

    def test_a_symbolic_link_to_the_command_does_not_hide_it(self):
        link = self.path('link')
        os.symlink(COMMAND, link)
        self.assertEqual(self.taken_by(link), os.path.realpath(OBJECT))

    def test_a_path_that_cannot_be_preloaded_is_told_of(self):
        command = self.place(COMMAND, 'a b', 'cutout')
        self.place(OBJECT, 'a b', '.libs', 'libcutout.so')
        self.complains(125, 'cannot be preloaded: its path has a blank or a colon in it\n', 'run', 'true', command=command)


if __name__ == '__main__':
    main()
