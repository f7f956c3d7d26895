#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""curl, whose web server dies, is served by an nginx that has kept a copy."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

from daemons import log_of_nginx
from harness import Case, main, need, rule, wait_until
from servers import Port

CONFIGURATION = '''
daemon off;
master_process off;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    proxy_cache_path {directory}/cache keys_zone=pages:1m;
    server {{
        listen {cache};
        location / {{
            proxy_pass http://{origin};
            proxy_cache pages;
            proxy_cache_key $uri;
            proxy_cache_valid 200 1s;
            proxy_cache_use_stale error timeout;
            add_header X-Cache $upstream_cache_status;
        }}
    }}
}}
'''


class Fallback(Case):
    def start_cache(self, origin):
        """An nginx in front of that server, which gives out what is stale when the server fails."""
        need('nginx', 'curl')
        holder = Port(self)
        holder.close()
        with open(self.path('nginx.conf'), 'w', encoding='ascii') as file:
            file.write(CONFIGURATION.format(directory=self.directory, cache=holder, origin=origin))
        self.start(['nginx', '-c', self.path('nginx.conf'), *log_of_nginx(self.path('error.log'))], preload=False)
        return holder

    def curl(self, port, **how):
        """From whom the answer comes: 'server', or what the cache says of its copy; None without an answer."""
        result = self.execute(['curl', '-q', '-s', '--max-time', '10', '-i', port.url], **how)
        lines = result.out.splitlines()
        if result.status != 0 or 'hello' not in lines:
            return None
        return next((line.split()[1] for line in lines if line.startswith('X-Cache')), 'server')

    def test_a_page_comes_from_a_stale_cache_while_its_server_is_away(self):
        origin = Port(self).start()
        cache = self.start_cache(origin)
        rules = rule(origin, f'fallback={cache}', 'successes=1', timeout='3s')
        wait_until(lambda: self.curl(cache, preload=False), what='nginx')
        self.assertEqual(self.curl(origin, rules=rules), 'server')
        origin.stop()
        wait_until(lambda: self.curl(cache, preload=False) == 'STALE', what='a stale page')
        self.assertEqual([self.curl(origin, rules=rules) for _ in range(2)], [None, None])
        self.assertEqual(self.curl(origin, rules=rules), 'STALE')
        self.assertGreaterEqual(self.breaker(origin)['totals']['fallback'], 1)
        origin.start()
        wait_until(lambda: self.curl(origin, rules=rules) == 'server', what='the server itself')
        self.assert_state(origin, 'closed')


if __name__ == '__main__':
    main()
