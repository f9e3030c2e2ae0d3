# SPDX-License-Identifier: Apache-2.0
"""Sign-in by SAML, for real: an identity provider on loopback, made of lasso,
which mod_auth_mellon is made of too. It asks nobody for a password: who comes is
whoever a test says that is. Requests and assertions are signed and checked.
"""

import datetime
import html
import http.server
import pathlib
import shutil
import subprocess
import tempfile
import threading

from services import free_port

POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
METADATA = """<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{name}">
 <{role} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" {more}>
  <KeyDescriptor use="signing">
   <KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
    <X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>
  </KeyDescriptor>
  {endpoint}
 </{role}>
</EntityDescriptor>
"""
IDP = f'<SingleSignOnService Binding="{REDIRECT}" Location="{{url}}/sign-in"/>'
SP = (f'<AssertionConsumerService index="0" isDefault="true" Binding="{POST}" '
      'Location="{url}/postResponse"/>')
FORM = """<!DOCTYPE html><form method="post" action="{url}">
<input name="SAMLResponse" value="{response}"><input name="RelayState" value="{state}">
</form>"""


class Party:
    """Somebody who signs: a key and its certificate."""

    def __init__(self, folder):
        self.key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        folder.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc",
                        "-keyout", self.key, "-out", self.certificate, "-days", "2",
                        "-subj", "/CN=test"], check=True, capture_output=True)

    def metadata(self, name, role, endpoint, more=""):
        """What the other side has to know."""
        lines = self.certificate.read_text().splitlines()[1:-1]
        return METADATA.format(name=name, role=role, endpoint=endpoint, more=more,
                               certificate="".join(lines))


def instant(seconds):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class IdentityProvider:
    """person: who signs in next."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jiratoken-saml."))
        self.port = free_port()
        self.person = "alice"
        self.url = f"http://127.0.0.1:{self.port}"
        self.own, self.site = Party(self.folder / "idp"), Party(self.folder / "sp")
        self.sites = self.folder / "sites"      # the metadata of all that use it
        self.sites.mkdir()
        self.metadata = self.folder / "metadata.xml"
        self.metadata.write_text(self.own.metadata(
            f"{self.url}/", "IDPSSODescriptor", IDP.format(url=self.url),
            'WantAuthnRequestsSigned="true"'))
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = provider.sign_in(self.path.partition("?")[2]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *args):
                """Quiet."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def sign_in(self, query):
        """The page that carries this person's assertion back to the site."""
        import lasso
        server = lasso.Server(str(self.metadata), str(self.own.key), None,
                              str(self.own.certificate))
        for site in self.sites.iterdir():
            server.addProvider(lasso.PROVIDER_ROLE_SP, str(site), None, None)
        login = lasso.Login(server)
        login.processAuthnRequestMsg(query)
        login.validateRequestMsg(True, True)
        login.buildAssertion(lasso.SAML2_AUTHN_CONTEXT_PASSWORD, instant(0), None,
                             instant(-60), instant(600))
        login.assertion.subject.nameId.content = self.person
        login.buildAuthnResponseMsg()
        return FORM.format(url=html.escape(login.msgUrl), response=login.msgBody,
                           state=html.escape(login.msgRelayState or ""))

    def use(self, server, host="127.0.0.1"):
        """The lines for httpd with mod_auth_mellon, whose URLs are below /mellon."""
        server.modules.append("auth_mellon")
        url = f"http://{host}:{server.port}/mellon"
        site = self.sites / str(server.port)
        site.write_text(self.site.metadata(
            f"{url}/metadata", "SPSSODescriptor", SP.format(url=url),
            'AuthnRequestsSigned="true"'))
        key = server.root / "data/sp.key"
        shutil.copy(self.site.key, key)
        shutil.copy(self.site.certificate, server.root / "sp.certificate")
        shutil.copy(site, server.root / "sp.metadata")
        shutil.copy(self.metadata, server.root / "idp.metadata")
        server.give(server.root / "data")
        return f"""
    MellonEndpointPath /mellon
    MellonSPentityId {url}/metadata
    MellonSPPrivateKeyFile {key}
    MellonSPCertFile {server.root}/sp.certificate
    MellonSPMetadataFile {server.root}/sp.metadata
    MellonIdPMetadataFile {server.root}/idp.metadata
    MellonSecureCookie Off
"""

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)
