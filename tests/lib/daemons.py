# SPDX-License-Identifier: MIT
"""Servers that more than one script starts, as rows of programs.py."""
import shutil
import subprocess

from programs import PATH, Daemon, Once

POSTGRES = ('[ -d data ] || initdb -D data -N -A trust -U postgres >/dev/null\n'
            'exec postgres -D data -h 127.0.0.1 -p "$1" -k "$PWD" -F\n')

NGINX = '''
daemon off;
worker_processes {workers};
pid nginx.pid;
error_log stderr;
events {
    worker_connections 64;
}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:@LISTEN@;
        location / {
            {answer};
        }
    }
}
'''


MODULES = '/usr/lib/apache2/modules'

APACHE = f'''
ServerRoot @DIRECTORY@
ServerName localhost
DocumentRoot @DIRECTORY@
Listen 127.0.0.1:@LISTEN@
PidFile pid
ErrorLog /dev/stderr
LoadModule mpm_prefork_module {MODULES}/mod_mpm_prefork.so
LoadModule authz_core_module {MODULES}/mod_authz_core.so
StartServers 3
<IfModule mod_unixd.c>
    User #65534
    Group #65534
</IfModule>
'''


def shell(script, *programs, **how):
    return Daemon('sh', '-c', script, 'sh', '@LISTEN@', needs=[*programs, 'setpriv'], as_nobody=True, **how)


def postgres(**how):
    return shell(POSTGRES, 'postgres', 'pg_isready', ready=('pg_isready', '-q', '-h', '127.0.0.1', '-p', '@LISTEN@'), **how)


def psql(to, *sql):
    """The words of a psql that makes these requests on one connection."""
    words = ['psql', '-X', '-q', '-A', '-t', '-d', to + ' user=postgres dbname=postgres']
    for request in sql:
        words += ['-c', request]
    return words


def log_of_nginx(where):
    """The words for its errors before it has read its configuration: before 1.19.5 it has none, and complains, no more."""
    path = shutil.which('nginx', path=PATH)
    usage = subprocess.run([path, '-h'], capture_output=True, text=True).stderr if path else ''
    return ['-e', where] if ' -e ' in usage else []


def nginx(answer='return 200 "hello\\n"', workers=1, **how):
    """Says hello by itself, and keeps its connections, unless told to answer in another way."""
    config = NGINX.replace('{workers}', str(workers)).replace('{answer}', answer)
    return Daemon('nginx', *log_of_nginx('stderr'), '-p', '@DIRECTORY@/', '-c', 'nginx.conf', files={'nginx.conf': config}, **how)


def by_curl(path=''):
    return Once('curl', '-q', '-sS', '--max-time', '20', f'http://127.0.0.1:@LISTEN@/{path}')


def apache(files, **how):
    return Daemon('apache2', '-DFOREGROUND', '-f', '@DIRECTORY@/httpd.conf', files=files, **how)
