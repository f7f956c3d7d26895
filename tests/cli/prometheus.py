# SPDX-License-Identifier: MIT
"""Reads the text format of Prometheus, version 0.0.4, as strictly as its description allows; and by promtool."""
import collections
import re
import shutil
import subprocess

Family = collections.namedtuple('Family', 'name type help samples')

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf'({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)')
VALUE = re.compile(r'[+-]Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?')
ESCAPES = {r'\\': '\\', r'\"': '"', r'\n': '\n'}
SUFFIXES = {'histogram': ('_bucket', '_sum', '_count')}


class Malformed(Exception):
    pass


def need(condition, why, line):
    if not condition:
        raise Malformed(f'{why}: {line!r}')


def labels_of(text, line):
    pairs = [(name, re.sub(r'\\.', lambda found: ESCAPES[found[0]], value)) for name, value in re.findall(LABEL, text or '')]
    need(len(dict(pairs)) == len(pairs), 'a label twice', line)
    return dict(pairs)


def add_sample(families, line):
    found = SAMPLE.fullmatch(line)
    need(found, 'no sample', line)
    need(VALUE.fullmatch(found[found.lastindex]), 'no value', line)
    need(families, 'a sample in front of its head', line)
    family = families[-1]
    suffixes = SUFFIXES.get(family.type, ('',))
    need(found[1].startswith(family.name) and found[1][len(family.name):] in suffixes, f'not of {family.name}', line)
    key = (found[1], tuple(sorted(labels_of(found[2], line).items())))
    need(key not in family.samples, 'a series twice', line)
    family.samples[key] = float(found[found.lastindex])


def add_head(families, line):
    found = re.fullmatch(rf'# (HELP|TYPE) ({NAME}) (.+)', line)
    need(found, 'no head', line)
    if found[1] == 'HELP':
        need(all(family.name != found[2] for family in families), 'a family twice', line)
        families.append(Family(found[2], [], found[3], {}))
        return
    need(families and families[-1].name == found[2] and families[-1].type == [], 'TYPE does not follow HELP', line)
    need(found[3] in ('counter', 'gauge', 'histogram', 'summary', 'untyped'), 'no such type', line)
    families[-1] = families[-1]._replace(type=found[3])


def check_histogram(family):
    series = collections.defaultdict(list)
    for (name, labels), value in family.samples.items():
        if name.endswith('_bucket'):
            bound = dict(labels)['le']
            rest = tuple(pair for pair in labels if pair[0] != 'le')
            series[rest].append((float(bound), value))
    for rest, buckets in series.items():
        bounds, counts = zip(*buckets)
        need(list(bounds) == sorted(set(bounds)) and bounds[-1] == float('inf'), 'bounds', rest)
        need(list(counts) == sorted(counts), 'buckets are not cumulative', rest)
        need(family.samples[(family.name + '_count', rest)] == counts[-1], 'count', rest)
        need(family.samples[(family.name + '_sum', rest)] >= 0, 'sum', rest)
    need(len(family.samples) == sum(len(buckets) + 2 for buckets in series.values()), 'a histogram is not whole', family.name)


def parse(data):
    """{name: Family} of bytes; raises Malformed, or UnicodeDecodeError."""
    text = data.decode('utf-8')
    need(not text or text.endswith('\n'), 'the last line does not end', text[-80:])
    families = []
    for line in text.split('\n')[:-1]:
        (add_head if line.startswith('#') else add_sample)(families, line)
    for family in families:
        need(family.samples, 'a head without a body', family.name)
        need(family.type != 'counter' or family.name.endswith('_total'), 'the name of a counter', family.name)
        need(family.type == 'counter' or not family.name.endswith('_total'), 'the name of no counter', family.name)
        if family.type == 'counter':
            need(min(family.samples.values()) >= 0, 'a counter below 0', family.name)
        if family.type == 'histogram':
            check_histogram(family)
    return {family.name: family for family in families}


def promtool_complaints(data):
    """What `promtool check metrics` says, "" when all is well; None where there is no promtool."""
    if shutil.which('promtool') is None:
        return None
    done = subprocess.run(['promtool', 'check', 'metrics'], input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, check=False)
    return done.stdout.decode() or ('' if done.returncode == 0 else f'exit status {done.returncode}')
