#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The matrix, HTTP clients that are started anew for each request."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from harness import main
from matrix import MatrixCase, tests_of
from programs import Once

PERL = '''
use IO::Socket::INET;
my ($host, $port) = $ARGV[0] =~ m{//(.*):(\\d+)/} or die;
my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => 'tcp', Timeout => $ARGV[1]) or die "$!";
print $socket "GET / HTTP/1.0\\r\\n\\r\\n";
print while <$socket>;
'''

RUBY = '''
require "net/http"
print Net::HTTP.get(URI(ARGV[0]))
'''

PHP = 'print(file_get_contents($argv[1]));'

APT_HELPER = ('for option in Acquire::http::Proxy=DIRECT APT::Sandbox::User=root Acquire::Retries=0; do\n'
              '    set -- -o $option "$@"\n'
              'done\n'
              '/usr/lib/apt/apt-helper -qq "$@" file && cat file\n')

# Asks a key server, with tokio and hyper. What it gets is no key, which it says only of an answer.
SQ = '%s 0123456789ABCDEF 2>&1 | tee said\ngrep -q EOF said && echo hello\n'

# The words have changed in sq 1.0, and before 0.25 there are none.
SQ_ASKS = {
    'sq network keyserver --help': SQ % 'sq --home "$PWD/home" network keyserver search --server "hkp://$1"',
    'sq keyserver --help': SQ % 'sq keyserver --policy insecure --server "hkp://$1" get',
}


def sq():
    for knows, script in SQ_ASKS.items():
        if subprocess.run(['sh', '-c', knows], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
            return Once('sh', '-c', script, 'sh', '@HOST@:@PORT@', needs=['sq'])
    return Once('sq', needs=['sq that asks key servers'])


PROGRAMS = {
    'curl': Once('curl', '-q', '-sS', '-i', '--max-time', '10', '@URL@'),
    'wget': Once('wget', '--no-config', '-q', '--tries=1', '--timeout=10', '-S', '-O', '-', '@URL@'),
    'busybox_wget': Once('busybox', 'wget', '-q', '-O', '-', '@URL@'),
    'apt-helper,_which_is_in_C++,': Once('sh', '-c', APT_HELPER, 'sh', 'download-file', '@URL@',
                                         needs=['/usr/lib/apt/apt-helper']),
    'sq,_which_is_in_Rust,': sq(),
    'perl': Once('perl', '-e', PERL, '@URL@', '0'),
    'perl_with_a_time_limit,_which_connects_without_blocking,': Once('perl', '-e', PERL, '@URL@', '10'),
    'ruby': Once('ruby', '-e', RUBY, '@URL@'),
    'php': Once('php', '-r', PHP, '@URL@'),
}


@tests_of(PROGRAMS)
class Http(MatrixCase):
    pass


if __name__ == '__main__':
    main()
