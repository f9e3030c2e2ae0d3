# SPDX-License-Identifier: Apache-2.0
"""PHP behind FastCGI, for real: its own server, which runs the script that httpd
names, php-cgi or php-fpm. PRINT_VARIABLES is one that answers with all that PHP has of a request."""

import pathlib

from services import Service

PRINT_VARIABLES = "<?php header('Content-Type: application/json'); " \
                  "echo json_encode($_SERVER);\n"


class PHP(Service):
    kind = "php"

    def _server(self):
        return ["/usr/bin/php-cgi", "-n", "-d", "cgi.force_redirect=0",
                "-d", "variables_order=S", "-b", f"127.0.0.1:{self.port}"]

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "PHP_FCGI_CHILDREN": "0"}


SETTINGS = """[global]
error_log = {folder}/fpm.log
daemonize = no
[www]
listen = 127.0.0.1:{port}
pm = static
pm.max_children = 2
"""


class FPM(Service):
    """As Debian runs it, but on a port, and without its php.ini."""

    kind = "fpm"

    def _set_up(self):
        (self.folder / "fpm.conf").write_text(
            SETTINGS.format(folder=self.folder, port=self.port))
        super()._set_up()

    def _server(self):
        [program] = pathlib.Path("/usr/sbin").glob("php-fpm?.?")
        return [program, "-n", "-F", "-d", "variables_order=S", "-y",
                self.folder / "fpm.conf"]
