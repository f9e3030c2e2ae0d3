# SPDX-License-Identifier: Apache-2.0
"""People who sign in by a form (mod_auth_form), and are known by a cookie."""

import textwrap


def load_form(server):
    """The modules that it takes."""
    needed = ("session", "session_cookie", "request", "auth_form")
    server.modules += [name for name in needed if name not in server.modules]


def form_section(server, place, *lines, provider="file"):
    """A location that the form opens."""
    inner = "\n".join([
        "AuthType Form", 'AuthName "door"', f"AuthFormProvider {provider}",
        f'AuthUserFile "{server.root}/users"', "Session On",
        "SessionCookieName session path=/;httponly", "Require valid-user", *lines])
    return f'<Location "{place}">\n{textwrap.indent(inner, "    ")}\n</Location>\n'


def sign_in_section(server, *lines, then="/open/hello.txt"):
    """The location that the form is sent to."""
    return form_section(server, "/signin", "SetHandler form-login-handler",
                        f'AuthFormLoginSuccessLocation "{then}"', *lines)


def sign_in(server, user, password):
    """The headers by which the server knows the user from now on."""
    answer = server.post("/signin", {"httpd_username": user, "httpd_password": password},
                         headers={"Origin": "http://x"})      # as a browser
    assert answer.status == 302
    cookies = [value for name, value in answer.headers if name == "set-cookie"]
    return {"Cookie": "; ".join(cookie.split(";")[0] for cookie in cookies)}
