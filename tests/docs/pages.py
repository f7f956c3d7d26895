# SPDX-License-Identifier: MIT
"""The examples of the man pages and of the README, as data.

In an mdoc page a comment in front of a literal block says what the block is:

    .\\" test: shell     lines behind "$ " are commands, the lines below them what they print
    .\\" test: rules     rules, as in a file
    .\\" test: crontab   } settings for the environment of something else;
    .\\" test: unit      } only the rules in them can be checked here
    .\\" test: dockerfile
    .\\" test: no        grammar, or what a log looks like

In the README the word behind the three backquotes that open a block says the same: `console` is shell,
`rules`, `crontab`, `ini` is a unit, `dockerfile`. A block without a word, and one of another language, is
not an example.
"""
import collections
import os
import re

Example = collections.namedtuple('Example', 'page line kind text')

ESCAPES = ((r'\&', ''), (r'\-', '-'), (r'\e', '\\'), (r'\(aq', "'"), (r'\(dq', '"'))
README_KINDS = {'console': 'shell', 'rules': 'rules', 'crontab': 'crontab', 'ini': 'unit', 'dockerfile': 'dockerfile'}


def plain(line):
    """A line of a literal block as it is displayed."""
    for escape, character in ESCAPES:
        line = line.replace(escape, character)
    return line


def of_mdoc(path):
    """The literal blocks of a page; those without a mark have the kind None."""
    found, kind, block, start = [], None, None, 0
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file.read().splitlines(), 1):
            mark = re.fullmatch(r'\.\\" test: (\w+)', line)
            if mark:
                kind = mark[1]
            elif line.startswith('.Bd -literal'):
                block, start = [], number
            elif line == '.Ed' and block is not None:
                found.append(Example(os.path.basename(path), start, kind, '\n'.join(block) + '\n'))
                kind, block = None, None
            elif block is not None:
                block.append(plain(line))
    return found


def of_readme(path):
    found, kind, block, start = [], None, None, 0
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file.read().splitlines(), 1):
            fence = re.fullmatch(r'```(\w*)', line)
            if fence and block is None:
                kind, block, start = README_KINDS.get(fence[1], 'no'), [], number
            elif fence:
                found.append(Example(os.path.basename(path), start, kind, '\n'.join(block) + '\n'))
                block = None
            elif block is not None:
                block.append(line)
    return found


def commands(text):
    """A console block as pairs of a command and the lines that it is said to print."""
    pairs = []
    for line in text.splitlines():
        if line.startswith('$ '):
            pairs.append([line[2:], []])
        elif line.startswith('> ') and pairs and not pairs[-1][1]:
            pairs[-1][0] += '\n' + line[2:]
        elif pairs:
            pairs[-1][1].append(line)
    return pairs


def configured_rules(example):
    """The values of CUTOUT_RULES in a unit, a crontab or a Dockerfile."""
    if example.kind == 'unit':
        return re.findall(r'^Environment="CUTOUT_RULES=(.*)"$', example.text, re.MULTILINE)
    if example.kind == 'dockerfile':
        return re.findall(r'^ENV CUTOUT_RULES="(.*)"$', example.text, re.MULTILINE)
    return re.findall(r'^CUTOUT_RULES=(.*)$', example.text, re.MULTILINE)
