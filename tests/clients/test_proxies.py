#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The matrix, servers that connect onward: workers that fork, threads, and programs that change their user."""
import glob
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import daemons
from daemons import APACHE, MODULES, apache, by_curl
from harness import main
from matrix import MatrixCase, tests_of
from programs import Daemon

# It says how each request ended, of the errno behind it only where it checks a server: once, when it starts.
HAPROXY = '''
global
    nbthread 2
    log stderr format raw daemon
defaults
    mode http
    log global
    option dontlognull
    log-format "ended %ts, status %ST"
    option log-health-checks
    stats uri /health
    retries 0
    timeout connect 10s
    timeout client 10s
    timeout server 10s
listen all
    bind 127.0.0.1:@LISTEN@
    server asked @HOST@:@PORT@
    server checked @HOST@:@PORT@ weight 0 check inter 1h
'''

APACHE_PROXY = APACHE + f'''
LoadModule proxy_module {MODULES}/mod_proxy.so
LoadModule proxy_http_module {MODULES}/mod_proxy_http.so
ProxyPass / @URL@ retry=0
'''

PHP_MODULE = next(glob.iglob(f'{MODULES}/libphp*.so'), 'the PHP module of Apache')

APACHE_PHP = APACHE + f'''
LoadModule mime_module {MODULES}/mod_mime.so
LoadModule {'php7' if '/libphp7' in PHP_MODULE else 'php'}_module {PHP_MODULE}
TypesConfig /dev/null
<Files index.php>
    SetHandler application/x-httpd-php
</Files>
'''

PAGE = "<?php echo file_get_contents('@URL@') ?: 'nothing';"


PROGRAMS = {
    'nginx_with_workers': daemons.nginx('proxy_pass @URL@', workers=2, request=by_curl()),
    'haproxy': Daemon('haproxy', '-db', '-f', 'haproxy.cfg', files={'haproxy.cfg': HAPROXY}, request=by_curl(),
                      ready=('sh', '-c', 'curl -q -sS "http://127.0.0.1:@LISTEN@/health;csv" | grep -q "^all,checked,.*,L4"'),
                      log='ended (?!LR).*', stop=signal.SIGUSR1),
    'apache_prefork_as_a_proxy': apache({'httpd.conf': APACHE_PROXY}, request=by_curl()),
    'apache_prefork_with_a_page_in_php': apache({'httpd.conf': APACHE_PHP, 'index.php': PAGE}, request=by_curl('index.php'),
                                                needs=[PHP_MODULE]),
}


@tests_of(PROGRAMS)
class Proxies(MatrixCase):
    pass


if __name__ == '__main__':
    main()
