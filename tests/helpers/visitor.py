# SPDX-License-Identifier: Apache-2.0
"""A browser, as far as it goes without a screen and scripts."""

import contextlib
import html
import http.client
import re
import urllib.parse

from server import HANGS, Answer


class Visitor:
    """As much of one as sign-in takes: cookies, redirects, and a form that a page
    sends at once. It says what Chromium says of a page that somebody opens."""

    NAVIGATION = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*",
                  "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
                  "Sec-Fetch-Site": "none"}

    def __init__(self):
        self.cookies = {}       # by host and port

    def _ask(self, method, url, body=None, headers=None):
        place = urllib.parse.urlsplit(url)
        sent = {**self.NAVIGATION, **(headers or {})}
        if cookies := self.cookies.get(place.netloc):
            sent["Cookie"] = "; ".join(f"{n}={v}" for n, v in cookies.items())
        with contextlib.closing(http.client.HTTPConnection(
                place.netloc, timeout=HANGS)) as wire:
            path = urllib.parse.urlunsplit(("", "", place.path, place.query, ""))
            wire.request(method, path, body, sent)
            got = wire.getresponse()
            answer = Answer(got.status, got.getheaders(), got.read())
        for name, value in answer.headers:
            if name == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies.setdefault(place.netloc, {})[key] = rest.partition(";")[0]
        return answer

    def post(self, url, fields, **more):
        """A form that a page sends: what comes at once."""
        more["Content-Type"] = "application/x-www-form-urlencoded"
        return self._ask("POST", url, urllib.parse.urlencode(fields), more)

    def open(self, url, **more):
        """The page in the end, and the URLs of all that led to it."""
        way, method, body = [url], "GET", None
        while True:
            answer = self._ask(method, way[-1], body, more)
            assert len(way) < 12, way
            if answer.status in (302, 303):
                way.append(urllib.parse.urljoin(way[-1], answer.get("Location")))
                method, body = "GET", None
            elif form := re.search(r'<form method="post" action="([^"]*)">', answer.text):
                fields = re.findall(r'<input name="([^"]*)" value="([^"]*)">', answer.text)
                way.append(html.unescape(form[1]))
                method, body = "POST", urllib.parse.urlencode(
                    {name: html.unescape(value) for name, value in fields})
                more = {**more, "Content-Type": "application/x-www-form-urlencoded"}
            else:
                return answer, way
