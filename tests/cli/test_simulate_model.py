#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cutout simulate beside a small model of gobreaker, over random traces: every line is the same.

Times are a few nanoseconds, so that traces meet every boundary often.
"""
import heapq
import random

from breaker_model import CLOSED, HALF_OPEN, OPEN, Breaker, Settings
from common import CommandCase, main

TRACES, STEPS = 8, 600


def seconds(ns):
    whole, fraction = divmod(ns, 10**9)
    return f'{whole}.{f"{fraction:09d}".rstrip("0"):0<3}'


class Writer:
    """Makes up a trace, and says line by line what comes of it."""

    def __init__(self, settings, seed):
        self.random = random.Random(seed)
        self.breaker = Breaker(settings)
        self.failing = self.random.choice((0.1, 0.4, 0.7, 0.95))
        self.now = self.last = self.number = self.asked = 0
        self.trace, self.expected = [], []
        self.named = {}  # calls of begin lines
        self.ends = []   # of call lines: (time, number, call, outcome)
        self.states = set()

    def pause(self):
        s = self.breaker.settings
        marks = [0, 0, 0, 1, 1, 2, s.timeout, s.timeout + 1, s.period, s.interval + 1, s.overdue + 1]
        return self.random.choice(marks) if self.random.random() < 0.6 else 0

    def outcome(self):
        if self.random.random() < 0.1:
            return 'ignored'
        return 'failure' if self.random.random() < self.failing else 'success'

    def expect(self, what, time):
        self.last = time
        self.states.add(self.breaker.state)
        counts = ' '.join(map(str, self.breaker.counts()[1:]))
        self.expected.append(f'{what} {self.breaker.state} {seconds(time)} {counts}')

    def end_until(self, time):
        while self.ends and self.ends[0][0] <= time:
            end, _, call, outcome = heapq.heappop(self.ends)
            self.breaker.end(call, outcome, end)
            self.expect('ended', end)

    def begin(self):
        self.asked += 1
        call = self.breaker.begin(self.now)
        self.expect('admitted' if call else 'refused', self.now)
        return call

    def line(self, text):
        self.trace.append(f'{seconds(self.now)} {text}\n')

    def step(self):
        self.now += self.pause()
        self.end_until(self.now)
        choice = self.random.random()
        if choice < 0.08:
            self.line('state')
            self.breaker.look(self.now)
            self.expect('state', self.now)
        elif choice < 0.4 and self.named:
            name = self.random.choice(sorted(self.named))
            outcome = self.outcome()
            self.line(f'end {name} {outcome}')
            self.breaker.end(self.named.pop(name), outcome, self.now)
            self.expect('ended', self.now)
        elif choice < 0.7:
            self.number += 1
            self.line(f'begin {self.number}')
            call = self.begin()
            if call:
                self.named[self.number] = call
        else:
            self.number += 1
            outcome, duration = self.outcome(), self.random.choice((0, 1, 5, 20, 60))
            self.line(f'call {outcome} {seconds(duration)}')
            call = self.begin()
            if call:
                heapq.heappush(self.ends, (self.now + duration, self.number, call, outcome))

    def finish(self):
        self.end_until(float('inf'))
        breaker = self.breaker
        self.expected.append(f'summary calls={self.asked} refused={breaker.refused} '
                             f'failures_let_through={breaker.failures} '
                             f'open_seconds={seconds(breaker.time_open(self.last))} trips={breaker.trips}')


class Model(CommandCase):
    def compare(self, **settings):
        states = set()
        for seed in range(TRACES):
            writer = Writer(Settings(**settings), f'{seed} {settings}')
            for _ in range(STEPS):
                writer.step()
            writer.finish()
            states |= writer.states
            with self.subTest(seed=seed, **settings):
                out = self.succeeds('simulate', '-p', writer.breaker.policy(), stdin=''.join(writer.trace))
                for number, (seen, expected) in enumerate(zip(out.splitlines(), writer.expected)):
                    self.assertEqual(seen, expected, f'line {number + 1}')
                self.assertEqual(len(out.splitlines()), len(writer.expected))
        self.assertEqual(states, {CLOSED, OPEN, HALF_OPEN})

    def test_consecutive_failures_without_a_window(self):
        self.compare(failures=1, max_requests=1)
        self.compare(failures=5, max_requests=1)
        self.compare(failures=4, max_requests=3)

    def test_consecutive_failures_with_a_fixed_window(self):
        self.compare(failures=3, max_requests=1, interval=30)
        self.compare(failures=4, max_requests=2, interval=10)

    def test_consecutive_failures_with_a_rolling_window(self):
        self.compare(failures=3, max_requests=1, interval=50, period=10)
        self.compare(failures=5, max_requests=2, interval=20, period=10)
        self.compare(failures=4, max_requests=5, interval=60, period=1)

    def test_a_failure_rate_with_a_fixed_window(self):
        self.compare(percent=50, min_calls=4, max_requests=1, interval=40)

    def test_a_failure_rate_with_a_rolling_window(self):
        self.compare(percent=50, min_calls=4, max_requests=1, interval=60, period=1)
        self.compare(failures=4, percent=70, min_calls=5, max_requests=3, interval=30, period=10)

    def test_a_growing_open_time(self):
        self.compare(failures=2, timeout=10, backoff=2, max_timeout=65)
        self.compare(failures=2, timeout=3, backoff=3, max_timeout=100, max_requests=2)

    def test_calls_that_are_overdue(self):
        self.compare(failures=3, overdue=25)
        self.compare(failures=4, overdue=10, interval=40, period=10, max_requests=2)
        self.compare(percent=60, min_calls=3, interval=50, overdue=40)


if __name__ == '__main__':
    main()
