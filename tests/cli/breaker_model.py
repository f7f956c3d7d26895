# SPDX-License-Identifier: MIT
"""A circuit breaker that is written to be read: gobreaker v2 and where cutout departs from it.

It knows nothing of words, slices in rings or heaps. What happened in a generation is a list, and every
question looks through that list. Times are integers, nanoseconds.
"""
import collections

CLOSED, OPEN, HALF_OPEN = 'closed', 'open', 'half-open'

Settings = collections.namedtuple(
    'Settings', 'failures percent min_calls interval period max_requests timeout backoff max_timeout overdue',
    defaults=(0, 0, 1, 0, 0, 1, 35, 1, 35, 0))


class Call:
    """One that was admitted."""

    def __init__(self, generation, began):
        self.generation, self.began = generation, began


class Breaker:
    def __init__(self, settings):
        self.settings = settings
        self.state, self.generation, self.start, self.age = CLOSED, 0, 0, 0
        self.happened = []
        self.reopenings = 0
        self.open_for = 0
        self.in_flight = []  # calls, the oldest first
        self.refused = self.failures = self.trips = self.open_time = 0

    def policy(self):
        s = self.settings
        buckets = s.interval // s.period if s.period else 1
        return ' '.join((
            f'failures={s.failures or "off"}', f'failure-rate={s.percent}%' if s.percent else 'failure-rate=off',
            f'min-calls={s.min_calls}', f'window={s.interval}ns' if s.interval else 'window=off', f'buckets={buckets}',
            f'timeout={s.timeout}ns', f'backoff={s.backoff}', f'max-timeout={s.max_timeout}ns',
            f'probes={s.max_requests}', f'successes={s.max_requests}',
            f'overdue={s.overdue}ns' if s.overdue else 'overdue=off'))

    def enter(self, state, now):
        if self.state == OPEN:
            self.open_time += min(now - self.start, self.open_for)
        if state == OPEN:
            self.trips += 1
            self.reopenings = self.reopenings + 1 if self.state == HALF_OPEN else 0
            self.open_for = min(self.settings.timeout * self.settings.backoff ** self.reopenings, self.settings.max_timeout)
        self.state, self.start, self.age, self.happened = state, now, 0, []
        self.generation += 1

    def look(self, now):
        s = self.settings
        if self.state == OPEN and now > self.start + self.open_for:
            self.enter(HALF_OPEN, now)
        if self.state == CLOSED and s.period:
            self.age = (now - self.start) // s.period
        elif self.state == CLOSED and s.interval and now > self.start + s.interval:
            self.start, self.happened = now, []

    def counts(self):
        """requests, successes, failures, ignored, consecutive successes, consecutive failures"""
        s = self.settings
        slices = s.interval // s.period if s.period else 0
        seen = [what for age, what in self.happened if not slices or self.age - age < slices]
        finished = [what for what in seen if what in ('success', 'failure')]
        runs = []
        for what in ('success', 'failure'):
            others = [i for i, other in enumerate(finished) if other != what]
            runs.append(len(finished) - (others[-1] + 1 if others else 0))
        return [seen.count(what) for what in ('request', 'success', 'failure', 'ignored')] + runs

    def result(self, call, outcome, now):
        self.look(now)
        if call.generation != self.generation:
            return
        self.happened.append((self.age, outcome))
        _, successes, failures, _, run_of_successes, run_of_failures = self.counts()
        if outcome == 'success' and self.state == HALF_OPEN and run_of_successes >= self.settings.max_requests:
            self.enter(CLOSED, now)
        elif outcome == 'failure' and (self.state == HALF_OPEN or self.trips_on(successes, failures, run_of_failures)):
            self.enter(OPEN, now)

    def trips_on(self, successes, failures, run):
        s = self.settings
        finished = successes + failures
        if s.failures and run >= s.failures:
            return True
        return bool(s.percent) and finished >= s.min_calls and 100 * failures >= s.percent * finished

    def find_overdue(self, now):
        while self.settings.overdue and self.in_flight and now - self.in_flight[0].began > self.settings.overdue:
            self.failures += 1
            self.result(self.in_flight.pop(0), 'failure', now)

    def begin(self, now):
        """The call, or None: refused."""
        self.look(now)
        self.find_overdue(now)
        requests, _, _, ignored, *_ = self.counts()
        if self.state == OPEN or (self.state == HALF_OPEN and requests - ignored >= self.settings.max_requests):
            self.refused += 1
            return None
        self.happened.append((self.age, 'request'))
        self.in_flight.append(Call(self.generation, now))
        return self.in_flight[-1]

    def end(self, call, outcome, now):
        self.look(now)
        for place, other in enumerate(self.in_flight):
            if other is call:
                del self.in_flight[place]
                self.failures += outcome == 'failure'
                self.result(call, outcome, now)
                return

    def time_open(self, now):
        return self.open_time + (min(now - self.start, self.open_for) if self.state == OPEN else 0)
