# SPDX-License-Identifier: Apache-2.0
"""Single sign-on with real parts: npm's oidc-provider, mod_auth_openidc, and who
signs in, by Chromium or by a session of requests."""

import json
import pathlib
import re
import secrets
import shutil
import urllib.parse

import requests

from people import token_of
from person import Person
from server import HANGS, SAME_ORIGIN
from services import Service

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "sites/provider.mjs"
HOST = "127.0.0.2"      # the provider's own, as cookies do not tell ports apart
HOSTS = ("127.0.0.1", "tokens.example")    # of httpd
XHTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

# Without KeepAlive, as the end of each test waits for what is still connected.
SETTINGS = """
KeepAlive Off
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCRedirectURI {redirect}
OIDCCryptoPassphrase {phrase}
OIDCScope "openid profile email"
OIDCSSLValidateServer Off
OIDCRemoteUserClaim {name}
"""

# For AuthType auth-openidc, which takes the provider's access tokens too.
BEARER = """
OIDCOAuthServerMetadataURL {issuer}/.well-known/openid-configuration
OIDCOAuthClientID {client_id}
OIDCOAuthClientSecret {client_secret}
OIDCOAuthTokenExpiryClaim exp absolute
OIDCOAuthSSLValidateServer Off
"""


def session():
    """Of requests, past any proxy of the host's. Each request has a connection of its
    own: the provider closes one that was idle for five seconds."""
    made = requests.Session()
    made.trust_env = False
    made.headers["Connection"] = "close"
    return made


class Provider(Service):
    """modules: the node_modules with oidc-provider. It is copied, as the account
    may not enter the folder of whoever runs the tests."""

    kind = "oidc"

    def __init__(self, modules):
        self.modules = modules
        super().__init__()

    def _set_up(self):
        shutil.copytree(self.modules, self.folder / "node_modules", symlinks=True,
                        ignore=shutil.ignore_patterns("jira.js"))     # large, not its own
        shutil.copy(SCRIPT, self.folder)
        self.start()

    def _server(self):
        return [shutil.which("node"), SCRIPT.name, HOST, self.port]

    def environment(self):
        return {"PATH": "/usr/bin:/bin"}

    def is_answering(self):
        try:
            session().get(self.issuer + "/jwks", timeout=HANGS)
        except requests.ConnectionError:
            return False
        return True

    @property
    def issuer(self):
        return f"http://{HOST}:{self.port}"

    def register(self, server, redirect):
        """This httpd as a client of the provider: its id and secret."""
        path = urllib.parse.urlsplit(redirect).path
        places = [f"http://{host}:{server.port}{path}" for host in HOSTS]
        answer = session().post(self.issuer + "/reg", timeout=HANGS, json={
            "redirect_uris": places,
            "backchannel_logout_uri": places[0] + "?logout=backchannel",
            "backchannel_logout_session_required": True})
        assert answer.status_code == 201, answer.text
        return {name: answer.json()[name] for name in ("client_id", "client_secret")}


def use(server, provider, redirect="/redirect", name="preferred_username"):
    """This httpd has mod_auth_openidc, whose REMOTE_USER is this claim."""
    server.client = {"issuer": provider.issuer, **provider.register(server, redirect)}
    server.modules.append("auth_openidc")
    server.environment["no_proxy"] = HOST
    server.settings += SETTINGS.format(redirect=redirect, name=name,
                                       phrase=secrets.token_hex(16), **server.client)
    server.expect(r'\(http\) of the configured \w+ SHOULD be "https"')


def values_of_example(server, provider):
    """What an example with mod_auth_openidc, which this httpd is about to take, is to
    know of the provider."""
    client = provider.register(server, "/tokens/redirect")
    server.environment["no_proxy"] = HOST
    server.settings += "KeepAlive Off\n"
    server.expect(r'\(http\) of the configured \w+ SHOULD be "https"')
    return {"SITE": f"http://{HOSTS[0]}:{server.port}",
            "OIDC_PROVIDER": f"{provider.issuer}/.well-known/openid-configuration",
            "OIDC_CLIENT": client["client_id"], "OIDC_SECRET": client["client_secret"],
            "OIDC_PHRASE": secrets.token_hex(16)}


def use_bearer(server):
    server.settings += BEARER.format(**server.client)
    server.expect("Resource Server functionality is deprecated")


def location(path, *lines, kind="openid-connect"):
    return "\n".join([f'<Location "{path}">', f"AuthType {kind}", "Require valid-user",
                      *lines, "</Location>\n"])


class Employee(Person):
    """In front of a Chromium that was started with its "performance" log."""

    def __init__(self, driver, site, host=HOSTS[0]):
        super().__init__(driver, site)
        self.origin = f"http://{host}:{site.port}"
        self.answers()

    def sign_in(self, user="alice", path="/tokens/"):
        self.open(path).sees("Provider").type("login", user)
        return self.press("Sign in")

    def sign_out(self, provider):
        """At the provider, which tells the site by its back channel."""
        self.driver.get(provider.issuer + "/session/end")
        self.sees("Sign out").press("Sign out").sees("Signed out")

    def answers(self):
        """All that has come over the wire since this was last asked, redirects
        too, as pairs of a status and headers with names in lower case."""
        said = [json.loads(entry["message"])["message"]
                for entry in self.driver.get_log("performance")]
        return [(event["params"]["statusCode"],
                 {name.lower(): value for name, value
                  in event["params"]["headers"].items()})
                for event in said
                if event["method"] == "Network.responseReceivedExtraInfo"]


def challenges(answers):
    """Those that would open a password box."""
    return [headers for status, headers in answers
            if re.search(r"\bbasic\b", headers.get("www-authenticate", ""), re.I)]


def sign_in(server, path, user="alice"):
    """Somebody with a session, as requests has it; quicker than a Chromium."""
    person = session()
    person.headers.update(XHTML)
    form = person.get(f"http://127.0.0.1:{server.port}{path}", timeout=HANGS)
    assert "<h1>Provider</h1>" in form.text, form.text
    answer = person.post(form.url, {"login": user}, timeout=HANGS)
    assert answer.url.endswith(path), (answer.url, answer.text)
    return person


class Holder:
    """Somebody who has signed in, by a session of requests, to the token pages."""

    def __init__(self, server, user="alice"):
        self.server = server
        self.person = sign_in(server, "/tokens/", user)

    def ask(self, path, method="GET", **more):
        return self.person.request(method, f"http://127.0.0.1:{self.server.port}{path}",
                                   timeout=HANGS, **more)

    def post(self, path, fields=None):
        return self.ask("/tokens" + path, "POST", data=fields or {"a": "b"},
                        headers=SAME_ORIGIN)

    def create(self, **fields):
        answer = self.post("/create", {"label": "t" + secrets.token_hex(4), "expires": "",
                                       **fields})
        self.server.tokens.append(token_of(answer.text))
        return self.server.tokens[-1]

    def revoke(self, token):
        answer = self.post(f"/{self.server.id_of(token)}/revoke")
        assert answer.status_code == 200 and "of 25 tokens" in answer.text, answer.text
