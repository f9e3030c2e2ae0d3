# SPDX-License-Identifier: Apache-2.0
"""PHP behind FastCGI, for real: its own server, which runs the script that httpd
names. PRINT_VARIABLES is one that answers with all that PHP has of a request."""

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
