#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""draw - the tables of scripts/bench and scripts/bench-curves as SVG.

usage: draw.py table|curves MACHINE <DATA >FILE

A line of a table: name, what was measured, what was to reach, and the share of what is allowed that is used up. A line
of curves: what grows, how many, connects a second bare, and preloaded. Fields are parted by tabs.
"""
import sys
from html import escape

WIDTH = 900
BARE, UNDER, REACHED, MISSED, TEXT, GRID = '#607d8b', '#2471a3', '#66a96b', '#c62828', '#263238', '#cfd8dc'


def text(x, y, words, anchor='start', colour=TEXT, more=''):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}"{more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, colour=GRID, more=''):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{more}/>'


def page(height, title, machine, body):
    """On white, also where the page around it is dark."""
    return '\n'.join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                      f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
                      f'<title>{escape(title)}</title>', '<rect width="100%" height="100%" fill="white"/>',
                      text(16, 24, title, more=' font-weight="bold"'), text(WIDTH - 16, 24, machine, 'end'),
                      *body, '</svg>', ''])


def table(rows, machine):
    """A bar for each row, as long as the part of its allowance that is used up, all to the same target."""
    left, right, top, step, most = 300, 640, 66, 22, 1.5
    unit = (right - left) / most
    bottom = top + step * len(rows)
    body = [line(left + unit * at, top - 6, left + unit * at, bottom, TEXT if at == 1 else GRID) for at in (0, 0.5, 1)]
    body += [text(left + unit * at, top - 12, words, 'middle') for at, words in ((0, '0'), (0.5, 'half'), (1, 'to reach'))]
    body += [text(right + 14, top - 12, 'measured'), text(right + 140, top - 12, 'to reach')]
    for number, (name, measured, reach, used) in enumerate(rows):
        y, share = top + step * number, float(used)
        colour = REACHED if share <= 1 else MISSED
        body.append(text(left - 10, y + 15, name, 'end'))
        body.append(f'<rect class="row" x="{left}" y="{y + 4}" width="{unit * min(max(share, 0.006), most):.1f}" '
                    f'height="{step - 8}" fill="{colour}"/>')
        body.append(text(right + 14, y + 15, measured, colour=TEXT if share <= 1 else MISSED))
        body.append(text(right + 140, y + 15, reach))
    return page(bottom + 16, 'What cutout costs, against what was to reach', machine, body)


def short(number):
    return f'{number // 1000}k' if number >= 1000 else str(number)


def ceiling(value):
    """1, 2, 4, 5 or 10 times a power of ten."""
    power = 1
    while power * 10 < value:
        power *= 10
    return next(power * digit for digit in (1, 2, 4, 5, 8, 10) if power * digit >= value)


def panel(name, points, left, most):
    """Steps of what grows have the same width each: its scale is logarithmic."""
    width, top, bottom = 236, 66, 266
    x = lambda index: left + width * index / max(len(points) - 1, 1)
    y = lambda rate: bottom - (bottom - top) * rate / most
    body = [text(left + width / 2, bottom + 38, f'number of {name}', 'middle')]
    for quarter in range(5):
        rate = most * quarter / 4
        body += [line(left, y(rate), left + width, y(rate)), text(left - 8, y(rate) + 4, f'{rate / 1000:g}', 'end')]
    body += [text(x(index), bottom + 18, short(point[0]), 'middle') for index, point in enumerate(points)]
    for which, colour in ((1, BARE), (2, UNDER)):
        along = ' '.join(f'{x(index):.1f},{y(point[which]):.1f}' for index, point in enumerate(points))
        body.append(f'<polyline points="{along}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [f'<circle cx="{x(index):.1f}" cy="{y(point[which]):.1f}" r="3" fill="{colour}"/>'
                 for index, point in enumerate(points)]
    return body


def curves(rows, machine):
    panels = {}
    for name, count, bare, under in rows:
        panels.setdefault(name, []).append((int(count), float(bare), float(under)))
    most = ceiling(max(max(point[1:]) for points in panels.values() for point in points))
    body = [text(16, 52, 'thousand connects a second')]
    for at, colour, words in ((230, BARE, 'bare'), (300, UNDER, 'preloaded')):
        body += [f'<rect x="{at}" y="42" width="10" height="10" fill="{colour}"/>', text(at + 16, 52, words)]
    for number, (name, points) in enumerate(panels.items()):
        body += panel(name, points, 46 + 294 * number, most)
    return page(322, 'Connects a second as the work grows', machine, body)


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ('table', 'curves'):
        sys.exit(__doc__)
    rows = [row.rstrip('\n').split('\t') for row in sys.stdin]
    sys.stdout.write((table if sys.argv[1] == 'table' else curves)(rows, sys.argv[2]))


if __name__ == '__main__':
    main()
