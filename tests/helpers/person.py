# SPDX-License-Identifier: Apache-2.0
"""Somebody in front of a browser: what a test does and reads, in a person's
words. Nothing here sends a request past the browser, and nothing waits for a
time: only for something to be there."""

import base64
import re

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from server import PASSWORDS

LISTENER = """
document.addEventListener("securitypolicyviolation", function (event) {
    console.error("violation of " + event.violatedDirective + " by "
                  + event.blockedURI);
});
"""

# All that a button and the line for screen readers have said, and not only the last:
# they say it for some seconds.
RECORD = """
window.said = { button: [], status: [] };
function watch(name, element) {
    new MutationObserver(function () {
        window.said[name].push(element.textContent);
    }).observe(element, { childList: true, characterData: true, subtree: true });
}
watch("button", arguments[0]);
watch("status", document.getElementById("copy-status"));
"""


class Person:
    def __init__(self, driver, site):
        self.has_script = True
        self.takes_pictures = False
        self.driver = driver
        self.site = site
        self.origin = f"http://127.0.0.1:{site.port}"
        self.expected = []
        self.on_new_pages(LISTENER)

    # ---- the browser

    def tell(self, command, **arguments):
        """A command of the Chrome DevTools Protocol, for this tab."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def on_new_pages(self, script):
        self.tell("Page.addScriptToEvaluateOnNewDocument", source=script)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def resize(self, width, height, zoom=1):
        """The window, in CSS pixels before it is zoomed."""
        self.tell("Emulation.setDeviceMetricsOverride", width=width // zoom,
                  height=height // zoom, deviceScaleFactor=zoom, mobile=False)
        self.tell("Emulation.setScrollbarsHidden", hidden=True)

    def prefer(self, **features):
        """Media features of a person's choice: prefers_contrast="more"."""
        self.tell("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value}
            for name, value in features.items()])

    def forget_files(self):
        """Fetch styles and scripts anew for each page, from now on."""
        self.tell("Network.enable")
        self.tell("Network.setCacheDisabled", cacheDisabled=True)

    def settle(self):
        """Bring what moves on the page to its end."""
        self.run("document.getAnimations().forEach(a => a.finish())")

    def photograph(self, path, whole=True, always=False):
        """For somebody to look at, who has asked for pictures; or always."""
        if not self.takes_pictures and not always:
            return
        shot = self.tell("Page.captureScreenshot", format="png",
                         captureBeyondViewport=whole)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def expect(self, pattern):
        """Something in the console that this test provokes."""
        self.expected.append(pattern)

    def troubles(self):
        """Warnings and errors in the console since this was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("WARNING", "SEVERE")
                and not any(re.search(p, entry["message"])
                            for p in self.expected)]

    # ---- looking

    def wait(self, condition, words):
        """Until it holds. What a page on its way out says to the driver is no
        answer, whichever of its errors that is."""
        waiting = WebDriverWait(self.driver, 60, 0.05, [WebDriverException])
        return waiting.until(lambda _: condition(), words)

    def leave(self, act):
        """Do what opens another page, and wait until that one is complete."""
        self.run("window.isLeft = true")
        act()
        self.wait(lambda: self.run("return !window.isLeft &&"
                                   " document.readyState === 'complete'"),
                  "no other page was opened")
        return self

    def find(self, css):
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, css),
                         f"no {css} on the page")

    def find_all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def read(self, css):
        return self.find(css).text

    def is_asked(self):
        """Whether a dialog lies over the page. All else is out of reach then."""
        return bool(self.find_all("dialog[open]"))

    def heading(self):
        return self.read("dialog[open] h2" if self.is_asked() else "h1")

    def sees(self, heading):
        """Wait for the page, or the dialog over it, with this heading."""
        self.wait(lambda: self.heading() == heading, f"no page says {heading!r}")
        return self

    def text(self):
        return self.read("main")

    def rows(self):
        """The list: for each token its label alone, and what its other cells say."""
        return [[cell.text for cell in row.find_elements(By.CSS_SELECTOR,
                                                         "th > bdi, td:not(.pick)")]
                for row in self.find_all(".tokens tbody tr")]

    # ---- doing

    def open(self, path):
        self.driver.get(self.origin + path)
        return self

    def control(self, words):
        """The one link or button within reach that says exactly this."""
        path = f"[normalize-space()='{words}']"
        dialog = "//dialog[@open]" if self.is_asked() else ""
        links, buttons = f"{dialog or '//main'}//a", f"{dialog}//button"
        found = [e for e in self.driver.find_elements(
            By.XPATH, f"{links}{path} | {buttons}{path}") if e.is_displayed()]
        assert len(found) == 1, f"{len(found)} controls say {words!r}"
        return found[0]

    def press(self, words):
        """What opens another page. Where that one asks whether to leave it, the
        driver says yes."""
        return self.leave(self.control(words).click)

    def press_in_place(self, words):
        """What opens no other page."""
        self.control(words).click()
        return self

    def cancel(self):
        """Of a dialog, or of a page."""
        if not self.is_asked():
            return self.press("Cancel")
        self.press_in_place("Cancel")
        self.wait(lambda: not self.is_asked(), "the dialog is open")
        return self

    def copy(self, css, press=None):
        """Press a button for it, until something is said. press: does so otherwise
        than with the mouse."""
        button = self.find(css)
        self.run(RECORD, button)
        (press or button.click)()
        self.wait(lambda: any(self.said("status")), "the button says nothing")
        return self

    def said(self, place):
        """What was said at it since: "button" or "status"."""
        return self.run("return window.said[arguments[0]]", place)

    def submit(self):
        """The form in front of the person that changes something."""
        place = "dialog[open]" if self.is_asked() else "main"
        [button] = [e for e in self.find_all(f"{place} form[method=post] [type=submit]")
                    if e.is_displayed()]
        return self.leave(button.click)

    def send_unchecked(self):
        """The page's form as it is, past what the browser and the script check."""
        return self.leave(lambda: self.run(
            "document.querySelector('main form[method=post]').submit()"))

    def enter(self):
        return self.leave(lambda: self.keys(Keys.ENTER))

    def type(self, field, text):
        element = self.find("#" + field)
        element.clear()
        element.send_keys(text)
        return self

    def paste(self, field, text):
        """All at once, as from a clipboard: any character there is."""
        self.find("#" + field).clear()
        self.find("#" + field).click()
        self.tell("Input.insertText", text=text)
        return self

    def choose_day(self, day):
        """Type YYYY-MM-DD into the date field as its en-US picker takes it."""
        year, month, of_month = day.split("-")
        self.find("#expires").send_keys(month + of_month + year)
        assert self.find("#expires").get_attribute("value") == day
        return self

    def keys(self, *pressed):
        ActionChains(self.driver).send_keys(*pressed).perform()

    def tab_to(self, css):
        """Press Tab until the focus is there."""
        wanted = self.find(css)
        for _ in range(40):
            self.keys(Keys.TAB)
            if self.driver.switch_to.active_element == wanted:
                return wanted
        raise AssertionError(f"Tab never reaches {css}")

    def tick(self, *labels):
        """Select these tokens in the list."""
        for row in self.find_all(".tokens tbody tr"):
            if row.find_element(By.CSS_SELECTOR, "th > bdi").text in labels:
                box = row.find_element(By.CSS_SELECTOR, ".pick input")
                # Not behind the bar that comes with the first.
                self.run("arguments[0].scrollIntoView({ block: 'center' })", box)
                box.click()
        return self

    def open_dialog(self):
        self.control("Create token").click()
        self.wait(self.is_asked, "no dialog")
        return self

    def has_focus(self, css):
        return self.driver.switch_to.active_element == self.find(css)

    def focuses(self, css):
        """Wait for the focus to be there: a page may be complete before the
        browser gives it to what asks for it."""
        self.wait(lambda: self.has_focus(css), f"{css} has no focus")
        return self

    # ---- the steps of the job

    def sign_in(self, user="alice", password=None):
        self.open("/tokens/").sees("Sign in")
        self.paste("u", user).type("p", password or PASSWORDS[user])
        return self.press("Sign in").sees("Tokens")

    def read_token(self):
        """The token on the page that shows it; its server watches for it in
        the logs from now on."""
        self.wait(lambda: self.read("h1") in ("Token created", "Token rotated"), "no token")
        token = self.read("#token")
        self.site.tokens.append(token)
        return token

    def create(self, label, day=None):
        self.open("/tokens/create").sees("Create token").paste("label", label)
        if day:
            self.choose_day(day)
        return self.press("Create").read_token()

    def ask(self, opener):
        """Press what asks first: in a dialog over the page, or on one of its own."""
        if not self.has_script:
            return self.leave(opener.click)
        opener.click()
        self.wait(self.is_asked, "no dialog")
        return self

    def ask_to(self, what, number=0):
        """What a row of the list offers: "revoke", "rotate" or "rename"."""
        row = self.find_all(".tokens tbody tr")[number]
        return self.ask(row.find_element(By.CSS_SELECTOR, f"[data-opens={what}]"))

    def ask_to_revoke(self, number=0):
        return self.ask_to("revoke", number)

    def ask_to_revoke_selected(self):
        return self.ask(self.find("[data-opens=several]"))


def switch_script_off(person):
    person.has_script = False
    person.tell("Emulation.setScriptExecutionDisabled", value=True)
    person.open("/sign-in.html")
